import type { FastifyInstance } from 'fastify'
import { Gauge, Registry } from 'prom-client'
import { DurationHistogram, type Observe } from './duration-histogram.ts'
import { tellNode } from './node-metrics.ts'

/** Seconds; up to 60 because synchronous waits reach that (D.7). */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60,
] as const

/** One registry per process: Node's own metrics and who we are. */
export function createRegistry(component: string, version: string): Registry {
  const registry = new Registry()
  tellNode(registry)
  new Gauge({
    name: 'ibrest_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['component', 'version', 'node'],
    registers: [registry],
  }).set({ component, version, node: process.version }, 1)
  return registry
}

const callLabels = ['method', 'route', 'code', 'client_id'] as const

/** Observes one finished call: seconds, by closed-set labels. */
export type ObserveCall = (
  method: string,
  route: string,
  code: number,
  clientId: number | string,
  seconds: number,
) => void

/** The map under a key, made when first asked for. */
function within<Key, InnerKey, Value>(
  outer: Map<Key, Map<InnerKey, Value>>,
  key: Key,
): Map<InnerKey, Value> {
  let inner = outer.get(key)
  if (inner === undefined) {
    inner = new Map()
    outer.set(key, inner)
  }
  return inner
}

/**
 * The histogram of answered calls by method, route template, status and client id. Children are bound once and
 * kept: naming labels at each call costs more than observing. `collect` is called before it is told.
 */
export function callDuration(registry: Registry, collect?: () => void): ObserveCall {
  const histogram = new DurationHistogram({
    name: 'ibrest_http_request_duration_seconds',
    help: 'Time from the arrival of a call to the end of its answer',
    labelNames: callLabels,
    buckets: LATENCY_BUCKETS,
    registers: [registry],
    ...(collect && { collect }),
  })
  const children = new Map<string, Map<string, Map<number, Map<number | string, Observe>>>>()
  return (method, route, code, clientId, seconds) => {
    const byClient = within(within(within(children, route), method), code)
    let child = byClient.get(clientId)
    if (child === undefined) {
      child = histogram.child(method, route, String(code), String(clientId))
      byClient.set(clientId, child)
    }
    child(seconds)
  }
}

/** Answers `GET /metrics` with the registry in Prometheus' text format. */
export async function answerMetrics(registry: Registry): Promise<{ type: string; body: string }> {
  return { type: registry.contentType, body: await registry.metrics() }
}

declare module 'fastify' {
  interface FastifyInstance {
    registry: Registry
  }
}

/** Gives an app its registry. */
export function decorateRegistry(app: FastifyInstance, registry: Registry): void {
  app.decorate('registry', registry)
}
