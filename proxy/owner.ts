import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { formatOrderId, parseOrderId } from '../shared/ids.ts'
import { problem } from '../shared/problem.ts'
import { askAll } from './gather.ts'
import type { Pool } from './pool.ts'
import type { Upstreams } from './upstreams.ts'

/** `any`: nothing in the call belongs to one client, so it may take a slot like others. */
export type Owner = number | 'any'

/** Where a call belongs; `search` where only asking the instances can tell. */
export type Written = { readonly owner: Owner } | { readonly search: number }

/** The members that name an order and its client, in a query or a body. */
interface Naming {
  readonly orderId?: unknown
  readonly clientId?: unknown
}

/**
 * Which client a call about an order belongs to, as far as the call itself says. Ids that cannot be read are left to an instance, the
 * one judge of input.
 */
export function ownerWritten(request: FastifyRequest): Written {
  const { id } = request.params as { id?: string }
  return ownerNamed(id === undefined ? (request.query as Naming) : { orderId: id })
}

function ownerNamed({ orderId, clientId }: Naming): Written {
  const parsed = parseOrderId(String(orderId))
  if (parsed === undefined) return { owner: 'any' }
  if (parsed.clientId !== undefined) return { owner: parsed.clientId }
  const owner = String(clientId)
  if (clientId !== undefined && /^\d{1,9}$/.test(owner)) return { owner: Number(owner) }
  return { search: parsed.orderId }
}

/**
 * Whose order the body of a call names by `orderId`, or its query where it has no body; undefined when it names none.
 * What an instance would take for an order is never missed here, or another client's order could be changed.
 */
export function ownerInBody(request: FastifyRequest): Written | undefined {
  const said = hasBody(request) ? bodyOf(request.body) : request.query
  if (typeof said !== 'object' || said === null || !Object.hasOwn(said, 'orderId')) return undefined
  return ownerNamed(said as Naming)
}

function hasBody({ body }: FastifyRequest): boolean {
  return Buffer.isBuffer(body) && body.length > 0
}

/**
 * The one client that has an order of this number.
 * @throws Problem PROXY_UNKNOWN_ORDER when no client has it, PROXY_AMBIGUOUS_ORDER (with `candidates`) when several
 * have, PROXY_OWNER_DOWN when a client that might could not be asked: it is never taken for unknown
 */
export async function searchOwner(
  orderId: number,
  pool: Pool,
  upstreams: Upstreams,
  question: { headers: Readonly<Record<string, string>>; timeoutMs: number },
): Promise<number> {
  const words = await askAll(pool, upstreams, { ...question, path: `/order/${orderId}` })
  const candidates = words.filter(({ status }) => status === 200).map(({ clientId }) => clientId)
  if (candidates.length > 1) {
    const ids = candidates.map((clientId) => formatOrderId({ clientId, orderId }))
    throw problem('PROXY_AMBIGUOUS_ORDER', {
      detail: `Several clients have an order ${orderId}; say which: ${ids.join(', ')}`,
      members: { candidates: ids },
    })
  }
  const silent = words
    .filter(({ status }) => status !== 200 && status !== 404)
    .map(({ clientId }) => clientId)
  if (silent.length > 0) {
    throw problem('PROXY_OWNER_DOWN', {
      detail:
        `Whose order ${orderId} is cannot be told while these clients do not answer: ${silent.join(', ')}; ` +
        'write the id with its owner, such as ' +
        formatOrderId({ clientId: candidates[0] ?? silent[0] ?? 0, orderId }),
      retryAfter: 2,
      members: { missing: silent },
    })
  }
  const [owner] = candidates
  if (owner === undefined) {
    throw problem('PROXY_UNKNOWN_ORDER', {
      detail: `The order ${orderId} does not exist at any client`,
    })
  }
  return owner
}

/**
 * The key that a call bears: the clientOrderId of its (first) order, in the query or the body, or else its
 * Idempotency-Key. What cannot be read is left to an instance, the one judge of input.
 */
export function keyWritten(request: FastifyRequest): string | undefined {
  const named = nameWritten(request)
  if (named !== undefined) return `order ${named}`
  const key = request.headers['idempotency-key']
  return typeof key === 'string' ? `call ${key}` : undefined
}

function nameWritten({ query, body }: FastifyRequest): string | undefined {
  const { clientOrderId: queried } = query as { clientOrderId?: unknown }
  if (typeof queried === 'string') return queried
  const read = bodyOf(body)
  const first = (Array.isArray(read) ? read[0] : read) as { clientOrderId?: unknown } | null
  return typeof first?.clientOrderId === 'string' ? first.clientOrderId : undefined
}

/** Names are written out, or hidden in escapes. */
const NAMING = ['"orderId"', '"clientOrderId"', '\\u'] as const

/** Several rules look at the same body: it is read once. */
const readings = new WeakMap<Buffer, unknown>()

/** A body that may name something, read as an instance reads it; undefined for any other, which need not be parsed twice. */
function bodyOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return undefined
  if (!readings.has(body))
    readings.set(body, NAMING.some((name) => body.includes(name)) ? parsed(body) : undefined)
  return readings.get(body)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString().replace(/^\uFEFF/, '')) as unknown
  } catch {
    return undefined
  }
}

/**
 * Refuses an order whose name belongs to another client than the one its call is pinned to: `GET /order` would not
 * find it by its name, and a second call could place it again elsewhere.
 * @throws Problem PROXY_NOT_OWNER
 */
export function mustOwnName(request: FastifyRequest, clientId: number, clients: number): void {
  const named = nameWritten(request)
  if (named === undefined || ownerInBody(request) !== undefined) return
  const owner = rendezvous(`order ${named}`, clients)
  if (owner === clientId) return
  throw problem('PROXY_NOT_OWNER', {
    detail:
      `The name ${named} belongs to client ${owner}, not to ${clientId}; nothing was sent. ` +
      `Place the order at client ${owner}, or at /order without a client.`,
    members: { client_id: owner },
  })
}

/** The client a key belongs to, of that many: the same always, and when the pool grows most keys stay where they are. */
export function rendezvous(key: string, clients: number): number {
  let owner = 0
  let best = ''
  for (let clientId = 0; clientId < clients; clientId += 1) {
    const weight = createHash('sha1').update(`${clientId} ${key}`).digest('hex')
    if (weight > best) {
      best = weight
      owner = clientId
    }
  }
  return owner
}
