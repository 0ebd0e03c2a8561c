import t from 'tap'
import { messages } from '../../../../simulator/wire/messages.ts'

const UNSET_REAL = '1.7976931348623157E308'
const contract = {
  conId: 265598,
  symbol: 'AAPL',
  secType: 'STK',
  lastTradeDateOrContractMonth: '',
  strike: 0,
  right: '',
  multiplier: '',
  exchange: 'SMART',
  currency: 'USD',
  localSymbol: 'AAPL',
  tradingClass: 'NMS',
}
const C11 = ['265598', 'AAPL', 'STK', '', '0', '', '', 'SMART', 'USD', 'AAPL', 'NMS']
const P11 = ['265598', 'AAPL', 'STK', '', '0', '', '', 'NASDAQ', 'USD', 'AAPL', 'NMS']

/** What is written, and the fields facts §1.3 wants, number first. */
const samples: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'tickPrice: exactly 7 fields',
    messages.tickPrice.write(
      { reqId: 7, tickType: 1, price: 150.25, size: 100, attributes: 1 },
      178,
    ),
    ['1', '6', '7', '1', '150.25', '100', '1'],
  ],
  [
    'tickSize',
    messages.tickSize.write({ reqId: 7, tickType: 8, size: 1200 }, 178),
    ['2', '6', '7', '8', '1200'],
  ],
  [
    'orderStatus has no version field',
    messages.orderStatus.write(
      {
        ...{ orderId: 3, status: 'Submitted', filled: 0, remaining: 100, avgFillPrice: 0 },
        ...{ permId: 77, parentId: 0, lastFillPrice: 0, clientId: 5, whyHeld: '', mktCapPrice: 0 },
      },
      178,
    ),
    ['3', '3', 'Submitted', '0', '100', '0', '77', '0', '0', '5', '', '0'],
  ],
  [
    'error',
    messages.error.write({ id: -1, code: 2104, text: 'ok', advancedOrderRejectJson: '' }, 178),
    ['4', '2', '-1', '2104', 'ok', ''],
  ],
  [
    'updatePortfolio tells the primary exchange and never an empty number',
    messages.updatePortfolio.write(
      {
        ...contract,
        primaryExch: 'NASDAQ',
        position: 10,
        marketPrice: 150,
        marketValue: 1500,
        averageCost: 149,
        unrealizedPNL: 10,
        realizedPNL: undefined,
        account: 'DU1',
      },
      178,
    ),
    ['7', '8', ...P11, '10', '150', '1500', '149', '10', '0', 'DU1'],
  ],
  [
    'execDetails ends with pendingPriceRevision at 178',
    messages.execDetails.write(
      {
        ...{ reqId: -1, orderId: 3, ...contract, execId: '1.2.01.01', time: 'now' },
        ...{ account: 'DU1', execExchange: 'NASDAQ', side: 'BOT', shares: 100, price: 150 },
        ...{ permId: 77, clientId: 5, liquidation: 0, cumQty: 100, avgPrice: 150 },
        ...{ orderRef: 'r', evRule: '', evMultiplier: '', modelCode: '', lastLiquidity: 2 },
        pendingPriceRevision: false,
      },
      178,
    ),
    [
      ...['11', '-1', '3', ...C11, '1.2.01.01', 'now', 'DU1', 'NASDAQ', 'BOT', '100', '150'],
      ...['77', '5', '0', '100', '150', 'r', '', '', '', '2', '0'],
    ],
  ],
  [
    'commissionReport of an opening trade has an unset result',
    messages.commissionReport.write(
      {
        ...{ execId: '1.2.01.01', commission: 1, currency: 'USD', realizedPNL: undefined },
        ...{ yield: undefined, yieldRedemptionDate: undefined },
      },
      178,
    ),
    ['59', '1', '1.2.01.01', '1', 'USD', UNSET_REAL, UNSET_REAL, ''],
  ],
  [
    'historicalData is one frame',
    messages.historicalData.write(
      {
        reqId: 7,
        start: 'a',
        end: 'b',
        bars: [
          { date: 'd', open: 1, high: 4, low: 0.5, close: 2, volume: 10, wap: 1.5, barCount: 3 },
        ],
      },
      178,
    ),
    ['17', '7', 'a', 'b', '1', 'd', '1', '4', '0.5', '2', '10', '1.5', '3'],
  ],
  [
    'historicalDataUpdate tells close before high and low',
    messages.historicalDataUpdate.write(
      {
        ...{ reqId: 7, barCount: 3, date: 'd', open: 1, close: 2, high: 4, low: 0.5 },
        ...{ wap: 1.5, volume: 10 },
      },
      178,
    ),
    ['90', '7', '3', 'd', '1', '2', '4', '0.5', '1.5', '10'],
  ],
  [
    'position',
    messages.position.write({ account: 'DU1', ...contract, position: 10, avgCost: 149 }, 178),
    ['61', '3', 'DU1', ...C11, '10', '149'],
  ],
  ['positionEnd', messages.positionEnd.write({}, 178), ['62', '1']],
  ['completedOrdersEnd has nothing', messages.completedOrdersEnd.write({}, 178), ['102']],
  [
    'accountSummary',
    messages.accountSummary.write(
      { reqId: 7, account: 'DU1', tag: 'NetLiquidation', value: '1.00', currency: 'USD' },
      178,
    ),
    ['63', '1', '7', 'DU1', 'NetLiquidation', '1.00', 'USD'],
  ],
  [
    'symbolSamples nests its derivatives',
    messages.symbolSamples.write(
      {
        reqId: 7,
        samples: [
          {
            ...{ conId: 265598, symbol: 'AAPL', secType: 'STK', primaryExch: 'NASDAQ' },
            ...{ currency: 'USD', derivatives: [{ secType: 'OPT' }], description: 'APPLE' },
            issuerId: '',
          },
        ],
      },
      178,
    ),
    ['79', '7', '1', '265598', 'AAPL', 'STK', 'NASDAQ', 'USD', '1', 'OPT', 'APPLE', ''],
  ],
  [
    'mktDepthExchanges never leaves aggGroup empty',
    messages.mktDepthExchanges.write(
      {
        exchanges: [
          {
            ...{ exchange: 'IEX', secType: 'STK', listingExch: '', serviceDataType: 'Deep2' },
            aggGroup: undefined,
          },
        ],
      },
      178,
    ),
    ['80', '1', 'IEX', 'STK', '', 'Deep2', '0'],
  ],
  [
    'pnlSingle',
    messages.pnlSingle.write(
      { reqId: 7, position: 10, daily: 1, unrealized: undefined, realized: 0, value: 1500 },
      178,
    ),
    ['95', '7', '10', '1', UNSET_REAL, '0', '1500'],
  ],
  [
    'historicalTicksLast',
    messages.historicalTicksLast.write(
      {
        reqId: 7,
        ticks: [{ time: 5, mask: 0, price: 1.5, size: 100, exchange: 'IEX', conditions: '' }],
        done: true,
      },
      178,
    ),
    ['98', '7', '1', '5', '0', '1.5', '100', 'IEX', '', '1'],
  ],
  [
    'historicalTicks has a 0 for consistency',
    messages.historicalTicks.write(
      { reqId: 7, ticks: [{ time: 5, price: 1.5, size: 0 }], done: true },
      178,
    ),
    ['96', '7', '1', '5', '0', '1.5', '0', '1'],
  ],
  [
    'tickByTick of bid and ask',
    messages.tickByTickBidAsk.write(
      { reqId: 7, time: 5, bid: 1, ask: 2, bidSize: 3, askSize: 4, mask: 0 },
      178,
    ),
    ['99', '7', '3', '5', '1', '2', '3', '4', '0'],
  ],
]

for (const [what, written, expected] of samples) {
  t.test(`${what}, as facts §1.3 has it`, (t) => {
    t.same(written, expected)
    t.end()
  })
}

t.test('contractDetails gains a last trade date at 182 and reasons at 186', (t) => {
  const row = {
    ...{ reqId: 7, symbol: 'ES', secType: 'FUT', lastTradeDateOrContractMonth: '20261218' },
    ...{ lastTradeDate: '20261218', strike: 0, right: '', exchange: 'CME', currency: 'USD' },
    ...{ localSymbol: 'ESZ6', marketName: 'ES', tradingClass: 'ES', conId: 1, minTick: 0.25 },
    ...{ multiplier: '50', orderTypes: 'LMT', validExchanges: 'CME', priceMagnifier: 1 },
    ...{ underConId: 0, longName: 'E-mini', primaryExch: '', contractMonth: '202612' },
    ...{ industry: '', category: '', subcategory: '', timeZoneId: 'US/Central' },
    ...{ tradingHours: 'a', liquidHours: 'b', evRule: '', evMultiplier: '0', secIds: [] },
    ...{ aggGroup: 1, underSymbol: 'ES', underSecType: 'IND', marketRuleIds: '67' },
    ...{ realExpirationDate: '20261218', stockType: '', minSize: 1, sizeIncrement: 1 },
    ...{ suggestedSizeIncrement: 1, ineligibilityReasons: [] },
  }
  const at178 = messages.contractDetails.write(row, 178)
  t.equal(at178.length, 40)
  t.same(at178.slice(1, 6), ['7', 'ES', 'FUT', '20261218', '0'])
  t.same(at178.slice(-4), ['', '1', '1', '1'])
  const at193 = messages.contractDetails.write(row, 193)
  t.equal(at193.length, 42)
  t.same(at193.slice(4, 6), ['20261218', '20261218'])
  t.equal(at193.at(-1), '0')
  t.end()
})
