import t from 'tap'
import { floorAt, limit, move } from './apple-floor.ts'
import { TradingFloor } from './trading-floor.ts'

t.test('a large order walks up the book, slice by slice', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, { totalQuantity: 8000 })
  t.equal(order?.status, 'Filled')
  const heard = floor.heard()
  const slices = floor.executions.length
  t.ok(slices > 2, `${slices} executions`)
  t.same(heard.slice(0, 2), ['1 OO PreSubmitted', '1 OS PreSubmitted 0/8000'])
  t.match(heard.at(-4), /^1 OO Filled/, 'with what the slices before cost')
  const [first, second] = floor.executions
  t.same(heard.slice(2, 5), [
    `1 exec BOT ${first?.shares}`,
    `1 OS Submitted ${first?.shares}/${8000 - (first?.shares ?? 0)}`,
    '1 commission',
  ])
  t.same(heard.slice(-4), [
    heard.at(-4) ?? '',
    '1 OS Filled 8000/0',
    `1 OO Filled ${order?.commission}`,
    '1 commission',
  ])
  t.equal(second?.cumQty, (first?.shares ?? 0) + (second?.shares ?? 0))
  t.same(
    floor.executions.map(({ price }) => price),
    floor.executions.map(({ price }) => price).sort((a, b) => a - b),
    'the best price first',
  )
  const value = floor.executions.reduce((sum, { shares, price }) => sum + shares * price, 0)
  t.equal(order?.averagePrice, Number((value / 8000).toFixed(8)))
  t.equal(order?.commission, 40, 'half a cent each, however many slices')
  t.end()
})

t.test('a limit takes what is there up to its price; the rest waits at its price', (t) => {
  const floor = floorAt(200)
  const order = floor.place(1, { ...limit(200.02), totalQuantity: 20_000 })
  t.equal(order?.status, 'Submitted')
  const first = order?.filled ?? 0
  t.ok(first > 0 && first < 20_000, `${first} at once`)
  t.ok(floor.executions.every(({ price }) => price <= 200.02))
  floor.clock.pass(1000)
  t.ok((order?.filled ?? 0) > first, 'more when the market shows new sizes')
  t.equal(floor.executions.at(-1)?.price, 200.02)
  t.ok(floor.executions.at(-1)?.isMaker, 'what waited adds liquidity')
  t.notOk(floor.executions[0]?.isMaker, 'what came takes it')
  t.end()
})

t.test(
  'of two orders at one price the older is filled first, and the better price before both',
  (t) => {
    const floor = floorAt(200)
    const [older, younger, better] = [
      floor.place(1, { ...limit(190), totalQuantity: 3000 }),
      floor.place(2, { ...limit(190), totalQuantity: 3000 }),
      floor.place(3, { ...limit(191), totalQuantity: 300 }),
    ]
    floor.heard()
    move(floor, 189.99)
    const filledBy = floor.executions.map(({ order }) => order.orderId)
    t.equal(filledBy[0], 3)
    t.ok((older?.filled ?? 0) >= (younger?.filled ?? 0))
    t.equal(better?.status, 'Filled')
    for (let beat = 0; beat < 60 && younger?.status !== 'Filled'; beat += 1) floor.clock.pass(1000)
    t.equal(older?.status, 'Filled')
    t.equal(younger?.status, 'Filled')
    t.same(
      [...new Set(floor.executions.map(({ order }) => order.orderId))],
      [3, 1, 2],
      'nobody is overtaken',
    )
    t.end()
  },
)

t.test('two clients whose orders meet inside the spread trade with each other', (t) => {
  const floor = new TradingFloor()
  const [option] = floor.world.catalogue.find({ symbol: 'AAPL', secType: 'OPT', strike: 230 })
  if (option === undefined) throw new Error('no option')
  floor.world.market.pin(option, 5)
  const contract = { conId: option.conId, secType: 'OPT', symbol: 'AAPL', totalQuantity: 10 }
  const buyer = floor.place(1, { ...contract, ...limit(5) })
  t.equal(buyer?.status, 'Submitted', 'asked is 5.02')
  const seller = floor.place(2, { ...contract, ...limit(4.99, 'SELL'), account: 'DU2' })
  t.equal(buyer?.status, 'Filled')
  t.equal(seller?.status, 'Filled')
  t.same(
    floor.executions.map(({ order, price, isMaker }) => [order.orderId, price, isMaker]),
    [
      [1, 5, true],
      [2, 5, false],
    ],
    'at the price of the one that waited',
  )
  t.end()
})

t.test('all or none waits until there is enough; a least quantity is kept to', (t) => {
  const floor = floorAt(200)
  const all = floor.place(1, { ...limit(200.01), allOrNone: true, totalQuantity: 2500 })
  t.equal(all?.filled, 0, 'the first level is smaller than that')
  const least = floor.place(2, { ...limit(200.01), minQty: 2500, totalQuantity: 9000 })
  t.equal(least?.filled, 0)
  const kill = floor.place(3, { ...limit(200.01), tif: 'FOK', totalQuantity: 2500 })
  t.same([kill?.filled, kill?.status], [0, 'Cancelled'])
  const immediate = floor.place(4, { ...limit(200.01), tif: 'IOC', totalQuantity: 2500 })
  t.equal(immediate?.status, 'Cancelled')
  t.ok((immediate?.filled ?? 0) > 0, 'a part is traded, the rest cancelled')
  move(floor, 199.5)
  t.equal(all?.status, 'Filled')
  t.equal(floor.executions.filter(({ order }) => order === all).length, 1)
  t.ok((least?.filled ?? 0) >= 2500)
  t.end()
})

t.test('a part of one bracket child takes so much off the other', (t) => {
  const floor = floorAt(200)
  const sell = { action: 'SELL', parentId: 1 }
  floor.place(1, { transmit: false, totalQuantity: 5000 })
  const profit = floor.place(2, {
    ...limit(210, 'SELL'),
    ...sell,
    transmit: false,
    totalQuantity: 5000,
  })
  const stop = floor.place(3, { orderType: 'STP', auxPrice: 180, ...sell, totalQuantity: 5000 })
  floor.clock.pass(1000)
  t.equal(profit?.status, 'Submitted')
  floor.world.desk.cross(1, 2, 2000)
  t.same([profit?.filled, profit?.averagePrice], [2000, 210])
  t.same([stop?.status, stop?.quantity], ['PreSubmitted', 3000])
  floor.world.desk.cross(1, 2)
  t.same([profit?.status, stop?.status], ['Filled', 'Cancelled'])
  t.end()
})

t.test('the gateway can trade and end an order by itself', (t) => {
  const floor = floorAt(200)
  const { desk } = floor.world
  const order = floor.place(1, limit(100))
  t.equal(desk.cross(1, 1, 40, 99), undefined)
  t.same([order?.filled, order?.averagePrice, order?.status], [40, 99, 'Submitted'])
  t.equal(desk.withdraw(1, 1, 'the exchange closed'), true)
  t.equal(order?.status, 'Cancelled')
  t.equal(desk.cross(1, 1), 'there is no such order at work')
  t.equal(desk.withdraw(1, 1, 'again'), false)
  t.end()
})

t.test('more orders on one side of a contract than are allowed are refused', (t) => {
  const floor = new TradingFloor(11, { maxOpenOrders: 2 })
  floor.world.market.pin(floor.apple, 200)
  floor.place(1, limit(100))
  floor.place(2, limit(101))
  t.equal(floor.place(3, limit(102)), undefined)
  t.equal(floor.heard().at(-1), '3 error 201')
  t.ok(floor.place(4, limit(300, 'SELL')), 'the other side is counted for itself')
  floor.world.desk.cancel(1, 1)
  t.ok(floor.place(5, limit(102)))
  t.end()
})
