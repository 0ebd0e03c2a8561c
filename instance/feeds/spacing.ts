/** What IB gives only so often: under which name it counts, and how long it wants between two requests, ms (facts §3.1). */
export interface Spaced {
  readonly key: string
  readonly ms: number
}

/** When IB may be asked again for what it gives only so often. */
export class Spacing {
  /** the names of what was asked for, in the sequence of asking, with when each may be asked for again */
  readonly #from = new Map<string, number>()

  /** How long a request has to wait, ms; 0 for none. */
  waitMs({ key }: Spaced): number {
    return Math.max(0, (this.#from.get(key) ?? 0) - performance.now())
  }

  /** IB is asked now. */
  asked({ key, ms }: Spaced): void {
    const now = performance.now()
    for (const [old, from] of this.#from) if (from <= now) this.#from.delete(old)
    this.#from.set(key, now + ms)
  }

  /** IB refused it for another reason, so that it does not count. */
  refused({ key }: Spaced): void {
    this.#from.delete(key)
  }
}
