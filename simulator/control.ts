import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultError, type FaultRequest, knownFaults } from './faults.ts'
import type { Gateway } from './gateway.ts'
import type { Execution } from './trading/execution.ts'
import type { Order } from './trading/order.ts'
import type { Instrument } from './world/instrument.ts'

const MAX_BODY_BYTES = 65_536

/** Something is wrong with a request to the side door. */
class ControlError extends Error {
  readonly status: number
  readonly more: object

  constructor(status: number, message: string, more: object = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

interface Reply {
  readonly status?: number
  readonly body: unknown
}
type Body = Readonly<Record<string, unknown>>
type Route = (gateway: Gateway, body: Body, id: string | undefined) => Reply

const HELP: Readonly<Record<string, string>> = {
  'GET /health': 'whether it lives',
  'GET /connections': 'who is connected',
  'GET /messages': 'messages in and out, per client and kind',
  'GET /orders': 'every order of this run',
  'GET /executions': 'every trade of this run, with its commission',
  'GET /accounts': 'cash, positions and figures of every account',
  'GET /faults': 'faults that are set, and those that can be',
  'POST /faults': '{"fault", "match": {"clientId", "message", "orderId"}, "count", "delayMs"}',
  'DELETE /faults': 'takes back all faults; /faults/{id} takes back one',
  'POST /price': '{"symbol" or "conId", "price"}: moves the market there and holds it',
  'POST /bulletins': '{"type": 1 to 3, "text", "exchange"}: issues a bulletin',
  'DELETE /price': 'lets the price of {"symbol" or "conId"}, or all prices, go their own way',
}

function orderDocument(order: Order) {
  const { clientId, orderId, permId, account, status, filled, remaining, averagePrice } = order
  const { action, orderType, lmtPrice, auxPrice, tif, orderRef, parentId, ocaGroup } = order.row
  return {
    ...{ clientId, orderId, permId, account, status, filled, remaining, averagePrice },
    symbol: order.instrument.symbol,
    conId: order.instrument.conId,
    ...{ action, quantity: order.quantity, orderType, lmtPrice, auxPrice, tif, orderRef },
    ...{ parentId: parentId ?? 0, ocaGroup, isHeld: order.isHeld },
    commission: order.commission,
    completedText: order.completedText,
  }
}

function executionDocument(gateway: Gateway, execution: Execution) {
  const { execId, order, instrument, side, shares, price, exchange, time, isSettled } = execution
  const { clientId, orderId, permId, account } = order
  return {
    ...{ execId, clientId, orderId, permId, account },
    ...{ conId: instrument.conId, symbol: instrument.symbol, multiplier: instrument.multiplier },
    ...{ side, shares, price, exchange, time: new Date(time).toISOString(), isSettled },
    commission: gateway.world.desk.commissions.get(execId)?.commission ?? null,
  }
}

function accountDocuments(gateway: Gateway) {
  return [...gateway.world.accounts.values()].map((account) => ({
    account: account.name,
    cash: Object.fromEntries(account.currencies.map((name) => [name, account.cash(name)])),
    ...account.balance(),
    positions: account.held.map((held) => ({
      conId: held.instrument.conId,
      symbol: held.instrument.symbol,
      multiplier: held.instrument.multiplier,
      quantity: held.quantity,
      averageCost: held.averageCost,
      price: gateway.world.market.last(held.instrument),
      realizedPnl: held.realizedPnl,
    })),
  }))
}

function instrumentOf(gateway: Gateway, { symbol, conId }: Body): Instrument {
  const { catalogue } = gateway.world
  const found =
    typeof conId === 'number'
      ? catalogue.byConId(conId)
      : typeof symbol === 'string'
        ? catalogue.find({ symbol }).find(({ secType }) => secType !== 'OPT')
        : undefined
  if (found === undefined) throw new ControlError(400, 'no instrument has this symbol or conId')
  return found
}

function wholeOrMissing(body: Body, name: string): number | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new ControlError(400, `${name} must be a whole number, 0 or more`)
}

function readFault(body: Body): FaultRequest {
  const { fault, match = {} } = body
  if (typeof fault !== 'string') {
    throw new ControlError(400, 'fault: its name is missing', { known: Object.keys(knownFaults) })
  }
  if (typeof match !== 'object' || match === null) throw new ControlError(400, 'match: no object')
  const { message } = match as Body
  if (message !== undefined && typeof message !== 'string') {
    throw new ControlError(400, 'match.message: no text')
  }
  const unknown = Object.keys(match).filter(
    (key) => !['clientId', 'message', 'orderId'].includes(key),
  )
  if (unknown.length > 0) throw new ControlError(400, `match: unknown ${unknown.join(', ')}`)
  const clientId = wholeOrMissing(match as Body, 'clientId')
  const orderId = wholeOrMissing(match as Body, 'orderId')
  const count = wholeOrMissing(body, 'count')
  const delayMs = wholeOrMissing(body, 'delayMs')
  return {
    fault,
    match: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(message === undefined ? {} : { message }),
      ...(orderId === undefined ? {} : { orderId }),
    },
    ...(count === undefined ? {} : { count }),
    ...(delayMs === undefined ? {} : { delayMs }),
  }
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /': () => ({ body: { name: 'IBREST simulator, side door', routes: HELP } }),
  'GET /health': ({ port, options, connections }) => ({
    body: { alive: true, port, serverVersion: options.serverVersion, sockets: connections.length },
  }),
  'GET /connections': ({ connections }) => ({
    body: connections.map(({ clientId, state, version, peer, connectedAt }) => ({
      ...{ clientId, state, version, peer },
      since: new Date(connectedAt).toISOString(),
    })),
  }),
  'GET /messages': ({ tally }) => ({ body: tally }),
  'GET /orders': ({ world }) => ({ body: [...world.desk.orders].map(orderDocument) }),
  'GET /executions': (gateway) => ({
    body: gateway.world.desk.executions.map((execution) => executionDocument(gateway, execution)),
  }),
  'GET /accounts': (gateway) => ({ body: accountDocuments(gateway) }),
  'GET /faults': ({ faults }) => ({ body: { active: faults.active, known: knownFaults } }),
  'POST /faults': ({ faults }, body) => {
    try {
      return { status: 201, body: faults.add(readFault(body)) }
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      throw new ControlError(400, error.message, { known: error.known })
    }
  },
  'DELETE /faults': ({ faults }, _body, id) => {
    if (!faults.remove(id === undefined ? undefined : Number(id))) {
      throw new ControlError(404, `there is no fault ${id}`)
    }
    return { body: { active: faults.active } }
  },
  'POST /price': (gateway, body) => {
    const { price } = body
    if (typeof price !== 'number' || !Number.isFinite(price) || price <= 0) {
      throw new ControlError(400, 'price must be a number above zero')
    }
    const instrument = instrumentOf(gateway, body)
    gateway.world.market.pin(instrument, price)
    gateway.world.desk.sweep()
    const { conId, symbol } = instrument
    return { body: { conId, symbol, ...gateway.world.market.quote(instrument) } }
  },
  'POST /bulletins': ({ world }, { type = 1, text, exchange = '' }) => {
    if (type !== 1 && type !== 2 && type !== 3)
      throw new ControlError(400, 'type must be 1, 2 or 3')
    if (typeof text !== 'string' || text === '') throw new ControlError(400, 'text is missing')
    if (typeof exchange !== 'string') throw new ControlError(400, 'exchange must be text')
    return { status: 201, body: world.bulletins.issue({ messageType: type, text, exchange }) }
  },
  'DELETE /price': (gateway, body) => {
    const all = body.symbol === undefined && body.conId === undefined
    gateway.world.market.unpin(all ? undefined : instrumentOf(gateway, body))
    return { body: { released: all ? 'all' : (body.symbol ?? body.conId) } }
  },
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new ControlError(413, 'the body is too large')
    chunks.push(chunk)
  }
  if (length === 0) return {}
  let body: unknown
  try {
    body = JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new ControlError(400, 'the body is no JSON')
  }
  if (typeof body !== 'object' || body === null)
    throw new ControlError(400, 'the body is no object')
  return body as Body
}

function findRoute(method: string, path: string): { route: Route; id: string | undefined } {
  const [, id] = /^\/faults\/(\d+)$/.exec(path) ?? []
  const known = id === undefined ? path : '/faults'
  const route = ROUTES[`${method === 'HEAD' ? 'GET' : method} ${known}`]
  if (route !== undefined && (id === undefined || method === 'DELETE')) return { route, id }
  const methods = Object.keys(ROUTES).filter((key) => key.split(' ')[1] === known)
  throw methods.length === 0
    ? new ControlError(404, `there is no ${path} here`, { routes: HELP })
    : new ControlError(405, `${method} ${path} is not served`, { routes: methods })
}

async function serve(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let reply: Reply
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://control')
    const { route, id } = findRoute(request.method ?? 'GET', pathname)
    reply = route(gateway, await readBody(request), id)
  } catch (error) {
    reply =
      error instanceof ControlError
        ? { status: error.status, body: { error: error.message, ...error.more } }
        : { status: 500, body: { error: String(error) } }
  }
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' })
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(reply.body)}\n`)
}

/** The HTTP side door: faults, prices, and a look inside. */
export class Control {
  readonly #server: Server

  constructor(gateway: Gateway) {
    this.#server = createServer((request, response) => void serve(gateway, request, response))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  /** Resolves when it can be asked; rejects when the port is taken. */
  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}
