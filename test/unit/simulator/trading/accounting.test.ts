import fc from 'fast-check'
import t from 'tap'
import type { Account } from '../../../../simulator/trading/account.ts'
import { type Instrument, multiplierOf, onGrid } from '../../../../simulator/world/instrument.ts'
import { plainOrder } from '../plain-order.ts'
import { TradingFloor } from './trading-floor.ts'

const CLIENTS = 3
const TYPES = [
  'MKT',
  'LMT',
  'STP',
  'STP LMT',
  'TRAIL',
  'MIT',
  'LIT',
  'REL',
  'PEG MID',
  'MTL',
  'MOC',
]
/** Those whose auxiliary price is the one they wait for. */
const WAITING = new Set(['STP', 'STP LMT', 'MIT', 'LIT'])
const SPECS = [
  { symbol: 'AAPL', secType: 'STK', most: 3000 },
  { symbol: 'KO', secType: 'STK', most: 5000 },
  { symbol: 'ES', secType: 'FUT', most: 5 },
  { symbol: 'AAPL', secType: 'OPT', most: 20 },
  { symbol: 'EUR', secType: 'CASH', most: 100_000 },
  { symbol: 'USD', secType: 'CASH', most: 50_000 },
] as const

/** What may happen next: most of it orders, in every state of the market. */
const step = fc.oneof(
  {
    weight: 25,
    arbitrary: fc.record({
      what: fc.constant('place' as const),
      client: fc.nat(CLIENTS - 1),
      spec: fc.constantFrom(...SPECS),
      orderType: fc.constantFrom(...TYPES),
      tif: fc.constantFrom('DAY', 'GTC', 'IOC', 'FOK'),
      action: fc.constantFrom('BUY', 'SELL'),
      size: fc.double({ min: 0.001, max: 1, noNaN: true }),
      away: fc.integer({ min: -30, max: 30 }),
      account: fc.constantFrom('DU1', 'DU2'),
      oca: fc.constantFrom('', '', '', 'group'),
      ocaType: fc.constantFrom(1, 2, 3),
      allOrNone: fc.boolean(),
      child: fc.boolean(),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 5000 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('price' as const),
      spec: fc.constantFrom(...SPECS),
      change: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('change' as const),
      pick: fc.nat(1000),
      size: fc.double({ min: 0.1, max: 2, noNaN: true }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('cancel' as const), pick: fc.nat(1000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('cross' as const),
      pick: fc.nat(1000),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('cancel all' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

function instrumentOf(
  floor: TradingFloor,
  { symbol, secType }: (typeof SPECS)[number],
): Instrument {
  const found = floor.world.catalogue.find({ symbol, secType })
  const middle = found[Math.floor(found.length / 2)]
  if (middle === undefined) throw new Error(symbol)
  return middle
}

/** Plays one sequence; the orders it placed are kept by the desk. */
class Play {
  readonly floor = new TradingFloor()
  #lastId = 0

  do(step: Step): void {
    const { floor } = this
    const { desk, market } = floor.world
    switch (step.what) {
      case 'place':
        this.#place(step)
        break
      case 'wait':
        floor.clock.pass(step.ms)
        break
      case 'price': {
        const instrument = instrumentOf(floor, step.spec)
        const price = onGrid(instrument, market.last(instrument) * (1 + step.change))
        if (price > 0) market.pin(instrument, price)
        break
      }
      case 'cancel all':
        desk.cancelAll()
        break
      default: {
        const working = [...desk.orders].filter((order) => order.isWorking)
        const order = working[step.pick % Math.max(1, working.length)]
        if (order === undefined) return
        const { clientId, orderId, row } = order
        if (step.what === 'cancel') desk.cancel(clientId, orderId)
        else if (step.what === 'cross') {
          const quantity = Math.ceil(order.remaining * step.share)
          if (order.remaining >= 1)
            desk.cross(clientId, orderId, Math.min(quantity, order.remaining))
        } else {
          const totalQuantity = Math.max(1, Math.round((row.totalQuantity ?? 0) * step.size))
          desk.place(clientId, { ...row, totalQuantity })
        }
      }
    }
  }

  #place(step: Extract<Step, { what: 'place' }>): void {
    const { desk, market } = this.floor.world
    const instrument = instrumentOf(this.floor, step.spec)
    const { symbol, secType, exchange, currency, localSymbol } = instrument
    const price = onGrid(instrument, market.last(instrument) + step.away * instrument.minTick)
    const parent = [...desk.orders].findLast(
      (order) => order.clientId === step.client && order.isWorking && order.parentId === 0,
    )
    this.#lastId += 1
    desk.place(
      step.client,
      plainOrder({
        ...{ orderId: this.#lastId, symbol, secType, exchange, currency, localSymbol },
        ...{ orderType: step.orderType, tif: step.tif, action: step.action },
        ...{ account: step.account, ocaGroup: step.oca, ocaType: step.ocaType },
        allOrNone: step.allOrNone,
        totalQuantity: Math.max(1, Math.round(step.spec.most * step.size)),
        lmtPrice: price,
        auxPrice:
          step.orderType === 'TRAIL'
            ? instrument.minTick * 5
            : WAITING.has(step.orderType)
              ? price
              : undefined,
        parentId: step.child ? (parent?.orderId ?? 0) : 0,
      }),
    )
  }
}

function near(left: number, right: number): boolean {
  return Math.abs(left - right) <= 0.01 + Math.abs(right) * 1e-9
}

/** What is not as it must be, in words. */
function* mistakesOf({ floor }: Play): Generator<string> {
  for (const account of floor.world.accounts.values()) yield* mistakesIn(floor, account)
  for (const order of floor.world.desk.orders) {
    const trades = floor.executions.filter((one) => one.order === order)
    const filled = trades.reduce((sum, { shares }) => sum + shares, 0)
    const name = `order ${order.clientId}.${order.orderId}`
    if (!near(order.filled, filled)) yield `${name}: filled ${order.filled}, traded ${filled}`
    if (order.filled > order.quantity + 1e-6) yield `${name}: more was traded than was ordered`
    if ((order.status === 'Filled') !== order.remaining <= 0) yield `${name}: ${order.status}`
    const limit = order.row.orderType === 'LMT' ? order.row.lmtPrice : undefined
    const worst = trades.find(({ price }) =>
      limit === undefined ? false : order.isBuy ? price > limit + 1e-9 : price < limit - 1e-9,
    )
    if (worst !== undefined && order.row.lmtPrice === limit) yield `${name}: beyond its limit`
    const charged = trades.reduce(
      (sum, { execId }) =>
        sum + (floor.world.desk.commissions.get(execId)?.commission ?? Number.NaN),
      0,
    )
    if (!near(order.commission, charged))
      yield `${name}: commission ${order.commission}, ${charged}`
  }
  const { executions } = floor
  if (new Set(executions.map(({ execId }) => execId)).size !== executions.length) {
    yield 'two executions bear the same id'
  }
}

function* mistakesIn(floor: TradingFloor, account: Account): Generator<string> {
  const { market } = floor.world
  const balance = account.balance()
  let equity = account.currencies.reduce(
    (sum, currency) => sum + account.cash(currency) * market.rate(currency),
    0,
  )
  let result = 0
  for (const position of account.positions) {
    const { instrument, quantity } = position
    const rate = market.rate(instrument.currency)
    equity += quantity * market.last(instrument) * rate * multiplierOf(instrument)
    if (instrument.currency === 'USD') {
      result += position.realizedPnl + account.unrealizedPnlOf(position)
    }
    const traded = floor.executions
      .filter((one) => one.order.account === account.name && one.instrument === instrument)
      .reduce((sum, { side, shares }) => sum + (side === 'BOT' ? shares : -shares), 0)
    if (!near(quantity, traded)) yield `${instrument.localSymbol}: ${quantity}, traded ${traded}`
  }
  if (!near(balance.netLiquidation, equity)) {
    yield `${account.name}: net liquidation ${balance.netLiquidation}, cash and positions ${equity}`
  }
  const parts =
    balance.totalCash +
    balance.stockValue +
    balance.optionValue +
    balance.futuresPnl +
    balance.currencyValue
  if (!near(parts, equity)) yield `${account.name}: its parts are ${parts}, the whole ${equity}`
  const hasForeign = account.positions.some(({ instrument }) => instrument.currency !== 'USD')
  if (!hasForeign && !near(equity - 1_000_000, result)) {
    yield `${account.name}: earned ${equity - 1_000_000}, realised and unrealised ${result}`
  }
}

t.test('after any sequence of orders, prices and times the books are right', (t) => {
  let trades = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), (steps) => {
      const play = new Play()
      for (const one of steps) play.do(one)
      play.floor.clock.pass(1000)
      trades += play.floor.executions.length
      const [mistake] = mistakesOf(play)
      if (mistake !== undefined) throw new Error(mistake)
    }),
    { numRuns: 600, seed: 20_260_701 },
  )
  t.ok(trades > 2000, `${trades} trades`)
  t.end()
})
