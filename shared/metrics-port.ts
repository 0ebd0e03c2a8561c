import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { answerMetrics } from './metrics.ts'
import { problem } from './problem.ts'
import { createService, type Service } from './service.ts'

const METRICS = '/metrics'

/** `/metrics` on a port of its own, so that whoever may read numbers need not be let in to where orders are taken. */
export class MetricsPort {
  readonly #app: Service
  readonly #port: number

  /** Call it before the routes of the app are made: there `/metrics` is gone. */
  constructor(app: Service, registry: Registry, port: number) {
    this.#port = port
    this.#app = createService({ name: 'metrics', logLevel: 'silent', bodyLimitBytes: 1024 })
    this.#app.get(METRICS, async (_, reply) => {
      const { type, body } = await answerMetrics(registry)
      return reply.type(type).send(body)
    })
    app.addHook('onRequest', (request, _, done) => {
      if (request.routeOptions.url !== METRICS) return done()
      done(problem('REQUEST_UNKNOWN_PATH', { detail: 'Metrics have a port of their own here' }))
    })
  }

  /** Where it listens, once it does. */
  get addresses(): AddressInfo[] {
    return this.#app.addresses() as AddressInfo[]
  }

  async listen(host: string): Promise<void> {
    await this.#app.listen({ host, port: this.#port })
  }

  async close(): Promise<void> {
    await this.#app.close()
  }
}
