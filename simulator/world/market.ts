import { type Greeks, greeksOf, yearsLeft } from './black-scholes.ts'
import type { Catalogue } from './catalogue.ts'
import { mix, unit } from './chance.ts'
import type { Clock } from './clock.ts'
import { type Instrument, onGrid, type Path } from './instrument.ts'
import { DAY_MS, GRAIN_MS, PricePath, type Span } from './path.ts'
import { sessionOf } from './sessions.ts'
import { dayOf, startOfDay } from './zone.ts'

/** What the market shows of an instrument at one moment. */
export interface Quote {
  readonly bid: number
  readonly ask: number
  readonly last: number
  readonly bidSize: number
  readonly askSize: number
  readonly lastSize: number
}

/** A price that a test has set: from one moment until it is taken back. */
interface Pin {
  readonly from: number
  to: number
  readonly price: number
}

function toGrain(time: number): number {
  return Math.floor(time / GRAIN_MS) * GRAIN_MS
}

/**
 * The one market of the simulator: the price of every instrument at every moment, a pure function of seed, instrument
 * and time, save where a test has set a price. Open at all hours.
 */
export class Market {
  readonly #clock: Clock
  readonly #catalogue: Catalogue
  readonly #seed: number
  readonly #paths = new Map<string, PricePath>()
  readonly #pins = new Map<string, Pin[]>()
  readonly #halted = new Set<number>()

  constructor(options: { clock: Clock; catalogue: Catalogue; seed: number }) {
    this.#clock = options.clock
    this.#catalogue = options.catalogue
    this.#seed = options.seed
  }

  /** Price of the last trade at that moment, on the grid of its ticks. */
  last(instrument: Instrument, at: number = this.#clock.now()): number {
    const own = this.#pinnedAt(`conId ${instrument.conId}`, at)
    return onGrid(instrument, own ?? this.#value(instrument, this.#pathAt(instrument.path, at), at))
  }

  /** Bid, ask, last and their sizes at that moment. */
  quote(instrument: Instrument, at: number = this.#clock.now()): Quote {
    const last = this.last(instrument, at)
    const away = instrument.halfSpread * instrument.minTick
    const bits = mix(mix(instrument.conId, this.#seed), Math.floor(at / 1000))
    const lot = instrument.secType === 'STK' ? 100 : instrument.secType === 'CASH' ? 250_000 : 1
    return {
      last,
      bid: onGrid(instrument, Math.max(0, last - away)),
      ask: onGrid(instrument, last + away),
      bidSize: lot * (1 + Math.floor(unit(bits) * 12)),
      askSize: lot * (1 + Math.floor(unit(mix(bits, 1)) * 12)),
      lastSize: lot * (1 + Math.floor(unit(mix(bits, 2)) * 3)),
    }
  }

  /** What was traded from one moment up to another, on the grid of its ticks; undefined for an empty span. */
  span(instrument: Instrument, from: number, to: number): Span | undefined {
    let sum: Span | undefined
    const first = toGrain(from)
    const end = toGrain(to)
    // an option keeps its time value within a day, so that its bars of one day add up
    const step = instrument.option === undefined ? Number.POSITIVE_INFINITY : DAY_MS
    for (let start = first; start < end; ) {
      const next = Math.min(end, step === DAY_MS ? (Math.floor(start / DAY_MS) + 1) * DAY_MS : end)
      sum = joined(sum, this.#spanWithPins(instrument, start, next))
      start = next
    }
    return sum
  }

  /** Model figures of an option at that moment, with the price of its underlying. */
  greeks(
    instrument: Instrument,
    at: number = this.#clock.now(),
  ): (Greeks & { underlying: number }) | undefined {
    if (instrument.option === undefined) return undefined
    const underlying = this.#pathAt(instrument.path, at)
    const years = yearsLeft(instrument.option.expiryDay, Math.floor(at / DAY_MS))
    return { ...greeksOf(instrument.option, underlying, years), underlying }
  }

  /** What an option is worth at another volatility than its own, 0.2 for 20 % a year; undefined for anything else. */
  priceAtVolatility(
    instrument: Instrument,
    impliedVol: number,
    at: number = this.#clock.now(),
  ): number | undefined {
    const { option } = instrument
    if (option === undefined) return undefined
    const underlying = this.#pathAt(instrument.path, at)
    const years = yearsLeft(option.expiryDay, Math.floor(at / DAY_MS))
    return greeksOf({ ...option, impliedVol }, underlying, years).price
  }

  isOpen(instrument: Instrument, _at: number, _outsideRth: boolean): boolean {
    return !this.isHalted(instrument)
  }

  opening(instrument: Instrument, at: number): number {
    const { timeZone } = instrument.hours
    for (let day = dayOf(timeZone, at); ; day += 1) {
      const session = sessionOf(instrument, day, true)
      if (session !== undefined && session.start >= at) return session.start
    }
  }

  closing(instrument: Instrument, at: number): number {
    const { timeZone } = instrument.hours
    for (let day = dayOf(timeZone, at); ; day += 1) {
      const session = sessionOf(instrument, day, true)
      if (session !== undefined && session.end > at) return session.end
    }
  }

  dayEnd(instrument: Instrument, at: number, _outsideRth: boolean): number {
    const { timeZone } = instrument.hours
    return startOfDay(timeZone, dayOf(timeZone, at) + 1)
  }

  /** US dollars for one unit of that currency. */
  rate(currency: string, at: number = this.#clock.now()): number {
    if (currency === 'USD') return 1
    for (const { symbol, quote, turned } of [
      { symbol: currency, quote: 'USD', turned: false },
      { symbol: 'USD', quote: currency, turned: true },
    ]) {
      const [pair] = this.#catalogue.find({ symbol, secType: 'CASH', currency: quote })
      if (pair !== undefined) return turned ? 1 / this.last(pair, at) : this.last(pair, at)
    }
    return 1
  }

  /** Halts trading in an instrument, or lets it go on. */
  halt({ conId }: Instrument, on: boolean): void {
    if (on) this.#halted.add(conId)
    else this.#halted.delete(conId)
  }

  isHalted({ conId }: Instrument): boolean {
    return this.#halted.has(conId)
  }

  /** Sets a price from now on. Whatever follows the same path follows it. */
  pin(instrument: Instrument, price: number): void {
    this.unpin(instrument)
    const own = instrument.option !== undefined
    const key = own ? `conId ${instrument.conId}` : instrument.path.key
    const pins = this.#pins.get(key) ?? []
    pins.push({
      from: toGrain(this.#clock.now()),
      to: Number.POSITIVE_INFINITY,
      price: own ? price : price / instrument.factor,
    })
    this.#pins.set(key, pins)
  }

  /** Lets the price of one instrument, or of all, go its own way again. */
  unpin(instrument?: Instrument): void {
    const now = toGrain(this.#clock.now())
    const keys =
      instrument === undefined
        ? [...this.#pins.keys()]
        : [instrument.path.key, `conId ${instrument.conId}`]
    for (const key of keys) {
      const pins = this.#pins.get(key)
      const pin = pins?.at(-1)
      if (pin !== undefined && pin.to > now) pin.to = now
    }
  }

  #path(path: Path): PricePath {
    let drawn = this.#paths.get(path.key)
    if (drawn === undefined) {
      drawn = new PricePath(path, this.#seed)
      this.#paths.set(path.key, drawn)
    }
    return drawn
  }

  #pinnedAt(key: string, at: number): number | undefined {
    return this.#pins.get(key)?.findLast(({ from, to }) => from <= at && at < to)?.price
  }

  #pathAt(path: Path, at: number): number {
    return this.#pinnedAt(path.key, at) ?? this.#path(path).at(at)
  }

  #value(instrument: Instrument, path: number, at: number): number {
    const { option, factor, minTick } = instrument
    if (option === undefined) return path * factor
    const years = yearsLeft(option.expiryDay, Math.floor(at / DAY_MS))
    return Math.max(minTick, greeksOf(option, path, years).price)
  }

  #spanWithPins(instrument: Instrument, from: number, to: number): Span | undefined {
    if (this.#pins.size === 0) return this.#spanOfOne(instrument, from, to)
    const own = `conId ${instrument.conId}`
    const pins = [...(this.#pins.get(instrument.path.key) ?? []), ...(this.#pins.get(own) ?? [])]
    const edges = pins
      .flatMap((pin) => [pin.from, pin.to])
      .filter((edge) => edge > from && edge < to)
    let sum: Span | undefined
    let start = from
    for (const end of [...edges.sort((a, b) => a - b), to]) {
      sum = joined(sum, this.#spanOfOne(instrument, start, end))
      start = end
    }
    return sum
  }

  #spanOfOne(instrument: Instrument, from: number, to: number): Span | undefined {
    const drawn = this.#path(instrument.path).between(from, to)
    if (drawn === undefined) return undefined
    const volume = Math.round(drawn.volume / (instrument.option === undefined ? 1 : 500))
    const own = this.#pinnedAt(`conId ${instrument.conId}`, from)
    const pinned = this.#pinnedAt(instrument.path.key, from)
    const price = (path: number) => onGrid(instrument, this.#value(instrument, path, from))
    if (own !== undefined || pinned !== undefined) {
      const flat = own !== undefined ? onGrid(instrument, own) : price(pinned as number)
      return { open: flat, high: flat, low: flat, close: flat, volume }
    }
    const falls = instrument.option?.right === 'P'
    return {
      open: price(drawn.open),
      high: price(falls ? drawn.low : drawn.high),
      low: price(falls ? drawn.high : drawn.low),
      close: price(drawn.close),
      volume,
    }
  }
}

function joined(first: Span | undefined, then: Span | undefined): Span | undefined {
  if (first === undefined || then === undefined) return first ?? then
  return {
    open: first.open,
    high: Math.max(first.high, then.high),
    low: Math.min(first.low, then.low),
    close: then.close,
    volume: first.volume + then.volume,
  }
}
