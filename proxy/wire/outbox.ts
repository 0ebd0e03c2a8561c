import { performance } from 'node:perf_hooks'
import { TurnEnd } from '../turn-end.ts'

/** Has something that is to be written. */
export interface Sender {
  flush(): void
}

/** How often it is looked how much rest the event loop has, ms. */
const LOOK_MS = 20
/** Share of the time in which it had work, from where on it counts as busy: beyond what many callers of slow instances bring it to, who would lose by it. */
const BUSY = 0.9

/** Requests to instances that leave together, at the end of a turn of the event loop. */
export class Outbox extends TurnEnd<Sender> {
  #lookedAt = performance.now()
  #seen = performance.eventLoopUtilization()
  #isBusy = false

  constructor() {
    super((sender) => sender.flush())
  }

  /** Whether the event loop has hardly had any rest of late: then even what is awaited had better leave together, as answers do. */
  isBusyAt(now: number): boolean {
    if (now - this.#lookedAt < LOOK_MS) return this.#isBusy
    const seen = performance.eventLoopUtilization()
    this.#isBusy = performance.eventLoopUtilization(seen, this.#seen).utilization > BUSY
    this.#seen = seen
    this.#lookedAt = now
    return this.#isBusy
  }
}
