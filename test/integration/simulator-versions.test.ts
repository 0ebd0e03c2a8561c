import { type Contract, EventName, IBApi, OrderAction, OrderType, SecType } from '@stoqey/ib'
import t, { type Test } from 'tap'
import type { Connection } from '../../simulator/connection.ts'
import { Gateway } from '../../simulator/gateway.ts'
import { noLimits } from '../../simulator/limits/settings.ts'
import type { Layout } from '../../simulator/wire/column.ts'
import { messages } from '../../simulator/wire/messages.ts'
import type { requests } from '../../simulator/wire/requests.ts'
import { until } from '../rig/until.ts'
import { factsMessages } from '../unit/simulator/wire/facts-messages.ts'
import { Sampler } from '../unit/simulator/wire/facts-sample.ts'

const VERSIONS = Array.from({ length: 16 }, (_, place) => 178 + place)
const apple: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
const option: Contract = { conId: 1, secType: SecType.OPT, exchange: 'SMART', currency: 'USD' }
const account = 'DU1000001'

interface Library {
  readonly api: IBApi
  readonly gateway: Gateway
  readonly connection: Connection
  /** what it has told so far, the raw messages left out */
  readonly events: [name: string, args: unknown[]][]
}

async function connected(t: Test, serverVersion: number): Promise<Library> {
  const gateway = new Gateway({ port: 0, serverVersion, limits: noLimits })
  await gateway.listen()
  const api = new IBApi({ host: '127.0.0.1', port: gateway.port, maxReqPerSec: 100_000 })
  t.teardown(async () => {
    api.disconnect()
    await gateway.close()
  })
  const events: [string, unknown[]][] = []
  api.on(EventName.all, (name: string, args: unknown[]) => {
    if (name !== 'received' && name !== 'sent') events.push([name, args])
  })
  api.connect(3)
  const SECDEF_OK = 2158
  await until(
    () => events.some(([name, [, code]]) => name === 'info' && code === SECDEF_OK),
    'the login',
  )
  return { api, gateway, connection: gateway.connections[0] as Connection, events }
}

/** Every number anywhere in what was told. */
function numbersIn(told: unknown, into = new Set<number>()): Set<number> {
  if (typeof told === 'number') into.add(told)
  else if (typeof told === 'string' && told !== '') into.add(Number(told))
  else if (told instanceof Map) numbersIn([...told], into)
  else if (told !== null && typeof told === 'object') {
    for (const part of Object.values(told)) numbersIn(part, into)
  }
  return into
}

/** How many numbers of a message the library is known to keep to itself (facts §2.2, §2.3). */
const KEPT: Readonly<Record<string, number>> = {
  // the size comes as an event of its own, masks come as flags
  tickPrice: 2,
  historicalTicksBidAsk: 2,
  historicalTicksLast: 2,
  tickByTickLast: 1,
  tickByTickBidAsk: 1,
  // read as a whole number
  tickReqParams: 1,
}

for (const version of VERSIONS) {
  t.test(`@stoqey/ib reads every message at ${version}, number by number`, async (t) => {
    const { connection, events } = await connected(t, version)
    const wanted = { advancedOrderRejectJson: '', deltaNeutral: '1', type: '1' }
    for (const [title, table] of Object.entries(factsMessages)) {
      const [name = ''] = title.split(' ')
      const layout = (messages as unknown as Readonly<Record<string, Layout<object>>>)[name]
      if (layout === undefined || table === '') continue
      const { row } = new Sampler(version, { wanted }).sample(table)
      events.length = 0
      connection.send(layout, row)
      // what follows it would be misread if it had not been read to its end
      const time = 1_800_000_000 + layout.id
      connection.send(messages.currentTime, { time })
      await until(
        () => events.some(([event, [first]]) => event === 'currentTime' && first === time),
        `the time after ${name}`,
      )
      const broken = events.filter(([event, [, code]]) => event === 'error' && code === 505)
      t.same(broken, [], `${name} is decoded`)
      const told = numbersIn(events)
      const missing = [...numbersIn(row)].filter((value) => value > 100 && !told.has(value))
      t.equal(missing.length, KEPT[name] ?? 0, `${name} tells every number: ${missing}`)
    }
  })
}

type Call = (api: IBApi, reqId: number) => unknown
const order = { action: OrderAction.BUY, totalQuantity: 1, orderType: OrderType.LMT, lmtPrice: 1 }

/** Every request the library can make, by the name of what must arrive. */
const calls: Readonly<Partial<Record<keyof typeof requests, Call>>> = {
  reqMktData: (api, id) => api.reqMktData(id, apple, '233', false, false),
  cancelMktData: (api, id) => api.cancelMktData(id),
  placeOrder: (api) => api.placeOrder(1, apple, { ...order, transmit: true }),
  cancelOrder: (api) => api.cancelOrder(1, ''),
  reqOpenOrders: (api) => api.reqOpenOrders(),
  reqAccountUpdates: (api) => api.reqAccountUpdates(true, account),
  reqExecutions: (api, id) => api.reqExecutions(id, {}),
  reqIds: (api) => api.reqIds(),
  reqContractDetails: (api, id) => api.reqContractDetails(id, apple),
  reqMktDepth: (api, id) => api.reqMktDepth(id, apple, 3, true),
  cancelMktDepth: (api, id) => api.cancelMktDepth(id, true),
  reqNewsBulletins: (api) => api.reqNewsBulletins(true),
  cancelNewsBulletins: (api) => api.cancelNewsBulletins(),
  reqAutoOpenOrders: (api) => api.reqAutoOpenOrders(true),
  reqAllOpenOrders: (api) => api.reqAllOpenOrders(),
  reqManagedAccts: (api) => api.reqManagedAccts(),
  requestFA: (api) => api.requestFA(1),
  reqHistoricalData: (api, id) =>
    api.reqHistoricalData(id, apple, '', '1 D', '1 hour' as never, 'TRADES' as never, 1, 2, false),
  exerciseOptions: (api, id) => api.exerciseOptions(id, option, 1, 1, account, 0),
  reqScannerSubscription: (api, id) =>
    api.reqScannerSubscription(id, {
      ...{ numberOfRows: 5, instrument: 'STK' as never, locationCode: 'STK.US.MAJOR' as never },
      scanCode: 0 as never,
    }),
  cancelScannerSubscription: (api, id) => api.cancelScannerSubscription(id),
  reqScannerParameters: (api) => api.reqScannerParameters(),
  cancelHistoricalData: (api, id) => api.cancelHistoricalData(id),
  reqCurrentTime: (api) => api.reqCurrentTime(),
  reqRealTimeBars: (api, id) => api.reqRealTimeBars(id, apple, 5, 'TRADES' as never, false),
  cancelRealTimeBars: (api, id) => api.cancelRealTimeBars(id),
  reqFundamentalData: (api, id) => api.reqFundamentalData(id, apple, 'ReportSnapshot'),
  cancelFundamentalData: (api, id) => api.cancelFundamentalData(id),
  calculateImpliedVolatility: (api, id) => api.calculateImpliedVolatility(id, option, 5, 200),
  calculateOptionPrice: (api, id) => api.calculateOptionPrice(id, option, 0.3, 200),
  cancelCalculateImpliedVolatility: (api, id) => api.cancelCalculateImpliedVolatility(id),
  cancelCalculateOptionPrice: (api, id) => api.cancelCalculateOptionPrice(id),
  reqGlobalCancel: (api) => api.reqGlobalCancel(),
  reqMarketDataType: (api) => api.reqMarketDataType(1),
  reqPositions: (api) => api.reqPositions(),
  reqAccountSummary: (api, id) => api.reqAccountSummary(id, 'All', 'NetLiquidation'),
  cancelAccountSummary: (api, id) => api.cancelAccountSummary(id),
  cancelPositions: (api) => api.cancelPositions(),
  queryDisplayGroups: (api, id) => api.queryDisplayGroups(id),
  subscribeToGroupEvents: (api, id) => api.subscribeToGroupEvents(id, 1),
  updateDisplayGroup: (api, id) => api.updateDisplayGroup(id, '265598@SMART'),
  unsubscribeFromGroupEvents: (api, id) => api.unsubscribeFromGroupEvents(id),
  reqPositionsMulti: (api, id) => api.reqPositionsMulti(id, account, ''),
  cancelPositionsMulti: (api, id) => api.cancelPositionsMulti(id),
  reqAccountUpdatesMulti: (api, id) => api.reqAccountUpdatesMulti(id, account, '', true),
  cancelAccountUpdatesMulti: (api, id) => api.cancelAccountUpdatesMulti(id),
  reqSecDefOptParams: (api, id) => api.reqSecDefOptParams(id, 'AAPL', '', SecType.STK, 265598),
  reqSoftDollarTiers: (api, id) => api.reqSoftDollarTiers(id),
  reqFamilyCodes: (api) => api.reqFamilyCodes(),
  reqMatchingSymbols: (api, id) => api.reqMatchingSymbols(id, 'AAPL'),
  reqMktDepthExchanges: (api) => api.reqMktDepthExchanges(),
  reqSmartComponents: (api, id) => api.reqSmartComponents(id, '9c0001'),
  reqNewsArticle: (api, id) => api.reqNewsArticle(id, 'BRFG', 'BRFG$1'),
  reqNewsProviders: (api) => api.reqNewsProviders(),
  reqHistoricalNews: (api, id) => api.reqHistoricalNews(id, 265598, 'BRFG', '', '', 5),
  reqHeadTimestamp: (api, id) => api.reqHeadTimestamp(id, apple, 'TRADES' as never, true, 1),
  reqHistogramData: (api, id) => api.reqHistogramData(id, apple, true, 3, 'day' as never),
  cancelHistogramData: (api, id) => api.cancelHistogramData(id),
  cancelHeadTimestamp: (api, id) => api.cancelHeadTimestamp(id),
  reqMarketRule: (api) => api.reqMarketRule(26),
  reqPnL: (api, id) => api.reqPnL(id, account, ''),
  cancelPnL: (api, id) => api.cancelPnL(id),
  reqPnLSingle: (api, id) => api.reqPnLSingle(id, account, '', 265598),
  cancelPnLSingle: (api, id) => api.cancelPnLSingle(id),
  reqHistoricalTicks: (api, id) =>
    api.reqHistoricalTicks(id, apple, '', '20241119-16:00:00', 5, 'TRADES' as never, 0, false),
  reqTickByTickData: (api, id) => api.reqTickByTickData(id, apple, 'BidAsk' as never, 0, false),
  cancelTickByTickData: (api, id) => api.cancelTickByTickData(id),
  reqCompletedOrders: (api) => api.reqCompletedOrders(true),
  reqWshMetaData: (api, id) => api.reqWshMetaData(id),
  reqUserInfo: (api, id) => api.reqUserInfo(id),
}

for (const version of VERSIONS) {
  t.test(`every request of @stoqey/ib is read to its end at ${version}`, async (t) => {
    const { api, gateway, events } = await connected(t, version)
    let reqId = 1_000_000_000
    for (const [name, call] of Object.entries(calls)) {
      // a cancel follows its request and has its id
      if (!/^(cancel|update|unsubscribe)/.test(name)) reqId += 1
      call(api, reqId)
    }
    await until(() => events.some(([name]) => name === 'userInfo'), 'the last answer')
    const names = new Set(Object.keys(gateway.tally.toJSON()[3]?.in ?? {}))
    t.same(
      Object.keys(calls).filter((name) => !names.has(name)),
      [],
      'all have arrived',
    )
    t.notOk(names.has('unknown'), 'none is unknown')
    const unread = events.filter(
      ([name, [, code]]) => name === 'error' && [320, 322, 505].includes(Number(code)),
    )
    t.same(
      unread.map(([, [error]]) => String(error)),
      [],
      'none was unreadable, and no answer was',
    )
  })
}
