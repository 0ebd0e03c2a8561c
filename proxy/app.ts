import { setTimeout as pause } from 'node:timers/promises'
import { methodsByUrl } from '../shared/api/index.ts'
import { createRegistry } from '../shared/metrics.ts'
import { createService, refuseOtherMethods, type Service } from '../shared/service.ts'
import { VERSION } from '../shared/version.ts'
import type { ProxyConfig } from './config.ts'
import { Departure } from './departure.ts'
import { MergedEvents } from './events/merged-events.ts'
import { EventRoutes } from './events/routes.ts'
import { isCarried, registerForwarding } from './forward.ts'
import { Membership } from './membership.ts'
import { createMetrics } from './metrics.ts'
import { rewriteUrl } from './pin.ts'
import { Pool } from './pool.ts'
import { Probe } from './probe.ts'
import { localAnswers } from './status.ts'
import { Upstreams } from './upstreams.ts'

export interface RunnableProxy {
  readonly app: Service
  readonly pool: Pool
  /** Starts probing; resolves when every instance was asked once. */
  start(): Promise<void>
  /** Reads again where the instances are. */
  reread(): Promise<void>
  /** Says that it goes, serves on for the drain, then refuses newcomers, serves who is here, closes everything. */
  stop(): Promise<void>
}

/** Share of the grace in which calls that wait may still be served; the rest is for those that run. */
const PATIENCE = 0.8

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
  const upstreams = new Upstreams(pool)
  const registry = createRegistry('proxy', VERSION)
  const events = new EventRoutes(new MergedEvents({ pool, upstreams }))
  const metrics = createMetrics(registry, pool, events)
  const probe = new Probe(pool, {
    intervalMs: config.probeIntervalMs,
    timeoutMs: config.probeTimeoutMs,
  })
  pool.whenMoved((clientId) => {
    upstreams.prune()
    probe.watch(clientId)
  })
  const membership = new Membership({
    source: config.instances,
    origins: config.origins,
    become: (origins) => pool.become(origins),
    log: app.log,
  })
  const departure = new Departure()
  departure.register(app)

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
  events.register(app)
  registerForwarding(app, {
    pool,
    upstreams,
    metrics,
    logCalls: ['trace', 'debug', 'info'].includes(config.logLevel),
    requestTimeoutMs: config.requestTimeoutMs,
    local: {
      ...localAnswers({
        ...{ pool, registry, version: VERSION, requestTimeoutMs: config.requestTimeoutMs },
        isClosing: () => departure.hasBegun,
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
    async start() {
      await membership.start()
      await probe.start()
    },
    reread: () => membership.reread(),
    async stop() {
      departure.leave()
      if (config.shutdownDrainMs > 0) await pause(config.shutdownDrainMs)
      departure.refuse()
      events.stop()
      // a pause would not end in time
      if (pool.pause.since === undefined)
        await departure.answered(config.shutdownGraceMs * PATIENCE)
      await pool.close()
      membership.stop()
      probe.stop()
      await app.close()
      await upstreams.close()
    },
  }
}
