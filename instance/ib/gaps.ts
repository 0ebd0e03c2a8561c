import { setTimeout as pause } from 'node:timers/promises'
import type { Ledger } from '../ledger/ledger.ts'
import type { Link } from './link.ts'
import type { OrderStore } from './order-store.ts'
import { recover } from './recovery.ts'

/** Reading again what was missed is tried again after so long, ms, doubling up to the second. */
const AGAIN_MS = [200, 5000] as const

export interface GapsOptions {
  readonly link: Link
  readonly store: OrderStore
  readonly ledger: Ledger
  /** how long one attempt to read everything again may take, ms */
  readonly timeoutMs: number
  readonly onFailure: (error: unknown) => void
}

/** Marks in the log when nobody listened, and closes a gap only when all that was missed stands before its end. */
export class Gaps {
  readonly #options: GapsOptions
  #attempt = 0

  constructor(options: GapsOptions) {
    this.#options = options
  }

  get #isOpen(): boolean {
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
    if (!this.#isOpen) this.#options.ledger.recordGap('opened', { reason, since })
  }

  /** The gateway can be heard again: reads what was missed, as often as it takes while this lasts. */
  async heardAgain(): Promise<void> {
    const { link, store, ledger, timeoutMs, onFailure } = this.#options
    this.#attempt += 1
    const attempt = this.#attempt
    const isCurrent = () => attempt === this.#attempt && link.isUsable
    for (
      let waitMs: number = AGAIN_MS[0];
      isCurrent();
      waitMs = Math.min(2 * waitMs, AGAIN_MS[1])
    ) {
      try {
        await recover(link, store, { deadlineAt: performance.now() + timeoutMs })
        if (!isCurrent()) return
        const gap = ledger.events.lastGap
        if (gap !== undefined && this.#isOpen) ledger.recordGap('closed', gap.data)
        return
      } catch (error) {
        onFailure(error)
      }
      await pause(waitMs, undefined, { ref: false })
    }
  }
}
