import type { Beat, Cancel } from './clock.ts'
import type { Instrument } from './instrument.ts'
import type { Market, Quote } from './market.ts'
import { latestSession } from './sessions.ts'

/** Figures of the running day. */
export interface DayFigures {
  readonly open: number
  readonly high: number
  readonly low: number
  /** last price of the day before */
  readonly previousClose: number
  readonly volume: number
}

/** What a reader of the tape is told. */
export interface TapeLine {
  readonly quote: Quote
  readonly before: Quote
  readonly now: number
}

type Reader = (line: TapeLine) => void

interface Reel {
  readonly instrument: Instrument
  readonly readers: Set<Reader>
  quote: Quote
}

/** The figures of the day that holds that moment, in the zone of the instrument. */
export function dayFigures(market: Market, instrument: Instrument, now: number): DayFigures {
  const { start } = latestSession(instrument, now)
  const previousClose = market.last(instrument, start)
  const span = market.span(instrument, start, now)
  if (span === undefined) {
    return {
      open: previousClose,
      high: previousClose,
      low: previousClose,
      previousClose,
      volume: 0,
    }
  }
  const last = market.last(instrument, now)
  return {
    open: span.open,
    high: Math.max(span.high, last),
    low: Math.min(span.low, last),
    previousClose,
    volume: span.volume,
  }
}

/** Reads the market at every beat, once per instrument however many follow it. */
export class Tape {
  readonly #market: Market
  readonly #beat: Beat
  readonly #reels = new Map<number, Reel>()
  /** nothing is read while the farm of the quotes is down; then what has changed is told at once */
  isStill = false
  #stop: Cancel | undefined

  constructor(options: { market: Market; beat: Beat }) {
    this.#market = options.market
    this.#beat = options.beat
  }

  /** Tells `reader` every change of the quote, until the returned function is used. */
  follow(instrument: Instrument, reader: Reader): Cancel {
    let reel = this.#reels.get(instrument.conId)
    if (reel === undefined) {
      reel = { instrument, readers: new Set(), quote: this.#market.quote(instrument) }
      this.#reels.set(instrument.conId, reel)
    }
    const { readers } = reel
    readers.add(reader)
    this.#stop ??= this.#beat.listen((now) => this.#read(now))
    return () => {
      readers.delete(reader)
      if (readers.size > 0) return
      this.#reels.delete(instrument.conId)
      if (this.#reels.size > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #read(now: number): void {
    if (this.isStill) return
    for (const reel of this.#reels.values()) {
      if (this.#market.isHalted(reel.instrument)) continue
      const before = reel.quote
      const quote = this.#market.quote(reel.instrument, now)
      if (
        quote.last === before.last &&
        quote.bidSize === before.bidSize &&
        quote.askSize === before.askSize
      ) {
        continue
      }
      reel.quote = quote
      for (const reader of reel.readers) reader({ quote, before, now })
    }
  }
}
