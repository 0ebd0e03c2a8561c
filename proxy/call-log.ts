import type { FastifyRequest } from 'fastify'

/** How a call fared; ms. */
export interface CallRecord {
  readonly route: string
  readonly status: number
  readonly code: string | undefined
  readonly clientId: number | undefined
  readonly queueMs: number
  readonly ms: number
}

/** One line of the log for a call that has ended. */
export function logCall(request: FastifyRequest, record: CallRecord): void {
  const { route, status, code, clientId, queueMs, ms } = record
  const { id: reqId, method } = request
  request.log.info(
    { reqId, method, route, status, code, clientId, queueMs: round(queueMs), ms: round(ms) },
    'call',
  )
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
