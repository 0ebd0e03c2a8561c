import type { Hours } from './hours.ts'
import type { Instrument } from './instrument.ts'
import {
  lastBegun,
  nextToBegin,
  partOf,
  runningOrNext,
  type Session,
  type TradingHours,
} from './sessions.ts'
import { dayOf, startOfDay } from './zone.ts'

/** A stretch of time in which an instrument does not trade, although its exchange is open. */
interface Halt {
  readonly from: number
  to: number
}

/** The session that began last, known until the next one begins. */
interface Window extends Session {
  readonly until: number
}

/** A stretch of time, ms since 1970. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** When each instrument trades: always or in the hours of its exchange, and never while it is halted. */
export class TradingTimes {
  readonly trading: TradingHours
  readonly #windows = new Map<Hours, Window>()
  readonly #halts = new Map<number, Halt[]>()

  constructor(trading: TradingHours) {
    this.trading = trading
  }

  isOpen(instrument: Instrument, at: number, outsideRth: boolean): boolean {
    if (this.isHalted(instrument, at)) return false
    if (this.trading === 'always') return true
    const { start, end } = outsideRth
      ? this.#window(instrument.hours, at)
      : lastBegun(instrument.hours, at, 'regular')
    return start <= at && at < end
  }

  isHalted(instrument: Instrument, at: number): boolean {
    return this.#haltAt(instrument, at) !== undefined
  }

  opening(instrument: Instrument, at: number): number {
    return nextToBegin(instrument.hours, at, 'regular').start
  }

  closing(instrument: Instrument, at: number): number {
    return runningOrNext(instrument.hours, at, 'regular').end
  }

  dayEnd(instrument: Instrument, at: number, outsideRth: boolean): number {
    const { hours } = instrument
    return this.trading === 'exchange'
      ? runningOrNext(hours, at, outsideRth ? 'extended' : 'regular').end
      : startOfDay(hours.timeZone, dayOf(hours.timeZone, at) + 1)
  }

  halt(instrument: Instrument, on: boolean, now: number): void {
    if (on === this.isHalted(instrument, now)) return
    const halts = this.#halts.get(instrument.conId) ?? []
    const last = halts.at(-1)
    if (on) halts.push({ from: now, to: Number.POSITIVE_INFINITY })
    else if (last !== undefined) last.to = now
    this.#halts.set(instrument.conId, halts)
  }

  /** The latest moment, not after that one, at which the instrument could trade: where its quote stands. */
  tradedAt(instrument: Instrument, at: number): number {
    let moment = at
    for (;;) {
      const halted = this.#haltAt(instrument, moment)?.from ?? moment
      const open =
        this.trading === 'always'
          ? halted
          : Math.min(halted, this.#window(instrument.hours, halted).end)
      if (open === moment) return moment
      moment = open
    }
  }

  /** The parts of a stretch of time in which the instrument trades, the earliest first. */
  *openIn(instrument: Instrument, from: number, to: number): Generator<Stretch> {
    for (const { start, end } of this.#sessionsIn(instrument, from, to)) {
      let begin = Math.max(start, from)
      const until = Math.min(end, to)
      for (const halt of this.#halts.get(instrument.conId) ?? []) {
        if (halt.to <= begin || halt.from >= until) continue
        if (halt.from > begin) yield { from: begin, to: halt.from }
        begin = halt.to
      }
      if (begin < until) yield { from: begin, to: until }
    }
  }

  /** Whether such a stretch of time always trades throughout. */
  isUnbroken(instrument: Instrument): boolean {
    return this.trading === 'always' && !this.#halts.has(instrument.conId)
  }

  *#sessionsIn(
    { hours }: Instrument,
    from: number,
    to: number,
  ): Generator<{ start: number; end: number }> {
    if (this.trading === 'always') {
      yield { start: from, end: to }
      return
    }
    const first = this.#window(hours, from)
    yield first
    const last = dayOf(hours.timeZone, to) + 1
    for (let { day } = first; first.until < to && day < last; ) {
      day += 1
      const session = partOf(hours, day, 'extended')
      if (session !== undefined && session.start < to) yield session
    }
  }

  #haltAt({ conId }: Instrument, at: number): Halt | undefined {
    if (this.#halts.size === 0) return undefined
    return this.#halts.get(conId)?.find(({ from, to }) => from <= at && at < to)
  }

  #window(hours: Hours, at: number): Window {
    let window = this.#windows.get(hours)
    if (window === undefined || at < window.start || at >= window.until) {
      const session = lastBegun(hours, at, 'extended')
      const until = nextToBegin(hours, Math.max(at, session.end), 'extended').start
      window = { ...session, until }
      this.#windows.set(hours, window)
    }
    return window
  }
}
