import { setTimeout as pause } from 'node:timers/promises'
import { ANALYZED_HEADER } from '../shared/analysis.ts'
import { methodsByUrl } from '../shared/api/index.ts'
import { createRegistry } from '../shared/metrics.ts'
import { MetricsPort } from '../shared/metrics-port.ts'
import { createService, refuseOtherMethods, type Service } from '../shared/service.ts'
import { VERSION } from '../shared/version.ts'
import { registerAnalyzer } from './analyzer.ts'
import { AuditLog } from './auth/audit.ts'
import { buildAuth } from './auth/build.ts'
import { sessionAnswers } from './auth/session-routes.ts'
import type { CallContext } from './call-facts.ts'
import { type CallRecord, logCall } from './call-log.ts'
import type { ProxyConfig } from './config.ts'
import { Departure } from './departure.ts'
import { docsAnswers } from './docs/docs.ts'
import { EndedCalls } from './ended-calls.ts'
import { MergedEvents } from './events/merged-events.ts'
import { EventRoutes } from './events/routes.ts'
import { Admission } from './fast-path/admission.ts'
import { FastPath } from './fast-path/fast-path.ts'
import { freeReads } from './fast-path/free-reads.ts'
import { fieldOf } from './feeds/call-fields.ts'
import { FeedRoutes } from './feeds/routes.ts'
import { registerForwarding } from './forward.ts'
import { KillSwitch } from './kill-switch.ts'
import { RateLimits } from './limits/rate-limits.ts'
import { Membership } from './membership.ts'
import { createMetrics, type ProxyMetrics } from './metrics.ts'
import { OrderRate } from './order-rate.ts'
import { Governor } from './pacing/governor.ts'
import { KeptAnswers } from './pacing/kept-answers.ts'
import type { PassOffice } from './pacing/pass.ts'
import { rewriteUrl } from './pin.ts'
import { Pool } from './pool.ts'
import { Probe } from './probe.ts'
import { redirect } from './redirects.ts'
import { localAnswers } from './status.ts'
import { StatusPage } from './status-page/status-page.ts'
import { SystemConfig } from './system-config.ts'
import { TradingModes } from './trading-mode.ts'
import { TurnEnd } from './turn-end.ts'
import { Upstreams } from './upstreams.ts'
import { countWall } from './wall/metrics.ts'
import { Wall } from './wall/wall.ts'

export interface RunnableProxy {
  readonly app: Service
  readonly pool: Pool
  /** Starts probing; resolves when every instance was asked once. */
  start(): Promise<void>
  /** Where metrics are read, if not where calls come. */
  readonly metricsPort: MetricsPort | undefined
  /** Reads again where the instances are, and the certificate. */
  reread(): Promise<void>
  /** Says that it goes, serves on for the drain, then refuses newcomers, serves who is here, closes everything. */
  stop(): Promise<void>
}

/** Share of the grace in which calls that wait may still be served; the rest is for those that run. */
const PATIENCE = 0.8

/** The proxy in the order a call meets things; nothing connects or listens before `start`. */
export async function buildProxy(config: ProxyConfig): Promise<RunnableProxy> {
  const wall = await Wall.of(config.wall)
  const app = createService({
    name: 'proxy',
    ...config,
    ...wall.serviceOptions,
    bodies: 'raw',
    rewriteUrl,
  })
  const logsCalls = ['trace', 'debug', 'info'].includes(config.logLevel)
  const departure = new Departure()
  const pool = new Pool(config)
  const upstreams = new Upstreams(pool, config.instanceToken)
  const killSwitch = new KillSwitch({ pool, upstreams })
  const tradingModes = new TradingModes()
  const registry = createRegistry('proxy', VERSION)
  const { gate, sessions, count } = buildAuth(config.auth, app.log, registry)
  const audit = new AuditLog(config.auth.auditFile, app.log)
  countWall(registry, wall)
  const feedRoutes = new FeedRoutes({
    ...{ pool, upstreams, gate, requestTimeoutMs: config.requestTimeoutMs },
  })
  const events = new EventRoutes(new MergedEvents({ pool, upstreams }), feedRoutes, gate)
  const governor = new Governor({
    settings: config.pacing,
    limit: config.queueLimit,
    onAdmitted: (waitedMs) => metrics.admitted(waitedMs / 1000),
  })
  const endedCalls = new EndedCalls((ended) => {
    const { method, route, status, clientId = 'none', ms } = ended.call
    metrics.answered(method, route, status, clientId, ms / 1000)
    statusPage.ended(ended, fieldOf(ended.headers, ANALYZED_HEADER) === 'yes')
  })
  const { settle } = endedCalls
  const metrics: ProxyMetrics = createMetrics(registry, { pool, events, governor, settle })
  const systemConfig = new SystemConfig({
    ...{ config, pool, governor, tradingModes, version: VERSION },
    isStranger: (request) => gate.isStranger(request),
  })
  const office: PassOffice = {
    governor,
    kept: config.pacing.history === 'on' ? new KeptAnswers() : undefined,
    leaders: new Map(),
    isServing: () => !departure.refuses && pool.count('idle') + pool.count('busy') > 0,
    onCache: (outcome) => metrics.cached(outcome),
  }
  const statusPage = new StatusPage({
    ...{ pool, killSwitch, tradingModes, governor, version: VERSION },
    isLeaving: () => departure.hasBegun,
    settle,
    hold: (request, end) => gate.hold(request, end),
  })
  const probe = new Probe(pool, {
    intervalMs: config.probeIntervalMs,
    timeoutMs: config.probeTimeoutMs,
    credentials: upstreams.credentials,
    outbox: upstreams.outbox,
    heard: (clientId, said) => {
      tradingModes.heard(clientId, said.tradingMode)
      systemConfig.heard(clientId, said.accounts)
      statusPage.heard(clientId, said)
      return killSwitch.heard(clientId, said.orders)
    },
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
  await wall.register(app)
  const metricsPort =
    config.metricsPort === undefined
      ? undefined
      : new MetricsPort(app, registry, config.metricsPort)
  departure.register(app)
  gate.register(app)
  const rates = new RateLimits({
    settings: config.rates,
    onRefused: (code) => metrics.refused(code),
  })
  rates.register(app)

  // calls that are carried to an instance count themselves, also those whose caller has gone
  app.addHook('onSend', (request, reply, _, done) => {
    const seconds = (performance.now() - request.arrivedAt) / 1000
    const route = request.routeOptions.url ?? 'unknown'
    metrics.answered(request.method, route, reply.statusCode, 'none', seconds)
    statusPage.answered(request, reply.statusCode)
    audit.ended(request, { method: request.method, route, status: reply.statusCode })
    done()
  })
  tradingModes.showOn(app)
  events.register(app)
  registerAnalyzer(app, config.isAnalyzer)
  const lines = new TurnEnd<CallRecord>((call) => logCall(app.log, call))
  const context: CallContext = {
    ...{ pool, upstreams, metrics },
    ended: (call) => {
      endedCalls.add(call)
      if (logsCalls) lines.add(call.call)
    },
  }
  if (config.wall.tls === undefined) {
    const { hosts, requestTimeoutMs } = config
    const passes = (address: string) => wall.passes(address)
    FastPath.before(app, {
      admission: new Admission({ gate, rates, passes, hosts, requestTimeoutMs }),
      calls: freeReads(config.requestTimeoutMs),
      ...{ departure, context, maxHeaderBytes: config.maxHeaderBytes },
    })
  }
  registerForwarding(app, {
    ...context,
    killSwitch,
    orderRate: new OrderRate(config.orderLimits),
    office,
    audited: (request, call, headers) => {
      const isAnalyzed = fieldOf(headers, ANALYZED_HEADER) === 'yes'
      audit.ended(request, { ...call, location: fieldOf(headers, 'location'), isAnalyzed })
    },
    requestTimeoutMs: config.requestTimeoutMs,
    local: {
      ...localAnswers({
        ...{ pool, killSwitch, tradingModes, governor, registry, version: VERSION },
        requestTimeoutMs: config.requestTimeoutMs,
        isClosing: () => departure.hasBegun,
        isStranger: (request) => gate.isStranger(request),
      }),
      ...sessionAnswers(sessions, count),
      ...statusPage.answers,
      ...systemConfig.answers,
      ...docsAnswers(),
      listOrderEvents: (request, reply) => events.answer(request, reply),
    },
  })
  redirect(app)
  refuseOtherMethods(app, methodsByUrl())
  await app.ready()

  return {
    app,
    pool,
    metricsPort,
    async start() {
      gate.start()
      await membership.start()
      await probe.start()
    },
    async reread() {
      wall.reread()
      await membership.reread()
    },
    async stop() {
      departure.leave()
      if (config.shutdownDrainMs > 0) await pause(config.shutdownDrainMs)
      departure.refuse()
      events.stop()
      feedRoutes.stop()
      statusPage.stop()
      // a pause would not end in time
      if (pool.pause.since === undefined)
        await departure.answered(config.shutdownGraceMs * PATIENCE)
      const drained = pool.close()
      // only now: who is sent on from there is refused by the pool
      governor.stop()
      await drained
      membership.stop()
      probe.stop()
      gate.stop()
      wall.stop()
      await app.close()
      await audit.stop()
      await metricsPort?.close()
      await upstreams.close()
    },
  }
}
