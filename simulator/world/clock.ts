/** Ends a timer. Harmless when it has fired already. */
export type Cancel = () => void

/** A stretch of time that is gone through at once, ms since 1970. */
export interface Step {
  readonly from: number
  readonly to: number
}

/** Where time comes from; tests bring their own. */
export interface Clock {
  /** milliseconds since 1970 */
  now(): number
  after(delayMs: number, run: () => void): Cancel
  /** the step that is being made: who repeats himself may then do it less often */
  readonly step?: Step | undefined
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Runs something again and again, the first time after one period, until the returned function is used. */
export function every(clock: Clock, periodMs: number, run: () => void): Cancel {
  let cancel = clock.after(periodMs, repeat)
  function repeat(): void {
    cancel = clock.after(periodMs, repeat)
    run()
  }
  return () => cancel()
}

/** How often the beat falls in one step of the clock, at most; in a longer one it falls more rarely. */
export const MAX_BEATS_PER_STEP = 5000

/**
 * One timer for all that must happen again and again: it runs only while somebody listens, so an idle
 * simulator costs nothing. In a long step of the clock it falls at whole multiples of a longer period, and once more at
 * the last whole period, so that a step of a month is a bounded piece of work and ends with everybody up to date.
 */
export class Beat {
  readonly #clock: Clock
  readonly periodMs: number
  readonly #listeners = new Set<(now: number) => void>()
  #stop: Cancel | undefined

  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock
    this.periodMs = periodMs
  }

  get listening(): number {
    return this.#listeners.size
  }

  /** Runs `listener` at every beat until the returned function is used. */
  listen(listener: (now: number) => void): Cancel {
    this.#listeners.add(listener)
    if (this.#stop === undefined) this.#next()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) {
        this.#stop?.()
        this.#stop = undefined
      }
    }
  }

  // on whole periods, so that five-second bars end on a full five seconds
  #wait(): number {
    const { periodMs } = this
    const now = this.#clock.now()
    const next = now + periodMs - (now % periodMs)
    const { step } = this.#clock
    if (step === undefined) return next - now
    const longer = periodMs * Math.ceil((step.to - step.from) / (periodMs * MAX_BEATS_PER_STEP))
    const last = step.to - (step.to % periodMs)
    return Math.max(next, Math.min(now + longer - (now % longer), last)) - now
  }

  #next(): void {
    this.#stop = this.#clock.after(this.#wait(), () => {
      this.#next()
      const now = this.#clock.now()
      for (const listener of this.#listeners) listener(now)
    })
  }
}
