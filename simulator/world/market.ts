import { type Greeks, greeksOf, yearsLeft } from './black-scholes.ts'
import type { Catalogue } from './catalogue.ts'
import { mix, unit } from './chance.ts'
import type { Clock } from './clock.ts'
import { type Instrument, lotOf, onGrid, type Path } from './instrument.ts'
import { DAY_MS, PricePath, type Span, toGrain } from './path.ts'
import { Pins } from './pins.ts'
import type { TradingHours } from './sessions.ts'
import { TradingTimes } from './trading-times.ts'

/** What the market shows of an instrument at one moment. */
export interface Quote {
  readonly bid: number
  readonly ask: number
  readonly last: number
  readonly bidSize: number
  readonly askSize: number
  readonly lastSize: number
}

/**
 * The one market of the simulator: the price of every instrument at every moment, a pure function of seed, instrument
 * and time, save where a test has set a price. While an instrument does not trade its quote stands still, and what the
 * price would have done is skipped.
 */
export class Market {
  readonly #clock: Clock
  readonly #catalogue: Catalogue
  readonly #seed: number
  readonly #paths = new Map<string, PricePath>()
  readonly #pins = new Pins()
  readonly #times: TradingTimes

  constructor(options: {
    clock: Clock
    catalogue: Catalogue
    seed: number
    hours?: TradingHours
  }) {
    this.#clock = options.clock
    this.#catalogue = options.catalogue
    this.#seed = options.seed
    this.#times = new TradingTimes(options.hours ?? 'always')
  }

  now(): number {
    return this.#clock.now()
  }

  /** Whether it trades at all hours or in the sessions of its exchanges. */
  get trading(): TradingHours {
    return this.#times.trading
  }

  /** Whether orders for it can trade: in regular hours, or with `outsideRth` in extended ones too, and not while halted. */
  isOpen(instrument: Instrument, at: number, outsideRth: boolean): boolean {
    return this.#times.isOpen(instrument, at, outsideRth)
  }

  /** Start of the first regular session that starts then or later, by the calendar. */
  opening(instrument: Instrument, at: number): number {
    return this.#times.opening(instrument, at)
  }

  /** End of the regular session that is running then, or else of the next one, by the calendar. */
  closing(instrument: Instrument, at: number): number {
    return this.#times.closing(instrument, at)
  }

  /** When an order that is good for the day ends, if it was placed then. */
  dayEnd(instrument: Instrument, at: number, outsideRth: boolean): number {
    return this.#times.dayEnd(instrument, at, outsideRth)
  }

  /** Halts an instrument from now on, or lets it trade again. */
  halt(instrument: Instrument, on: boolean): void {
    this.#times.halt(instrument, on, toGrain(this.#clock.now()))
  }

  isHalted(instrument: Instrument): boolean {
    return this.#times.isHalted(instrument, this.#clock.now())
  }

  /** The latest moment up to that one at which the instrument could trade: itself while it is open. */
  tradedAt(instrument: Instrument, at: number = this.#clock.now()): number {
    return this.#times.tradedAt(instrument, at)
  }

  /** Price of the last trade at that moment, on the grid of its ticks. */
  last(instrument: Instrument, at: number = this.#clock.now()): number {
    return this.#lastAt(instrument, this.#times.tradedAt(instrument, at))
  }

  /** Bid, ask, last and their sizes at that moment. */
  quote(instrument: Instrument, at: number = this.#clock.now()): Quote {
    const held = this.#times.tradedAt(instrument, at)
    const last = this.#lastAt(instrument, held)
    const away = instrument.halfSpread * instrument.minTick
    const bits = mix(mix(instrument.conId, this.#seed), Math.floor(held / 1000))
    const lot = lotOf(instrument)
    return {
      last,
      bid: onGrid(instrument, Math.max(0, last - away)),
      ask: onGrid(instrument, last + away),
      bidSize: lot * (1 + Math.floor(unit(bits) * 12)),
      askSize: lot * (1 + Math.floor(unit(mix(bits, 1)) * 12)),
      lastSize: lot * (1 + Math.floor(unit(mix(bits, 2)) * 3)),
    }
  }

  /** What was traded from one moment up to another, on the grid of its ticks; undefined where nothing could be. */
  span(instrument: Instrument, from: number, to: number): Span | undefined {
    if (this.#times.isUnbroken(instrument)) return this.#spanOfDays(instrument, from, to)
    let sum: Span | undefined
    for (const open of this.#times.openIn(instrument, from, to)) {
      sum = joined(sum, this.#spanOfDays(instrument, open.from, open.to))
    }
    return sum
  }

  /** Model figures of an option at that moment, with the price of its underlying. */
  greeks(
    instrument: Instrument,
    at: number = this.#clock.now(),
  ): (Greeks & { underlying: number }) | undefined {
    if (instrument.option === undefined) return undefined
    const held = this.#times.tradedAt(instrument, at)
    const underlying = this.#pathAt(instrument.path, held)
    const years = yearsLeft(instrument.option.expiryDay, Math.floor(held / DAY_MS))
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
    const held = this.#times.tradedAt(instrument, at)
    const underlying = this.#pathAt(instrument.path, held)
    const years = yearsLeft(option.expiryDay, Math.floor(held / DAY_MS))
    return greeksOf({ ...option, impliedVol }, underlying, years).price
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

  /** Sets a price from now on, shown as soon as it trades. Whatever follows the same path follows it. */
  pin(instrument: Instrument, price: number): void {
    this.#pins.set(instrument, price, this.#clock.now())
  }

  /** Lets the price of one instrument, or of all, go its own way again. */
  unpin(instrument?: Instrument): void {
    this.#pins.end(instrument, this.#clock.now())
  }

  #lastAt(instrument: Instrument, at: number): number {
    const own = this.#pins.ofOption(instrument, at)
    return onGrid(instrument, own ?? this.#value(instrument, this.#pathAt(instrument.path, at), at))
  }

  #spanOfDays(instrument: Instrument, from: number, to: number): Span | undefined {
    const end = toGrain(to)
    // an option keeps its time value within a day, so that its bars of one day add up
    if (instrument.option === undefined) {
      return this.#spanWithPins(instrument, toGrain(from), end)
    }
    let sum: Span | undefined
    for (let start = toGrain(from); start < end; ) {
      const next = Math.min(end, (Math.floor(start / DAY_MS) + 1) * DAY_MS)
      sum = joined(sum, this.#spanWithPins(instrument, start, next))
      start = next
    }
    return sum
  }

  #path(path: Path): PricePath {
    let drawn = this.#paths.get(path.key)
    if (drawn === undefined) {
      drawn = new PricePath(path, this.#seed)
      this.#paths.set(path.key, drawn)
    }
    return drawn
  }

  #pathAt(path: Path, at: number): number {
    return this.#pins.ofPath(path, at) ?? this.#path(path).at(at)
  }

  #value(instrument: Instrument, path: number, at: number): number {
    const { option, factor, minTick } = instrument
    if (option === undefined) return path * factor
    const years = yearsLeft(option.expiryDay, Math.floor(at / DAY_MS))
    return Math.max(minTick, greeksOf(option, path, years).price)
  }

  #spanWithPins(instrument: Instrument, from: number, to: number): Span | undefined {
    if (this.#pins.isEmpty) return this.#spanOfOne(instrument, from, to)
    const edges = this.#pins.edges(instrument, from, to)
    let sum: Span | undefined
    let start = from
    for (const end of [...edges, to]) {
      sum = joined(sum, this.#spanOfOne(instrument, start, end))
      start = end
    }
    return sum
  }

  // whole numbers that add up: the difference of what has been traded since the day began
  #shareOfVolume(path: Path, share: number, from: number, to: number): number {
    const drawn = this.#path(path)
    let sum = 0
    for (let start = from; start < to; ) {
      const day = Math.floor(start / DAY_MS) * DAY_MS
      const end = Math.min(to, day + DAY_MS)
      const done = (at: number) => Math.floor((drawn.between(day, at)?.volume ?? 0) * share)
      sum += done(end) - done(start)
      start = end
    }
    return sum
  }

  #spanOfOne(instrument: Instrument, from: number, to: number): Span | undefined {
    const drawn = this.#path(instrument.path).between(from, to)
    if (drawn === undefined) return undefined
    const { volumeShare } = instrument
    const volume =
      volumeShare === 1 ? drawn.volume : this.#shareOfVolume(instrument.path, volumeShare, from, to)
    const own = this.#pins.ofOption(instrument, from)
    const pinned = this.#pins.ofPath(instrument.path, from)
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
