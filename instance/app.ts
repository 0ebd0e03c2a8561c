import { setTimeout as pause } from 'node:timers/promises'
import accepts from '@fastify/accepts'
import { instanceOperations, methodsByUrl } from '../shared/api/index.ts'
import { FILLS_HEADER } from '../shared/api/operation.ts'
import { createRegistry, decorateRegistry } from '../shared/metrics.ts'
import { MetricsPort } from '../shared/metrics-port.ts'
import { limitsOf, tighter } from '../shared/order-limits.ts'
import { createService, refuseOtherMethods, type Service } from '../shared/service.ts'
import { VERSION } from '../shared/version.ts'
import { Admission } from './admission.ts'
import type { InstanceConfig } from './config.ts'
import { Door } from './door.ts'
import { countFeeds } from './feed-metrics.ts'
import { AccountReadings } from './feeds/account-readings.ts'
import { OpenFeeds } from './feeds/open-feeds.ts'
import { Subscriptions } from './feeds/subscriptions.ts'
import { type Barrier, Guards } from './guards.ts'
import { Analyses, sealed } from './ib/analyses.ts'
import { Cancels } from './ib/cancels.ts'
import { Changes } from './ib/changes.ts'
import { Contracts } from './ib/contracts.ts'
import { FillMark } from './ib/fill-mark.ts'
import { Fills } from './ib/fills.ts'
import { FollowUps } from './ib/follow-ups.ts'
import { Gaps } from './ib/gaps.ts'
import { OrderIds, RequestIds } from './ib/ids.ts'
import { KeyedOrders } from './ib/keyed-orders.ts'
import { Limits } from './ib/limits.ts'
import { Link, type LinkOptions } from './ib/link.ts'
import { Mirror } from './ib/mirror.ts'
import { OrderStore } from './ib/order-store.ts'
import { Orders } from './ib/orders.ts'
import { Previews } from './ib/previews.ts'
import { Targets } from './ib/targets.ts'
import { KillSwitch } from './kill-switch.ts'
import { Ledger } from './ledger/ledger.ts'
import { createMetrics, type InstanceMetrics } from './metrics.ts'
import { RestartWindows } from './restart-window.ts'
import { routeAccount } from './routes/account.ts'
import { routeAdvisers } from './routes/advisers.ts'
import { routeClients } from './routes/clients.ts'
import { routeConfig } from './routes/config.ts'
import { routeContracts } from './routes/contracts.ts'
import { routeExecutions } from './routes/executions.ts'
import { routeFeeds } from './routes/feeds.ts'
import { routeHistory } from './routes/history.ts'
import { KeyedAnswers } from './routes/keyed-answers.ts'
import { routeMarket } from './routes/market.ts'
import { routeNews } from './routes/news.ts'
import { routeOpenFeeds } from './routes/open-feeds.ts'
import { routeOrderChanges } from './routes/order-changes.ts'
import { routeOrderEvents } from './routes/order-events.ts'
import { routeOrderPlans } from './routes/order-plans.ts'
import { routeOrders } from './routes/orders.ts'
import { routeReference } from './routes/reference.ts'
import type { Parts } from './routes/serve.ts'
import { routeTicks } from './routes/ticks.ts'
import { TradingModes } from './trading-mode.ts'
import { Usability } from './usability.ts'

export interface RunnableInstance {
  readonly app: Service
  readonly link: Link
  /** Where metrics are read, if not where calls come. */
  readonly metricsPort: MetricsPort | undefined
  /** Begins to log in; does not wait for the gateway. */
  start(): void
  /** Refuses newcomers, lets running calls finish within the grace, leaves the gateway, closes the ledger. */
  stop(): Promise<void>
}

/** The library's own code for a connection that failed; the link tells of it. */
const CONNECT_FAILED = 502

/** What probes and scrapers read every few seconds. */
const ROUTINE: ReadonlySet<string> = new Set(['/beacon', '/clients', '/metrics'])

/** Share of the grace in which calls may finish; the rest is for telling those that did not. */
const PATIENCE = 0.8

/** A caller who hung up, as the metrics call it; nothing is sent. */
const CALLER_GONE = 499

/** One REST API over one client id; nothing connects or listens before `start`. */
export async function buildInstance(config: InstanceConfig): Promise<RunnableInstance> {
  const { clientId } = config
  const app = createService({
    name: `instance-${clientId}`,
    ...config,
  })
  const registry = createRegistry('instance', VERSION)
  decorateRegistry(app, registry)
  const metrics = createMetrics(registry, clientId)
  const admission = new Admission(config.slots)
  const ledger = new Ledger({
    path: config.ledgerPath,
    clientId,
    onFailure: (error) => {
      metrics.ledgerFailed()
      app.log.error({ err: error }, 'the ledger cannot be written')
    },
  })
  const ids = new OrderIds({
    read: () => ledger.orderIdFloor,
    write: (floor) => ledger.raiseOrderIdFloor(floor),
  })
  const fillMark = new FillMark()
  const store = new OrderStore(clientId, ledger)
  const tradingModes = new TradingModes({
    configured: config.tradingMode,
    port: config.gateway.port,
  })
  const link: Link = new Link({
    ...config.gateway,
    clientId,
    messagesPerSecond: config.messagesPerSecond,
    reconnectMinMs: config.reconnectMinMs,
    reconnectMaxMs: config.reconnectMaxMs,
    limits: config.limits,
    requestIds: new RequestIds(),
    observer: observe({ app, metrics, ids, store, ledger, tradingModes, fillMark }, () => ({
      ...{ gaps, fills, mirror, previews, usability, feeds },
    })),
  })
  const usability = new Usability(() => link.isUsable && !admission.isClosing)
  const gaps = new Gaps({
    ...{ link, store, ledger, timeoutMs: config.requestTimeoutMs },
    onFailure: (error) =>
      app.log.warn({ err: error }, 'could not read again what happened while nobody listened'),
    // what was to follow earlier orders waits while nothing may be sent
    onCaughtUp: () => (config.isAnalyzer ? undefined : followUps.resume()),
  })
  const contracts = new Contracts(link)
  const feedCounts = countFeeds(registry, clientId, () => ({ feeds, subscriptions }))
  const feeds: OpenFeeds = new OpenFeeds({
    link,
    lingerMs: config.feedLingerMs,
    moved: (feed, state) => {
      if (state === 'gap') feedCounts.gapOpened(feed)
    },
  })
  const subscriptions: Subscriptions = new Subscriptions({
    feeds,
    clientId,
    expiryMs: config.feedExpiryMs,
    isReadable: () => link.isUsable,
    onExpired: feedCounts.expired,
  })
  const mirror = new Mirror({
    link,
    isOn: config.isMirrored,
    recheckMs: config.mirrorRecheckMs,
    timeoutMs: config.requestTimeoutMs,
    hasGap: () => gaps.isOpen,
    onDrift: (what, count) => {
      metrics.drifted(what, count)
      app.log.warn({ what, count }, 'the mirror was not what IB says; it was read again')
    },
    onAnswer: metrics.mirrored,
    onFailure: (error) => app.log.warn({ err: error }, 'the mirror could not be read again'),
  })
  const fills = new Fills(link, ledger, mirror)
  const accountReadings = new AccountReadings({ link, feeds, mirror, onAsked: metrics.queried })
  const previews = new Previews({ link, ids, store, contracts })
  const killSwitch = new KillSwitch({
    read: () => ledger.killSwitch,
    write: (state) => ledger.recordKillSwitch(state),
  })
  const restartWindows = new RestartWindows(config.restartWindows, config.now)
  const barriers: readonly Barrier[] = [
    { guard: 'paused', refusal: () => killSwitch.refusal },
    { guard: 'restart-window', refusal: () => restartWindows.refusal },
  ]
  const guards = new Guards(barriers, metrics.refused)
  const locked = new Guards([...barriers, sealed(config.isAnalyzer)], metrics.refused)
  const limits = new Limits({
    ...{ link, contracts },
    limits: ({ caller }) => tighter(limitsOf(config.orderLimits, caller?.name), caller?.limits),
  })
  const orders = new Orders({
    ...{ link, ledger, ids, store, contracts, guards: locked, limits },
    onPlaced: metrics.placed,
  })
  const keyedOrders = new KeyedOrders({ link, ledger, store, orders, onReplay: metrics.replayed })
  const keyedAnswers = new KeyedAnswers(ledger, metrics.replayed)
  const cancels = new Cancels({ link, store, onCancelled: metrics.cancelled })
  const followUps = new FollowUps({
    ...{ link, ledger, store, keyedOrders, cancels },
    timeoutMs: config.requestTimeoutMs,
    onFailure: (error) =>
      app.log.warn({ err: error }, 'what follows an order could not be done; it is tried again'),
  })
  const changes = new Changes({
    ...{ link, ledger, store, contracts, cancels, guards: locked, limits },
    onChanged: metrics.changed,
  })
  const targets = new Targets({ link, mirror, store, contracts, orders })
  const analyses = new Analyses({ link, ledger, guards, orders, changes, cancels, previews })
  metrics.watch({ link, admission, ledger, killSwitch, gaps, restartWindows })

  const parts: Parts = {
    config,
    link,
    orders,
    keyedOrders,
    keyedAnswers,
    followUps,
    cancels,
    changes,
    previews,
    targets,
    fills,
    mirror,
    store,
    contracts,
    ledger,
    admission,
    killSwitch,
    restartWindows,
    tradingModes,
    usability,
    feeds,
    subscriptions,
    feedCounts,
    accountReadings,
    streams: new Set(),
    analyses,
    onAnalyzed: metrics.analyzed,
  }
  countCalls(app, metrics, clientId)
  const { token, metricsPort: port } = config
  new Door({ token, clientId, isUsable: () => usability.isUsable }).guard(app)
  const metricsPort = port === undefined ? undefined : new MetricsPort(app, registry, port)
  app.addHook('onSend', (_, reply, __, done) => {
    reply.header(FILLS_HEADER, fillMark.text)
    done()
  })
  void app.register(accepts)
  routeClients(app, parts)
  routeOrders(app, parts)
  routeOrderChanges(app, parts)
  routeOrderEvents(app, parts)
  routeOrderPlans(app, parts)
  routeAccount(app, parts)
  routeExecutions(app, parts)
  routeContracts(app, parts)
  routeConfig(app, parts)
  routeHistory(app, parts)
  routeFeeds(app, parts)
  routeOpenFeeds(app, parts)
  routeMarket(app, parts)
  routeTicks(app, parts)
  routeReference(app, parts)
  routeNews(app, parts)
  routeAdvisers(app, parts)
  refuseOtherMethods(app, methodsByUrl(instanceOperations))
  await app.ready()

  return {
    app,
    link,
    metricsPort,
    start: () => {
      gaps.began()
      link.start()
    },
    async stop() {
      const drained = admission.close().then(() => app.close())
      usability.close()
      feeds.stop('the instance is shutting down')
      subscriptions.stop()
      ledger.events.close()
      // whoever waits for a fill is told what is known now
      orders.close()
      const settled = followUps.stop()
      await Promise.race([
        drained,
        pause(config.shutdownGraceMs * PATIENCE, undefined, { ref: false }),
      ])
      // a reader that does not take its last words holds up nobody
      for (const leave of parts.streams) leave()
      // what still runs is told now that the gateway has gone; an order under way is answered as unknown
      link.stop()
      await drained
      await settled
      await metricsPort?.close()
      ledger.close()
    },
  }
}

interface Listening {
  readonly app: Service
  readonly metrics: InstanceMetrics
  readonly ids: OrderIds
  readonly store: OrderStore
  readonly ledger: Ledger
  readonly tradingModes: TradingModes
  readonly fillMark: FillMark
}

/** Who hears what of the gateway: ids, orders and fills their events, metrics and log the rest. */
function observe(
  { app, metrics, ids, store, ledger, tradingModes, fillMark }: Listening,
  later: () => {
    gaps: Gaps
    fills: Fills
    mirror: Mirror
    previews: Previews
    usability: Usability
    feeds: OpenFeeds
  },
): LinkOptions['observer'] {
  const { log } = app
  return {
    arrived: (event, args) => {
      if (event === 'nextValidId') ids.raise(args[0] as number)
      else if (event === 'openOrder' || event === 'orderStatus') ids.saw(args[0] as number)
      if (later().previews.arrived(event, args)) return
      fillMark.arrived(event, args)
      later().mirror.arrived(event, args)
      store.arrived(event, args)
      later().fills.arrived(event, args)
    },
    orderTrouble: (word, { effect }) => {
      if (!later().previews.trouble(word, effect)) store.trouble(word, effect)
    },
    said: (word, verdict) => {
      if (verdict.about !== 'notice') metrics.gatewaySaid(word.code)
      if (verdict.about === 'decoding') metrics.undecodable()
      later().feeds.said(word)
      const quiet = verdict.about === 'notice' || word.code === CONNECT_FAILED
      log[quiet ? 'debug' : 'info']({ ib: word, verdict }, 'the gateway says')
    },
    frame: metrics.message,
    queryEnded: metrics.queried,
    lateAnswer: (name) => {
      metrics.lateAnswer()
      log.warn({ op: name }, 'a late answer was dropped')
    },
    changed: (state, reason) => {
      later().usability.look()
      if (state === 'cut-off') {
        later().gaps.lost(reason)
        later().mirror.end()
        later().feeds.cutOff(reason ?? 'IB cannot be reached')
      }
      log[state === 'ready' ? 'info' : 'debug']({ state, reason }, 'link')
    },
    waiting: (reason, attempt) => {
      // a gateway that is away for the night does not fill the log
      const level = Number.isInteger(Math.log2(attempt)) ? 'warn' : 'debug'
      log[level]({ reason, attempt }, 'cannot log in to the gateway; trying again')
    },
    lost: (_, reason) => {
      log.warn({ reason }, 'the gateway was lost')
      later().gaps.lost(reason.text)
      later().mirror.end()
      later().feeds.lost(reason.text)
      store.wake()
    },
    ready: (session) => {
      const wrong = tradingModes.refuses(session.accounts)
      if (wrong !== undefined) {
        session.end({ kind: 'wrong-trading-mode', text: wrong })
        return
      }
      const owners = ledger.claim(session.accounts)
      if (owners !== undefined) {
        const text = `the ledger belongs to ${owners.join(', ')}, this login has ${session.accounts.join(', ')}`
        session.end({ kind: 'foreign-ledger', text })
        return
      }
      later().mirror.begin()
      later().feeds.ready()
      void later().gaps.heardAgain()
    },
  }
}

/** One metric and one log line per call, also when its caller has gone; never a body. */
function countCalls(app: Service, metrics: InstanceMetrics, clientId: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('ibrest-client-id', String(clientId))
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : CALLER_GONE
      const route = request.routeOptions.url ?? 'unknown'
      const ms = Math.round((performance.now() - request.arrivedAt) * 100) / 100
      metrics.answered(request.method, route, status, clientId, ms / 1000)
      const level = ROUTINE.has(route) ? 'debug' : 'info'
      request.log[level]({ reqId: request.id, method: request.method, route, status, ms }, 'call')
    })
    done()
  })
}
