import t from 'tap'
import { changedRequest, showsChange } from '../../../../instance/ib/changed-request.ts'
import { blankOrder, requestedOrder } from '../../../../instance/ib/order-documents.ts'
import type { Problem } from '../../../../shared/problem.ts'
import type { Order, OrderRequest } from '../../../../shared/schemas/order.ts'
import type { OrderChange } from '../../../../shared/schemas/order-change.ts'

const asked: OrderRequest = {
  symbol: 'AAPL',
  action: 'BUY',
  totalQuantity: 100,
  orderType: 'LMT',
  lmtPrice: 150,
  tif: 'GTD',
  goodTillDate: '20300101 00:00:00',
}
const known: Order = {
  ...requestedOrder({ clientId: 0, orderId: 5 }, asked, asked, { parentId: 0, transmit: true }),
  status: 'Submitted',
  account: 'DU1',
}

function whole(change: OrderChange, of: OrderRequest | null = asked, order = known) {
  return changedRequest(order, of ?? undefined, change, '/order/0.5')
}

function wrong(change: OrderChange, of: OrderRequest | null = asked, order = known) {
  try {
    whole(change, of, order)
  } catch (error) {
    return (error as Problem).facts.errors?.map(({ field, code }) => `${field} ${code}`)
  }
  return []
}

t.test('what is not named stays as it was asked for', async (t) => {
  t.same(whole({ lmtPrice: 151 }), { ...asked, lmtPrice: 151, transmit: true })
})

t.test('another type leaves the prices of the old one behind, and needs its own', async (t) => {
  t.notHas(whole({ orderType: 'MKT' }), { lmtPrice: 150 })
  t.has(whole({ orderType: 'STP LMT', auxPrice: 149 }), { lmtPrice: 150, auxPrice: 149 })
  t.same(wrong({ orderType: 'STP' }), ['auxPrice missing'])
  t.notHas(whole({ tif: 'DAY' }), { goodTillDate: '20300101 00:00:00' })
})

t.test('another contract, side or account is another order', async (t) => {
  t.same(wrong({ symbol: 'AAPL', action: 'BUY', account: 'DU1' }), [])
  t.same(wrong({ symbol: 'MSFT', action: 'SELL', account: 'DU2', parentId: 3 }), [
    'action not_allowed',
    'account not_allowed',
    'parentId not_allowed',
    'symbol not_allowed',
  ])
})

t.test('a live order is never sent as held, and a held one never released unasked', async (t) => {
  const held = { ...asked, transmit: false }
  t.equal(whole({ lmtPrice: 1 }, held).transmit, true, 'it works: it was released')
  t.equal(whole({ lmtPrice: 1 }, held, { ...known, status: 'PendingSubmit' }).transmit, false)
  t.same(wrong({ lmtPrice: 1 }, held, { ...known, status: 'PreSubmitted' }), ['transmit missing'])
  t.equal(whole({ transmit: true }, held, { ...known, status: 'PreSubmitted' }).transmit, true)
})

t.test('of an order that was not placed here the caller says what is not shown', async (t) => {
  const bound: Order = {
    ...blankOrder(0, -3),
    ...{ status: 'Submitted', action: 'BUY', account: 'DU1' },
    contract: { ...known.contract, conId: 265598, symbol: 'AAPL', secType: 'STK', currency: 'USD' },
  }
  t.same(wrong({ lmtPrice: 1 }, null, bound), ['totalQuantity missing', 'orderType missing'])
  const said = { totalQuantity: 5, orderType: 'LMT', lmtPrice: 1 } as const
  t.match(whole(said, null, bound), { ...said, conId: 265598, action: 'BUY' })
})

t.test('a change is shown when every field it names is', async (t) => {
  const change = { lmtPrice: 150.1, totalQuantity: 50 }
  const order = { ...known, lmtPrice: 150.1 }
  t.equal(showsChange(order, change, whole(change)), false)
  t.equal(showsChange({ ...order, totalQuantity: 50 }, change, whole(change)), true)
})
