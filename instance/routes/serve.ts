import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { ANALYZED_HEADER, notAnalyzed, wishesAnalysis } from '../../shared/analysis.ts'
import { urlsOf } from '../../shared/api/index.ts'
import { type Operation, OWNED_HEADER } from '../../shared/api/operation.ts'
import { covers, scopeOf } from '../../shared/api/scope.ts'
import { finishAnswer, isPlain } from '../../shared/finish.ts'
import { acceptRangesOf, type Manner, mannerOf, present } from '../../shared/listing/present.ts'
import { mediaFor, V1_TYPE } from '../../shared/media.ts'
import { Problem, problem } from '../../shared/problem.ts'
import type { Listing } from '../../shared/schemas/listing.ts'
import type { Service } from '../../shared/service.ts'
import type { Admission, Place } from '../admission.ts'
import type { Analysis } from '../analysis.ts'
import { type Caller, callerOf, withoutForeign } from '../callers.ts'
import type { InstanceConfig } from '../config.ts'
import { patienceOf } from '../deadline.ts'
import type { FeedCounts } from '../feed-metrics.ts'
import type { AccountReadings } from '../feeds/account-readings.ts'
import type { OpenFeeds } from '../feeds/open-feeds.ts'
import type { Subscriptions } from '../feeds/subscriptions.ts'
import { type Finding as FieldFinding, refuseFields } from '../fields.ts'
import type { Analyses, Finding } from '../ib/analyses.ts'
import type { Cancels } from '../ib/cancels.ts'
import type { Changes } from '../ib/changes.ts'
import type { Contracts } from '../ib/contracts.ts'
import type { Fills } from '../ib/fills.ts'
import type { FollowUps } from '../ib/follow-ups.ts'
import type { KeyedOrders } from '../ib/keyed-orders.ts'
import type { Link } from '../ib/link.ts'
import type { Mirror } from '../ib/mirror.ts'
import type { OrderStore } from '../ib/order-store.ts'
import type { Orders } from '../ib/orders.ts'
import type { Previews } from '../ib/previews.ts'
import type { Terms } from '../ib/query.ts'
import type { Targets } from '../ib/targets.ts'
import type { KillSwitch } from '../kill-switch.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { RestartWindows } from '../restart-window.ts'
import type { TradingModes } from '../trading-mode.ts'
import type { Usability } from '../usability.ts'
import type { KeyedAnswers } from './keyed-answers.ts'
import { writeInTurns } from './long-answers.ts'

/** Everything routes speak to. */
export interface Parts {
  readonly config: InstanceConfig
  readonly link: Link
  readonly orders: Orders
  readonly keyedOrders: KeyedOrders
  readonly keyedAnswers: KeyedAnswers
  readonly followUps: FollowUps
  readonly cancels: Cancels
  readonly changes: Changes
  readonly previews: Previews
  readonly targets: Targets
  readonly fills: Fills
  readonly mirror: Mirror
  readonly store: OrderStore
  readonly contracts: Contracts
  readonly ledger: Ledger
  readonly admission: Admission
  readonly killSwitch: KillSwitch
  readonly restartWindows: RestartWindows
  readonly tradingModes: TradingModes
  readonly usability: Usability
  readonly feeds: OpenFeeds
  readonly subscriptions: Subscriptions
  readonly feedCounts: FeedCounts
  readonly accountReadings: AccountReadings
  readonly analyses: Analyses
  readonly onAnalyzed: (operationId: string) => void
  /** what ends each stream that runs */
  readonly streams: Set<() => void>
}

type Of<Schemas, Part extends string> = Schemas extends { readonly [Key in Part]: infer Schema }
  ? Schema extends TSchema
    ? Static<Schema>
    : undefined
  : undefined

/** One call of an operation, its input judged and typed by the operation's own schemas. */
export interface Call<Op extends Operation> {
  readonly query: Of<Op['schema'], 'querystring'>
  readonly params: Of<Op['schema'], 'params'>
  readonly body: Of<Op['schema'], 'body'>
  readonly headers: FastifyRequest['headers']
  readonly path: string
  /** undefined: whoever calls may everything */
  readonly caller: Caller | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** for reads, which stop when their caller goes */
  readonly terms: Terms
  /** for what must not stop in the middle */
  readonly enduring: Terms
}

/** A call of any operation. */
export type SomeCall = Pick<
  Call<Operation>,
  'headers' | 'path' | 'caller' | 'request' | 'reply' | 'terms' | 'enduring'
>

interface Spent {
  readonly ib: number
  readonly pace: number
}

const places = new WeakMap<FastifyRequest, Place>()
const spent = new WeakMap<FastifyRequest, { ib: number; pace: number; workedUntil: number }>()

/** How a call wants its answer, where that is not the usual way. */
const manners = new WeakMap<FastifyRequest, Manner>()

/** As the framework writes it. */
const JSON_CONTENT = 'application/json; charset=utf-8'
const V1_CONTENT = `${V1_TYPE}; charset=utf-8`

/** By what the answers to the same path differ. */
const VARY = 'accept, accept-encoding'

/** Other names of a path are kept for who has them written down (RFC 9745). */
const DEPRECATED_SINCE = '@1764547200'

/** Money and what is done with it is nobody's to keep. */
const PRIVATE_TAGS: ReadonlySet<string> = new Set(['orders', 'account', 'executions'])

/** Refuses a NUL in any text: it would begin a new field in the gateway's protocol (facts §1.1). */
function textFindings(value: unknown, field: string): FieldFinding[] {
  if (typeof value === 'string' && value.includes('\0'))
    return [{ field, code: 'bad_format', detail: `${field} must not contain a NUL character` }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    textFindings(member, field === '' ? name : `${field}.${name}`),
  )
}

/** A key that would do nothing must not look as if it protected the call. */
function refuseKeys(request: FastifyRequest, { idempotency, keyed }: Operation): void {
  if (request.headers['idempotency-key'] !== undefined && idempotency === undefined) {
    throw problem('REQUEST_NOT_IMPLEMENTED', {
      detail: 'This path takes no Idempotency-Key; nothing was sent',
    })
  }
  const named = (request.body as { clientOrderId?: unknown } | null)?.clientOrderId
  if (request.method !== 'POST' || keyed === true || named === undefined) return
  const detail = 'clientOrderId is taken by POST /order only'
  const field = 'clientOrderId'
  throw refuseFields(pathOf(request), [{ field, code: 'not_allowed', detail }])
}

/** What of an instance every route needs. */
type Served = Pick<
  Parts,
  'admission' | 'config' | 'keyedAnswers' | 'link' | 'tradingModes' | 'onAnalyzed'
>

/**
 * Routes an operation as `shared/api` declares it, under all its paths: admission, deadline, timing, its schemas. What would
 * trade and cannot `analyze` is refused where it is only to be analyzed.
 */
export function serve<const Op extends Operation>(
  app: Service,
  parts: Served,
  operation: Op,
  answer: (call: Call<Op>) => unknown,
  analyze?: (call: Call<Op>) => Promise<Finding | readonly object[]>,
): void {
  const { admission, config, keyedAnswers, tradingModes, onAnalyzed } = parts
  const leased = operation.traffic === 'leased'
  const scope = scopeOf(operation)
  const isPrivate = PRIVATE_TAGS.has(operation.tag)
  const acceptRanges = acceptRangesOf(operation)

  for (const url of urlsOf(operation)) {
    app.route({
      ...operation,
      schema: compiled(operation.schema),
      url,
      onRequest: async (request, reply) => {
        const caller = callerOf(request.headers)
        if (caller !== undefined && !covers(caller.scope, scope))
          throw problem('REQUEST_FORBIDDEN', {
            detail: `This needs the scope ${scope}; ${caller.name} has ${caller.scope}`,
            members: { scope, has: caller.scope },
          })
        if (isAnalyzed(request, operation, config)) {
          reply.header(ANALYZED_HEADER, 'yes')
          if (analyze === undefined) throw notAnalyzed(request.method, operation.url)
        }
        if (isPrivate) reply.header('cache-control', 'no-store')
        if (operation.tag === 'orders') reply.header('trading-mode', tradingModes.mode)
        mediaFor(request, operation)
        if (acceptRanges !== undefined) reply.header('accept-ranges', acceptRanges)
        if (operation.method === 'GET') reply.header('vary', VARY)
        if (url !== operation.url) reply.header('deprecation', DEPRECATED_SINCE)
        // what came here because its key lives here had no slot to wait for
        if (!leased || request.headers[OWNED_HEADER] !== undefined) return
        const entering = admission.enter(request.callerGone)
        const place = entering instanceof Promise ? await entering : entering
        places.set(request, place)
        if (reply.raw.destroyed) place.endAnswer()
        else reply.raw.once('close', () => place.endAnswer())
      },
      preValidation: (request, _, done) => {
        // what may all be said in the query needs no body
        if (operation.feed !== undefined) request.body ??= {}
        done()
      },
      preHandler: (request, _, done) => {
        const { query, params, body } = request
        const findings = [query, params, body].flatMap((part) => textFindings(part, ''))
        if (findings.length > 0) throw refuseFields(pathOf(request), findings)
        if (operation.method !== 'GET') refuseKeys(request, operation)
        // what cannot be told so is refused before IB is asked
        const manner = mannerOf(request, operation, (query ?? {}) as Listing, pathOf(request))
        if (manner !== undefined) manners.set(request, manner)
        done()
      },
      handler: async (request, reply) => {
        const call = callOf<Op>(request, reply, config)
        const place = places.get(request)
        const isTrial = reply.hasHeader(ANALYZED_HEADER)
        const work = async () => {
          if (isTrial && analyze !== undefined) return await analyze(call)
          return operation.idempotency === 'answer'
            ? await keyedAnswers.answer(call, () => answer(call))
            : await answer(call)
        }
        let answered: unknown
        try {
          answered = await (place === undefined ? work() : admission.work(place, work))
        } catch (error) {
          throw admitted(error, call.caller, parts.link)
        } finally {
          const times = spent.get(request)
          if (times !== undefined) times.workedUntil = performance.now()
        }
        const manner = manners.get(request)
        if (isTrial) {
          onAnalyzed(operation.operationId)
          const type = manner?.media === V1_TYPE ? V1_CONTENT : JSON_CONTENT
          return reply
            .code(200)
            .type(type)
            .send(JSON.stringify(analysisOf(answered, operation)))
        }
        if (manner !== undefined) answered = await told(answered, operation, manner, request, reply)
        const schema = operation.schema.response[reply.statusCode === 206 ? 200 : reply.statusCode]
        const isWritten = typeof answered === 'string'
        const text = schema && !isWritten && (await writeInTurns(answered, schema, reply))
        if (!text) return answered
        return reply.type(manner?.media === V1_TYPE ? V1_CONTENT : JSON_CONTENT).send(text)
      },
      onSend: (request, reply, payload, done) => {
        const timing = timingOf(spent.get(request))
        if (timing !== undefined) reply.header('server-timing', timing)
        // a connection kept for a next call would hold up the end of the process
        if (admission.isClosing) reply.header('connection', 'close')
        if (isPlain(request)) done(null, payload)
        else
          finishAnswer(request, reply, payload).then(
            (finished) => done(null, finished),
            (error: Error) => done(error),
          )
      },
    })
  }
}

/** Whether a call is only to be analyzed. @throws Problem REQUEST_NOT_IMPLEMENTED for what operates the system */
function isAnalyzed(
  { headers }: FastifyRequest,
  operation: Operation,
  { isAnalyzer }: InstanceConfig,
): boolean {
  const { method, url } = operation
  const scope = scopeOf(operation)
  if (method === 'GET' || (scope !== 'trade' && scope !== 'admin')) return false
  const isWished = wishesAnalysis(headers)
  if (isWished && scope === 'admin') throw notAnalyzed(method, url)
  return scope === 'trade' && (isWished || isAnalyzer)
}

/** Rows that are joined with those of other clients stay rows. */
function analysisOf(found: unknown, { operationId }: Operation): Analysis | readonly object[] {
  if (Array.isArray(found)) return found
  const { wouldSend, notes, about = null } = found as Finding
  return { analyzed: true, operation: operationId, wouldSend, about, notes }
}

/** What the framework compiles: a part is written as the whole is, and what is only told has no writer. */
function compiled(schema: Operation['schema']): Operation['schema'] {
  const { 206: _, 304: __, 416: ___, ...response } = schema.response
  return { ...schema, response }
}

/** An answer as its caller wants it: some of its rows, less of each, as CSV, under the name of the version. */
async function told(
  answer: unknown,
  operation: Operation,
  manner: Manner,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  if (reply.sent || reply.statusCode !== 200) return answer
  const query = request.query as Readonly<Record<string, unknown>>
  const presented = await present(answer, operation, manner, query)
  reply.code(presented.status).headers(presented.headers)
  if (presented.text !== undefined) {
    reply.type(presented.text.type)
    return presented.text.content
  }
  if (manner.media === V1_TYPE) reply.type(V1_CONTENT)
  // the framework names no type where it is told how to write
  else if (presented.status === 206 || manner.wish?.isSummary) reply.type(JSON_CONTENT)
  if (presented.status === 206) reply.serializer(reply.getSerializationFunction('200') as never)
  // what is left out of a summary must not be missed
  if (manner.wish?.isSummary) return JSON.stringify(presented.answer)
  return presented.answer
}

/** What a caller may be told of what went wrong. */
function admitted(error: unknown, caller: Caller | undefined, link: Link): unknown {
  return caller !== undefined && error instanceof Problem
    ? withoutForeign(error, caller, link.status.accounts)
    : error
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

function callOf<Op extends Operation>(
  request: FastifyRequest,
  reply: FastifyReply,
  config: InstanceConfig,
): Call<Op> {
  const times = { ib: 0, pace: 0, workedUntil: 0 }
  spent.set(request, times)
  const arrivedAt = performance.now() - reply.elapsedTime
  const deadlineAt = arrivedAt + patienceOf(request.headers, config.requestTimeoutMs)
  const caller = callerOf(request.headers)
  const enduring: Terms = {
    deadlineAt,
    caller,
    spent: (stage, ms) => {
      times[stage] += ms
    },
  }
  return {
    query: request.query as Call<Op>['query'],
    params: request.params as Call<Op>['params'],
    body: request.body as Call<Op>['body'],
    headers: request.headers,
    path: pathOf(request),
    caller,
    request,
    reply,
    terms: { ...enduring, gone: request.callerGone },
    enduring,
  }
}

/** Where the time went, ms: waiting for the message rate, the gateway, writing the answer (D.4). */
function timingOf(times: (Spent & { workedUntil: number }) | undefined): string | undefined {
  if (times === undefined) return undefined
  const encode = times.workedUntil === 0 ? 0 : performance.now() - times.workedUntil
  const stage = (name: string, ms: number) => `${name};dur=${ms.toFixed(2)}`
  return [stage('pace', times.pace), stage('ib', times.ib), stage('encode', encode)].join(', ')
}
