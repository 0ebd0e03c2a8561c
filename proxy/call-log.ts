import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'

/** How a call fared; ms. */
export interface CallRecord {
  readonly id: string
  readonly method: string
  readonly route: string
  readonly status: number
  readonly code: string | undefined
  readonly clientId: number | undefined
  /** until it stood in line or was sent on: its body was read, IB's limits or the end of a pause were waited for */
  readonly beforeMs: number
  /** whether one of the login's limits counts it */
  readonly isPaced: boolean
  /** until it was granted its slot; 0 when it never was */
  readonly queueMs: number
  readonly ms: number
}

/** A call that has been answered, or whose caller has gone. */
export interface EndedCall {
  /** epoch ms */
  readonly at: number
  readonly call: CallRecord
  /** its caller's header fields */
  readonly given: IncomingHttpHeaders
  /** where it came from */
  readonly address: string
  /** its instance's header fields: name, value, name, value … */
  readonly headers: readonly string[]
}

/** One line of the log for a call that has ended. */
export function logCall(log: FastifyBaseLogger, record: CallRecord): void {
  const { id: reqId, method, route, status, code, clientId, queueMs, ms } = record
  log.info(
    { reqId, method, route, status, code, clientId, queueMs: round(queueMs), ms: round(ms) },
    'call',
  )
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
