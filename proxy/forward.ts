import httpProxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { operations, urlsOf } from '../shared/api/index.ts'
import type { Operation } from '../shared/api/operation.ts'
import { endPlans } from '../shared/api/order-plans.ts'
import { covers, scopeOf } from '../shared/api/scope.ts'
import { timeoutOf } from '../shared/deadline.ts'
import { mediaFor, V1_TYPE } from '../shared/media.ts'
import { problem } from '../shared/problem.ts'
import type { Service } from '../shared/service.ts'
import { callerIn } from './auth/caller.ts'
import { Call } from './call.ts'
import { type CallContext, classOf } from './call-facts.ts'
import type { CallRecord } from './call-log.ts'
import { leastFresh } from './freshness.ts'
import { askAll, join, Refusal } from './gather.ts'
import { gatheredWish, tellRows } from './gathered-answer.ts'
import { onBehalf } from './headers.ts'
import { historyInParts } from './history-parts.ts'
import type { KillSwitch } from './kill-switch.ts'
import { tellStanding } from './limits/standings.ts'
import { callerOf, type OrderRate, ordersIn } from './order-rate.ts'
import {
  keyWritten,
  mustOwnName,
  ownerInBody,
  ownerWritten,
  rendezvous,
  searchOwner,
  type Written,
} from './owner.ts'
import { type PacedCaller, type PassOffice, passFor } from './pacing/pass.ts'
import { pinOf } from './pin.ts'
import { draining, ownerDown, unknownClient } from './refusals.ts'
import { STEWARD } from './steward.ts'

/** Answers a call here, in the proxy. */
export type LocalAnswer = (request: FastifyRequest, reply: FastifyReply) => unknown

export interface ForwardOptions extends CallContext {
  /** deadline of a call that names none, ms */
  readonly requestTimeoutMs: number
  readonly killSwitch: KillSwitch
  readonly orderRate: OrderRate
  readonly office: PassOffice
  /** has the end of a call written down that can change something */
  readonly audited: (request: FastifyRequest, call: CallRecord, headers: readonly string[]) => void
  /** by operation id: what the proxy answers itself */
  readonly local: Readonly<Record<string, LocalAnswer>>
}

/** Routes every operation by its traffic class: leased, owned, gathered, local (design §3.2). */
export function registerForwarding(app: Service, options: ForwardOptions): void {
  for (const operation of operations) {
    // what is owned by its feed's client is found its own way
    if (operation.socket || operation.owner === 'feed') continue
    const way = wayOf(operation, options)
    if (operation.operationId in options.local) {
      for (const url of urlsOf(operation))
        app.route({ method: operation.method, url, handler: way as RouteHandlerMethod })
      continue
    }
    void app.register(httpProxy, {
      // the way is chosen call by call; http-proxy only wants to see that there is one
      upstream: '',
      replyOptions: { getUpstream: () => '' },
      // its own retries would send a call twice (measured: eleven times on 503)
      retryMethods: [],
      proxyPayloads: false,
      routes: [...urlsOf(operation)],
      httpMethods: [operation.method],
      // answers by itself, so that http-proxy never judges a destination it does not know (docs/decisions/0003)
      preHandler: way as ProxyPreHandler,
    })
  }
}

/** Whether a call may wait for a fill. */
function isPatient({ patient }: Operation, request: FastifyRequest): boolean {
  return patient === 'until'
    ? (request.query as { until?: unknown }).until === 'filled'
    : patient === true
}

type Way = (request: FastifyRequest, reply: FastifyReply) => unknown
type ProxyPreHandler = NonNullable<FastifyHttpProxyOptions['preHandler']>

function wayOf(operation: Operation, options: ForwardOptions): Way {
  const carry = carrier(operation, options)
  const unpinned: Record<Operation['traffic'], Way> = {
    leased: (request, reply) => carry.leased(request, reply),
    owned: (request, reply) => carry.owned(request, reply),
    gathered: (request, reply) => gather(operation, options, request, reply),
    local: localAnswer(operation, options),
  }
  const way = unpinned[operation.traffic]
  const isLocal = operation.traffic === 'local'
  return (request, reply) => {
    // who could take no answer has no slot taken for it
    const media = mediaFor(request, operation)
    if (media === V1_TYPE && isLocal) reply.type(`${V1_TYPE}; charset=utf-8`)
    const pin = pinOf(request.raw)
    if (operation.opens) {
      if (keyWritten(request) === undefined) mustBeOpen(options)
      // a change adds no order
      if (operation.method !== 'PUT') mustBeFew(options, request)
    }
    if (pin === undefined) return way(request, reply)
    if (pin >= options.pool.size) {
      throw unknownClient(pin, options.pool.size)
    }
    if (operation.keyed && operation.method === 'POST')
      mustOwnName(request, pin, options.pool.keyClients)
    if (isPatient(operation, request)) {
      refuseDrained(operation, options.pool, pin)
      return carry.patient(request, reply, pin)
    }
    if (operation.owner === 'steward') return carry.beginAt(pin, request, reply)
    // a pinned call that works like a leased one waits for its client's slot, so that calls there never overlap
    return operation.traffic === 'leased'
      ? carry.pinned(request, reply, pin)
      : carry.toClient(request, reply, pin)
  }
}

/** @throws Problem PROXY_ORDERS_PAUSED, which is counted */
function mustBeOpen({ killSwitch, metrics }: ForwardOptions, keyedFor?: number): void {
  const refusal = killSwitch.refusal(keyedFor)
  if (refusal === undefined) return
  metrics.refused(refusal.code)
  throw refusal
}

/** @throws Problem PROXY_ORDER_RATE, which is counted */
function mustBeFew(
  { orderRate, metrics }: ForwardOptions,
  { raw: { headers }, body }: FastifyRequest,
): void {
  const own = callerIn(headers)?.limits.ordersPerMinute
  const admitted = orderRate.admit(callerOf(headers), ordersIn(body), own)
  if (admitted.standing !== undefined) tellStanding(headers, admitted.standing)
  if (admitted.refusal === undefined) return
  metrics.refused(admitted.refusal.code)
  throw admitted.refusal
}

/** What is leased elsewhere begins nothing new at a drained client, also where it takes no slot. */
function refuseDrained({ traffic }: Operation, pool: CallContext['pool'], pin: number): void {
  const why = pool.members[pin]?.whyDraining ?? null
  if (traffic === 'leased' && why !== null) throw draining(pin, why)
}

function localAnswer(operation: Operation, { local }: ForwardOptions): Way {
  const answer = local[operation.operationId]
  if (answer !== undefined) return answer
  if (operation.traffic === 'local') throw new Error(`nothing answers ${operation.operationId}`)
  return () => undefined
}

/** The ways a call can be carried to an instance, one per traffic class that is. */
function carrier(operation: Operation, options: ForwardOptions) {
  const { pool, upstreams, killSwitch, requestTimeoutMs } = options
  const callClass = classOf(operation)
  const { url: route, owner: rule, pacing } = operation
  const isAudited = covers(scopeOf(operation), 'trade')

  function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    pinnedTo: number | undefined,
    timeoutMs = timeoutOf(request.headers, requestTimeoutMs),
  ): Call {
    const barred = operation.opens ? barrier(request, pinnedTo) : undefined
    const inParts = pacing === 'history' ? historyInParts(request, reply, route) : undefined
    const asked = inParts?.request ?? request
    const pass = pacing && ((caller: PacedCaller) => passFor(options.office, pacing, asked, caller))
    const audited = isAudited
      ? (call: CallRecord, headers: readonly string[]) => options.audited(request, call, headers)
      : undefined
    const facts = { route, callClass, pinnedTo, timeoutMs, barred, pass, audited }
    const call = new Call(options, facts, asked, inParts?.told ?? reply.raw)
    reply.hijack()
    return call
  }

  /** Why an order must not be sent any more, asked while it waits. */
  function barrier(request: FastifyRequest, pinnedTo: number | undefined) {
    const keyedFor = keyWritten(request) === undefined ? undefined : pinnedTo
    return () => killSwitch.refusal(keyedFor)
  }

  function pinned(request: FastifyRequest, reply: FastifyReply, pin: number | undefined): void {
    begin(request, reply, pin).start()
  }

  /**
   * What names an order belongs to its owner, a call with a key to where its repetitions are known; any other takes a
   * slot, unless it waits for a fill.
   */
  function leased(request: FastifyRequest, reply: FastifyReply): unknown {
    const written = operation.ownerInBody ? ownerInBody(request) : undefined
    if (written !== undefined) return toWritten(written, request, reply)
    const key = operation.keyed ? keyWritten(request) : undefined
    const owner = key === undefined ? undefined : rendezvous(key, pool.keyClients)
    if (isPatient(operation, request)) return patient(request, reply, owner)
    if (owner !== undefined) return beginAt(owner, request, reply)
    pinned(request, reply, undefined)
    return undefined
  }

  /** Waits for a fill at this client or at any, beside its slots and beside everything that is quick. */
  function patient(
    request: FastifyRequest,
    reply: FastifyReply,
    clientId: number | undefined,
  ): Promise<void> | undefined {
    return afterPause(request, (timeoutMs) => {
      const at = clientId ?? pool.anyUp()
      toClient(request, reply, at, upstreams.patient(at), timeoutMs)
    })
  }

  /** What begins something new at its one client, beside the slots. */
  function beginAt(
    clientId: number,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> | undefined {
    return afterPause(request, (timeoutMs) =>
      toClient(request, reply, clientId, upstreams.beside(clientId), timeoutMs),
    )
  }

  /** At once, or when the pool is resumed with what is left of the deadline then. */
  function afterPause(
    request: FastifyRequest,
    go: (timeoutMs: number) => void,
  ): Promise<void> | undefined {
    const timeoutMs = timeoutOf(request.headers, requestTimeoutMs)
    if (pool.pause.since !== undefined)
      return pool.pause.over(timeoutMs, request.callerGone).then(go)
    go(timeoutMs)
    return undefined
  }

  function toClient(
    request: FastifyRequest,
    reply: FastifyReply,
    clientId: number,
    connections = upstreams.beside(clientId),
    timeoutMs?: number,
  ): void {
    if (connections === undefined) {
      // its orders may live on, where this proxy no longer asks
      if (clientId < pool.known) throw ownerDown(clientId, pool.reasonOf(clientId))
      throw problem('PROXY_UNKNOWN_ORDER', {
        detail: `The order does not exist: there is no client ${clientId}, the pool has 0 to ${pool.size - 1}`,
      })
    }
    // a client's own account of itself is wanted most when it is down
    if (!pool.isUp(clientId) && operation.traffic !== 'local') {
      throw ownerDown(clientId, pool.reasonOf(clientId))
    }
    if (operation.opens)
      mustBeOpen(options, keyWritten(request) === undefined ? undefined : clientId)
    begin(request, reply, clientId, timeoutMs).toOwner(clientId, connections)
  }

  async function owned(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (rule === 'steward') {
      await beginAt(STEWARD, request, reply)
      return reply
    }
    return toWritten(ownerWritten(request), request, reply)
  }

  /** Nothing may follow a global cancel; who could not be told is named in the answer. */
  async function endAllPlans(request: FastifyRequest): Promise<readonly number[]> {
    const words = await askAll(pool, upstreams, {
      method: 'DELETE',
      path: endPlans.url,
      headers: {
        accept: 'application/json',
        'x-request-id': request.id,
        ...onBehalf(request),
      },
      timeoutMs: timeoutOf(request.headers, requestTimeoutMs),
    })
    return words.filter(({ status }) => status !== 200).map(({ clientId }) => clientId)
  }

  /** What belongs to nobody may go to any; with a key to the same again, while that one is there. */
  async function toAny(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const isGlobal = operation.endsPlans && (request.query as { all?: unknown }).all === 'true'
    const missing = isGlobal ? await endAllPlans(request) : []
    if (missing.length > 0) reply.raw.setHeader('ibrest-missing-clients', missing.join(','))
    const key = operation.idempotency === 'answer' ? keyWritten(request) : undefined
    const keeper = key === undefined ? undefined : rendezvous(key, pool.keyClients)
    if (keeper !== undefined && pool.isUp(keeper)) toClient(request, reply, keeper)
    else pinned(request, reply, undefined)
  }

  async function toWritten(
    written: Written,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if ('owner' in written) {
      if (written.owner === 'any') await toAny(request, reply)
      else toClient(request, reply, written.owner)
      return reply
    }
    const timeoutMs = timeoutOf(request.headers, requestTimeoutMs)
    const headers = { 'x-request-id': request.id, ...onBehalf(request) }
    toClient(
      request,
      reply,
      await searchOwner(written.search, pool, upstreams, { headers, timeoutMs }),
    )
    return reply
  }

  return { pinned, patient, beginAt, leased, toClient, owned }
}

function cacheControl({ headers }: FastifyRequest): Record<string, string> {
  const wish = headers['cache-control']
  return wish === undefined ? {} : { 'cache-control': wish }
}

async function gather(
  operation: Operation,
  options: ForwardOptions,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { pool, upstreams, requestTimeoutMs } = options
  const { manner, path } = gatheredWish(request, operation)
  const question = {
    method: operation.method === 'DELETE' ? ('DELETE' as const) : ('GET' as const),
    path,
    headers: {
      accept: 'application/json',
      'x-request-id': request.id,
      ...onBehalf(request),
      ...cacheControl(request),
    },
    timeoutMs: timeoutOf(request.headers, requestTimeoutMs),
  }
  const begun = performance.now()
  const words = await askAll(pool, upstreams, question)
  reply.header('server-timing', `gather;dur=${(performance.now() - begun).toFixed(2)}`)
  try {
    const { rows, missing } = join(
      words,
      operation.key,
      operation.newestBy,
      operation.method === 'GET',
    )
    // a list that lacks some clients' rows says so
    if (missing.length > 0) reply.header('ibrest-missing-clients', missing.join(','))
    reply.headers(leastFresh(words.map(({ freshness }) => freshness)))
    return await tellRows(rows, operation, manner, request, reply)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { status = 502, body, retryAfter } = error.word
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    return reply
      .code(status)
      .type('application/problem+json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(body)
  }
}
