import type { Operation } from '../shared/api/operation.ts'
import type { CallRecord, EndedCall } from './call-log.ts'
import type { CallClass, Waiter } from './line.ts'
import type { ProxyMetrics } from './metrics.ts'
import type { PacedCaller, Pass } from './pacing/pass.ts'
import type { Pool } from './pool.ts'
import type { Upstreams } from './upstreams.ts'

/** Everything a call needs of the proxy around it. */
export interface CallContext {
  readonly pool: Pool
  readonly upstreams: Upstreams
  readonly metrics: ProxyMetrics
  /** hears of each call that has ended, while its answer leaves; nobody is to wait for what it does */
  readonly ended: (call: EndedCall) => void
}

/** What one call is, apart from how it fares. */
export interface CallFacts {
  readonly route: string
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  /** ms from arrival, covering waiting and work */
  readonly timeoutMs: number
  /** why it must not be sent any more, asked while it waits */
  readonly barred?: Waiter['barred']
  /** its way through IB's limits for the whole login; where there is none, or it gives none, nothing counts it */
  readonly pass?: ((caller: PacedCaller) => Pass | undefined) | undefined
  /** has its end written down, with its instance's header fields */
  readonly audited?: ((call: CallRecord, headers: readonly string[]) => void) | undefined
}

/** What kind of work an operation is. */
export function classOf({ tag, method, operationId }: Operation): CallClass {
  if (operationId === 'cancelOrder' || operationId === 'cancelOrders') return 'cancel'
  if (tag === 'orders' && method !== 'GET') return 'order'
  return tag === 'history' ? 'history' : 'read'
}
