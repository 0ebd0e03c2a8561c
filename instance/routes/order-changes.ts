import { changeOrder, previewOrder } from '../../shared/api/order-changes.ts'
import type { Service } from '../../shared/service.ts'
import { prefers } from '../deadline.ts'
import { etagOf, mustMatch } from './etag.ts'
import { locate, ownOrderId } from './orders.ts'
import { type Parts, serve } from './serve.ts'

/** Changes of orders, and orders that are only asked about or follow from a position. */
export function routeOrderChanges(app: Service, parts: Parts): void {
  const { link, changes, previews } = parts

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
}
