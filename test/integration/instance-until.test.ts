import t from 'tap'
import { type Reached, type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
const soon = { 'x-deadline-ms': '300' }
const key = { 'idempotency-key': 'one' }

const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]

const post = (it: Reached, body: unknown, headers: Record<string, string> = {}, more = '') =>
  it.call(`/order?until=filled${more}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ibrest-owned': '1', ...headers },
    body: JSON.stringify(body),
  })

t.test('an order that is waited for is answered when it has filled', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await post(it, { ...order, orderType: 'MKT', lmtPrice: undefined })
  t.equal(answer.status, 201)
  t.match(body, { state: 'executed', filled: 10 })
  const waiting = post(it, order)
  const placed = await until(() => inTheMarket(it)[1], 'the order has arrived')
  await until(() => placed.isWorking, 'it works')
  it.simulator.world.desk.cross(0, placed.orderId, undefined, undefined)
  t.match((await waiting).body, { orderId: placed.orderId, state: 'executed' })
})

t.test('an order that has not filled at the deadline is 202 with what is known', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await post(it, order, { ...key, ...soon })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('location'), `/order/${body.id}`)
  t.match(body, { state: 'placed', filled: 0 })
  it.simulator.world.desk.cross(0, body.orderId, undefined, undefined)
  const again = await post(it, order, key)
  t.match([again.answer.status, again.body.id, again.body.state], [201, body.id, 'executed'])
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.equal(inTheMarket(it).length, 1)
})

t.test('an order that ends otherwise while it is waited for is told as it ended', async (t) => {
  const it = await simulated(t)
  const waiting = post(it, order)
  const placed = await until(() => inTheMarket(it)[0], 'the order has arrived')
  await until(
    async () => (await it.call(`/order/0.${placed.orderId}`)).body.state === 'placed',
    'it is acknowledged',
  )
  it.simulator.world.desk.withdraw(0, placed.orderId, 'cancelled by the exchange')
  const { answer, body } = await waiting
  t.equal(answer.status, 201, 'it was placed')
  t.match(body, { state: 'canceled' })
})

t.test('a list is waited for until every order of it is over', async (t) => {
  const it = await simulated(t)
  const both = [order, { ...order, orderType: 'MKT', lmtPrice: undefined }]
  const { answer, body } = await post(it, both, soon, '&bracket=false')
  t.equal(answer.status, 202)
  t.match(body, [{ state: 'placed' }, { state: 'executed' }])
  it.simulator.world.desk.cross(0, body[0].orderId, undefined, undefined)
})

t.test('who does not want to wait does not, and who must go is told what is known', async (t) => {
  const it = await simulated(t)
  const { answer } = await post(it, order, { prefer: 'respond-async' })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('preference-applied'), 'respond-async')
  const waiting = post(it, order)
  await until(
    async () => inTheMarket(it).filter(({ isWorking }) => isWorking).length === 2,
    'both have arrived',
  )
  await it.instance.stop()
  t.equal((await waiting).answer.status, 202)
})

t.test('there is nothing else to wait for', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/order?until=tomorrow', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  t.equal(answer.status, 422)
  t.match(body.errors, [{ field: 'until', code: 'not_allowed' }])
  t.equal(inTheMarket(it).length, 0)
})
