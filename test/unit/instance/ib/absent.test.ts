import t from 'tap'
import { idOf, numberOf, quotedOf, textOf } from '../../../../instance/ib/absent.ts'

t.test('every way IB says "not set" becomes null, and no number does', async (t) => {
  const unset = [Number.MAX_VALUE, 2_147_483_647, 9_223_372_036_854_776_000, -9.3e18, Number.NaN]
  for (const value of [...unset, Infinity, -Infinity, undefined, null])
    t.equal(numberOf(value), null, String(value))
  for (const value of [0, -1, 1.5, 2_147_483_646, 1e15]) t.equal(numberOf(value), value)
})

t.test('an id of 0 and an empty text are none', async (t) => {
  t.equal(idOf(0), null)
  t.equal(idOf(7), 7)
  t.equal(textOf(''), null)
  t.equal(textOf(undefined), null)
  t.equal(textOf('x'), 'x')
})

t.test('a quoted price of -1 is none; 0 is a price', async (t) => {
  t.equal(quotedOf(-1), null)
  t.equal(quotedOf(0), 0)
  t.equal(quotedOf(-0.5), -0.5)
})
