import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { DurationHistogram } from '../shared/duration-histogram.ts'
import { callDuration, LATENCY_BUCKETS, type ObserveCall } from '../shared/metrics.ts'
import type { ProblemCode } from '../shared/problem.ts'
import { SLOT_STATES } from '../shared/schemas/client.ts'
import { CALL_CLASSES } from './line.ts'
import type { Governor } from './pacing/governor.ts'
import type { CacheOutcome } from './pacing/pass.ts'
import type { Pool } from './pool.ts'

/** What callers are mostly refused for, and what somebody is told of. */
const REFUSALS: readonly ProblemCode[] = [
  'PROXY_POOL_BUSY',
  'PROXY_PACED',
  'PROXY_RATE_LIMITED',
  'PROXY_NO_INSTANCE',
  'PROXY_ORDERS_PAUSED',
]

/** What the proxy counts by itself; everything about slots and the line is read from the pool when asked for. */
export interface ProxyMetrics {
  /** a call answered, or its caller gone; seconds */
  readonly answered: ObserveCall
  /** a call got its slot after so many seconds */
  readonly queued: (seconds: number) => void
  readonly refused: (code: string) => void
  readonly retried: (why: string) => void
  /** a call was served by the answer to the same question of another */
  readonly joined: () => void
  /** IB's limits let a call pass after so many seconds */
  readonly admitted: (seconds: number) => void
  /** how an answer of history was come by */
  readonly cached: (outcome: CacheOutcome) => void
}

/** What metrics are read from when they are asked for. */
export interface MetricSources {
  readonly pool: Pool
  readonly events: { readonly readers: Readonly<Record<string, number>> }
  readonly governor: Governor
  /** brings what was counted of calls up to now */
  readonly settle: () => void
}

/** Registers the proxy's metrics (D.7) and gives what is needed to count. */
export function createMetrics(
  registry: Registry,
  { pool, events, governor, settle }: MetricSources,
): ProxyMetrics {
  const registers = [registry]
  const waited = new DurationHistogram({
    name: 'ibrest_proxy_queue_wait_seconds',
    help: 'Time from the arrival of a leased call to its slot',
    buckets: [0.0001, 0.0005, ...LATENCY_BUCKETS],
    registers,
  })
  const refusals = new Counter({
    name: 'ibrest_proxy_refused_total',
    help: 'Calls refused before any instance worked on them',
    labelNames: ['code'],
    registers,
  })
  // present from the start, so that a rate can be told from the first one on
  for (const code of REFUSALS) refusals.inc({ code }, 0)
  const retries = new Counter({
    name: 'ibrest_proxy_retries_total',
    help: 'Calls sent to another slot because the first did nothing with them',
    labelNames: ['reason'],
    registers,
  })
  const joined = new Counter({
    name: 'ibrest_proxy_joined_total',
    help: 'Reads served by the answer to the same question of another caller',
    registers,
  })
  const paced = new Histogram({
    name: 'ibrest_pacing_wait_seconds',
    help: "Time that calls waited for IB's limits before they stood in line",
    buckets: [...LATENCY_BUCKETS],
    registers,
  })
  const cached = new Counter({
    name: 'ibrest_history_cache_total',
    help: 'Calls for history: answered from the cache (hit), sent (miss), or sent as the caller wanted (bypass)',
    labelNames: ['outcome'],
    registers,
  })
  registerPoolGauges(registry, pool)
  registerPacingGauges(registry, governor)
  new Gauge({
    name: 'ibrest_event_readers',
    help: 'Readers on open streams of order events',
    labelNames: ['face'],
    registers,
    collect() {
      for (const [face, readers] of Object.entries(events.readers)) this.set({ face }, readers)
    },
  })
  return {
    answered: callDuration(registry, settle),
    queued: waited.child(),
    refused: (code) => refusals.inc({ code }),
    retried: (reason) => retries.inc({ reason }),
    joined: () => joined.inc(),
    admitted: (seconds) => paced.observe(seconds),
    cached: (outcome) => cached.inc({ outcome }),
  }
}

function registerPacingGauges(registry: Registry, governor: Governor): void {
  const registers = [registry]
  new Gauge({
    name: 'ibrest_pacing_tokens',
    help: "What is left of each of IB's limits",
    labelNames: ['bucket'],
    registers,
    collect() {
      for (const { name, remaining } of governor.status()) this.set({ bucket: name }, remaining)
    },
  })
  new Gauge({
    name: 'ibrest_pacing_quota',
    help: "This proxy's share of each of IB's limits",
    labelNames: ['bucket'],
    registers,
    collect() {
      for (const { name, quota } of governor.status()) this.set({ bucket: name }, quota)
    },
  })
  new Gauge({
    name: 'ibrest_pacing_waiting',
    help: "Calls that wait for each of IB's limits",
    labelNames: ['bucket'],
    registers,
    collect() {
      for (const { name, waiting } of governor.status()) this.set({ bucket: name }, waiting)
    },
  })
}

function registerPoolGauges(registry: Registry, pool: Pool): void {
  const registers = [registry]
  new Gauge({
    name: 'ibrest_proxy_queue_length',
    help: 'Calls waiting for a slot',
    labelNames: ['class'],
    registers,
    collect() {
      for (const callClass of CALL_CLASSES)
        this.set({ class: callClass }, pool.line.count(callClass))
    },
  })
  new Gauge({
    name: 'ibrest_proxy_queue_limit',
    help: 'Calls that may wait at once',
    registers,
    collect() {
      this.set(pool.line.limit)
    },
  })
  new Gauge({
    name: 'ibrest_proxy_slots',
    help: 'Slots by state',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of SLOT_STATES) this.set({ state }, pool.count(state))
    },
  })
  new Gauge({
    name: 'ibrest_client_state',
    help: '1 for the state a client id is in, 0 for the others',
    labelNames: ['client_id', 'state'],
    registers,
    collect() {
      // a client may have left the pool
      this.reset()
      for (const client of pool.status().clients) {
        for (const state of SLOT_STATES) {
          this.set({ client_id: client.clientId, state }, client.state === state ? 1 : 0)
        }
      }
    },
  })
  new Gauge({
    name: 'ibrest_client_busy',
    help: 'Slots of a client id that work on a call',
    labelNames: ['client_id'],
    registers,
    collect() {
      this.reset()
      for (const { clientId, busy } of pool.members) this.set({ client_id: clientId }, busy)
    },
  })
  new Gauge({
    name: 'ibrest_client_inflight',
    help: 'Leased calls that have not ended at their instance, also where the slot has gone down',
    labelNames: ['client_id'],
    registers,
    collect() {
      this.reset()
      for (const { clientId, active } of pool.members) this.set({ client_id: clientId }, active)
    },
  })
}
