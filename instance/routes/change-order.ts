import type { Order } from '../../shared/schemas/order.ts'
import type { OrderChange } from '../../shared/schemas/order-change.ts'
import { prefers } from '../deadline.ts'
import type { Finding } from '../ib/analyses.ts'
import { etagOf, mustMatch } from './etag.ts'
import { locate } from './own-orders.ts'
import type { Parts, SomeCall } from './serve.ts'

/** Changes an order of this client and answers with it: 200, or 202 while IB has not confirmed. */
export async function changeOne(
  { changes }: Pick<Parts, 'changes'>,
  orderId: number,
  change: OrderChange,
  { headers, path, reply, enduring }: SomeCall,
): Promise<Order> {
  const wait = !prefers(headers, 'respond-async')
  const { order, confirmed } = await changes.modify({
    ...{ orderId, change, endpoint: path, wait, terms: enduring },
    mustFit: (found) => mustMatch(headers['if-match'], found),
  })
  if (!wait) reply.header('preference-applied', 'respond-async')
  reply.code(confirmed ? 200 : 202).header('etag', etagOf(order))
  locate(reply, order)
  return order
}

/** What changing it would send; nothing is sent. */
export async function analyzeChange(
  { analyses }: Pick<Parts, 'analyses'>,
  orderId: number,
  change: OrderChange,
  { headers, path, enduring }: Pick<SomeCall, 'headers' | 'path' | 'enduring'>,
): Promise<Finding> {
  return await analyses.changing({
    ...{ orderId, change, endpoint: path, wait: true, terms: enduring },
    mustFit: (found) => mustMatch(headers['if-match'], found),
  })
}
