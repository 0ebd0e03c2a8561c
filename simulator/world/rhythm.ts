import type { Hours } from './hours.ts'
import { zonedTime } from './zone.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** How much busier the edges of a session are than its middle: the weight of a parabola over a floor. */
const FLOOR = 0.5
const PARABOLA = 1.5

/** Parts of a day's moves, and of its volume, that fall outside the busy hours. */
const QUIET_MOVES = 0.35
const QUIET_VOLUME = 0.06

/** How a day's activity is spread: a valley between opening and closing, and little outside. */
export class Rhythm {
  readonly #hours: Hours | undefined
  #day = Number.NaN
  #opens = 0
  #closes = 0

  /** Without hours all of a day is alike. */
  constructor(hours: Hours | undefined) {
    this.#hours = hours
  }

  /** The part of a UTC day's moves that has happened by then, from 0 to 1. */
  moves(day: number, time: number): number {
    return this.#done(day, time, QUIET_MOVES)
  }

  /** The part of a UTC day's volume that has been traded by then, from 0 to 1. */
  volume(day: number, time: number): number {
    return this.#done(day, time, QUIET_VOLUME)
  }

  #done(day: number, time: number, quiet: number): number {
    const passed = time - day * DAY_MS
    if (this.#hours === undefined) return passed / DAY_MS
    if (day !== this.#day) this.#turn(day, this.#hours)
    const busyMs = this.#closes - this.#opens
    const busy = Math.min(1, Math.max(0, (passed - this.#opens) / busyMs))
    const quietMs = passed - busy * busyMs
    const valley = FLOOR * busy + (PARABOLA * ((2 * busy - 1) ** 3 + 1)) / 6
    return (quiet * quietMs) / (DAY_MS - busyMs) + (1 - quiet) * valley
  }

  // clocks may have changed since the day before
  #turn(day: number, { timeZone, opens, closes }: Hours): void {
    const at = (minutes: number) => zonedTime(timeZone, day * DAY_MS + minutes * MINUTE_MS)
    this.#day = day
    this.#opens = at(opens) - day * DAY_MS
    this.#closes = at(closes) - day * DAY_MS
  }
}
