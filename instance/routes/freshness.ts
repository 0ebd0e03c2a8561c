import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Told } from '../ib/mirror.ts'

/** Whether a caller wants IB asked again, by `fresh=true` or as a cache is told to (RFC 9111 §5.2.1.4). */
export function wantsFresh({
  query,
  headers,
}: {
  readonly query: { readonly fresh?: boolean }
  readonly headers: IncomingHttpHeaders
}): boolean {
  return query.fresh === true || /no-cache/i.test(headers['cache-control'] ?? '')
}

/** Says in the header how fresh an answer is, and gives what it says. */
export function tell<Row>(reply: FastifyReply, told: Told<Row>): Row[] {
  reply.header('ibrest-source', told.source)
  tellAge(reply, told.asOf)
  return told.rows
}

/** Says in the header when IB last said something of an answer. */
export function tellAge(reply: FastifyReply, asOf: Date): void {
  const age = Math.max(0, Math.floor((Date.now() - asOf.getTime()) / 1000))
  reply.header('age', String(age)).header('ibrest-as-of', asOf.toISOString())
}
