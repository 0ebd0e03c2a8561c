import type { FastifyReply } from 'fastify'
import {
  changeOrder,
  closePosition,
  previewOrder,
  smartOrder,
} from '../../shared/api/order-changes.ts'
import type { Aimed } from '../../shared/schemas/order-change.ts'
import type { Service } from '../../shared/service.ts'
import { prefers } from '../deadline.ts'
import type { Reached } from '../ib/targets.ts'
import { etagOf, mustMatch } from './etag.ts'
import { locate, ownOrderId } from './orders.ts'
import { type Parts, serve } from './serve.ts'

/** Changes of orders, and orders that are only asked about or follow from a position. */
export function routeOrderChanges(app: Service, parts: Parts): void {
  const { link, changes, previews, targets } = parts

  serve(app, parts, changeOrder, async ({ params, body, headers, path, reply, enduring }) => {
    const wait = !prefers(headers, 'respond-async')
    const { order, confirmed } = await changes.modify({
      orderId: ownOrderId(params.id, link.clientId),
      change: body,
      endpoint: path,
      mustFit: (found) => mustMatch(headers['if-match'], found),
      wait,
      terms: enduring,
    })
    if (!wait) reply.header('preference-applied', 'respond-async')
    if (!confirmed) reply.code(202)
    reply.header('etag', etagOf(order))
    locate(reply, order)
    return order
  })

  serve(app, parts, previewOrder, ({ body, path, terms }) => previews.preview(body, path, terms))

  serve(app, parts, smartOrder, async ({ body, headers, path, reply, enduring }) => {
    const wait = !prefers(headers, 'respond-async')
    const reached = await targets.aim(body, { endpoint: path, wait, terms: enduring })
    return tell(reply, reached, { wait, done: 201 })
  })

  serve(app, parts, closePosition, async ({ params, query, headers, path, reply, enduring }) => {
    const wait = !prefers(headers, 'respond-async')
    const call = { endpoint: path, wait, terms: enduring }
    const reached = await targets.close(params.conId, query, call)
    return tell(reply, reached, { wait, done: 200 })
  })
}

function tell(
  reply: FastifyReply,
  { aimed, acknowledged }: Reached,
  { wait, done }: { readonly wait: boolean; readonly done: number },
): Aimed {
  if (!wait) reply.header('preference-applied', 'respond-async')
  if (aimed.order === null) return aimed
  reply.code(acknowledged ? done : 202)
  locate(reply, aimed.order)
  return aimed
}
