import type { Cancel } from '../world/clock.ts'

/** Something there is only so much of, for all clients together; 0 means as much as anybody wants. */
export class Slots {
  readonly #limit: number
  /** how many use each */
  readonly #users = new Map<unknown, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many are in use. */
  get used(): number {
    return this.#users.size
  }

  /**
   * Takes one, or shares the one that is taken for the same `what` already.
   * @returns what gives it back, once and no more; undefined when all are taken
   */
  take(what: unknown = {}): Cancel | undefined {
    const users = this.#users.get(what) ?? 0
    if (users === 0 && this.#limit > 0 && this.used >= this.#limit) return undefined
    this.#users.set(what, users + 1)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = (this.#users.get(what) ?? 1) - 1
      if (left === 0) this.#users.delete(what)
      else this.#users.set(what, left)
    }
  }
}
