import type { FastifyReply } from 'fastify'
import { parseOrderId } from '../../shared/ids.ts'
import { problem } from '../../shared/problem.ts'
import type { Order } from '../../shared/schemas/order.ts'
import { refuseFields } from '../fields.ts'

/**
 * The number of an order of this client.
 * @throws Problem INSTANCE_NOT_OWNER when another client's id is written in it or beside it, REQUEST_INVALID when
 * these two differ
 */
export function ownOrderId(written: string, clientId: number, askedOwner?: number): number {
  const parsed = parseOrderId(written)
  if (parsed === undefined)
    throw problem('INSTANCE_UNKNOWN_ORDER', { detail: `Order ${written} does not exist` })
  const inId = parsed.clientId
  if (inId !== undefined && askedOwner !== undefined && inId !== askedOwner) {
    const detail = `clientId ${askedOwner} is not the one written in ${written}`
    throw refuseFields('/order', [{ field: 'clientId', code: 'not_allowed', detail }])
  }
  const owner = inId ?? askedOwner ?? clientId
  if (owner === clientId) return parsed.orderId
  throw problem('INSTANCE_NOT_OWNER', {
    detail: `Order ${written} belongs to client ${owner}; this is client ${clientId}`,
    members: { client_id: clientId },
  })
}

/** Says where an order is to be found. */
export function locate(reply: FastifyReply, order: Order | undefined): void {
  if (order?.id) reply.header('location', `/order/${order.id}`)
}
