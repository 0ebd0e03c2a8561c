import type { IncomingHttpHeaders } from 'node:http'
import {
  cancelOrder,
  cancelOrders,
  getOrder,
  listCompletedOrders,
  listFilledOrders,
  listOrders,
  placeOrder,
} from '../../shared/api/orders.ts'
import { parseOrderId } from '../../shared/ids.ts'
import { problem } from '../../shared/problem.ts'
import type {
  CompletedOrder,
  Order,
  OrderDetail,
  OrderRequest,
} from '../../shared/schemas/order.ts'
import type { NamedChange } from '../../shared/schemas/order-change.ts'
import type { Service } from '../../shared/service.ts'
import { accountOf } from '../accounts.ts'
import { mustSee, ordersSeenBy } from '../callers.ts'
import type { InstanceConfig } from '../config.ts'
import { prefers } from '../deadline.ts'
import { refuseFields } from '../fields.ts'
import { stillOpen } from '../ib/cancels.ts'
import { listCompleted } from '../ib/completed-orders.ts'
import { commissionOn } from '../ib/fills.ts'
import { isFinal } from '../ib/order-documents.ts'
import { allOpenOrders } from '../ib/order-queries.ts'
import type { Terms } from '../ib/query.ts'
import { ofSymbol } from './by-symbol.ts'
import { analyzeChange, changeOne } from './change-order.ts'
import { etagOf } from './etag.ts'
import { idempotencyKey } from './keyed-answers.ts'
import { locate, ownOrderId } from './own-orders.ts'
import { type Call, type Parts, type SomeCall, serve } from './serve.ts'

/** Who asks for which of many orders. */
type SomeListing = Pick<SomeCall, 'path' | 'caller'> & {
  readonly query: { readonly account?: string; readonly symbol?: string }
}

/** How orders are to be placed, beside what they are. */
const PLACING_WISHES: ReadonlySet<string> = new Set(
  Object.keys(placeOrder.schema.querystring.properties),
)

/** `/order…` */
export function routeOrders(app: Service, parts: Parts): void {
  const {
    config,
    link,
    orders,
    keyedOrders,
    cancels,
    fills,
    keyedAnswers,
    ledger,
    store,
    followUps,
    analyses,
  } = parts
  const { clientId } = link

  // an order may come as query arguments (S0.s4); the same judge reads them
  app.addHook('preValidation', (request, _, done) => {
    const { method, routeOptions, body } = request
    if (method !== 'POST' || routeOptions.url !== placeOrder.url) return done()
    const all = Object.entries(request.query as object)
    if (body === undefined) {
      request.body = Object.fromEntries(all.filter(([name]) => !PLACING_WISHES.has(name)))
      request.query = Object.fromEntries(all.filter(([name]) => PLACING_WISHES.has(name)))
    } else {
      refuseNamesBesideBody(request.query as object)
    }
    done()
  })

  /** Those of many orders that a caller sees, and asks for. */
  function seenOf<Row extends Order | CompletedOrder>(
    orders: readonly Row[],
    { query, caller, path }: SomeListing,
  ): Row[] {
    const { accounts } = link.status
    const seen = ofSymbol(ordersSeenBy(caller, orders, accounts), query.symbol)
    // before the first login nobody knows which accounts there are
    const account = accounts.length === 0 ? query.account : accountOf(query, accounts, path, caller)
    if (account === undefined) return seen
    return seen.filter((order) => (order.account ?? account) === account)
  }

  serve(app, parts, listFilledOrders, (call) => {
    const { query } = call
    const filled = seenOf(ledger.filledOrders(), call)
    if (query.orderId === undefined) return filled
    const asked = parseOrderId(query.orderId)
    const isOurs = asked?.clientId === undefined || asked.clientId === clientId
    return isOurs ? filled.filter(({ orderId }) => orderId === asked?.orderId) : []
  })

  serve(app, parts, listCompletedOrders, async (call) =>
    seenOf(await listCompleted({ link, store, ledger }, call.terms), call),
  )

  serve(app, parts, listOrders, async (call) => {
    const { query, terms } = call
    if (query.clientOrderId !== undefined)
      return seenOf(ledger.ordersNamed(query.clientOrderId), call)
    const seen = await link.query(allOpenOrders, undefined, terms)
    // of our own orders more is known than the list says
    const merged = seen.map((order) =>
      order.clientId === clientId && order.orderId !== 0
        ? (cancels.known(order.orderId) ?? order)
        : order,
    )
    return seenOf(stillOpen(merged), call)
  })

  const place = async (call: Call<typeof placeOrder>) => {
    const { query, body, headers, reply, enduring: terms } = call
    if (isNamedChange(body)) return await keyedAnswers.answer(call, () => changeNamed(body, call))
    const isList = Array.isArray(body)
    const asList = isList && query.bracket === false ? 'basket' : isList
    const wait = !prefers(headers, 'respond-async')
    const requests = isList ? body : [body]
    refuseInOthers(requests, ['clientOrderId'], 'the first order names the list')
    const key = placingKey(headers, requests[0], config)
    const placed =
      key === undefined
        ? { ...(await orders.place(requests, asList, terms, wait)), replayed: false }
        : await keyedOrders.place({ key, requests, asList, terms, wait })
    if (placed.replayed) mustSee(call.caller, placed.orders, link.status.accounts)
    const mayWait = query.until === 'filled' && wait && placed.acknowledged
    const known = mayWait ? await orders.untilFinal(placed.orders, terms) : placed.orders
    if (!wait) reply.header('preference-applied', 'respond-async')
    if (placed.replayed) reply.header('idempotency-replayed', 'true')
    const isReached = mayWait ? known.every(isFinal) : placed.acknowledged && wait
    reply.code(isReached ? 201 : 202)
    const [first] = known
    locate(reply, first)
    if (!isList && first !== undefined) reply.header('etag', etagOf(first))
    return isList ? known : first
  }

  const placing = async ({ query, body, headers, enduring, ...call }: Call<typeof placeOrder>) => {
    if (isNamedChange(body)) {
      const { orderId, clientId: owner, ...change } = mustChange(body, call.path)
      return await analyzeChange(parts, ownOrderId(String(orderId), clientId, owner), change, {
        ...call,
        headers,
        enduring,
      })
    }
    const isList = Array.isArray(body)
    const asList = isList && query.bracket === false ? 'basket' : isList
    const requests = isList ? body : [body]
    refuseInOthers(requests, ['clientOrderId'], 'the first order names the list')
    const key = placingKey(headers, requests[0], config)
    return await analyses.placing(requests, asList, enduring, { key })
  }

  serve(app, parts, placeOrder, place, placing)

  serve(app, parts, getOrder, async ({ params, terms, reply }) => {
    const order = await cancels.find(ownOrderId(params.id, clientId), terms)
    const found = await fills.of(order, terms)
    // it may have changed while the gateway was asked for its fills
    const now = cancels.known(order.orderId) ?? order
    reply.header('etag', etagOf(now))
    const request = ledger.request(order.orderId) ?? null
    return { ...now, ...commissionOn(found), request, fills: found, history: historyOf(now) }
  })

  serve(
    app,
    parts,
    cancelOrder,
    ({ params, enduring, headers, reply }) =>
      cancelOne(ownOrderId(params.id, clientId), { headers, reply, terms: enduring }),
    ({ params, enduring }) => analyses.cancelling(ownOrderId(params.id, clientId), enduring),
  )

  const cancelSome = async (call: Call<typeof cancelOrders>) => {
    const { query, enduring, headers, request, reply } = call
    if (query.orderId !== undefined) {
      const orderId = ownOrderId(query.orderId, clientId, query.clientId)
      return await cancelOne(orderId, { headers, reply, terms: enduring })
    }
    mustMeanAll(call)
    // what would still follow is no order yet; nothing of it may come after the cancel
    await followUps.endAll(enduring)
    const all = await cancels.cancelAll(enduring)
    if (all.remaining.length > 0) keyedAnswers.leaveOpen(request)
    return all
  }

  const cancelling = async (call: Call<typeof cancelOrders>) => {
    const { query, enduring } = call
    if (query.orderId !== undefined) {
      const orderId = ownOrderId(query.orderId, clientId, query.clientId)
      return await analyses.cancelling(orderId, enduring)
    }
    mustMeanAll(call)
    return await analyses.cancellingAll(enduring)
  }

  serve(app, parts, cancelOrders, cancelSome, cancelling)

  /** What an order went through, as far as the log goes back. */
  function historyOf({ orderId }: Order): OrderDetail['history'] {
    ledger.flush()
    return ledger.events
      .ofOrder(orderId)
      .filter(({ type }) => type !== 'ibrest.order.commission')
      .map(({ type, time, sequence, data }) => {
        const { state, status, filled } = data as Order
        return { event: type, at: time, sequence, state, status, filled }
      })
  }

  function changeNamed(named: NamedChange, call: SomeCall) {
    const { orderId, clientId: owner, ...change } = mustChange(named, call.path)
    return changeOne(parts, ownOrderId(String(orderId), clientId, owner), change, call)
  }

  async function cancelOne(
    orderId: number,
    { headers, reply, terms }: Pick<SomeCall, 'headers' | 'reply'> & { terms: Terms },
  ): Promise<Order | undefined> {
    const { order, confirmed } = await cancels.cancel(orderId, terms)
    if (!confirmed) {
      reply.code(202)
      locate(reply, order)
      return order
    }
    if (!prefers(headers, 'return=minimal')) return order
    reply.code(204).header('preference-applied', 'return=minimal')
    return undefined
  }
}

/** @throws Problem REQUEST_INVALID for a call that names no order and does not say that it means all, REQUEST_FORBIDDEN */
function mustMeanAll({ query, path, caller }: Call<typeof cancelOrders>): void {
  if (query.all !== true) {
    const detail = 'orderId is required, or all=true'
    throw refuseFields(path, [{ field: 'orderId', code: 'missing', detail }])
  }
  caller?.mustBeFree('Cancelling everything')
}

/** @throws Problem REQUEST_INVALID where nothing is to change */
function mustChange(named: NamedChange, path: string): NamedChange {
  const { orderId: _, clientId: __, ...change } = named
  if (Object.keys(change).length > 0) return named
  const detail = 'Beside orderId a field to change is required'
  throw refuseFields(path, [{ field: 'body', code: 'missing', detail }])
}

/** Refuses what only the first order of a list may say: by another's name its owner could not be told. */
export function refuseInOthers(
  requests: readonly OrderRequest[],
  fields: readonly (keyof OrderRequest)[],
  why: string,
  endpoint = '/order',
): void {
  const findings = requests.slice(1).flatMap((request, index) =>
    fields
      .filter((field) => request[field] !== undefined)
      .map((name) => {
        const field = `${index + 1}.${name}`
        return { field, code: 'not_allowed' as const, detail: `${field} is not allowed: ${why}` }
      }),
  )
  if (findings.length > 0) throw refuseFields(endpoint, findings)
}

/**
 * Under which key a call is placed at most once; undefined for one that may be placed again.
 * @throws Problem for a key that is none, and where one is required and missing
 */
export function placingKey(
  headers: IncomingHttpHeaders,
  first: OrderRequest | undefined,
  { requireKey }: Pick<InstanceConfig, 'requireKey'>,
): string | undefined {
  const key = idempotencyKey(headers, '/order')
  if (key !== undefined) return `call ${key}`
  if (first?.clientOrderId !== undefined) return `order ${first.clientOrderId}`
  if (!requireKey) return undefined
  const detail =
    'Send an Idempotency-Key, or a clientOrderId in the order: a retry then never buys twice'
  throw problem('REQUEST_KEY_MISSING', { detail })
}

function isNamedChange(body: OrderRequest | OrderRequest[] | NamedChange): body is NamedChange {
  return 'orderId' in body
}

/** Beside a body the query names nothing: an order that was to be changed, or sent once, must not go out as a new one. */
function refuseNamesBesideBody(query: object): void {
  const findings = ['orderId', 'clientOrderId']
    .filter((field) => field in query)
    .map((field) => ({
      ...{ field, code: 'not_allowed' as const },
      detail: `${field} belongs into the body where there is one`,
    }))
  if (findings.length > 0) throw refuseFields('/order', findings)
}
