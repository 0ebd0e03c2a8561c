import {
  type Contract,
  DurationUnit,
  EventName,
  FADataType,
  IBApi,
  OrderAction,
  OrderType,
  ScanCode,
  SecType,
  WhatToShow,
} from '@stoqey/ib'
import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import type { Instrument } from '../../simulator/world/instrument.ts'
import { until } from '../rig/until.ts'

/** The first request id: far above all order ids, as order ids and request ids share one space of errors. */
const FIRST = 1_000_000_000
const apple: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
const euro: Contract = {
  symbol: 'EUR',
  secType: SecType.CASH,
  exchange: 'IDEALPRO',
  currency: 'USD',
}

for (const serverVersion of [178, 193]) {
  t.test(`@stoqey/ib understands every message at ${serverVersion}`, async (t) => {
    const gateway = new Gateway({ port: 0, serverVersion, beatMs: 20, isAdviser: true })
    await gateway.listen()
    const api = new IBApi({ host: '127.0.0.1', port: gateway.port })
    const seen = new Map<string, number>()
    const undecoded: string[] = []
    api.on(EventName.all, (name: string) => {
      seen.set(name, (seen.get(name) ?? 0) + 1)
    })
    api.on(EventName.error, (error, code) => {
      if (code >= 500 && code < 600) undecoded.push(`${code} ${error.message}`)
    })
    t.teardown(async () => {
      api.disconnect()
      await gateway.close()
    })
    api.connect(3)
    await until(() => seen.has('nextValidId'), 'the login')
    const [option] = gateway.world.catalogue.optionsOn(265598)
    const optionContract: Contract = { conId: option?.conId ?? 0, exchange: 'SMART' }
    let reqId = FIRST
    const next = () => {
      reqId += 1
      return reqId
    }
    const account = 'DU1000001'
    api.reqCurrentTime()
    api.reqManagedAccts()
    api.reqContractDetails(next(), apple)
    api.reqContractDetails(next(), { symbol: 'ES', secType: SecType.FUT })
    api.reqMatchingSymbols(next(), 'A')
    api.reqSecDefOptParams(next(), 'AAPL', '', SecType.STK, 265598)
    api.reqMarketRule(26)
    api.reqMktDepthExchanges()
    api.reqSmartComponents(next(), '9c0001')
    api.reqFamilyCodes()
    api.reqNewsProviders()
    api.reqUserInfo(next())
    api.reqSoftDollarTiers(next())
    api.queryDisplayGroups(next())
    api.subscribeToGroupEvents(next(), 1)
    api.reqHistoricalNews(next(), 265598, 'BRFG+DJ-N', '', '', 10)
    const listed = gateway.world.catalogue.byConId(265598)
    const [news] = gateway.world.news.ofDay(listed as Instrument, 20_410)
    api.reqNewsArticle(next(), news?.provider ?? '', news?.articleId ?? '')
    api.reqNewsBulletins(true)
    gateway.world.bulletins.issue({ messageType: 1, text: 'Test', exchange: 'NYSE' })
    api.reqMktData(next(), apple, 'mdoff,292', false, false)
    api.reqScannerSubscription(next(), {
      instrument: 'STK' as never,
      locationCode: 'STK.US' as never,
      scanCode: ScanCode.MOST_ACTIVE,
    })
    api.reqFundamentalData(next(), { ...apple, conId: 265598 }, 'ReportSnapshot')
    api.reqHistogramData(next(), apple, true, 2, DurationUnit.DAY)
    api.requestFA(FADataType.GROUPS)
    api.replaceFA(next(), FADataType.ALIASES, '<ListOfAccountAliases></ListOfAccountAliases>')
    api.reqMktData(next(), apple, '233,236', false, false)
    api.reqMktData(next(), optionContract, '', true, false)
    api.reqMktData(next(), euro, '', true, false)
    api.reqMktDepth(next(), apple, 3, false)
    api.reqMktDepth(next(), apple, 3, true)
    for (const type of ['Last', 'BidAsk', 'MidPoint']) {
      api.reqTickByTickData(next(), apple, type as never, 0, false)
    }
    api.calculateOptionPrice(next(), optionContract, 0.3, 230)
    api.reqHistoricalData(
      next(),
      apple,
      '',
      '1 D',
      '1 hour' as never,
      WhatToShow.TRADES,
      1,
      2,
      false,
    )
    api.reqHistoricalData(
      next(),
      apple,
      '',
      '3 D',
      '1 day' as never,
      'SCHEDULE' as never,
      1,
      2,
      false,
    )
    api.reqHeadTimestamp(next(), apple, WhatToShow.TRADES, true, 1)
    for (const shown of ['TRADES', 'BID_ASK', 'MIDPOINT']) {
      api.reqHistoricalTicks(next(), apple, '', '20241119-16:00:00', 10, shown as never, 0, false)
    }
    api.reqAccountSummary(next(), 'All', 'NetLiquidation,$LEDGER:ALL')
    api.reqPositions()
    api.reqPositionsMulti(next(), account, '')
    api.reqAccountUpdatesMulti(next(), account, '', false)
    api.reqPnL(next(), account, '')
    api.reqPnLSingle(next(), account, '', 265598)
    api.reqWshMetaData(next())
    api.reqScannerParameters()
    const order = { action: OrderAction.BUY, totalQuantity: 10, transmit: true }
    api.placeOrder(1, apple, { ...order, orderType: OrderType.MKT })
    api.placeOrder(2, apple, {
      ...order,
      orderType: OrderType.LMT,
      lmtPrice: 1,
      algoStrategy: 'Adaptive',
      algoParams: [{ tag: 'adaptivePriority', value: 'Normal' }],
    })
    api.placeOrder(3, apple, { ...order, orderType: OrderType.MKT, whatIf: true })
    api.placeOrder(4, apple, { ...order, orderType: OrderType.TRAIL, trailingPercent: 1 })
    api.placeOrder(
      5,
      {
        ...{ symbol: 'AAPL,MSFT', secType: SecType.BAG, exchange: 'SMART', currency: 'USD' },
        comboLegs: [
          { conId: 265598, ratio: 1, action: 'BUY' as never, exchange: 'SMART' },
          { conId: 272093, ratio: 1, action: 'SELL' as never, exchange: 'SMART' },
        ],
      },
      { ...order, orderType: OrderType.MKT },
    )
    await until(() => (seen.get('commissionReport') ?? 0) >= 4, 'the trades')
    api.cancelOrder(2, '')
    api.reqAllOpenOrders()
    api.reqCompletedOrders(false)
    api.reqExecutions(next(), {})
    api.reqAccountUpdates(true, account)
    const expected = [
      ...[
        'currentTime',
        'managedAccounts',
        'contractDetails',
        'contractDetailsEnd',
        'symbolSamples',
      ],
      ...[
        'securityDefinitionOptionParameter',
        'securityDefinitionOptionParameterEnd',
        'marketRule',
      ],
      ...['mktDepthExchanges', 'smartComponents', 'familyCodes', 'newsProviders', 'userInfo'],
      ...['softDollarTiers', 'displayGroupList', 'displayGroupUpdated', 'historicalNewsEnd'],
      ...['historicalNews', 'newsArticle', 'updateNewsBulletin', 'tickNews', 'scannerParameters'],
      ...['scannerData', 'scannerDataEnd', 'fundamentalData', 'histogramData', 'receiveFA'],
      'replaceFAEnd',
      ...['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickReqParams', 'marketDataType'],
      ...['tickSnapshotEnd', 'tickOptionComputation', 'updateMktDepth', 'updateMktDepthL2'],
      ...['tickByTickAllLast', 'tickByTickBidAsk', 'tickByTickMidPoint', 'historicalData'],
      ...['historicalSchedule', 'headTimestamp', 'historicalTicks', 'historicalTicksBidAsk'],
      ...['historicalTicksLast', 'accountSummary', 'accountSummaryEnd', 'position', 'positionEnd'],
      ...['positionMulti', 'positionMultiEnd', 'accountUpdateMulti', 'accountUpdateMultiEnd'],
      ...['pnl', 'pnlSingle', 'openOrder', 'orderStatus', 'execDetails', 'commissionReport'],
      ...['openOrderEnd', 'completedOrder', 'completedOrdersEnd', 'execDetailsEnd'],
      ...['updateAccountValue', 'updatePortfolio', 'updateAccountTime', 'accountDownloadEnd'],
    ]
    await until(() => expected.every((name) => seen.has(name)), 'every message', 5000).catch(() =>
      t.same(
        expected.filter((name) => !seen.has(name)),
        [],
      ),
    )
    t.same(undecoded, [], 'nothing was left undecoded')
  })
}
