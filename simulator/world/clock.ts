/** Ends a timer. Harmless when it has fired already. */
export type Cancel = () => void

/** Where time comes from; tests bring their own. */
export interface Clock {
  /** milliseconds since 1970 */
  now(): number
  after(delayMs: number, run: () => void): Cancel
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

/**
 * One timer for all that must happen again and again: it runs only while somebody listens, so an idle
 * simulator costs nothing.
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

  #next(): void {
    // on whole periods, so that five-second bars end on a full five seconds
    const wait = this.periodMs - (this.#clock.now() % this.periodMs)
    this.#stop = this.#clock.after(wait, () => {
      this.#next()
      const now = this.#clock.now()
      for (const listener of this.#listeners) listener(now)
    })
  }
}
