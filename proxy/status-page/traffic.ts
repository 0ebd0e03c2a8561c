import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../../shared/api/operation.ts'
import { LatencyFilter, listLatency, listTraffic, TrafficFilter } from '../../shared/api/traffic.ts'
import { mustFit } from '../../shared/judged.ts'
import { ANONYMOUS } from '../../shared/order-limits.ts'
import { LISTING_NAMES } from '../../shared/schemas/listing.ts'
import type { TrafficCall } from '../../shared/schemas/traffic.ts'
import { callerIn } from '../auth/caller.ts'
import type { EndedCall } from '../call-log.ts'
import type { LocalAnswer } from '../forward.ts'
import { gatheredWish, tellRows } from '../gathered-answer.ts'
import { LatencyByOperation, type LatencyWish } from './latency-by-operation.ts'
import { hundredths, type KeptCall, type RecentCalls, told } from './recent-calls.ts'
import { stagesIn } from './stages.ts'

type Wanted = Partial<
  Record<'caller' | 'operation' | 'status', string> & Record<'clientId' | 'minMs', number>
>

/** What was called lately and how long it took, for who runs the system (S1.9–S1.11). */
export class Traffic {
  readonly #recent: RecentCalls
  readonly #settle: () => void
  readonly #latency = new LatencyByOperation()

  /** `settle` brings what was seen of calls up to now. */
  constructor(recent: RecentCalls, settle: () => void) {
    this.#recent = recent
    this.#settle = settle
  }

  /** By operation id: what it answers. */
  get answers(): Readonly<Record<string, LocalAnswer>> {
    return {
      listTraffic: (request, reply) => {
        const wanted = filterOf<Wanted>(request, TrafficFilter, listTraffic)
        return tell(this.calls(wanted), listTraffic, request, reply)
      },
      listLatency: (request, reply) => {
        const wish = filterOf<LatencyWish>(request, LatencyFilter, listLatency)
        this.#settle()
        return tell(this.#latency.view(Date.now(), wish), listLatency, request, reply)
      },
    }
  }

  /** A call has ended. */
  ended({ at, call, given, address, headers }: EndedCall): void {
    const stages = stagesIn(headers)
    const caller = callerIn(given)?.name ?? ANONYMOUS
    this.#recent.add(at, call, { caller, address, stages })
    this.#latency.observe(at, call, stages)
  }

  /** The last calls that are wanted, newest first. */
  calls({ caller, operation, clientId, status, minMs = 0 }: Wanted): TrafficCall[] {
    const family = status?.endsWith('xx') ? status.slice(0, 1) : undefined
    this.#settle()
    return this.#recent
      .all()
      .map((kept) => this.#told(kept))
      .filter(
        (call) =>
          (caller === undefined || call.caller === caller) &&
          (operation === undefined || call.operation === operation) &&
          (clientId === undefined || call.clientId === clientId) &&
          (status === undefined ||
            (family === undefined
              ? String(call.status) === status
              : String(call.status)[0] === family)) &&
          call.totalMs >= minMs,
      )
  }

  #told({ number, at, caller, address, stages, ...call }: KeptCall): TrafficCall {
    const { pacingMs, queueMs, instanceMs, totalMs, ...what } = told(call)
    const { pace, ib, encode } = stages
    const stage = (ms: number | undefined) => (ms === undefined ? null : hundredths(ms))
    return {
      number,
      at: new Date(at).toISOString(),
      ...what,
      ...{ caller, address },
      operation: this.#latency.operationOf(call.method, call.route) ?? null,
      ...{ pacingMs, queueMs, paceMs: stage(pace), ibMs: stage(ib), encodeMs: stage(encode) },
      ...{ instanceMs, totalMs },
    }
  }
}

/** What of a query says which rows, judged. @throws Problem REQUEST_INVALID */
function filterOf<Wish>({ query }: FastifyRequest, schema: object, { url }: Operation): Wish {
  const wish = Object.fromEntries(
    Object.entries(query as object).filter(([name]) => !LISTING_NAMES.includes(name)),
  )
  mustFit(schema, wish, url)
  return wish as Wish
}

function tell(
  rows: readonly object[],
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  return tellRows(rows, operation, gatheredWish(request, operation).manner, request, reply)
}
