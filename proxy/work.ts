import { Waiters } from '../shared/waiters.ts'

/** How much is under way at the instances, and who waits for the end of all of it. */
export class Work {
  readonly #ending = new Waiters()
  #leased = 0
  #beside = 0

  /** Leased calls that have not ended at their instance. */
  get leased(): number {
    return this.#leased
  }

  get isDone(): boolean {
    return this.#leased === 0 && this.#beside === 0
  }

  begin(kind: 'leased' | 'beside'): void {
    if (kind === 'leased') this.#leased += 1
    else this.#beside += 1
  }

  end(kind: 'leased' | 'beside'): void {
    if (kind === 'leased') this.#leased -= 1
    else this.#beside -= 1
    if (this.isDone) this.#ending.wake()
  }

  /** True as soon as nothing is under way, false after so long, ms. */
  async done(withinMs?: number): Promise<boolean> {
    return this.isDone || (await this.#ending.wait(withinMs))
  }
}
