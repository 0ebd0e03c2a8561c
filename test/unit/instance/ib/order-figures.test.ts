import t from 'tap'
import { blankOrder, requestedOrder, withStatus } from '../../../../instance/ib/order-documents.ts'
import { clearOf, filledFractionOf, wholeOrder } from '../../../../instance/ib/order-figures.ts'

t.test('the filled share is 0 for nothing, null for all, and between for a part', async (t) => {
  const of = (filled: number | null, totalQuantity: number | null, remaining: number | null) =>
    filledFractionOf({ status: 'Submitted', filled, totalQuantity, remaining })
  t.equal(of(0, 100, 100), 0)
  t.equal(of(null, null, null), 0)
  t.equal(of(25, 100, 75), 0.25)
  t.equal(of(1, 3, 2), 0.333333)
  t.equal(of(999_999_999, 1_000_000_000, 1), 0.999999, 'an unfinished order is never whole')
  t.equal(of(1, 1_000_000_000, 999_999_999), 0.000001, 'a begun one never empty')
  t.equal(of(1, 0, 3), 0.25, 'an order for an amount of money')
  t.equal(
    filledFractionOf({ status: 'Filled', filled: 100, totalQuantity: 100, remaining: 0 }),
    null,
  )
})

t.test('an order that rests until its hour says when it is expected to clear', async (t) => {
  const asked = requestedOrder(
    { clientId: 3, orderId: 7 },
    {
      symbol: 'AAPL',
      action: 'BUY',
      totalQuantity: 4,
      orderType: 'MKT',
      goodAfterTime: '2030-03-04T15:30:00Z',
    },
    { symbol: 'AAPL' },
    { parentId: 0, transmit: true },
  )
  t.equal(asked.clear, '2030-03-04T15:30:00.000Z')
  const after = (word: string, filled = 0) =>
    withStatus(asked, [7, word, filled, 4 - filled, 9, 900, 0, 9, 3, '', 0])
  t.equal(after('PreSubmitted').clear, asked.clear)
  t.equal(after('Submitted').clear, null, 'it works now')
  t.equal(after('PreSubmitted', 1).clear, null)
  t.match(after('Filled', 4), { clear: null, filledFraction: null })
  t.equal(after('Cancelled').clear, null)
  t.equal(blankOrder(3, 7).clear, null)
  const inZone = { status: 'PreSubmitted', filled: 0 } as const
  t.equal(
    clearOf({ ...inZone, goodAfterTime: '20300304 10:30:00 US/Eastern' }),
    '2030-03-04T15:30:00.000Z',
  )
})

t.test('an order written down by an earlier version has every member', async (t) => {
  const now = { ...blankOrder(3, 7), filled: 1, totalQuantity: 4, filledFraction: 0.25 }
  const { clientOrderId, requestedOrderType, filledFraction, clear, ...earlier } = now
  t.same(wholeOrder(earlier), now)
  t.equal(wholeOrder({ ...now, clientOrderId: 'mine' }).clientOrderId, 'mine')
})
