import type { FastifyRequest } from 'fastify'
import { operations, urlsOf } from '../../shared/api/index.ts'
import { isOpenPath, type Scope, scopeOf } from '../../shared/api/scope.ts'
import { pinOf } from '../pin.ts'

/** What only tells where something is now. */
const REDIRECTS: ReadonlySet<string> = new Set(['/orders', '/orders/*'])

const byUrl = new Map<string, Map<string, Scope>>()
const sockets = new Set<string>()
for (const operation of operations)
  for (const url of urlsOf(operation)) {
    const methods = byUrl.get(url) ?? new Map<string, Scope>()
    byUrl.set(url, methods.set(operation.method, scopeOf(operation)))
    const isSocket = operation.socket === true || operation.feed !== undefined
    if (isSocket && operation.method === 'GET') sockets.add(url)
  }

/**
 * The scope a call needs, by the route it has found: what is no operation, and not known to be harmless, is the
 * administrator's.
 */
export function scopeOfCall(request: FastifyRequest): Scope {
  const { url } = request.routeOptions
  // there is nothing
  if (url === undefined) return 'open'
  const methods = byUrl.get(url)
  if (methods === undefined) return isOpenPath(url) || REDIRECTS.has(url) ? 'open' : 'admin'
  const { method } = request
  // what a path does not take is refused by all means
  const scope = methods.get(method === 'HEAD' ? 'GET' : method) ?? 'open'
  // an instance tells more of itself than the proxy does
  return scope === 'open' && pinOf(request.raw) !== undefined ? 'read' : scope
}

/** Whether a call may become a WebSocket, whose caller can say who he is in its first message. */
export function mayBeSocket({ method, headers, routeOptions }: FastifyRequest): boolean {
  return method === 'GET' && headers.upgrade !== undefined && sockets.has(routeOptions.url ?? '')
}
