import type { Problem } from '../shared/problem.ts'
import type { Answer } from './answer.ts'
import { Fifo, type Place } from './fifo.ts'
import type { Lease } from './lease.ts'
import type { Slot } from './slot.ts'

/**
 * How much later than each class a caller of the first one may come and still be served before it, ms. Within a class
 * who came first is first; between classes a handicap is made up for by waiting, so that nothing starves.
 */
export const HANDICAPS_MS = { cancel: 0, order: 100, read: 1000, history: 3000 } as const

/** What kind of work waits. */
export type CallClass = keyof typeof HANDICAPS_MS

export const CALL_CLASSES = Object.keys(HANDICAPS_MS) as CallClass[]

/** One call that wants a slot. The pool answers with exactly one of `granted` and `refused`. */
export interface Waiter {
  readonly callClass: CallClass
  /** what it asks for, where somebody looks */
  readonly method?: string
  readonly route?: string
  /** the only client that may serve it; undefined: any */
  readonly pinnedTo: number | undefined
  /** callers who ask the same, word for word, have the same; undefined: it must be asked by itself */
  readonly question: string | undefined
  /** when its caller gives up, epoch ms */
  readonly deadline: number
  /** when it first asked for a slot, epoch ms; undefined until it was turned away by an instance */
  readonly since?: number | undefined
  /** where it stands in the line, which alone sets it */
  place?: Place<Standing> | undefined
  /** why it must not be served at all any more, whoever is free; undefined while it may */
  readonly barred?: (() => Problem | undefined) | undefined
  /** a slot this call has had already and must not get again */
  hasTried(slot: Slot): boolean
  granted(lease: Lease): void
  refused(problem: Problem): void
  /** Another caller asks the same and is about to be served; its answer will serve this one too. */
  joined(asker: Asker): void
  /** The asker has its answer, or hears why there is none. */
  answered(answer: Answer | Problem): void
  /** The asker could not be served: this one has to ask for itself. */
  abandoned(): void
}

const NOBODY: readonly Waiter[] = []

/** Who asks on behalf of others. */
export interface Asker {
  readonly clientId: number | undefined
}

/** One who waits, and since when, epoch ms. */
interface Standing {
  readonly waiter: Waiter
  readonly since: number
}

/** Those who came back, and behind them those who wait for the first time. */
function queues(): readonly Fifo<Standing>[] {
  return [new Fifo(), new Fifo()]
}

/** Callers waiting for a slot. Each leaves by itself when its deadline passes or its caller goes. */
export class Line {
  /** how many may wait at once */
  readonly limit: number
  readonly #queues: Readonly<Record<CallClass, readonly Fifo<Standing>[]>> = {
    cancel: queues(),
    order: queues(),
    read: queues(),
    history: queues(),
  }
  readonly #byQuestion = new Map<string, Set<Waiter>>()
  readonly #now: () => number
  #length = 0

  constructor(limit: number, now: () => number = Date.now) {
    this.limit = limit
    this.#now = now
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length >= this.limit
  }

  /** How many of a class wait. */
  count(callClass: CallClass): number {
    return this.#queues[callClass].reduce((sum, { size }) => sum + size, 0)
  }

  /** How long the caller who came first has waited, ms; null when nobody waits. */
  get oldestWaitMs(): number | null {
    let oldest = Number.POSITIVE_INFINITY
    for (const { first } of this.#all()) oldest = Math.min(oldest, first?.value.since ?? oldest)
    return oldest === Number.POSITIVE_INFINITY ? null : this.#now() - oldest
  }

  /** Who waits. */
  *waiters(): Generator<Waiter> {
    for (const queue of this.#all()) for (const { waiter } of queue) yield waiter
  }

  *#all(): Generator<Fifo<Standing>> {
    for (const callClass of CALL_CLASSES) yield* this.#queues[callClass]
  }

  /** Puts a caller at the end of its class, or before all who have not had a turn yet when `since` then it waits. */
  join(waiter: Waiter, since?: number): void {
    const queue = this.#queues[waiter.callClass][since === undefined ? 1 : 0]
    waiter.place = queue?.join({ waiter, since: since ?? this.#now() })
    this.#length += 1
    const { question } = waiter
    if (question === undefined) return
    const alike = this.#byQuestion.get(question)
    if (alike === undefined) this.#byQuestion.set(question, new Set([waiter]))
    else alike.add(waiter)
  }

  /** Takes a caller out, wherever it stands. False: it was not there. */
  leave(waiter: Waiter): boolean {
    if (waiter.place?.leave() !== true) return false
    waiter.place = undefined
    this.#length -= 1
    const { question } = waiter
    if (question === undefined) return true
    const alike = this.#byQuestion.get(question)
    alike?.delete(waiter)
    if (alike?.size === 0) this.#byQuestion.delete(question)
    return true
  }

  /** The next caller of these classes this slot may serve, taken out of the line. */
  shiftFor(slot: Slot, classes: readonly CallClass[] = CALL_CLASSES): Waiter | undefined {
    let next: Waiter | undefined
    let earliest = Number.POSITIVE_INFINITY
    for (const callClass of classes) {
      const handicap = HANDICAPS_MS[callClass]
      for (const queue of this.#queues[callClass]) {
        for (let place = queue.first; place !== undefined; place = place.behind) {
          const { waiter, since } = place.value
          // those behind have come later
          if (since + handicap >= earliest) break
          if (!fits(waiter, slot)) continue
          next = waiter
          earliest = since + handicap
          break
        }
      }
    }
    if (next !== undefined) this.leave(next)
    return next
  }

  /** Everybody who waits with the same question as this one, taken out of the line. */
  takeAlike(waiter: Waiter): readonly Waiter[] {
    if (this.#byQuestion.size === 0) return NOBODY
    const { question } = waiter
    const alike = question === undefined ? undefined : this.#byQuestion.get(question)
    if (alike === undefined) return NOBODY
    const waiters = [...alike]
    for (const waiter of waiters) this.leave(waiter)
    return waiters
  }
}

/** Whether a slot may serve a caller at all. */
export function fits(waiter: Waiter, slot: Slot): boolean {
  return (
    (waiter.pinnedTo === undefined || waiter.pinnedTo === slot.clientId) && !waiter.hasTried(slot)
  )
}
