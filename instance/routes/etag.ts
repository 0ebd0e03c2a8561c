import { createHash } from 'node:crypto'
import { problem } from '../../shared/problem.ts'
import type { Order } from '../../shared/schemas/order.ts'

/** What tells one state of an order from another; words said about it and the time they came do not. */
const STATE = [
  'id',
  'permId',
  'status',
  'filled',
  'totalQuantity',
  'orderType',
  'lmtPrice',
  'auxPrice',
  'trailStopPrice',
  'trailingPercent',
  'tif',
  'goodAfterTime',
  'goodTillDate',
  'outsideRth',
  'ocaGroup',
  'ocaType',
  'parentId',
] as const satisfies readonly (keyof Order)[]

/** The strong entity tag of an order's state (RFC 9110 §8.8.3). */
export function etagOf(order: Order): string {
  const state = JSON.stringify(STATE.map((member) => order[member]))
  return `"${createHash('sha256').update(state).digest('base64url').slice(0, 22)}"`
}

/** Throws INSTANCE_ORDER_CHANGED where an `If-Match` names other states than the order's; weak tags never match. */
export function mustMatch(ifMatch: string | undefined, order: Order): void {
  if (ifMatch === undefined) return
  const etag = etagOf(order)
  const wanted = ifMatch.split(',').map((each) => each.trim())
  if (wanted.includes('*') || wanted.includes(etag)) return
  throw problem('INSTANCE_ORDER_CHANGED', {
    detail: `Order ${order.id} is no longer in the state that If-Match names; nothing was sent. Read it again.`,
    headers: { etag },
    members: { order },
  })
}
