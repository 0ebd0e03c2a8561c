import { methodsByUrl } from '../shared/api/index.ts'
import { createRegistry } from '../shared/metrics.ts'
import { createService, refuseOtherMethods, type Service } from '../shared/service.ts'
import { VERSION } from '../shared/version.ts'
import type { ProxyConfig } from './config.ts'
import { MergedEvents } from './events/merged-events.ts'
import { EventRoutes } from './events/routes.ts'
import { isCarried, registerForwarding } from './forward.ts'
import { KillSwitch } from './kill-switch.ts'
import { createMetrics, type ProxyMetrics } from './metrics.ts'
import { OrderRate } from './order-rate.ts'
import { Governor } from './pacing/governor.ts'
import { KeptAnswers } from './pacing/kept-answers.ts'
import type { PassOffice } from './pacing/pass.ts'
import { rewriteUrl } from './pin.ts'
import { Pool } from './pool.ts'
import { Probe } from './probe.ts'
import { localAnswers } from './status.ts'
import { TradingModes } from './trading-mode.ts'
import { Upstreams } from './upstreams.ts'

export interface RunnableProxy {
  readonly app: Service
  readonly pool: Pool
  /** Starts probing; resolves when every instance was asked once. */
  start(): Promise<void>
  /** Refuses newcomers, lets running calls finish, closes everything. */
  stop(): Promise<void>
}

/** The proxy in the order a call meets things; nothing connects or listens before `start`. */
export async function buildProxy(config: ProxyConfig): Promise<RunnableProxy> {
  const app = createService({
    name: 'proxy',
    logLevel: config.logLevel,
    bodyLimitBytes: config.bodyLimitBytes,
    bodies: 'raw',
    rewriteUrl,
  })
  const pool = new Pool(config)
  const upstreams = new Upstreams(pool.slots, config.origins)
  const killSwitch = new KillSwitch({ pool, upstreams })
  const tradingModes = new TradingModes()
  const registry = createRegistry('proxy', VERSION)
  const events = new EventRoutes(new MergedEvents({ pool, upstreams }))
  const governor = new Governor({
    settings: config.pacing,
    limit: config.queueLimit,
    onAdmitted: (waitedMs) => metrics.admitted(waitedMs / 1000),
  })
  const metrics: ProxyMetrics = createMetrics(registry, { pool, events, governor })
  const office: PassOffice = {
    governor,
    kept: config.pacing.history === 'on' ? new KeptAnswers() : undefined,
    leaders: new Map(),
    isServing: () => !closing && pool.count('idle') + pool.count('busy') > 0,
    onCache: (outcome) => metrics.cached(outcome),
  }
  const probe = new Probe(pool, {
    origins: config.origins,
    intervalMs: config.probeIntervalMs,
    timeoutMs: config.probeTimeoutMs,
    heard: (clientId, { orders, tradingMode }) => {
      tradingModes.heard(clientId, tradingMode)
      return killSwitch.heard(clientId, orders)
    },
  })
  let closing = false

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url
    // calls that were carried to an instance count themselves, also those whose caller has gone
    if (!isCarried(request))
      metrics.answered(
        request.method,
        route ?? 'unknown',
        reply.statusCode,
        'none',
        reply.elapsedTime / 1000,
      )
    done()
  })
  tradingModes.showOn(app)
  events.register(app)
  registerForwarding(app, {
    pool,
    upstreams,
    metrics,
    killSwitch,
    orderRate: new OrderRate(config.orderLimits),
    office,
    logCalls: ['trace', 'debug', 'info'].includes(config.logLevel),
    requestTimeoutMs: config.requestTimeoutMs,
    local: {
      ...localAnswers({
        pool,
        killSwitch,
        tradingModes,
        governor,
        registry,
        version: VERSION,
        isClosing: () => closing,
      }),
      listOrderEvents: (request, reply) => events.answer(request, reply),
    },
  })
  for (const url of ['/orders', '/orders/*']) {
    app.all(url, (request, reply) =>
      reply.redirect(request.url.replace(/^\/orders/, '/order'), 308),
    )
  }
  refuseOtherMethods(app, methodsByUrl())
  await app.ready()

  return {
    app,
    pool,
    start: () => probe.start(),
    async stop() {
      closing = true
      events.stop()
      const drained = pool.close()
      // only now: who is sent on from there is refused by the pool
      governor.stop()
      await drained
      probe.stop()
      await app.close()
      await upstreams.close()
    },
  }
}
