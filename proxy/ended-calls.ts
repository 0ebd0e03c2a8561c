import type { Asked } from './asked.ts'
import type { CallRecord } from './call-log.ts'

/** A call that has been answered, or whose caller has gone; with its instance's header fields: name, value, name, value … */
export interface EndedCall {
  readonly call: CallRecord
  readonly asked: Asked
  readonly headers: readonly string[]
}

/**
 * Calls that have ended are counted when their answers have left, at the end of a turn of the event loop and before anything new
 * is heard: whoever has his answer finds his call counted, and has not waited for it.
 */
export class EndedCalls {
  #waiting: EndedCall[] = []
  readonly #count: (ended: EndedCall) => void
  readonly #countAll = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const ended of waiting) this.#count(ended)
  }

  constructor(count: (ended: EndedCall) => void) {
    this.#count = count
  }

  add(ended: EndedCall): void {
    if (this.#waiting.length === 0) setImmediate(this.#countAll)
    this.#waiting.push(ended)
  }
}
