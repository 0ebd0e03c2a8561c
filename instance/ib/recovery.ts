import { setTimeout as pause } from 'node:timers/promises'
import type { Order } from '../../shared/schemas/order.ts'
import { dayIn } from './instants.ts'
import type { Link } from './link.ts'
import { isFinal, neverThere } from './order-documents.ts'
import { allOpenOrders, completedOrders, executions } from './order-queries.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'

/**
 * Reads again what may have changed while nobody listened: nothing is replayed after a gap (facts §3.2). Open orders
 * and fills update the store as they arrive; completed orders are asked for only where one of ours has vanished or was
 * never confirmed. What none of the three lists has, and must have if it had ever come, was never there.
 */
export async function recover(link: Link, store: OrderStore, terms: Terms): Promise<void> {
  const before = store.open()
  const open = await link.query(allOpenOrders, undefined, terms)
  await link.query(executions, undefined, terms)
  const stillThere = new Set(open.map(({ permId }) => permId))
  const vanished = before.some(({ orderId }) => {
    const known = store.get(orderId)
    return known !== undefined && !stillThere.has(known.permId) && !isFinal(known)
  })
  if (!vanished) return
  for (const completed of await link.query(completedOrders, undefined, terms))
    store.completed(completed)
  for (const { orderId, updatedAt } of before) {
    const known = store.get(orderId)
    if (known === undefined || !isUnconfirmed(known) || !provesAbsence(link, updatedAt)) continue
    store.put(neverThere(known, 'It never reached the gateway: none of its lists has it.'))
  }
}

/** Pauses before what could not be read is asked for again, ms: doubling from the first to the last. */
const FIRST_PAUSE_MS = 200
const LAST_PAUSE_MS = 5000

/**
 * `recover`, asked again with growing pauses while this login lasts; the next one begins anew. True when all was
 * read. Never throws.
 */
export async function keepRecovering({
  link,
  store,
  timeoutMs,
  onFailure,
}: {
  readonly link: Link
  readonly store: OrderStore
  /** of one try, ms */
  readonly timeoutMs: number
  readonly onFailure: (error: unknown) => void
}): Promise<boolean> {
  const login = link.login
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    try {
      await recover(link, store, { deadlineAt: performance.now() + timeoutMs })
      return true
    } catch (error) {
      onFailure(error)
    }
    await pause(pauseMs, undefined, { ref: false })
    if (link.login !== login || !link.isUsable) return false
  }
}

/** Nothing was ever heard of it; one that is held back for release is in no list even when it is there. */
function isUnconfirmed(order: Order): boolean {
  return order.permId === null && !isFinal(order) && order.transmit !== false
}

/**
 * A list proves that an order never came only to a login made after its bytes could have left, since each
 * connection is read to its end before its client id is free; and only on the same day, since the lists are of today.
 */
function provesAbsence(link: Link, updatedAt: string | null): boolean {
  const { readySince } = link.status
  if (updatedAt === null || readySince === null || readySince <= updatedAt) return false
  const [then, now] = [Date.parse(updatedAt), Date.now()]
  return link.zones.every((zone) => dayIn(zone, then) === dayIn(zone, now))
}
