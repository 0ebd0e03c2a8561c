import { Waiters } from '../shared/waiters.ts'
import { paused } from './refusals.ts'

/** A pool that is paused: what would begin something new waits until it is over. */
export class Pause {
  readonly #limit: number
  readonly #now: () => number
  readonly #held = new Waiters()
  #since: Date | undefined

  /** @param limit calls beside the slots that may wait at once */
  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  /** When it began; undefined while the pool is not paused. */
  get since(): Date | undefined {
    return this.#since
  }

  /** Calls beside the slots that wait for its end. */
  get held(): number {
    return this.#held.size
  }

  begin(): void {
    this.#since ??= new Date(this.#now())
  }

  end(): void {
    this.#since = undefined
    this.release()
  }

  /** Lets everybody go who waits, paused or not: they look again. */
  release(): void {
    this.#held.wake()
  }

  /**
   * Waits for its end on behalf of a call that takes no slot; what is left of its patience then, ms.
   * @throws Problem PROXY_PAUSED when the patience ends first or too many wait
   */
  async over(patienceMs: number, gone: AbortSignal): Promise<number> {
    if (this.#held.size >= this.#limit) throw paused(`${this.#limit} calls wait already`)
    const begun = performance.now()
    await this.#held.wait(patienceMs, gone)
    if (this.#since !== undefined || gone.aborted)
      throw paused('The pool was not resumed before the deadline')
    return Math.max(1, patienceMs - (performance.now() - begun))
  }
}
