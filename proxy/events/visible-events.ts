import type { OrderEvent } from '../../shared/schemas/order-event.ts'
import type { Caller } from '../auth/caller.ts'
import type { Cursor } from './cursor.ts'
import type { Batch, MergedEvents } from './merged-events.ts'

/** Events as one reader may read them. */
export type ReadableEvents = Pick<MergedEvents, 'clients' | 'after' | 'before' | 'now' | 'along'>

/** The events that a caller may see: those of its accounts, and gaps, which are nobody's. */
export function visibleEvents(merged: MergedEvents, caller: Caller | undefined): ReadableEvents {
  if (caller === undefined || caller.accounts === null) return merged
  return new VisibleEvents(merged, new Set(caller.accounts))
}

class VisibleEvents implements ReadableEvents {
  readonly #merged: MergedEvents
  readonly #accounts: ReadonlySet<string>

  constructor(merged: MergedEvents, accounts: ReadonlySet<string>) {
    this.#merged = merged
    this.#accounts = accounts
  }

  get clients(): number {
    return this.#merged.clients
  }

  now(): Promise<Cursor> {
    return this.#merged.now()
  }

  async after(cursor: Cursor, limit: number): Promise<Batch> {
    return this.#visible(await this.#merged.after(cursor, limit))
  }

  async before(cursor: Cursor, limit: number): Promise<Batch> {
    return this.#visible(await this.#merged.before(cursor, limit))
  }

  /** As of all events; what is left empty is told only when nothing else has been for as long. */
  async *along(
    from: Cursor,
    quietMs: number,
    gone: AbortSignal,
    limit?: number,
  ): AsyncGenerator<Batch> {
    let toldAt = performance.now()
    for await (const batch of this.#merged.along(from, quietMs, gone, limit)) {
      const seen = this.#visible(batch)
      const isHidden = seen.events.length === 0 && batch.events.length > 0
      if (isHidden && performance.now() - toldAt < quietMs) continue
      toldAt = performance.now()
      yield seen
    }
  }

  #visible(batch: Batch): Batch {
    return { ...batch, events: batch.events.filter((event) => this.#isSeen(event)) }
  }

  #isSeen({ type, account }: OrderEvent): boolean {
    if (type === 'ibrest.gap.opened' || type === 'ibrest.gap.closed') return true
    return typeof account === 'string' && this.#accounts.has(account)
  }
}
