import type { Waiter } from './line.ts'
import type { Slot } from './slot.ts'

/**
 * How a leased call ended at the instance: it finished its answer, it was turned away because the instance works
 * for another proxy, or the instance was lost.
 */
export type Ending = 'finished' | 'turned-away' | 'lost'

/** The right of one call to a slot, until the instance has finished with it. Settled once. */
export class Lease {
  readonly slot: Slot
  /** whose it is */
  readonly holder: Waiter
  /** when it was granted, epoch ms */
  readonly begun: number
  #settled = false
  readonly #onSettle: (ending: Ending, reason: string) => void

  constructor(
    slot: Slot,
    holder: Waiter,
    begun: number,
    onSettle: (ending: Ending, reason: string) => void,
  ) {
    this.slot = slot
    this.holder = holder
    this.begun = begun
    this.#onSettle = onSettle
  }

  /** Gives the slot back. @throws on a second time: two callers would share one instance */
  settle(ending: Ending, reason = ''): void {
    if (this.#settled) throw new Error(`lease of slot ${this.slot.clientId} settled twice`)
    this.#settled = true
    this.#onSettle(ending, reason)
  }
}
