import t from 'tap'
import type { Contracts } from '../../../../instance/ib/contracts.ts'
import { placingOf, prepareOrders } from '../../../../instance/ib/order-requests.ts'
import type { OrderRequest } from '../../../../shared/schemas/order.ts'

const found = {
  only: ({ conId }: { conId?: number }) =>
    Promise.resolve({ exchange: conId === undefined ? 'CME' : 'SMART' }),
  matching: () => Promise.reject(new Error('not asked for')),
} as unknown as Contracts
const options = {
  contracts: found,
  accounts: ['DU1'],
  serverVersion: 178,
  terms: { deadlineAt: Number.MAX_VALUE },
}

const order: OrderRequest = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

async function placings(requests: OrderRequest[], asList = true) {
  const prepared = await prepareOrders(requests, asList, options)
  return prepared.map((each) => placingOf(each, 50))
}

t.test('a single order goes out at once, unless its caller holds it', async (t) => {
  t.same(await placings([order], false), [{ parentId: 0, transmit: true }])
  t.same(await placings([{ ...order, transmit: false }], false), [{ parentId: 0, transmit: false }])
})

t.test(
  'a list is a family, released by its last; what callers say of transmit does not count',
  async (t) => {
    t.same(await placings([order, { ...order, transmit: true }, { ...order, transmit: false }]), [
      { parentId: 0, transmit: false },
      { parentId: 50, transmit: false },
      { parentId: 50, transmit: true },
    ])
    t.same(await placings([order]), [{ parentId: 0, transmit: true }])
  },
)

t.test('who names a parent of its own, or none, is no member of the family', async (t) => {
  t.same(await placings([order, { ...order, parentId: 0 }, order, { ...order, parentId: 7 }]), [
    { parentId: 0, transmit: false },
    { parentId: 0, transmit: true },
    { parentId: 50, transmit: true },
    { parentId: 7, transmit: true },
  ])
})

t.test("contracts get S0.s2's defaults, and none beside a number", async (t) => {
  const described = async (part: Partial<OrderRequest>) =>
    (await prepareOrders([{ ...order, ...part }], false, options))[0]?.contract
  t.same(await described({}), {
    symbol: 'AAPL',
    secType: 'STK',
    currency: 'USD',
    exchange: 'SMART',
  })
  t.match(await described({ symbol: 'EUR', secType: 'CASH' }), {
    exchange: 'IDEALPRO',
    currency: 'USD',
  })
  t.same(await described({ conId: 8314 }), { symbol: 'AAPL', conId: 8314, exchange: 'SMART' })
  t.match(await described({ symbol: 'ES', secType: 'FUT' }), { exchange: 'CME' }, 'looked up')
  t.match(await described({ secType: 'OPT', right: 'PUT', multiplier: '100' }), {
    right: 'P',
    multiplier: 100,
  })
})
