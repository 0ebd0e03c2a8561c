import type { CompletedOrder, Order } from '../../shared/schemas/order.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Link } from './link.ts'
import { blankOrder, isFinal, kept, stateOf } from './order-documents.ts'
import { filledFractionOf } from './order-figures.ts'
import { completedOrders } from './order-queries.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import type { Completion } from './translate-order.ts'

/**
 * Today's orders that are over, of every client and of TWS, newest first. IB tells neither their client nor their
 * number (facts §1.5): those of this client are told by their permanent id and shown as its ledger has them, others
 * with `null` for both.
 * @throws Problem what the gateway said
 */
export async function listCompleted(
  parts: { readonly link: Link; readonly store: OrderStore; readonly ledger: Ledger },
  terms: Terms,
): Promise<CompletedOrder[]> {
  const { link, store, ledger } = parts
  const said = await link.query(completedOrders, undefined, terms)
  const rows = said.map((each) => {
    // one of ours may have ended while nobody listened
    store.completed(each)
    const own = each.permId === null ? undefined : ledger.orderOf(each.permId)
    return completedRow(each, own)
  })
  return rows.sort(
    (a, b) => Date.parse(b.completedAt ?? '1970') - Date.parse(a.completedAt ?? '1970'),
  )
}

/** An order that is over as IB tells it, with what its own client knows of it beside. */
export function completedRow(said: Completion, own: Order | undefined): CompletedOrder {
  const { completedAt, completedStatus } = said
  const told = foreignRow(said)
  if (own === undefined || !isFinal(own)) return { ...told, ...ownerOf(own) }
  return { ...told, ...kept(own), filledFraction: own.filledFraction, completedAt, completedStatus }
}

function ownerOf(own: Order | undefined): Partial<CompletedOrder> {
  if (own === undefined) return {}
  const { id, clientId, orderId, clientOrderId, requestedOrderType } = own
  return { id, clientId, orderId, clientOrderId, requestedOrderType }
}

function foreignRow(said: Completion): CompletedOrder {
  const { totalQuantity, filled, completedAt } = said
  const order = {
    ...blankOrder(0, 0),
    ...said,
    remaining: totalQuantity === null ? null : Math.max(0, totalQuantity - filled),
    updatedAt: completedAt,
    timestamp: completedAt === null ? null : Date.parse(completedAt) / 1000,
  }
  return {
    ...order,
    state: stateOf(order),
    filledFraction: filledFractionOf(order),
    clientId: null,
    orderId: null,
  }
}
