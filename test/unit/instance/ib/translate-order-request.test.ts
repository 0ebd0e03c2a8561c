import t from 'tap'
import { sentTime, sentWords, toIbOrder } from '../../../../instance/ib/translate-order-request.ts'
import type { OrderRequest } from '../../../../shared/schemas/order-request.ts'

const order: OrderRequest = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
const alone = { parentId: 0, transmit: true }

t.test(
  'a plain order says nothing that was not asked for, but always whether to transmit',
  async (t) => {
    t.strictSame(toIbOrder(order, alone), {
      totalQuantity: 1,
      action: 'BUY',
      orderType: 'MKT',
      tif: 'DAY',
      transmit: true,
    })
    t.match(toIbOrder(order, { parentId: 7, transmit: false }), { parentId: 7, transmit: false })
  },
)

t.test(
  'the contract stays out of the order, and so do options that would shift its fields',
  async (t) => {
    const named = { ...order, conId: 1, exchange: 'SMART', orderMiscOptions: [] } as OrderRequest
    t.strictSame(toIbOrder(named, alone), toIbOrder(order, alone))
  },
)

t.test('a time is sent in UTC as IB writes it, a day stays a day', async (t) => {
  const cases = [
    ['2030-12-31T09:30:00-05:00', '20301231-14:30:00'],
    ['2030-12-31T14:30', '20301231-14:30:00'],
    ['20301231 09:30:00 US/Eastern', '20301231-14:30:00'],
    ['20301231-14:30:00', '20301231-14:30:00'],
    ['2030-12-31', '20301231'],
    ['20301231', '20301231'],
    ['20300231', undefined],
    ['2030-02-31', undefined],
    ['2030-13-01T00:00:00Z', undefined],
    ['2030-02-31T10:00:00Z', undefined],
    ['20301231 10:00:00 Nowhere', undefined],
  ] as const
  for (const [asked, sent] of cases) t.equal(sentTime(asked), sent, asked)
})

t.test('orders for the opening have a word of their own here, and two of IB’s there', async (t) => {
  t.match(sentWords({ ...order, orderType: 'MOO' }), { orderType: 'MKT', tif: 'OPG' })
  t.match(sentWords({ ...order, orderType: 'LOO', lmtPrice: 1 }), { orderType: 'LMT', tif: 'OPG' })
  t.match(sentWords({ ...order, tif: 'GTC' }), { orderType: 'MKT', tif: 'GTC' })
})

t.test('to compete up to the midpoint is to compete by a boundless offset', async (t) => {
  const best = { ...order, orderType: 'PEG BEST' as const }
  t.equal(toIbOrder(best, alone).competeAgainstBestOffset, undefined)
  const upToMid = { ...best, midOffsetAtWhole: 0.01, midOffsetAtHalf: 0.005 }
  t.equal(toIbOrder(upToMid, alone).competeAgainstBestOffset, Number.POSITIVE_INFINITY)
})
