import type { Ledger } from '../ledger/ledger.ts'
import type { Link } from './link.ts'
import type { OrderStore } from './order-store.ts'
import { keepRecovering } from './recovery.ts'

export interface GapsOptions {
  readonly link: Link
  readonly store: OrderStore
  readonly ledger: Ledger
  /** how long one attempt to read everything again may take, ms */
  readonly timeoutMs: number
  readonly onFailure: (error: unknown) => void
  /** all that was missed is known, or as much of it as could be read */
  readonly onCaughtUp: () => void
}

/** Marks in the log when nobody listened, and closes a gap only when all that was missed stands before its end. */
export class Gaps {
  readonly #options: GapsOptions

  constructor(options: GapsOptions) {
    this.#options = options
  }

  /** Something may have been missed and has not been read again yet. */
  get isOpen(): boolean {
    return this.#options.ledger.events.lastGap?.type === 'ibrest.gap.opened'
  }

  /** A run begins: nobody listened since the last one, which may not have had the time to say so. */
  began(): void {
    const { events } = this.#options.ledger
    const [last] = events.before(events.extent.last + 1, 1)
    if (last !== undefined) this.#open('the instance was not running', last.time)
  }

  /** The gateway, or IB behind it, cannot be heard any more. */
  lost(reason: string | null): void {
    this.#open(reason, new Date().toISOString())
  }

  #open(reason: string | null, since: string): void {
    if (!this.isOpen) this.#options.ledger.recordGap('opened', { reason, since })
  }

  /** The gateway can be heard again: reads what was missed, as often as it takes while this login lasts. */
  async heardAgain(): Promise<void> {
    const { link, store, ledger, timeoutMs, onFailure, onCaughtUp } = this.#options
    const isDone = await keepRecovering({
      ...{ link, store, timeoutMs },
      onFailure: (error) => {
        onFailure(error)
        // what is known suffices for some of what is to be done; the rest waits
        onCaughtUp()
      },
    })
    if (!isDone) return
    const gap = ledger.events.lastGap
    if (gap !== undefined && this.isOpen) ledger.recordGap('closed', gap.data)
    onCaughtUp()
  }
}
