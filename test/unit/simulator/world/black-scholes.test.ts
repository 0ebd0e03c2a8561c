import t from 'tap'
import { greeksOf, impliedVolOf, yearsLeft } from '../../../../simulator/world/black-scholes.ts'

const terms = { strike: 100, right: 'C', expiryDay: 100, impliedVol: 0.2 } as const

t.test('prices are those of the textbook', (t) => {
  const near = (a: number, b: number) => t.ok(Math.abs(a - b) < 0.001, `${a} and ${b}`)
  // underlying 100, strike 100, 4 % a year, 20 % volatility, one year
  near(greeksOf(terms, 100, 1).price, 9.92505)
  near(greeksOf(terms, 100, 1).delta, 0.61791)
  near(greeksOf({ ...terms, right: 'P' }, 100, 1).price, 6.004)
  near(greeksOf({ ...terms, right: 'P' }, 100, 1).delta, -0.38209)
  t.end()
})

t.test('an option is worth at least what exercising it brings', (t) => {
  t.equal(greeksOf({ ...terms, right: 'P' }, 50, 1).price, 50)
  t.ok(greeksOf(terms, 150, 0.001).price >= 50)
  t.ok(greeksOf(terms, 1, 0.001).price >= 0)
  t.end()
})

t.test('the volatility that makes a price is found again', (t) => {
  const { price } = greeksOf({ ...terms, impliedVol: 0.37 }, 104, 0.3)
  t.ok(Math.abs((impliedVolOf(terms, price, 104, 0.3) ?? 0) - 0.37) < 1e-6)
  t.equal(impliedVolOf(terms, 1000, 104, 0.3), undefined)
  t.ok(yearsLeft(100, 200) > 0, 'never nothing')
  t.end()
})
