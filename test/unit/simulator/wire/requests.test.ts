import t from 'tap'
import { requests } from '../../../../simulator/wire/requests.ts'

/** C12 and C13 of facts §1.2 for Apple. */
const C12 = ['265598', 'AAPL', 'STK', '', '0', '', '', 'SMART', 'NASDAQ', 'USD', 'AAPL', 'NMS']
const C13 = [...C12, '0']
const apple = {
  conId: 265598,
  symbol: 'AAPL',
  secType: 'STK',
  exchange: 'SMART',
  primaryExch: 'NASDAQ',
  currency: 'USD',
  localSymbol: 'AAPL',
  tradingClass: 'NMS',
}

type Name = keyof typeof requests

/** Fields after the number, as facts §1.6 lists them, and what they must mean. */
const samples: readonly (readonly [Name, readonly string[], object])[] = [
  [
    'reqMktData',
    ['11', '7', ...C12, '0', '233', '1', '0', ''],
    { reqId: 7, ...apple, genericTicks: '233', snapshot: true },
  ],
  ['cancelMktData', ['2', '7'], { reqId: 7 }],
  ['reqOpenOrders', ['1'], {}],
  ['reqAccountUpdates', ['2', '1', 'DU1'], { subscribe: true, account: 'DU1' }],
  [
    'reqExecutions',
    ['3', '7', '0', 'DU1', '20261121-09:30:00', 'AAPL', 'STK', 'SMART', 'BUY'],
    { reqId: 7, clientId: 0, account: 'DU1', symbol: 'AAPL', side: 'BUY' },
  ],
  ['reqExecutions', ['3', '7', '', '', '', '', '', '', ''], { reqId: 7, clientId: undefined }],
  ['reqIds', ['1', '1'], { count: 1 }],
  [
    'reqContractDetails',
    ['8', '7', ...C13, '', '', ''],
    { reqId: 7, ...apple, includeExpired: false },
  ],
  ['reqMktDepth', ['5', '7', ...C12, '5', '1', ''], { reqId: 7, ...apple, rows: 5, isSmart: true }],
  ['cancelMktDepth', ['1', '7', '1'], { reqId: 7, isSmart: true }],
  ['reqNewsBulletins', ['1', '1'], { allMessages: true }],
  ['cancelNewsBulletins', ['1'], {}],
  ['setServerLogLevel', ['1', '5'], { level: 5 }],
  ['reqAutoOpenOrders', ['1', '1'], { autoBind: true }],
  ['reqAllOpenOrders', ['1'], {}],
  ['reqManagedAccts', ['1'], {}],
  ['requestFA', ['1', '1'], { faDataType: 1 }],
  ['replaceFA', ['1', '1', '<xml/>', '7'], { faDataType: 1, xml: '<xml/>', reqId: 7 }],
  [
    'reqHistoricalData',
    ['7', ...C13, '20261120 16:00:00', '5 mins', '1 D', '1', 'TRADES', '2', '0', ''],
    {
      reqId: 7,
      ...apple,
      endDateTime: '20261120 16:00:00',
      barSize: '5 mins',
      duration: '1 D',
      useRTH: true,
      whatToShow: 'TRADES',
      formatDate: 2,
      keepUpToDate: false,
    },
  ],
  ['cancelHistoricalData', ['1', '7'], { reqId: 7 }],
  [
    'reqScannerSubscription',
    [
      '7',
      '10',
      'STK',
      'STK.US',
      'TOP_PERC_GAIN',
      ...Array.from({ length: 13 }, () => ''),
      '0',
      '',
      '',
      '',
      '',
      '',
    ],
    { reqId: 7, rows: 10, scanCode: 'TOP_PERC_GAIN' },
  ],
  ['cancelScannerSubscription', ['1', '7'], { reqId: 7 }],
  ['reqScannerParameters', ['1'], {}],
  ['reqCurrentTime', ['1'], {}],
  ['reqMarketDataType', ['1', '3'], { marketDataType: 3 }],
  [
    'reqRealTimeBars',
    ['3', '7', ...C12, '5', 'TRADES', '0', ''],
    { reqId: 7, ...apple, whatToShow: 'TRADES' },
  ],
  ['cancelRealTimeBars', ['1', '7'], { reqId: 7 }],
  [
    'reqFundamentalData',
    ['2', '7', '265598', 'AAPL', 'STK', 'SMART', 'NASDAQ', 'USD', 'AAPL', 'ReportSnapshot', ''],
    { reqId: 7, conId: 265598, reportType: 'ReportSnapshot' },
  ],
  [
    'reqFundamentalData',
    [
      '2',
      '7',
      '265598',
      'AAPL',
      'STK',
      'SMART',
      'NASDAQ',
      'USD',
      'AAPL',
      'ReportSnapshot',
      '0',
      '',
    ],
    { reqId: 7, reportType: 'ReportSnapshot' },
  ],
  ['cancelFundamentalData', ['1', '7'], { reqId: 7 }],
  [
    'calculateImpliedVolatility',
    ['2', '7', ...C12, '5.5', '230', ''],
    { reqId: 7, optionPrice: 5.5, underPrice: 230 },
  ],
  [
    'calculateOptionPrice',
    ['2', '7', ...C12, '0.25', '230', ''],
    { reqId: 7, volatility: 0.25, underPrice: 230 },
  ],
  ['reqPositions', ['1'], {}],
  ['cancelPositions', ['1'], {}],
  [
    'reqAccountSummary',
    ['1', '7', 'All', 'NetLiquidation'],
    { reqId: 7, group: 'All', tags: 'NetLiquidation' },
  ],
  ['cancelAccountSummary', ['1', '7'], { reqId: 7 }],
  ['queryDisplayGroups', ['1', '7'], { reqId: 7 }],
  ['subscribeToGroupEvents', ['1', '7', '2'], { reqId: 7, groupId: 2 }],
  ['updateDisplayGroup', ['1', '7', '265598@SMART'], { reqId: 7, contract: '265598@SMART' }],
  ['unsubscribeFromGroupEvents', ['1', '7'], { reqId: 7 }],
  ['startApi', ['2', '5', ''], { clientId: 5, optionalCapabilities: '' }],
  ['reqPositionsMulti', ['1', '7', 'DU1', ''], { reqId: 7, account: 'DU1' }],
  ['cancelPositionsMulti', ['1', '7'], { reqId: 7 }],
  [
    'reqAccountUpdatesMulti',
    ['2', '7', 'DU1', '', '1'],
    { reqId: 7, account: 'DU1', ledgerAndNLV: true },
  ],
  ['cancelAccountUpdatesMulti', ['2', '7'], { reqId: 7 }],
  [
    'reqSecDefOptParams',
    ['7', 'AAPL', '', 'STK', '265598'],
    { reqId: 7, symbol: 'AAPL', secType: 'STK', conId: 265598 },
  ],
  ['reqSoftDollarTiers', ['7'], { reqId: 7 }],
  ['reqFamilyCodes', [], {}],
  ['reqMatchingSymbols', ['7', 'app'], { reqId: 7, pattern: 'app' }],
  ['reqMktDepthExchanges', [], {}],
  ['reqSmartComponents', ['7', '9c0001'], { reqId: 7, bboExchange: '9c0001' }],
  [
    'reqNewsArticle',
    ['7', 'BRFG', 'BRFG$1', ''],
    { reqId: 7, provider: 'BRFG', articleId: 'BRFG$1' },
  ],
  ['reqNewsProviders', [], {}],
  [
    'reqHistoricalNews',
    ['7', '265598', 'BRFG+DJNL', '', '', '10', ''],
    { reqId: 7, conId: 265598, providers: 'BRFG+DJNL', total: 10 },
  ],
  [
    'reqHeadTimestamp',
    ['7', ...C13, '1', 'TRADES', '1'],
    { reqId: 7, ...apple, useRTH: true, whatToShow: 'TRADES', formatDate: 1 },
  ],
  ['cancelHeadTimestamp', ['7'], { reqId: 7 }],
  ['reqHistogramData', ['7', ...C13, '1', '3 days'], { reqId: 7, period: '3 days' }],
  ['cancelHistogramData', ['7'], { reqId: 7 }],
  ['reqMarketRule', ['26'], { ruleId: 26 }],
  ['reqPnL', ['7', 'DU1', ''], { reqId: 7, account: 'DU1' }],
  ['cancelPnL', ['7'], { reqId: 7 }],
  ['reqPnLSingle', ['7', 'DU1', '', '265598'], { reqId: 7, account: 'DU1', conId: 265598 }],
  ['cancelPnLSingle', ['7'], { reqId: 7 }],
  [
    'reqHistoricalTicks',
    ['7', ...C13, '', '20261120-16:00:00', '100', 'TRADES', '1', '0', ''],
    { reqId: 7, ...apple, end: '20261120-16:00:00', count: 100, whatToShow: 'TRADES' },
  ],
  [
    'reqTickByTickData',
    ['7', ...C12, 'Last', '0', '0'],
    { reqId: 7, ...apple, tickType: 'Last', count: 0 },
  ],
  ['cancelTickByTickData', ['7'], { reqId: 7 }],
  ['reqCompletedOrders', ['0'], { apiOnly: false }],
  ['reqWshMetaData', ['7'], { reqId: 7 }],
  ['cancelWshMetaData', ['7'], { reqId: 7 }],
  ['reqWshEventData', ['7', '265598', '', '0', '0', '0', '', '', ''], { reqId: 7, conId: 265598 }],
  ['cancelWshEventData', ['7'], { reqId: 7 }],
  ['reqUserInfo', ['7'], { reqId: 7 }],
]

for (const version of [178, 193]) {
  t.test(`every request is read at ${version} as facts §1.6 lists it, to its end`, (t) => {
    for (const [name, fields, meaning] of samples) {
      const { id, read } = requests[name]
      const sent = [String(id), ...fields]
      t.match(read(sent, version), meaning, name)
      t.throws(() => read([...sent, '', ''], version), { name: 'FieldError' }, `${name}: too long`)
      // one client counts the options of this request, others do not: both lengths are right
      if (fields.length === 0 || name === 'reqFundamentalData') continue
      t.throws(() => read(sent.slice(0, -1), version), { name: 'FieldError' }, `${name}: too short`)
    }
    t.end()
  })
}

t.test('cancelOrder and globalCancel change at 187, 190 and 192', (t) => {
  const { cancelOrder, reqGlobalCancel } = requests
  t.equal(cancelOrder.read(['4', '1', '9', ''], 178).orderId, 9)
  t.equal(cancelOrder.read(['4', '1', '9', '', '', '', '2147483647'], 187).orderId, 9)
  t.equal(cancelOrder.read(['4', '1', '9', ''], 191).orderId, 9)
  t.equal(cancelOrder.read(['4', '9', '', '', '2147483647'], 192).orderId, 9)
  t.throws(() => cancelOrder.read(['4', '1', '9', ''], 192), { name: 'FieldError' })
  t.same(reqGlobalCancel.read(['58', '1'], 178), {})
  t.match(reqGlobalCancel.read(['58', '', '2147483647'], 193), { extOperator: '' })
  t.end()
})

t.test('exerciseOptions grows at 180, 183 and 184', (t) => {
  const contract = C12.filter((_, place) => place !== 8)
  const usual = ['21', '2', '7', ...contract, '1', '5', 'DU1', '0']
  for (const [version, more] of [
    [178, []],
    [180, ['']],
    [183, ['', '']],
    [193, ['', '', '0']],
  ] as const) {
    const row = requests.exerciseOptions.read([...usual, ...more], version)
    t.match(row, { reqId: 7, exerciseAction: 1, exerciseQuantity: 5 }, `at ${version}`)
  }
  t.end()
})

t.test('legs follow the contract of a combination, and a delta neutral contract its flag', (t) => {
  const bag = [...C12]
  bag[2] = 'BAG'
  const row = requests.reqMktData.read(
    [
      '1',
      '11',
      '7',
      ...bag,
      '1',
      '265598',
      '1',
      'BUY',
      'SMART',
      '1',
      '4391',
      '0.5',
      '100',
      '',
      '0',
      '0',
      '',
    ],
    178,
  )
  t.same(row.legs, [{ conId: 265598, ratio: 1, action: 'BUY', exchange: 'SMART' }])
  t.equal(row.deltaNeutralConId, 4391)
  t.end()
})

t.test('the table names each request as it is called, each number once', (t) => {
  for (const [key, { name }] of Object.entries(requests)) t.equal(name, key)
  const ids = Object.values(requests).map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  t.end()
})
