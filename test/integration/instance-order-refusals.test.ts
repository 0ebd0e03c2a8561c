import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { instanced, simulated } from '../rig/instanced.ts'

const plain = { symbol: 'MSFT', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1 }
const market = { ...plain, orderType: 'MKT', lmtPrice: undefined }

type Case = readonly [asked: object, errors: readonly string[]]

const trail = { ...market, orderType: 'TRAIL' }
const trailLimit = { ...trail, orderType: 'TRAIL LIMIT' }
const bench = ['startingPrice', 'referenceContractId', 'referenceExchangeId']
const leg = { conId: 265598, ratio: 1, action: 'BUY' }
const bag = { secType: 'BAG', comboLegs: [leg] }

const CASES: Readonly<Record<string, readonly Case[]>> = {
  'each type names what it cannot do without': [
    [{ ...market, orderType: 'LOC' }, ['lmtPrice missing']],
    [{ ...market, orderType: 'LOO' }, ['lmtPrice missing']],
    [{ ...market, orderType: 'LIT' }, ['auxPrice missing', 'lmtPrice missing']],
    [{ ...market, orderType: 'VOL' }, ['volatility missing', 'volatilityType missing']],
    [{ ...market, orderType: 'PEG STK' }, ['delta missing', 'startingPrice missing']],
    [
      { ...market, orderType: 'PEG BENCH' },
      [...bench, 'peggedChangeAmount', 'referenceChangeAmount'].map((name) => `${name} missing`),
    ],
    [{ orderType: 'IBALGO' }, ['orderType not_allowed']],
    [{ orderType: 'MOO', tif: 'GTC' }, ['tif not_allowed']],
  ],
  'a trail needs one of two distances, and a limit of its own one of two limits': [
    [trail, ['auxPrice missing']],
    [{ ...trail, auxPrice: 1, trailingPercent: 2 }, ['trailingPercent not_allowed']],
    [trailLimit, ['auxPrice missing', 'lmtPrice missing', 'trailStopPrice missing']],
    [
      { ...trailLimit, auxPrice: 1, trailStopPrice: 5, lmtPrice: 4, lmtPriceOffset: 1 },
      ['lmtPriceOffset not_allowed'],
    ],
    [{ ...trail, orderType: 'TRAIL LIT', auxPrice: 1 }, ['lmtPrice missing']],
    [{ ...trail, orderType: 'TRAIL MIT' }, ['auxPrice missing']],
  ],
  'a quantity is one of units or of cash': [
    [{ totalQuantity: undefined }, ['totalQuantity missing']],
    [{ cashQty: 100 }, ['totalQuantity not_allowed']],
    [{ totalQuantity: undefined, cashQty: -1 }, ['cashQty is_negative', 'cashQty not_positive']],
  ],
  'a field that depends on another is not taken alone': [
    [{ hedgeParam: '1' }, ['hedgeType missing']],
    [{ totalQuantity: undefined, hedgeType: 'P', parentId: 1 }, ['hedgeParam missing']],
    [{ algoParams: { a: 1 } }, ['algoStrategy missing']],
    [{ conditionsIgnoreRth: true }, ['conditions missing']],
    [{ scaleAutoReset: true }, ['scalePriceIncrement missing']],
    [{ scalePriceIncrement: 0.1 }, ['scaleInitLevelSize missing']],
    [{ deltaNeutralAuxPrice: 1 }, ['deltaNeutralOrderType missing']],
    [{ faMethod: 'NetLiq' }, ['faGroup missing']],
    [{ tif: 'GTD' }, ['goodTillDate missing']],
    [{ tif: 'Minutes' }, ['duration missing']],
    [
      { adjustedOrderType: 'TRAIL LIMIT' },
      [
        ...['adjustedStopLimitPrice', 'adjustedStopPrice', 'adjustedTrailingAmount'],
        'triggerPrice',
      ].map((name) => `${name} missing`),
    ],
  ],
  'a field that IB would not hear is not taken': [
    [{ referenceContractId: 1 }, ['referenceContractId not_allowed']],
    [{ minCompeteSize: 1 }, ['minCompeteSize not_allowed']],
    [
      { midOffsetAtWhole: 1, midOffsetAtHalf: 1 },
      ['midOffsetAtHalf not_allowed', 'midOffsetAtWhole not_allowed'],
    ],
    [{ minTradeQty: 1 }, ['minTradeQty not_allowed']],
    [
      {
        ...{ ...market, orderType: 'PEG BEST', competeAgainstBestOffset: 0.1 },
        ...{ midOffsetAtWhole: 1, midOffsetAtHalf: 1 },
      },
      ['midOffsetAtHalf not_allowed', 'midOffsetAtWhole not_allowed'],
    ],
    [{ comboLegs: [leg] }, ['comboLegs not_allowed']],
    [{ smartComboRoutingParams: { a: 1 } }, ['smartComboRoutingParams not_allowed']],
    [{ orderMiscOptions: [] }, ['orderMiscOptions not_allowed']],
    [{ origin: 1 }, ['origin not_allowed']],
  ],
  'a condition has the fields of its kind and no others': [
    [{ conditions: [] }, ['conditions too_small']],
    [{ conditions: [{ type: 'Weather' }] }, ['conditions.0.type not_allowed']],
    [
      { conditions: [{ type: 'Price' }] },
      ['conId', 'isMore', 'price'].map((name) => `conditions.0.${name} missing`),
    ],
    [
      { conditions: [{ type: 'Time', isMore: true, time: '20301231-10:00:00', conId: 1 }] },
      ['conditions.0.conId not_allowed'],
    ],
    [
      { conditions: [{ type: 'Time', isMore: true, time: 'noon' }] },
      ['conditions.0.time bad_format'],
    ],
    [
      { conditions: [{ type: 'Time', isMore: true, time: '20300231-10:00:00' }] },
      ['conditions.0.time bad_format'],
    ],
  ],
  'a time is one': [
    [{ goodAfterTime: 'tomorrow' }, ['goodAfterTime bad_format']],
    [{ goodAfterTime: '20301231' }, ['goodAfterTime bad_format']],
    [{ goodAfterTime: '20301231 10:00:00 Mars/Olympus' }, ['goodAfterTime bad_format']],
    [{ tif: 'GTD', goodTillDate: '2030-02-31' }, ['goodTillDate bad_format']],
    [{ goodAfterTime: '2030-12-31T25:00:00Z' }, ['goodAfterTime bad_format']],
  ],
  'a text is what IB reads, a number what it does not take for none': [
    [{ orderRef: 'a\0b' }, ['orderRef bad_format']],
    [{ orderRef: 'für' }, ['orderRef bad_format']],
    [{ algoStrategy: 'X', algoParams: { 'a\0': 1 } }, ['algoParams bad_format']],
    [
      { algoStrategy: 'X', algoParams: [{ tag: 'a', value: '\0' }] },
      ['algoParams.0.value bad_format'],
    ],
    [{ algoStrategy: 'X', algoParams: { a: null } }, ['algoParams.a not_string']],
    [{ displaySize: 2147483647 }, ['displaySize too_large']],
    [{ lmtPrice: Number.MAX_VALUE }, ['lmtPrice too_large']],
  ],
  'legs and their prices are as many': [
    [{ ...bag, orderComboLegs: [{ price: 1 }, {}] }, ['orderComboLegs too_large']],
  ],
}

t.test('what is wrong with an order is told field by field, and nothing is sent', async (t) => {
  const { order, gateway } = await instanced(t)
  for (const [promise, cases] of Object.entries(CASES)) {
    for (const [asked, errors] of cases) {
      const { answer, body } = await order({ ...plain, ...asked })
      const told = body.errors?.map(
        (each: { field: string; code: string }) => `${each.field} ${each.code}`,
      )
      t.equal(answer.status, 422, `${promise}: ${JSON.stringify(asked)}`)
      t.strictSame(told?.sort(), [...errors].sort(), `${promise}: ${JSON.stringify(asked)}`)
    }
  }
  t.equal(gateway.count(IN.PLACE_ORDER), 0)
})

t.test('everything wrong with every order of a list is told at once, and why', async (t) => {
  const { order } = await instanced(t)
  const { body } = await order([
    { ...plain, lmtPrice: undefined, symbol: 5 },
    { ...trail, auxPrice: 1, trailingPercent: 2, goodAfterTime: 'x' },
  ])
  const told = body.errors.map(({ field }: { field: string }) => field).sort()
  t.strictSame(told, ['0.lmtPrice', '0.symbol', '1.goodAfterTime', '1.trailingPercent'])
  t.match(body.detail, /must not be given beside auxPrice for TRAIL/)
})

t.test('S2.10: an unsupported symbol is 422 and says so', async (t) => {
  const { order } = await simulated(t)
  const { answer, body } = await order({ ...plain, symbol: 'NOSUCH' })
  t.equal(answer.status, 422)
  t.match(body, { code: 'IB_UNKNOWN_CONTRACT', errorCode: 200, detail: /No security definition/ })
})

t.test('S2.11: a symbol of the wrong type is 422 and should be a valid string', async (t) => {
  const { order } = await instanced(t)
  const { answer, body } = await order({ ...plain, symbol: 123 })
  t.equal(answer.status, 422)
  t.match(body.errors, [
    { endpoint: '/order', field: 'symbol', code: 'not_string', detail: /should be a valid string/ },
  ])
})

t.test('S2.12: a negative quantity is 422 and must be greater than zero', async (t) => {
  const { order } = await instanced(t)
  const { answer, body } = await order({ ...plain, totalQuantity: -10 })
  t.equal(answer.status, 422)
  t.match(body.errors, [
    { field: 'totalQuantity', code: 'is_negative' },
    { field: 'totalQuantity', code: 'not_positive', detail: /must be greater than zero/ },
  ])
  const zero = await order({ ...plain, totalQuantity: 0 })
  t.match(zero.body.errors, [{ code: 'is_zero', detail: /must be greater than zero/ }])
})

t.test(
  'S2.13: a fraction where the contract knows none is 422 and must be an integer',
  async (t) => {
    const { order, call } = await simulated(t)
    const futures = { symbol: 'ES', secType: 'FUT', exchange: 'CME', totalQuantity: 1.5 }
    const { body: found } = await call('/contract?symbol=ES&secType=FUT')
    const { answer, body } = await order({ ...plain, ...futures, conId: found[0].conId })
    t.equal(answer.status, 422, JSON.stringify(body))
    t.match(body.errors, [
      { field: 'totalQuantity', code: 'not_integer', detail: /must be an integer/ },
    ])
  },
)
