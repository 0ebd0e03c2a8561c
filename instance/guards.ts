import type { Problem } from '../shared/problem.ts'

/** What can stand before new orders and changes, as the metrics name it. */
export const GUARDS = ['paused', 'restart-window', 'analyzer'] as const
export type Guard = (typeof GUARDS)[number]

/** One reason for which nothing may be sent at the moment. */
export interface Barrier {
  readonly guard: Guard
  /** undefined while it is open */
  readonly refusal: () => Problem | undefined
}

/** What stands between a caller's wish and the bytes of an order. Cancels and reads do not come here. */
export class Guards {
  readonly #barriers: readonly Barrier[]
  readonly #onRefused: (guard: Guard) => void

  constructor(barriers: readonly Barrier[], onRefused: (guard: Guard) => void) {
    this.#barriers = barriers
    this.#onRefused = onRefused
  }

  /** Whether new orders and changes may be sent at this moment. */
  get isOpen(): boolean {
    return this.#barriers.every(({ refusal }) => refusal() === undefined)
  }

  /** Asked again right before anything is sent. @throws Problem with nothing sent: INSTANCE_ORDERS_PAUSED, INSTANCE_RESTART_WINDOW */
  pass(): void {
    for (const { guard, refusal } of this.#barriers) {
      const why = refusal()
      if (why === undefined) continue
      this.#onRefused(guard)
      throw why
    }
  }
}
