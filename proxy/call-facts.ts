import type { FastifyRequest } from 'fastify'
import type { PacingClass } from '../shared/api/operation.ts'
import type { CallRecord } from './call-log.ts'
import type { CallClass, Waiter } from './line.ts'
import type { ProxyMetrics } from './metrics.ts'
import type { PassOffice } from './pacing/pass.ts'
import type { Pool } from './pool.ts'
import type { Upstreams } from './upstreams.ts'

/** Everything a call needs of the proxy around it. */
export interface CallContext {
  readonly pool: Pool
  readonly upstreams: Upstreams
  readonly metrics: ProxyMetrics
  readonly office: PassOffice
  /** a call has been answered, or its caller has gone; with its instance's header fields: name, value, name, value … */
  readonly onEnded: (call: CallRecord, request: FastifyRequest, headers: readonly string[]) => void
}

/** What one call is, apart from how it fares. */
export interface CallFacts {
  readonly route: string
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  /** which of IB's limits it falls under; undefined: none of those for the whole login */
  readonly pacing: PacingClass | undefined
  /** ms from arrival, covering waiting and work */
  readonly timeoutMs: number
  /** why it must not be sent any more, asked while it waits */
  readonly barred?: Waiter['barred']
}
