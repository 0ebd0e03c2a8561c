import t from 'tap'
import { hashText, mix, unit } from '../../../../simulator/world/chance.ts'
import { multiplierOf } from '../../../../simulator/world/instrument.ts'
import { plainOrder } from '../plain-order.ts'
import { TradingFloor } from './trading-floor.ts'

const SYMBOLS = [
  ['AAPL', 'STK', 'SMART', 200],
  ['TSLA', 'STK', 'SMART', 100],
  ['ES', 'FUT', 'CME', 3],
  ['EUR', 'CASH', 'IDEALPRO', 50_000],
  ['USD', 'CASH', 'IDEALPRO', 20_000],
] as const

for (const seed of [1, 2, 3, 4, 5]) {
  t.test(`after any sequence of orders the accounts add up (seed ${seed})`, (t) => {
    const floor = new TradingFloor(seed)
    const { desk, market, accounts } = floor.world
    const luck = (step: number, use: string) => unit(mix(mix(seed, step), hashText(use)))
    const of = <Thing>(things: readonly Thing[], step: number, use: string) =>
      things[Math.floor(luck(step, use) * things.length)] as Thing
    for (let step = 1; step <= 400; step += 1) {
      const [symbol, secType, exchange, most] = of(SYMBOLS, step, 'symbol')
      const [instrument] = floor.world.catalogue.find({ symbol, secType })
      if (instrument === undefined) throw new Error(symbol)
      const orderType = of(['MKT', 'LMT', 'LMT', 'STP'], step, 'type')
      const price = market.last(instrument) + (luck(step, 'price') - 0.5) * 40 * instrument.minTick
      const onTick = Math.round(price / instrument.minTick) * instrument.minTick
      floor.world.desk.place(
        1 + (step % 3),
        Object.assign(structuredClone(floorOrder(step)), {
          ...{ symbol, secType, exchange, currency: instrument.currency, orderType },
          localSymbol: instrument.localSymbol,
          action: of(['BUY', 'SELL'], step, 'action'),
          totalQuantity: 1 + Math.floor(luck(step, 'quantity') * most),
          lmtPrice: Number(onTick.toFixed(8)),
          auxPrice: Number(onTick.toFixed(8)),
          account: of(['', 'DU1', 'DU2'], step, 'account'),
        }),
      )
      floor.clock.pass(Math.floor(luck(step, 'wait') * 2000))
      if (luck(step, 'cancel') < 0.1) desk.cancel(1 + (step % 3), step)
      if (luck(step, 'all') < 0.01) desk.cancelAll()
    }
    t.ok(floor.executions.length > 100, `${floor.executions.length} trades`)
    for (const account of accounts.values()) {
      const balance = account.balance()
      let equity = account.currencies.reduce(
        (sum, currency) => sum + account.cash(currency) * market.rate(currency),
        0,
      )
      for (const { instrument, quantity } of account.positions) {
        const price = market.last(instrument) * market.rate(instrument.currency)
        equity += quantity * price * multiplierOf(instrument)
        const traded = floor.executions
          .filter((one) => one.order.account === account.name && one.instrument === instrument)
          .reduce((sum, { side, shares }) => sum + (side === 'BOT' ? shares : -shares), 0)
        t.equal(quantity, traded, `${instrument.localSymbol}: the sum of its trades`)
      }
      const near = (a: number, b: number, what: string) =>
        t.ok(Math.abs(a - b) < 0.01, `${what}: ${a} and ${b}`)
      near(balance.netLiquidation, equity, 'cash and positions are net liquidation')
      const parts =
        balance.totalCash +
        balance.stockValue +
        balance.optionValue +
        balance.futuresPnl +
        balance.currencyValue
      near(parts, equity, 'so are the parts that are told')
      near(account.dailyPnl(), equity - 1_000_000, 'the day began with the starting cash')
    }
    for (const order of desk.orders) {
      const filled = floor.executions
        .filter((one) => one.order === order)
        .reduce((sum, { shares }) => sum + shares, 0)
      if (order.filled !== filled) t.equal(order.filled, filled)
    }
    t.equal(floor.commissions.length, floor.executions.length)
    t.end()
  })
}

function floorOrder(orderId: number) {
  return plainOrder({ orderId, tif: 'GTC' })
}

t.test('result and cost of a position that grows, shrinks and turns', (t) => {
  const floor = new TradingFloor()
  const account = floor.world.accounts.get('DU1')
  if (account === undefined) throw new Error('no account')
  const instrument = floor.apple
  const trade = (quantity: number, price: number) =>
    account.settle({ instrument, quantity, price, commission: 1 })
  t.equal(trade(100, 200), undefined, 'opening earns nothing')
  t.equal(account.position(265598)?.averageCost, 200.01, 'commission makes it dearer')
  t.equal(trade(100, 210), undefined)
  t.equal(account.position(265598)?.averageCost, 205.01)
  t.equal(trade(-50, 220), 748.5, '50 × (220 − 205.01) − 1')
  t.equal(account.position(265598)?.quantity, 150)
  t.equal(account.position(265598)?.averageCost, 205.01)
  t.equal(trade(-250, 220), 2247.9, 'closes 150, opens 100 short; commission is shared')
  t.equal(account.position(265598)?.quantity, -100)
  t.equal(account.position(265598)?.averageCost, 219.996, 'commission makes a sale cheaper')
  t.equal(account.cash('USD'), 1_000_000 - 20_000 - 21_000 + 11_000 + 55_000 - 4)
  t.end()
})

t.test('the result of the day begins anew at midnight', (t) => {
  const floor = new TradingFloor()
  const account = floor.world.accounts.get('DU1')
  if (account === undefined) throw new Error('no account')
  floor.world.market.pin(floor.apple, 200)
  floor.place(1)
  floor.world.market.pin(floor.apple, 210)
  t.equal(account.dailyPnl(), 998)
  floor.clock.pass(86_400_000)
  t.equal(account.dailyPnl(), 0)
  floor.world.market.pin(floor.apple, 212)
  const held = account.position(265598)
  t.equal(account.dailyPnl(), 200)
  t.equal(held && account.dailyPnlOf(held), 200)
  t.end()
})
