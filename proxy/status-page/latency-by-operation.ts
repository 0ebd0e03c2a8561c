import { operations, urlsOf } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'
import { type LatencyRow, STAGES, type StageName } from '../../shared/schemas/traffic.ts'
import type { CallRecord } from '../call-log.ts'
import { BUCKETS, bucketOf, quantile } from './latency.ts'
import type { InstanceStages } from './stages.ts'

/** Over how many minutes, beside the one that runs, durations are kept. */
export const WINDOW_MINUTES = 5
/** Client ids that are told apart for each operation, counted over all of them; what comes then is told of no client in particular. */
export const MAX_PLACES = 1000

const KEPT_MINUTES = WINDOW_MINUTES + 1
const MINUTE_MS = 60_000

/** What of the latencies is wanted. */
export interface LatencyWish {
  readonly operation?: string | undefined
  readonly clientId?: number | undefined
  readonly byClient?: boolean | undefined
  readonly stage?: StageName | undefined
  readonly withinMs?: number | undefined
}

/** How often each stage took how long, minute by minute, in memory that is taken once. */
class Place {
  readonly #minutes = new Int32Array(KEPT_MINUTES).fill(-1)
  readonly #counts = new Uint32Array(KEPT_MINUTES * STAGES.length * BUCKETS)

  observe(minute: number, stage: number, ms: number): void {
    const slot = minute % KEPT_MINUTES
    const size = STAGES.length * BUCKETS
    if (this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute
      this.#counts.fill(0, slot * size, (slot + 1) * size)
    }
    const index = slot * size + stage * BUCKETS + bucketOf(ms)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** Adds to `sum` what was counted of a stage from that minute on. */
  addTo(sum: Uint32Array, stage: number, since: number): void {
    for (const [slot, minute] of this.#minutes.entries()) {
      if (minute < since) continue
      const begin = (slot * STAGES.length + stage) * BUCKETS
      for (let bucket = 0; bucket < BUCKETS; bucket += 1)
        sum[bucket] = (sum[bucket] ?? 0) + (this.#counts[begin + bucket] ?? 0)
    }
  }
}

/** One operation's calls, by client id; -1: of none in particular. */
interface Row {
  readonly operation: Operation
  readonly places: Map<number, Place>
}

const NOBODY = -1
const rank = Object.fromEntries(STAGES.map((stage, index) => [stage, index])) as Readonly<
  Record<StageName, number>
>

/** How long the calls of each operation took of late, by stage and client. */
export class LatencyByOperation {
  /** by route, then by method */
  readonly #rows = new Map<string, Map<string, Row>>()
  #placesTaken = 0

  constructor() {
    for (const operation of operations)
      for (const url of urlsOf(operation)) {
        const methods = this.#rows.get(url) ?? new Map<string, Row>()
        const row = this.#rows.get(operation.url)?.get(operation.method)
        methods.set(operation.method, row ?? { operation, places: new Map() })
        this.#rows.set(url, methods)
      }
  }

  /** The operation of a route; undefined where there is none. */
  operationOf(method: string, route: string): string | undefined {
    return this.#rowOf(method, route)?.operation.operationId
  }

  /** A call ended `at`, epoch ms. */
  observe(at: number, call: CallRecord, { pace, ib, encode }: InstanceStages): void {
    const row = this.#rowOf(call.method, call.route)
    if (row === undefined) return
    const place = this.#placeOf(row, call.clientId ?? NOBODY)
    const minute = Math.floor(at / MINUTE_MS)
    place.observe(minute, rank.total, call.ms)
    if (call.clientId === undefined) return
    if (call.isPaced) place.observe(minute, rank.pacing, call.beforeMs)
    place.observe(minute, rank.queue, call.queueMs)
    if (pace !== undefined) place.observe(minute, rank.pace, pace)
    if (ib !== undefined) place.observe(minute, rank.ib, ib)
    if (encode !== undefined) place.observe(minute, rank.encode, encode)
    const known = call.beforeMs + call.queueMs + (pace ?? 0) + (ib ?? 0) + (encode ?? 0)
    place.observe(minute, rank.overhead, Math.max(0, call.ms - known))
  }

  /** What was counted in the minutes before `now`, epoch ms, by the names of the operations. */
  view(now: number, wish: LatencyWish): LatencyRow[] {
    const rows = [...new Set([...this.#rows.values()].flatMap((methods) => [...methods.values()]))]
    return rows
      .filter(({ operation: { operationId } }) => (wish.operation ?? operationId) === operationId)
      .sort((a, b) => (a.operation.operationId < b.operation.operationId ? -1 : 1))
      .flatMap((row) => viewOf(row, now, wish))
  }

  #rowOf(method: string, route: string): Row | undefined {
    return this.#rows.get(route)?.get(method === 'HEAD' ? 'GET' : method)
  }

  #placeOf({ places }: Row, clientId: number): Place {
    const known = places.get(clientId)
    if (known !== undefined) return known
    if (clientId !== NOBODY && this.#placesTaken >= MAX_PLACES)
      return places.get(NOBODY) ?? put(places, NOBODY)
    this.#placesTaken += 1
    return put(places, clientId)
  }
}

function put(places: Map<number, Place>, clientId: number): Place {
  const place = new Place()
  places.set(clientId, place)
  return place
}

function viewOf({ operation, places }: Row, now: number, wish: LatencyWish): LatencyRow[] {
  const since = Math.floor(now / MINUTE_MS) - WINDOW_MINUTES
  const { clientId, byClient, withinMs } = wish
  const ids = [...places.keys()].filter((id) => clientId === undefined || id === clientId)
  const isApart = byClient === true || clientId !== undefined
  const groups = isApart ? ids.sort((a, b) => a - b).map((id) => [id]) : [ids]
  const stages = STAGES.filter((stage) => wish.stage === undefined || stage === wish.stage)
  return groups.flatMap((group) =>
    stages.flatMap((stage): LatencyRow[] => {
      const sum = new Uint32Array(BUCKETS)
      for (const id of group) places.get(id)?.addTo(sum, rank[stage], since)
      const calls = sum.reduce((all, count) => all + count, 0)
      if (calls === 0) return []
      const told = (share: number) => hundredths(quantile(sum, calls, share) ?? 0)
      const [id = NOBODY] = isApart ? group : []
      return [
        {
          operation: operation.operationId,
          method: operation.method,
          route: operation.url,
          clientId: id === NOBODY ? null : id,
          stage,
          calls,
          ...{ p50Ms: told(0.5), p90Ms: told(0.9), p95Ms: told(0.95), p99Ms: told(0.99) },
          within: withinMs === undefined ? null : shareWithin(sum, calls, withinMs),
        },
      ]
    }),
  )
}

function shareWithin(sum: Uint32Array, calls: number, ms: number): number {
  const last = bucketOf(ms)
  let within = 0
  for (let bucket = 0; bucket <= last; bucket += 1) within += sum[bucket] ?? 0
  return within / calls
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
