import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Body, ControlError } from './control/body.ts'
import { gatewayRoutes } from './control/gateway-routes.ts'
import { orderRoutes } from './control/order-routes.ts'
import type { Reply, Route } from './control/route.ts'
import { worldRoutes } from './control/world-routes.ts'
import type { Gateway } from './gateway.ts'

const MAX_BODY_BYTES = 65_536

const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    does: 'this list',
    serve: () => ({ body: { name: 'IBREST simulator, side door', routes: HELP } }),
  },
  ...gatewayRoutes,
  ...worldRoutes,
  ...orderRoutes,
]

const HELP: Readonly<Record<string, string>> = Object.fromEntries(
  ROUTES.map(({ method, path, takes, does }) => [
    `${method} ${path}`,
    takes === undefined ? does : `${takes}: ${does}`,
  ]),
)

/** The routes of a path with its numbers taken out: `/orders/3.17/fill` is `/orders/{}.{}/fill`. */
function routesOf(shape: string): readonly Route[] {
  return ROUTES.filter(({ path }) => path.replace(/\{\w+\}/g, '{}') === shape)
}

function findRoute(method: string, path: string): { route: Route; key: string | undefined } {
  const shape = path.replace(/(?<=[/.])-?\d{1,10}(?=[/.]|$)/g, '{}')
  const [, key] = /\/(-?\d[\d.-]*)/.exec(path) ?? []
  const here = routesOf(shape)
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = here.find((one) => one.method === wanted)
  if (route !== undefined) return { route, key }
  throw here.length === 0
    ? new ControlError(404, `there is no ${path} here`, { routes: HELP })
    : new ControlError(405, `${method} ${path} is not served`, {
        routes: here.map((one) => `${one.method} ${one.path}`),
      })
}

async function receive(request: IncomingMessage): Promise<Body> {
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
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ControlError(400, 'the body is no object')
  }
  return body as Body
}

async function reply(gateway: Gateway, request: IncomingMessage): Promise<Reply> {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://control')
    const { route, key } = findRoute(request.method ?? 'GET', pathname)
    const body = await receive(request)
    if (route.takes === undefined && Object.keys(body).length > 0) {
      throw new ControlError(400, `${Object.keys(body).join(', ')}: no field is taken here`)
    }
    return await route.serve(gateway, body, key)
  } catch (error) {
    return error instanceof ControlError
      ? { status: error.status, body: { error: error.message, ...error.more } }
      : { status: 500, body: { error: String(error) } }
  }
}

async function serve(
  gateway: Gateway,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status = 200, body } = await reply(gateway, request)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`)
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
