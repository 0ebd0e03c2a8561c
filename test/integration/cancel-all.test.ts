import t from 'tap'
import { pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 }
const split = { ...resting, slices: 2, intervalSeconds: 3600 }

t.test('a global cancel ends what would still follow orders, at every client', async (t) => {
  const it = await pooled(t, 3)
  const ids: string[] = []
  for (const clientId of [0, 1, 2]) {
    const { answer, body } = await it.order(split, {}, `/clients/${clientId}/order/split`)
    t.equal(answer.status, 202)
    ids.push(body.id)
  }
  const { answer, body } = await it.call('/order?all=true', { method: 'DELETE' })
  t.equal(answer.status, 200)
  t.same(body.remaining, [])
  t.equal(answer.headers.get('ibrest-missing-clients'), null)
  for (const id of ids) {
    const plan = (await it.call(`/order/split/${id}`)).body
    t.match(plan, { state: 'ended', reason: 'Everything was cancelled', nextAt: null })
    t.equal(plan.orders[0].state, 'canceled')
  }
})

t.test('a client that cannot be told is named', async (t) => {
  const it = await pooled(t, 2, { PROBE_INTERVAL_MS: '60000' })
  it.proxy.pool.down(1, 'for a test')
  const { answer } = await it.call('/order?all=true', { method: 'DELETE' })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('ibrest-missing-clients'), '1')
})

t.test('an order tells what it went through', async (t) => {
  const it = await pooled(t, 2)
  const { body: order } = await it.order(resting)
  await it.call(`/order/${order.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lmtPrice: 51 }),
  })
  await it.call(`/order/${order.id}`, { method: 'DELETE' })
  const history = await until(async () => {
    const { body } = await it.call(`/order/${order.id}`)
    return body.history.length === 4 && body.history
  }, 'four steps')
  t.same(
    history.map(({ event, state }: { event: string; state: string }) => [event, state]),
    [
      ['ibrest.order.placed', 'pending'],
      ['ibrest.order.acknowledged', 'placed'],
      ['ibrest.order.modified', 'placed'],
      ['ibrest.order.canceled', 'canceled'],
    ],
  )
})
