import type { Problem } from '../shared/problem.ts'
import type { Lease } from './lease.ts'
import type { Slot } from './slot.ts'

/** What kind of work waits, for the queue's metric. */
export type CallClass = 'order' | 'read' | 'history'

/** One call that wants a slot. The pool answers with exactly one of `granted` and `refused`. */
export interface Waiter {
  readonly callClass: CallClass
  /** the only client that may serve it; undefined: any */
  readonly pinnedTo: number | undefined
  /** a slot this call has had already and must not get again */
  hasTried(slot: Slot): boolean
  granted(lease: Lease): void
  refused(problem: Problem): void
}

/** Callers waiting for a slot, oldest first. Each leaves by itself when its deadline passes or its caller goes. */
export class Line {
  /** how many may wait at once */
  readonly limit: number
  readonly #since = new Map<Waiter, number>()
  readonly #now: () => number

  constructor(limit: number, now: () => number = Date.now) {
    this.limit = limit
    this.#now = now
  }

  get length(): number {
    return this.#since.size
  }

  get isFull(): boolean {
    return this.#since.size >= this.limit
  }

  /** How long the caller at the head has waited, ms; null when nobody waits. */
  get oldestWaitMs(): number | null {
    const since = this.#since.values().next().value
    return since === undefined ? null : this.#now() - since
  }

  /** Who waits, oldest first. */
  waiters(): IterableIterator<Waiter> {
    return this.#since.keys()
  }

  /** Puts a caller at the end. */
  join(waiter: Waiter): void {
    this.#since.set(waiter, this.#now())
  }

  /** Takes a caller out, wherever it stands. False: it was not there. */
  leave(waiter: Waiter): boolean {
    return this.#since.delete(waiter)
  }

  /** The oldest caller this slot may serve, taken out of the line. */
  shiftFor(slot: Slot): Waiter | undefined {
    for (const waiter of this.#since.keys()) {
      if (fits(waiter, slot)) {
        this.leave(waiter)
        return waiter
      }
    }
    return undefined
  }
}

/** Whether a slot may serve a caller at all. */
export function fits(waiter: Waiter, slot: Slot): boolean {
  return (
    (waiter.pinnedTo === undefined || waiter.pinnedTo === slot.clientId) && !waiter.hasTried(slot)
  )
}
