import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds; up to 60 because synchronous waits reach that (D.7). */
export const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60,
] as const

/** One registry per process: Node's own metrics and who we are. */
export function createRegistry(component: string, version: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'ibrest_' })
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

/**
 * The histogram of answered calls by method, route template, status and client id. Children are bound once and
 * kept: naming labels at each call costs more than observing.
 */
export function callDuration(registry: Registry): ObserveCall {
  const histogram = new Histogram({
    name: 'ibrest_http_request_duration_seconds',
    help: 'Time from the arrival of a call to the end of its answer',
    labelNames: callLabels,
    buckets: [...LATENCY_BUCKETS],
    registers: [registry],
  })
  const children = new Map<string, Histogram.Internal<(typeof callLabels)[number]>>()
  return (method, route, code, clientId, seconds) => {
    const key = `${method} ${route} ${code} ${clientId}`
    let child = children.get(key)
    if (child === undefined) {
      child = histogram.labels(method, route, String(code), String(clientId))
      children.set(key, child)
    }
    child.observe(seconds)
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
