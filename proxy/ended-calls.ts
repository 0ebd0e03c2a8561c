import type { EndedCall } from './call-log.ts'

/** So many wait at most until they are counted, but for those that end in the same turn of the event loop. */
const MOST_UNCOUNTED = 64

/**
 * Calls that have ended, counted many at a time, after their answers have left: where the processor rests between calls, what
 * counting needs of code and memory is fetched anew each time, and that is most of its cost. Whoever tells what was counted settles
 * it first, so that nobody who has his answer finds his call uncounted.
 */
export class EndedCalls {
  #uncounted: EndedCall[] = []
  readonly #count: (ended: EndedCall) => void

  /** `count`: one of them, in the sequence in which they ended */
  constructor(count: (ended: EndedCall) => void) {
    this.#count = count
  }

  add(ended: EndedCall): void {
    const uncounted = this.#uncounted.push(ended)
    if (uncounted === MOST_UNCOUNTED) setImmediate(this.settle)
  }

  /** Counts all that have ended until now. */
  readonly settle = (): void => {
    const uncounted = this.#uncounted
    this.#uncounted = []
    for (const ended of uncounted) this.#count(ended)
  }
}
