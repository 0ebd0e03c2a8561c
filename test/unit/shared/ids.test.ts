import t from 'tap'
import { FIRST_REQUEST_ID, formatOrderId, parseOrderId } from '../../../shared/ids.ts'

t.test('an order id names its owner and comes back as it was', async (t) => {
  for (const id of [
    { clientId: 0, orderId: 1 },
    { clientId: 3, orderId: 1042 },
    { clientId: 0, orderId: -5 },
    { clientId: 31, orderId: 999_999_999 },
  ]) {
    t.same(parseOrderId(formatOrderId(id)), id)
  }
})

t.test('a bare number has no owner yet', async (t) => {
  t.same(parseOrderId('1042'), { clientId: undefined, orderId: 1042 })
})

t.test('what is no order id is none', async (t) => {
  for (const text of [
    '',
    '.',
    '3.',
    '.7',
    'a',
    '3.a',
    '1.2.3',
    ' 1',
    '1e3',
    `3.${FIRST_REQUEST_ID}`,
    '99999999999',
  ]) {
    t.equal(parseOrderId(text), undefined, `"${text}"`)
  }
})
