import type { Clock } from '../world/clock.ts'

/** The rate is counted over any second, not over those of a clock (facts §3.1). */
const SECOND_MS = 1000
/** So many messages too many end the session, where they are rejected (facts §3.1). */
export const MAX_BREACHES = 3

/** The messages of one client in the last second. */
export class MessageRate {
  readonly perSecond: number
  readonly #clock: Pick<Clock, 'now'>
  /** when the last `perSecond` messages were taken, in a ring */
  readonly #taken: Float64Array
  #next = 0
  #refused: number[] = []

  constructor(perSecond: number, clock: Pick<Clock, 'now'>) {
    this.perSecond = perSecond
    this.#clock = clock
    this.#taken = new Float64Array(perSecond).fill(Number.NEGATIVE_INFINITY)
  }

  /** How long until one more may be taken, ms; 0 when it may be now. */
  get waitMs(): number {
    const passed = this.#clock.now() - (this.#taken[this.#next] as number)
    // a negative time has passed when the clock was put back: then nothing is known, and nobody waits
    return passed < 0 || passed >= SECOND_MS ? 0 : SECOND_MS - passed
  }

  /** Counts one that is taken. */
  take(): void {
    this.#taken[this.#next] = this.#clock.now()
    this.#next = (this.#next + 1) % this.perSecond
  }

  /** Counts one that is refused: the how-manieth it is, and how many came in this second with it. */
  refuse(): { breaches: number; received: number } {
    const now = this.#clock.now()
    this.#refused.push(now)
    const recent = this.#refused.filter((at) => now - at < SECOND_MS)
    return { breaches: this.#refused.length, received: this.perSecond + recent.length }
  }
}
