import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { OwnerRule } from '../shared/api/operation.ts'
import { formatOrderId, parseOrderId } from '../shared/ids.ts'
import { problem } from '../shared/problem.ts'
import { askAll } from './gather.ts'
import type { Pool } from './pool.ts'
import { STEWARD } from './steward.ts'
import type { Upstreams } from './upstreams.ts'

/** `any`: nothing in the call belongs to one client, so it may take a slot like others. */
export type Owner = number | 'any'

/**
 * Which client a call belongs to, as far as the call itself says; `search` where only asking the instances can tell.
 * Ids that cannot be read are left to an instance, the one judge of input.
 */
export function ownerWritten(
  rule: OwnerRule,
  request: FastifyRequest,
): { readonly owner: Owner } | { readonly search: number } {
  if (rule === 'steward') return { owner: STEWARD }
  const { id } = request.params as { id?: string }
  const query = request.query as { orderId?: string; clientId?: string }
  const written = id ?? query.orderId
  if (typeof written !== 'string') return { owner: 'any' }
  const parsed = parseOrderId(written)
  if (parsed === undefined) return { owner: 'any' }
  if (parsed.clientId !== undefined) return { owner: parsed.clientId }
  if (id === undefined && query.clientId !== undefined && /^\d{1,9}$/.test(query.clientId)) {
    return { owner: Number(query.clientId) }
  }
  return { search: parsed.orderId }
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
  const { clientOrderId: queried } = request.query as { clientOrderId?: unknown }
  const named = typeof queried === 'string' ? queried : nameInBody(request.body)
  if (named !== undefined) return `order ${named}`
  const key = request.headers['idempotency-key']
  return typeof key === 'string' ? `call ${key}` : undefined
}

function nameInBody(body: unknown): string | undefined {
  // most orders have no name: they are not parsed twice
  if (!Buffer.isBuffer(body) || !body.includes('"clientOrderId"')) return undefined
  try {
    const read = JSON.parse(body.toString()) as unknown
    const first = (Array.isArray(read) ? read[0] : read) as { clientOrderId?: unknown } | null
    return typeof first?.clientOrderId === 'string' ? first.clientOrderId : undefined
  } catch {
    return undefined
  }
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
