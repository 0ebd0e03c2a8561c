import t from 'tap'
import { commissionOf, marginRate } from '../../../../simulator/trading/charges.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'

const catalogue = new Catalogue(() => Date.UTC(2026, 10, 20, 15))
const one = (spec: object) => catalogue.find(spec)[0] as Instrument

t.test('stocks cost half a cent each, a dollar at least, one percent at most', (t) => {
  const apple = one({ symbol: 'AAPL', secType: 'STK' })
  t.equal(commissionOf(apple, 100, 200), 1)
  t.equal(commissionOf(apple, 1000, 200), 5)
  t.equal(commissionOf(apple, 1, 20), 0.2, 'one percent of twenty')
  t.equal(commissionOf(apple, 100, 200, 1), 0.5, 'the least is taken once per order')
  t.end()
})

t.test('options, futures and currencies have their own price', (t) => {
  t.equal(commissionOf(one({ symbol: 'AAPL', secType: 'OPT' }), 10, 5), 6.5)
  t.equal(commissionOf(one({ symbol: 'ES', secType: 'FUT' }), 2, 6000), 4.5)
  t.equal(commissionOf(one({ symbol: 'EUR', secType: 'CASH' }), 1_000_000, 1.08), 21.6)
  t.equal(commissionOf(one({ symbol: 'EUR', secType: 'CASH' }), 100, 1.08), 2)
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
