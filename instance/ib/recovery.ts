import type { Link } from './link.ts'
import { allOpenOrders, completedOrders, executions } from './order-queries.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'

/**
 * Reads again what may have changed while nobody listened: nothing is replayed after a gap (facts §3.2). Open orders
 * and fills update the store as they arrive; completed orders are asked for only where one of ours has vanished.
 */
export async function recover(link: Link, store: OrderStore, terms: Terms): Promise<void> {
  const before = store.open()
  const open = await link.query(allOpenOrders, undefined, terms)
  await link.query(executions, undefined, terms)
  const stillThere = new Set(open.map(({ permId }) => permId))
  const vanished = before.some(({ orderId, permId }) => {
    const known = store.get(orderId)
    return permId !== null && !stillThere.has(permId) && known?.status !== 'Filled'
  })
  if (!vanished) return
  for (const completed of await link.query(completedOrders, undefined, terms))
    store.completed(completed)
}
