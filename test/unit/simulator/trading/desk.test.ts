import t from 'tap'
import { TradingFloor } from './trading-floor.ts'

const limit = (price: number, action = 'BUY') => ({ orderType: 'LMT', lmtPrice: price, action })

t.test('a market order goes the way that was recorded (facts §4.1)', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  floor.place(1)
  t.same(floor.heard(), [
    '1 OO PreSubmitted',
    '1 OS PreSubmitted 0/100',
    '1 exec BOT 100',
    '1 OO Filled',
    '1 OS Filled 100/0',
    '1 OO Filled 1',
    '1 commission',
  ])
  const order = floor.world.desk.order(1, 1)
  t.equal(order?.averagePrice, 200.01, 'a buyer pays what is asked')
  t.equal(floor.commissions[0]?.realizedPnl, undefined, 'an opening trade has no result')
  t.end()
})

t.test('a limit rests until the market crosses it, then trades at its price', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const order = floor.place(1, limit(190))
  t.same(floor.heard(), ['1 OO Submitted', '1 OS Submitted 0/100'])
  floor.clock.pass(1000)
  t.equal(order?.status, 'Submitted')
  floor.world.market.pin(floor.apple, 185)
  floor.clock.pass(250)
  t.equal(order?.status, 'Filled')
  t.equal(order?.averagePrice, 190)
  t.same(floor.heard().slice(0, 3), ['1 exec BOT 100', '1 OO Filled', '1 OS Filled 100/0'])
  t.equal(floor.clock.waiting, 0, 'nothing watches when nothing rests')
  t.end()
})

t.test('a limit that crosses at once gets the price of the market', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  t.equal(floor.place(1, limit(250))?.averagePrice, 200.01)
  t.equal(floor.place(2, limit(100, 'SELL'))?.averagePrice, 199.99)
  t.equal(floor.place(3, limit(210, 'SELL'))?.status, 'Submitted')
  t.end()
})

t.test('a stop sleeps until it is reached; a stop limit then rests', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const stop = floor.place(1, { orderType: 'STP', auxPrice: 190, action: 'SELL' })
  const stopLimit = floor.place(2, {
    ...{ orderType: 'STP LMT', auxPrice: 190, lmtPrice: 189, action: 'SELL' },
  })
  t.equal(stop?.status, 'PreSubmitted')
  floor.heard()
  floor.world.market.pin(floor.apple, 185)
  floor.clock.pass(250)
  t.equal(stop?.status, 'Filled')
  t.equal(stopLimit?.status, 'Submitted')
  t.equal(floor.heard()[0], '1 OS Submitted 0/100')
  floor.world.market.pin(floor.apple, 189.5)
  floor.clock.pass(250)
  t.equal(stopLimit?.averagePrice, 189)
  t.end()
})

t.test(
  'a cancelled order says so, then 202; done ones cannot be cancelled, strange ones not found',
  (t) => {
    const floor = new TradingFloor()
    floor.world.market.pin(floor.apple, 200)
    floor.place(1, limit(100))
    floor.heard()
    const { desk } = floor.world
    desk.cancel(1, 1)
    t.same(floor.heard(), ['1 OS Cancelled 0/100', '1 error 202'])
    desk.cancel(1, 1)
    desk.cancel(1, 99)
    desk.cancel(2, 1)
    t.same(floor.heard(), ['1 error 10148', '99 error 10147', '1 error 10147'])
    floor.place(2)
    floor.heard()
    desk.cancel(1, 2)
    t.same(floor.heard(), ['2 error 10148'])
    t.end()
  },
)

t.test('a resting order can be changed, a filled one not, and another contract never', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const order = floor.place(1, limit(100))
  const permId = order?.permId
  floor.heard()
  floor.place(1, { ...limit(110), totalQuantity: 50 })
  t.same(floor.heard(), ['1 OO Submitted', '1 OS Submitted 0/50'])
  floor.place(1, { ...limit(110), action: 'SELL' })
  floor.place(1, { ...limit(110), symbol: 'MSFT' })
  t.same(floor.heard(), ['1 error 105', '1 error 105'])
  floor.place(1, limit(210))
  t.equal(order?.status, 'Filled')
  t.equal(order?.permId, permId)
  floor.heard()
  floor.place(1, limit(220))
  t.same(floor.heard(), ['1 error 104'])
  t.end()
})

t.test('order ids only rise: used, lower and shown ones are refused with 103', (t) => {
  const floor = new TradingFloor()
  const { desk } = floor.world
  t.equal(desk.nextValidId(1), 1)
  floor.place(5, limit(100))
  t.equal(desk.nextValidId(1), 6)
  t.equal(desk.nextValidId(2), 1, 'each client counts for itself')
  floor.heard()
  floor.place(4, limit(100))
  t.same(floor.heard(), ['4 error 103'])
  desk.noteShown(1, 10)
  floor.place(10, limit(100))
  t.same(floor.heard(), ['10 error 103'])
  desk.cancel(1, 5)
  floor.heard()
  floor.place(5, limit(100))
  t.same(floor.heard(), ['5 error 103'], 'not even when it is over')
  t.end()
})

t.test('what is wrong with an order is told with its code, and the order is not taken', (t) => {
  const floor = new TradingFloor()
  const cases: readonly (readonly [number, object])[] = [
    [200, { symbol: 'NOSUCH' }],
    [200, { symbol: 'ES', secType: 'FUT', exchange: 'CME' }],
    [203, { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }],
    [321, { secType: '' }],
    [321, { account: 'DU9' }],
    [321, { action: 'HOLD' }],
    [321, { orderType: 'LMT' }],
    [321, { orderType: 'STP' }],
    [321, { tif: 'SOON' }],
    [387, { orderType: 'BEST' }],
    [434, { totalQuantity: 0 }],
    [434, { totalQuantity: -5 }],
    [434, { totalQuantity: undefined }],
    [388, { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', totalQuantity: 1.5 }],
    [110, limit(100.005)],
    [109, limit(-1)],
    [413, { whatIf: true, transmit: false }],
    [10006, { parentId: 77 }],
  ]
  for (const [code, fields] of cases) {
    t.equal(floor.place(1, fields), undefined, JSON.stringify(fields))
    t.same(floor.heard(), [`1 error ${code}`], JSON.stringify(fields))
  }
  t.equal(floor.world.desk.nextValidId(1), 1, 'the id is still free')
  t.end()
})

t.test(
  'what is known but not simulated is kept, shown and rejected, never traded as another',
  (t) => {
    const floor = new TradingFloor()
    const cases = [
      { orderType: 'LMT + MKT', lmtPrice: 200 },
      { orderType: 'QUOTE' },
      { tif: 'AUC' },
      { faGroup: 'All' },
    ]
    cases.forEach((fields, place) => {
      const order = floor.place(place + 1, fields)
      t.equal(order?.status, 'Inactive', JSON.stringify(fields))
      const heard = floor.heard()
      t.equal(heard[0], `${place + 1} OO Inactive`)
      t.equal(heard[2], `${place + 1} error 201`)
    })
    t.equal(floor.executions.length, 0)
    t.end()
  },
)

t.test(
  'an order that the account cannot carry is rejected; one that makes it smaller never',
  (t) => {
    const floor = new TradingFloor()
    floor.world.market.pin(floor.apple, 200)
    t.equal(floor.place(1, { totalQuantity: 30_000 })?.status, 'Inactive')
    t.same(floor.heard(), ['1 OO Inactive', '1 OS Inactive 0/30000', '1 error 201'])
    t.equal(floor.place(2, { totalQuantity: 15_000 })?.status, 'Filled')
    floor.world.market.pin(floor.apple, 140)
    t.equal(floor.place(3, { totalQuantity: 15_000, action: 'SELL' })?.status, 'Filled')
    t.end()
  },
)

t.test('a bracket is held until its last part is transmitted, parent first', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const sell = { action: 'SELL', parentId: 1 }
  const parent = floor.place(1, { ...limit(195), transmit: false })
  const profit = floor.place(2, { ...limit(220), ...sell, transmit: false })
  t.same(floor.heard(), [], 'held orders are not visible')
  const stop = floor.place(3, { orderType: 'STP', auxPrice: 180, ...sell })
  t.same(floor.heard(), [
    ...['1 OO Submitted', '1 OS Submitted 0/100'],
    ...['2 OO PreSubmitted', '2 OS PreSubmitted 0/100'],
    ...['3 OO PreSubmitted', '3 OS PreSubmitted 0/100'],
  ])
  floor.world.market.pin(floor.apple, 230)
  floor.clock.pass(250)
  t.equal(profit?.status, 'PreSubmitted', 'a child waits for its parent')
  floor.world.market.pin(floor.apple, 190)
  floor.clock.pass(250)
  t.equal(parent?.status, 'Filled')
  t.equal(profit?.status, 'Submitted')
  t.equal(stop?.status, 'PreSubmitted')
  floor.heard()
  floor.world.market.pin(floor.apple, 225)
  floor.clock.pass(250)
  t.equal(profit?.status, 'Filled')
  t.equal(stop?.status, 'Cancelled')
  t.same(floor.heard().slice(-2), ['3 OS Cancelled 0/100', '3 error 202'])
  t.end()
})

t.test('a cancelled parent takes its children with it', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  floor.place(1, { ...limit(150), transmit: false })
  const child = floor.place(2, { ...limit(250, 'SELL'), parentId: 1 })
  floor.world.desk.cancel(1, 1)
  t.equal(child?.status, 'Cancelled')
  const held = floor.place(3, { ...limit(150), transmit: false })
  floor.world.desk.cancel(1, 3)
  t.equal(held?.status, 'ApiCancelled')
  t.end()
})

t.test('one fill of an OCA group cancels the others', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const group = { ocaGroup: 'either', ocaType: 1 }
  const low = floor.place(1, { ...limit(190), ...group })
  const high = floor.place(2, { ...limit(210, 'SELL'), ...group })
  const smaller = floor.place(3, { ...limit(150), ocaGroup: 'less', ocaType: 3 })
  floor.place(4, { ...limit(205), ocaGroup: 'less', ocaType: 3, totalQuantity: 40 })
  t.equal(smaller?.quantity, 60, 'type 3 takes off what was filled')
  floor.world.market.pin(floor.apple, 185)
  floor.clock.pass(250)
  t.equal(low?.status, 'Filled')
  t.equal(high?.status, 'Cancelled')
  t.end()
})

t.test('a time in force ends an order: at once, or at its date', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  t.equal(floor.place(1, { ...limit(100), tif: 'IOC' })?.status, 'Cancelled')
  t.equal(floor.place(2, { ...limit(210), tif: 'IOC' })?.status, 'Filled')
  const dated = floor.place(3, { ...limit(100), tif: 'GTD', goodTillDate: '20261120-15:01:00' })
  t.equal(dated?.status, 'Submitted')
  floor.clock.pass(61_000)
  t.equal(dated?.status, 'Cancelled')
  t.end()
})

t.test('a condition holds an order back until it is met', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  const above = (price: string, conjunction: string) => ({
    ...{ type: 1, conjunction, fields: ['1', price, '265598', 'SMART', '0'] },
  })
  const order = floor.place(1, { conditions: [above('210', 'a'), above('205', 'a')] })
  const either = floor.place(2, { conditions: [above('900', 'o'), above('208', 'a')] })
  const timed = floor.place(3, {
    conditions: [{ type: 3, conjunction: 'a', fields: ['1', '20261120-15:10:00'] }],
  })
  t.equal(order?.status, 'PreSubmitted')
  floor.world.market.pin(floor.apple, 209)
  floor.clock.pass(250)
  t.equal(order?.status, 'PreSubmitted')
  t.equal(either?.status, 'Filled')
  floor.world.market.pin(floor.apple, 211)
  floor.clock.pass(250)
  t.equal(order?.status, 'Filled')
  t.equal(timed?.status, 'PreSubmitted')
  floor.clock.pass(600_000)
  t.equal(timed?.status, 'Filled')
  t.end()
})

t.test('a combination trades leg by leg at what the legs cost', (t) => {
  const floor = new TradingFloor()
  const { world } = floor
  const legs = [
    [265598, 1, 'BUY'],
    [272093, 2, 'SELL'],
  ] as const
  const order = floor.place(1, {
    symbol: 'AAPL,MSFT',
    secType: 'BAG',
    legs: legs.map(([conId, ratio, action]) => ({
      ...{ conId, ratio, action, exchange: 'SMART', openClose: 0, shortSaleSlot: 0 },
      ...{ designatedLocation: '', exemptCode: -1 },
    })),
    totalQuantity: 10,
  })
  t.equal(order?.status, 'Filled')
  t.same(
    floor.executions.map(({ side, shares, isSettled }) => [side, shares, isSettled]),
    [
      ['BOT', 10, false],
      ['BOT', 10, true],
      ['SLD', 20, true],
    ],
  )
  const account = world.accounts.get('DU1')
  t.equal(account?.position(265598)?.quantity, 10)
  t.equal(account?.position(272093)?.quantity, -20)
  t.equal(new Set(floor.executions.map(({ execId }) => execId)).size, 3)
  t.end()
})

t.test('a what-if order tells margin and cost, and nothing is traded', (t) => {
  const floor = new TradingFloor()
  floor.world.market.pin(floor.apple, 200)
  floor.place(1, { whatIf: true, totalQuantity: 1000 })
  t.same(floor.heard(), ['1 OO PreSubmitted'])
  t.match(floor.preview, {
    initMarginBefore: 0,
    initMarginAfter: 50_000,
    initMarginChange: 50_000,
    equityWithLoanBefore: 1_000_000,
    commission: 5,
    commissionCurrency: 'USD',
  })
  t.equal(floor.executions.length, 0)
  t.equal(floor.world.desk.order(1, 1), undefined)
  t.equal(floor.world.desk.nextValidId(1), 2, 'its id is used')
  t.end()
})

t.test('ids of trades are those of this run only', (t) => {
  const [one, two] = [new TradingFloor(), new TradingFloor()]
  two.clock.pass(1000)
  const later = new TradingFloor()
  later.clock.pass(0)
  one.place(1)
  one.place(2)
  t.match(one.executions[0]?.execId, /^[0-9a-f]{8}\.[0-9a-f]{8}\.01\.01$/)
  t.not(one.executions[0]?.execId, one.executions[1]?.execId)
  const permId = one.world.desk.order(1, 1)?.permId ?? 0
  t.ok(permId > 0 && permId < 2 ** 31, 'a 32-bit number for older clients')
  t.end()
})
