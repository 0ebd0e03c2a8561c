import type { Beat, Cancel } from './clock.ts'
import type { Instrument } from './instrument.ts'
import type { Market, Quote } from './market.ts'
import { lastBegun, latestSession } from './sessions.ts'

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

/** The running day, or the last one, and when the day before it closed. */
function dayOfFigures(market: Market, instrument: Instrument, now: number) {
  if (market.trading === 'always') {
    const { start } = latestSession(instrument, now)
    return { start, closedAt: start }
  }
  const { start } = lastBegun(instrument.hours, now, 'extended')
  return { start, closedAt: lastBegun(instrument.hours, start - 1, 'liquid').end }
}

/** The figures of the day that holds that moment, in the zone of the instrument; while closed, of the day before. */
export function dayFigures(market: Market, instrument: Instrument, now: number): DayFigures {
  const { start, closedAt } = dayOfFigures(market, instrument, now)
  const previousClose = market.last(instrument, closedAt)
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
  /** how far behind the market it reads */
  readonly lagMs: number
  #stop: Cancel | undefined

  constructor(options: { market: Market; beat: Beat; lagMs?: number }) {
    this.#market = options.market
    this.#beat = options.beat
    this.lagMs = options.lagMs ?? 0
  }

  /** The moment that is read at that time. */
  shownAt(now: number): number {
    return now - this.lagMs
  }

  /** Tells `reader` every change of the quote, until the returned function is used. */
  follow(instrument: Instrument, reader: Reader): Cancel {
    let reel = this.#reels.get(instrument.conId)
    if (reel === undefined) {
      reel = {
        instrument,
        readers: new Set(),
        quote: this.#market.quote(instrument, this.shownAt(this.#market.now())),
      }
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
    const shown = this.shownAt(now)
    for (const reel of this.#reels.values()) {
      if (this.#market.isHalted(reel.instrument)) continue
      const before = reel.quote
      const quote = this.#market.quote(reel.instrument, shown)
      if (
        quote.last === before.last &&
        quote.lastSize === before.lastSize &&
        quote.bidSize === before.bidSize &&
        quote.askSize === before.askSize
      ) {
        continue
      }
      reel.quote = quote
      for (const reader of reel.readers) reader({ quote, before, now: shown })
    }
  }
}
