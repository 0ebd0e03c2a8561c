import type { Cancel, Clock } from '../../../simulator/world/clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number
  #timers: { at: number; run: () => void }[] = []

  constructor(at: number = Date.UTC(2026, 10, 20, 15, 0, 0)) {
    this.#now = at
  }

  readonly now = (): number => this.#now

  readonly after = (delayMs: number, run: () => void): Cancel => {
    const timer = { at: this.#now + Math.max(0, delayMs), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get waiting(): number {
    return this.#timers.length
  }

  /** Lets time pass, running what falls due in its sequence. */
  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = until
  }
}
