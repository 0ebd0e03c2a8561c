import type { FastifyRequest } from 'fastify'
import { operations, urlsOf } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'

/** What callers' rates are counted by; `free`: never counted, never refused. */
export type RateClass = 'read' | 'order' | 'login' | 'free'

/** What balancers and monitors look at, many times a minute. */
const LOOKED_AT: ReadonlySet<string> = new Set(['getBeacon', 'getClients', 'getMetrics'])
const LOGINS: ReadonlySet<string> = new Set(['createSession', 'refreshSession'])
const OPERATING = /^\/clients\//

function classOf({ operationId, method, url, opens, feed }: Operation): RateClass {
  if (LOOKED_AT.has(operationId)) return 'free'
  if (LOGINS.has(operationId)) return 'login'
  if (opens) return 'order'
  if (method === 'GET') return 'read'
  // a cancel, the kill switch, whatever else ends something: it must pass when things go wrong
  if (method === 'DELETE' || OPERATING.test(url)) return 'free'
  return feed !== undefined || operationId === 'previewOrder' ? 'read' : 'order'
}

const byUrl = new Map<string, Map<string, RateClass>>()
for (const operation of operations)
  for (const url of urlsOf(operation)) {
    const methods = byUrl.get(url) ?? new Map<string, RateClass>()
    byUrl.set(url, methods.set(operation.method, classOf(operation)))
  }

/** Which of a caller's limits a call falls under, by the route it has found. */
export function rateClassOf({ method, routeOptions }: FastifyRequest): RateClass {
  if (method === 'OPTIONS') return 'free'
  const methods = byUrl.get(routeOptions.url ?? '')
  return methods?.get(method === 'HEAD' ? 'GET' : method) ?? 'read'
}
