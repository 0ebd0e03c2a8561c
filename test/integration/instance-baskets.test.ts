import t from 'tap'
import { type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 }
const sell = { ...buy, symbol: 'MSFT', action: 'SELL', lmtPrice: 5000 }
const dear = { ...buy, totalQuantity: 1_000_000, lmtPrice: 200 }
const key = { 'idempotency-key': 'one' }

const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]

const basket = (it: Simulated, body: unknown, headers: Record<string, string> = {}) =>
  it.call('/order?bracket=false', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

t.test('a basket is a list of orders without a parent, each released by itself', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await basket(it, [buy, sell, { ...buy, transmit: false }])
  t.equal(answer.status, 202, 'the last is held back, and so confirmed by nobody')
  t.match(body, [
    { parentId: null, status: 'Submitted', transmit: true },
    { parentId: null, status: 'Submitted', transmit: true },
    { parentId: null, transmit: false },
  ])
  t.same(
    inTheMarket(it).map(({ parentId, isHeld }) => [parentId, isHeld]),
    [
      [0, false],
      [0, false],
      [0, true],
    ],
  )
})

t.test('an order of a basket that is refused does not undo the others', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await basket(it, [dear, buy], key)
  t.equal(answer.status, 201)
  t.match(body, [
    { state: 'rejected', errorCode: 201 },
    { state: 'placed', errorCode: null },
  ])
  t.ok(body[0].errorMsg)
  const again = await basket(it, [dear, buy], key)
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.same(again.body, body)
  t.equal(inTheMarket(it).length, 2)
  const family = await it.order([dear, buy], key)
  t.equal(family.answer.status, 422, 'a family is something else than a basket')
  t.equal(family.body.code, 'REQUEST_KEY_REUSED')
})

t.test('a basket of which IB takes nothing is a problem that lists every order', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await basket(it, [dear, dear])
  t.equal(answer.status, 422)
  t.match(body, { errorCode: 201, orders: [{ state: 'rejected' }, { state: 'rejected' }] })
})

t.test('of a basket cut in two what arrived is found, and nothing is sent twice', async (t) => {
  const it = await simulated(t)
  const { orderId } = (await it.order(buy)).body
  const match = { message: 'placeOrder', orderId: orderId + 2 }
  it.simulator.faults.add({ fault: 'reset', match })
  const first = await basket(it, [buy, sell], { ...key, 'x-deadline-ms': '2000' })
  t.equal(first.answer.status, 202, 'nobody can say yet')
  await until(() => it.instance.link.isUsable, 'logged in again')
  const again = await until(async () => {
    const asked = await basket(it, [buy, sell], key)
    return asked.answer.status === 201 && asked
  }, 'the outcome is known')
  t.match(again.body, [
    { orderId: orderId + 1, state: 'placed' },
    { orderId: orderId + 2, state: 'canceled', warningText: /never reached the gateway/ },
  ])
  t.equal(inTheMarket(it).length, 2, 'the half that never came is told, not sent')
})

t.test('how to place an order is no field of it when the order comes as arguments', async (t) => {
  const it = await simulated(t)
  const asked = new URLSearchParams({ bracket: 'false', symbol: 'AAPL', action: 'BUY' })
  for (const [name, value] of Object.entries({ totalQuantity: 1, orderType: 'MKT' }))
    asked.set(name, String(value))
  const placed = await it.call(`/order?${asked}`, { method: 'POST' })
  t.equal(placed.answer.status, 201)
  const wrong = await basket(it, [buy])
  t.equal(wrong.answer.status, 201)
  const beside = await it.call('/order?brackets=false', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(buy),
  })
  t.equal(beside.answer.status, 422)
  t.match(beside.body.errors, [{ field: 'brackets', code: 'not_allowed' }])
})
