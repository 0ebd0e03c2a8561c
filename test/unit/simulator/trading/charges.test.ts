import t from 'tap'
import { commissionOf, marginRate } from '../../../../simulator/trading/charges.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'

const catalogue = new Catalogue(() => Date.UTC(2026, 10, 20, 15))
const one = (spec: object) => catalogue.find(spec)[0] as Instrument
const cost = (instrument: Instrument, quantity: number, price: number, more: object = {}) =>
  commissionOf({ instrument, quantity, price, ...more })

t.test('stocks cost half a cent each, a dollar at least, one percent at most', (t) => {
  const apple = one({ symbol: 'AAPL', secType: 'STK' })
  t.equal(cost(apple, 100, 200), 1)
  t.equal(cost(apple, 1000, 200), 5)
  t.equal(cost(apple, 1, 20), 0.2, 'one percent of twenty')
  t.equal(
    cost(apple, 100, 200, { before: { quantity: 100, commission: 1 } }),
    0,
    'the least is taken once per order',
  )
  t.end()
})

t.test('the more is traded in a month, the less each costs', (t) => {
  const apple = one({ symbol: 'AAPL', secType: 'STK' })
  t.equal(cost(apple, 1000, 200, { month: 400_000 }), 3.5)
  t.equal(cost(apple, 1000, 200, { month: 299_500 }), 4.25, 'half of it in each tier')
  const future = one({ symbol: 'ES', secType: 'FUT' })
  t.equal(cost(future, 10, 6000, { month: 1000 }), 17.5)
  const slices = [0, 100, 200].reduce(
    (commission, quantity) =>
      commission + cost(apple, 100, 200, { before: { quantity, commission }, month: quantity }),
    0,
  )
  t.equal(slices, cost(apple, 300, 200), 'in slices as in one piece')
  t.end()
})

t.test('options, futures and currencies have their own price', (t) => {
  t.equal(cost(one({ symbol: 'AAPL', secType: 'OPT' }), 10, 5), 6.5)
  t.equal(cost(one({ symbol: 'ES', secType: 'FUT' }), 2, 6000), 4.5)
  t.equal(cost(one({ symbol: 'EUR', secType: 'CASH' }), 1_000_000, 1.08), 21.6)
  t.equal(cost(one({ symbol: 'EUR', secType: 'CASH' }), 100, 1.08), 2)
  t.end()
})

t.test('short positions bind no less than long ones', (t) => {
  for (const spec of [{ symbol: 'AAPL' }, { symbol: 'ES' }, { symbol: 'EUR' }]) {
    const instrument = one(spec)
    t.ok(marginRate(instrument, true).initial >= marginRate(instrument, false).initial)
    t.ok(marginRate(instrument, true).initial >= marginRate(instrument, true).maintenance)
  }
  t.end()
})
