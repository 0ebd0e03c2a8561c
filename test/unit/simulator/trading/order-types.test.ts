import t from 'tap'
import { floorAt, limit, move } from './apple-floor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

t.test('a trailing stop follows the market and never goes back', (t) => {
  const floor = floorAt(200)
  const amount = floor.place(1, { orderType: 'TRAIL', auxPrice: 5, action: 'SELL' })
  const percent = floor.place(2, { orderType: 'TRAIL', trailingPercent: 10 })
  t.equal(amount?.status, 'PreSubmitted')
  t.equal(amount?.row.trailStopPrice, 195)
  t.equal(percent?.row.trailStopPrice, 220, 'a buyer waits above')
  move(floor, 210)
  t.equal(amount?.row.trailStopPrice, 205)
  t.equal(percent?.row.trailStopPrice, 220)
  move(floor, 206)
  t.equal(amount?.row.trailStopPrice, 205)
  move(floor, 204)
  t.equal(amount?.status, 'Filled')
  t.equal(amount?.averagePrice, 203.99, 'at the market')
  move(floor, 190)
  t.equal(percent?.row.trailStopPrice, 209)
  move(floor, 209)
  t.equal(percent?.status, 'Filled')
  t.end()
})

t.test('a trailing stop limit has its limit so far from its stop as it was told', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, {
    ...{ orderType: 'TRAIL LIMIT', auxPrice: 5, trailStopPrice: 195, lmtPriceOffset: 0.5 },
    action: 'SELL',
  })
  move(floor, 210)
  t.equal(order?.row.trailStopPrice, 205)
  move(floor, 204)
  t.equal(order?.status, 'Submitted', 'its limit is 204.50')
  move(floor, 204.6)
  t.equal(order?.status, 'Filled')
  t.equal(order?.averagePrice, 204.5)
  t.end()
})

t.test('an order that waits for a touch waits on the other side than a stop', (t) => {
  const floor = floorAt(200)
  const touched = floor.place(1, { orderType: 'MIT', auxPrice: 190 })
  const limited = floor.place(2, { orderType: 'LIT', auxPrice: 210, lmtPrice: 212, action: 'SELL' })
  t.same([touched?.status, limited?.status], ['PreSubmitted', 'PreSubmitted'])
  move(floor, 189)
  t.equal(touched?.averagePrice, 189.01)
  move(floor, 211)
  t.equal(limited?.status, 'Submitted', 'touched, and now a limit order')
  move(floor, 213)
  t.equal(limited?.averagePrice, 212)
  t.end()
})

t.test('orders for the close trade there at one price, or not at all', (t) => {
  const floor = floorAt(200, { beatMs: MINUTE })
  const market = floor.place(1, { orderType: 'MOC', totalQuantity: 50_000 / 5 })
  const fitting = floor.place(2, { orderType: 'LOC', lmtPrice: 205 })
  const missed = floor.place(3, { orderType: 'LOC', lmtPrice: 195 })
  floor.clock.pass(5 * HOUR + 59 * MINUTE)
  t.equal(market?.status, 'PreSubmitted', '15:59')
  floor.world.market.pin(floor.apple, 203)
  floor.clock.pass(MINUTE)
  t.same([market?.status, market?.averagePrice], ['Filled', 203])
  t.same([fitting?.status, fitting?.averagePrice], ['Filled', 203])
  t.equal(missed?.status, 'Cancelled')
  t.equal(floor.executions.length, 2, 'an auction knows no slices')
  t.end()
})

t.test('orders for the opening wait for the next one', (t) => {
  const floor = floorAt(200, { beatMs: MINUTE })
  const market = floor.place(1, { tif: 'OPG' })
  const missed = floor.place(2, { ...limit(150), tif: 'OPG' })
  t.equal(market?.status, 'PreSubmitted')
  floor.clock.pass(71 * HOUR)
  t.equal(market?.status, 'PreSubmitted', 'it is Monday 9:00')
  floor.clock.pass(30 * MINUTE)
  t.same([market?.status, market?.averagePrice], ['Filled', 200])
  t.equal(missed?.status, 'Cancelled')
  t.end()
})

t.test('a pegged order goes with the quote, never beyond its limit', (t) => {
  const floor = floorAt(200)
  const relative = floor.place(1, { orderType: 'REL', auxPrice: 0.02, lmtPrice: 199 })
  t.equal(relative?.status, 'Submitted', 'bid 199.99 + 0.02 would trade, but the limit is 199')
  move(floor, 198)
  t.equal(relative?.status, 'Filled')
  const middle = floor.place(2, { orderType: 'PEG MID', action: 'SELL' })
  t.equal(middle?.status, 'Submitted', 'the middle is above the bid')
  const opposite = floor.place(3, { orderType: 'PEG MKT', action: 'SELL', account: 'DU2' })
  t.equal(opposite?.status, 'Filled', 'pegged to the other side it trades')
  const snapped = floor.place(4, { orderType: 'SNAP MID', action: 'SELL' })
  t.ok((snapped?.anchor ?? 0) >= 198)
  move(floor, 190)
  t.equal(snapped?.status, 'Submitted', 'snapped once, it stays where it is')
  const buyer = floor.place(5, { orderType: 'PEG MID', account: 'DU2' })
  t.same([buyer?.status, middle?.status], ['Filled', 'Filled'], 'they meet in the middle')
  t.end()
})

t.test('market to limit leaves the rest at the price it got', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, { orderType: 'MTL', totalQuantity: 10_000 })
  t.equal(order?.status, 'Submitted')
  t.ok((order?.filled ?? 0) > 0)
  t.ok(floor.executions.every(({ price }) => price === 200.01))
  move(floor, 210)
  const filled = order?.filled
  floor.clock.pass(5000)
  t.equal(order?.filled, filled, 'no further than the first price')
  t.end()
})

t.test('an option can be priced by its volatility, or pegged to its stock', (t) => {
  const floor = floorAt(230)
  const { market, catalogue } = floor.world
  const option = catalogue.find({ symbol: 'AAPL', secType: 'OPT', strike: 230, right: 'C' }).at(-1)
  if (option?.option === undefined) throw new Error('no option')
  const contract = { conId: option.conId, symbol: 'AAPL', secType: 'OPT', totalQuantity: 1 }
  const dear = floor.place(1, { ...contract, orderType: 'VOL', volatility: 200 })
  t.equal(dear?.status, 'Filled')
  const cheap = floor.place(2, { ...contract, orderType: 'VOL', volatility: 1 })
  t.equal(cheap?.status, 'Submitted')
  t.equal(floor.place(3, { orderType: 'VOL', volatility: 20 }), undefined, 'a stock has none')
  t.equal(floor.heard().at(-1), '3 error 387')
  const { ask } = market.quote(option)
  const pegged = floor.place(4, {
    ...contract,
    ...{ orderType: 'PEG STK', startingPrice: ask - 1, stockRefPrice: 230, delta: 50 },
  })
  t.equal(pegged?.status, 'Submitted')
  move(floor, 236)
  t.equal(pegged?.status, 'Submitted', 'the option has risen by more than the order')
  t.end()
})

t.test('a scale asks for a better price at every level', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, {
    ...limit(199),
    ...{ totalQuantity: 300, scaleInitLevelSize: 100, scaleSubsLevelSize: 100 },
    scalePriceIncrement: 1,
  })
  move(floor, 198.5)
  t.equal(order?.filled, 100)
  move(floor, 197.5)
  t.equal(order?.filled, 200)
  move(floor, 190)
  floor.clock.pass(250)
  t.same(
    floor.executions.map(({ price }) => price),
    [199, 198, 197],
  )
  t.equal(order?.status, 'Filled')
  t.end()
})

t.test('an adjustable stop turns into another order when the market has gone its way', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, {
    ...{ orderType: 'STP', auxPrice: 190, action: 'SELL', triggerPrice: 210 },
    ...{ adjustedOrderType: 'TRAIL', adjustedStopPrice: 206, adjustedTrailingAmount: 3 },
  })
  move(floor, 205)
  t.equal(order?.row.orderType, 'STP')
  move(floor, 211)
  t.equal(order?.row.orderType, 'TRAIL')
  t.equal(order?.row.trailStopPrice, 208)
  move(floor, 207)
  t.equal(order?.status, 'Filled')
  t.end()
})

t.test('a hedge trades as much as its parent asks for', (t) => {
  const floor = floorAt(200)
  const parent = floor.place(1, { transmit: false })
  const pair = floor.place(2, {
    ...{ symbol: 'MSFT', action: 'SELL', parentId: 1, totalQuantity: 0 },
    ...{ hedgeType: 'P', hedgeParam: '0.5' },
  })
  floor.clock.pass(250)
  t.equal(parent?.status, 'Filled')
  t.same([pair?.status, pair?.filled], ['Filled', 50])
  t.equal(floor.place(3, { hedgeType: 'P', totalQuantity: 0 }), undefined)
  t.equal(floor.heard().at(-1), '3 error 321', 'without a parent there is nothing to hedge')
  t.end()
})

t.test('an order by cash buys as many as the cash pays for', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, { totalQuantity: 0, cashQty: 1000 })
  t.equal(order?.filled, 4.9997)
  t.end()
})

t.test('a time before which an order is not good holds it back', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, { ...limit(210), goodAfterTime: '20261120 10:30:00 US/Eastern' })
  t.equal(order?.status, 'PreSubmitted')
  floor.clock.pass(29 * MINUTE)
  t.equal(order?.status, 'PreSubmitted')
  floor.clock.pass(2 * MINUTE)
  t.equal(order?.status, 'Filled')
  t.equal(floor.place(2, { goodAfterTime: 'soon' }), undefined)
  t.end()
})

t.test('an order for the day ends with it, one until cancelled does not', (t) => {
  const floor = floorAt(200, { beatMs: MINUTE })
  const day = floor.place(1, limit(150))
  const open = floor.place(2, { ...limit(150), tif: 'GTC' })
  floor.heard()
  floor.clock.pass(15 * HOUR)
  t.same([day?.status, open?.status], ['Cancelled', 'Submitted'])
  t.same(floor.heard(), ['1 OS Cancelled 0/100', '1 error 202'])
  t.end()
})

t.test('an order placed by hand is nobody’s until client 0 binds it', (t) => {
  const floor = floorAt(200)
  const { desk } = floor.world
  const manual = (lmtPrice: number) =>
    ({ ...limit(lmtPrice), symbol: 'AAPL', action: 'BUY', quantity: 10 }) as const
  const one = desk.placeManual(manual(150))
  const two = desk.placeManual(manual(151))
  if ('code' in one || 'code' in two) throw new Error('refused')
  t.same([one.orderId, two.orderId], [0, 0])
  t.equal(desk.order(0, -1), undefined)
  floor.heard()
  desk.bindManual()
  t.same([one.orderId, two.orderId], [-1, -2])
  t.same(floor.heard(), ['-1 bound', '-2 bound'])
  desk.cancel(0, -1)
  t.equal(one.status, 'Cancelled')
  desk.bindManual(true)
  const three = desk.placeManual(manual(152))
  t.match(three, { orderId: -3 })
  t.match(desk.placeManual({ ...manual(150), symbol: 'NOSUCH' }), { code: 200 })
  t.end()
})

t.test('where exchanges keep hours an order waits for the opening and says so', (t) => {
  const floor = floorAt(200, { beatMs: MINUTE, hours: 'exchange' })
  floor.clock.pass(7 * HOUR)
  const regular = floor.place(1, limit(210))
  t.equal(regular?.status, 'PreSubmitted', 'it is 17:00')
  t.same(floor.heard(), ['1 OO PreSubmitted', '1 OS PreSubmitted 0/100', '1 error 399'])
  const extended = floor.place(2, { ...limit(210), outsideRth: true })
  t.equal(extended?.status, 'Filled', 'the extended session is open')
  const stop = floor.place(3, { orderType: 'STP', auxPrice: 190, action: 'SELL', tif: 'GTC' })
  move(floor, 180)
  t.equal(stop?.status, 'PreSubmitted', 'no stop is reached outside regular hours')
  floor.heard()
  floor.clock.pass(64 * HOUR)
  t.same([regular?.status, stop?.status], ['PreSubmitted', 'PreSubmitted'], 'Monday 9:01')
  floor.clock.pass(30 * MINUTE)
  t.same([regular?.status, stop?.status], ['Filled', 'Filled'])
  t.equal(floor.heard()[0], '1 OS Submitted 0/100')
  t.end()
})

t.test('nothing trades while an instrument is halted', (t) => {
  const floor = floorAt(200)
  floor.world.halt(floor.apple, true)
  const order = floor.place(1)
  floor.clock.pass(1000)
  t.equal(order?.status, 'PreSubmitted')
  floor.world.halt(floor.apple, false)
  floor.clock.pass(250)
  t.equal(order?.status, 'Filled')
  t.end()
})
