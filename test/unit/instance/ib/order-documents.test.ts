import type { Contract, Order as IbOrder, OrderState as IbState } from '@stoqey/ib'
import t from 'tap'
import type { GatewayEvents } from '../../../../instance/ib/events.ts'
import {
  blankOrder,
  inDoubt,
  requestedOrder,
  withExecution,
  withOpenOrder,
  withStatus,
  withTrouble,
} from '../../../../instance/ib/order-documents.ts'
import { executionOf } from '../../../../instance/ib/translate-order.ts'
import type { Order } from '../../../../shared/schemas/order.ts'

const asked = requestedOrder(
  { clientId: 3, orderId: 7 },
  { symbol: 'AAPL', action: 'BUY', totalQuantity: 100, orderType: 'LMT', lmtPrice: 150 },
  { symbol: 'AAPL', secType: 'STK', currency: 'USD', exchange: 'SMART' },
  { parentId: 0, transmit: true },
)

function status(word: string, filled = 0, average = 0): GatewayEvents['orderStatus'] {
  return [7, word, filled, 100 - filled, average, 900, 0, average, 3, '', 0]
}

function openOrder(word: string): GatewayEvents['openOrder'] {
  const contract: Contract = { conId: 265598, symbol: 'AAPL', currency: 'USD' }
  const order = {
    clientId: 3,
    permId: 900,
    action: 'BUY',
    totalQuantity: 100,
    orderType: 'LMT',
    lmtPrice: 150,
    tif: 'DAY',
  }
  const state = { status: word, commission: Number.MAX_VALUE }
  return [7, contract, order as unknown as IbOrder, state as unknown as IbState]
}

function fill(cumQty: number, secType = 'STK') {
  const contract = { symbol: 'AAPL', secType } as Contract
  return executionOf(contract, {
    execId: `e${cumQty}.01`,
    orderId: 7,
    clientId: 3,
    shares: cumQty,
    cumQty,
    avgPrice: 150,
    price: 150,
  })
}

const after = (order: Order, ...words: GatewayEvents['orderStatus'][]) =>
  words.reduce((known, word) => withStatus(known, word), order)

t.test('a new order says what was asked for, and that nothing is confirmed', async (t) => {
  t.match(asked, {
    id: '3.7',
    status: 'PendingSubmit',
    state: 'pending',
    lmtPrice: 150,
    remaining: 100,
  })
  t.match(withOpenOrder(asked, openOrder('Submitted')), {
    status: 'Submitted',
    state: 'placed',
    permId: 900,
    transmit: true,
    commission: null,
    contract: { conId: 265598 },
  })
})

t.test('a final state is never left again', async (t) => {
  for (const final of ['Filled', 'Cancelled', 'ApiCancelled', 'Inactive']) {
    const order = after(asked, status('Submitted'), status(final, final === 'Filled' ? 100 : 0))
    for (const word of ['PendingSubmit', 'PreSubmitted', 'Submitted', 'PendingCancel', 'Cancelled'])
      t.equal(withStatus(order, status(word)).status, final, `${final}, then ${word}`)
    t.equal(withOpenOrder(order, openOrder('Submitted')).status, final)
  }
})

t.test('fills prove an execution, whatever was said before', async (t) => {
  const cancelled = after(asked, status('Cancelled'))
  t.match(withExecution(cancelled, fill(100)), {
    status: 'Filled',
    state: 'executed',
    remaining: 0,
  })
  t.match(withExecution(after(asked, status('Submitted')), fill(40)), {
    status: 'Submitted',
    state: 'partially_executed',
    filled: 40,
    remaining: 60,
    avgFillPrice: 150,
  })
})

t.test('what is filled only grows', async (t) => {
  const order = after(asked, status('Submitted', 60, 150), status('Submitted', 40, 149))
  t.match(order, { filled: 60, avgFillPrice: 150 })
  t.equal(withExecution(order, fill(50)).filled, 60)
})

t.test('a price of 0 with nothing filled is none', async (t) => {
  t.match(after(asked, status('Submitted')), { avgFillPrice: null, lastFillPrice: null })
})

t.test('legs of a combo do not count as fills of the combo', async (t) => {
  const bag = { ...asked, contract: { ...asked.contract, secType: 'BAG' } }
  t.equal(withExecution(bag, fill(100)).filled, 0)
  t.equal(withExecution(bag, fill(100, 'BAG')).filled, 100)
})

t.test('an error refuses a new order, but only marks one that lives', async (t) => {
  const refused = { effect: 'refused', code: 110, text: 'price' } as const
  t.match(withTrouble(asked, refused), { status: 'Inactive', state: 'rejected', errorCode: 110 })
  t.match(withTrouble(after(asked, status('Submitted')), refused), {
    state: 'placed',
    errorCode: 110,
  })
  const untouched = { effect: 'untouched', code: 10_148, text: 'no' } as const
  t.match(withTrouble(asked, untouched), { status: 'PendingSubmit', errorCode: 10_148 })
})

t.test('a rejection is told apart from a cancel, whichever word comes first', async (t) => {
  const rejection = { effect: 'rejected', code: 201, text: 'Insufficient funds' } as const
  const cancelledFirst = withTrouble(after(asked, status('Cancelled')), rejection)
  t.match(cancelledFirst, {
    status: 'Cancelled',
    state: 'rejected',
    errorMsg: 'Insufficient funds',
  })
  t.match(after(withTrouble(asked, rejection), status('Cancelled')), { state: 'rejected' })
  const cancel = { effect: 'cancelled', code: 202, text: 'Order Canceled' } as const
  t.match(withTrouble(asked, cancel), { status: 'Cancelled', state: 'canceled', errorCode: null })
})

t.test('warnings are kept, each once', async (t) => {
  const warning = (text: string) => ({ effect: 'warning', code: 399, text }) as const
  const order = withTrouble(withTrouble(asked, warning('one')), warning('two'))
  t.equal(withTrouble(order, warning('one')).warningText, 'one; two')
  t.equal(order.status, 'PendingSubmit')
})

t.test('doubt hides nothing that is known', async (t) => {
  t.match(inDoubt(asked, 'lost'), { status: 'Unknown', state: 'unknown', warningText: 'lost' })
  t.match(inDoubt(after(asked, status('Submitted')), 'lost'), {
    status: 'Submitted',
    state: 'placed',
  })
  t.match(inDoubt(after(asked, status('Filled', 100, 150)), 'lost'), {
    status: 'Filled',
    warningText: null,
  })
  t.equal(
    after(inDoubt(asked, 'lost'), status('Submitted')).status,
    'Submitted',
    'and goes when IB speaks',
  )
})

t.test('an order without a number has no id', async (t) => {
  t.equal(blankOrder(0, 0).id, null)
})
