import { join } from 'node:path'
import t from 'tap'
import { reach, type Simulated, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 }
const owned = { 'ibrest-owned': '1' }
const key = (name: string) => ({ 'idempotency-key': name })

/** Every order the market knows of, those that ended included. */
const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]

t.test(
  'the same call under the same key places one order, and says that it is the same',
  async (t) => {
    const it = await simulated(t)
    const first = await it.order(order, key('one'))
    t.equal(first.answer.status, 201)
    t.equal(first.answer.headers.get('idempotency-replayed'), null)
    const again = await it.order(order, key('one'))
    t.equal(again.answer.status, 201)
    t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
    t.equal(again.answer.headers.get('location'), `/order/${first.body.id}`)
    t.same(again.body, first.body)
    const other = await it.order(order, key('two'))
    t.not(other.body.id, first.body.id, 'another key is another order')
    t.equal(inTheMarket(it).length, 2)
    t.equal(await it.metric('ibrest_idempotent_replays_total'), 1)
  },
)

t.test(
  'a key is for one thing: asked for another it is refused, and nothing is sent',
  async (t) => {
    const it = await simulated(t)
    await it.order(order, key('one'))
    const { lmtPrice, ...rest } = order
    const same = await it.order({ lmtPrice, ...rest }, key('one'))
    t.equal(same.answer.status, 201, 'the order of members means nothing')
    const other = await it.order({ ...order, totalQuantity: 11 }, key('one'))
    t.equal(other.answer.status, 422)
    t.equal(other.body.code, 'REQUEST_KEY_REUSED')
    const wrong = await it.order(order, key('x'.repeat(256)))
    t.equal(wrong.answer.status, 422)
    t.equal(inTheMarket(it).length, 1)
  },
)

t.test('while the first call runs the second is told so', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'silent', match: { message: 'openOrder' }, count: 1 })
  it.simulator.faults.add({ fault: 'silent', match: { message: 'orderStatus' }, count: 1 })
  // beside the slots, as the proxy sends what belongs here
  const first = it.order(order, { ...key('one'), ...owned, 'x-deadline-ms': '600' })
  await until(() => inTheMarket(it).length === 1, 'the order has arrived')
  const second = await it.order(order, { ...key('one'), ...owned })
  t.equal(second.answer.status, 409)
  t.equal(second.body.code, 'REQUEST_KEY_IN_USE')
  t.equal(second.body.retryable, true)
  t.ok(second.answer.headers.get('retry-after'))
  t.equal((await first).answer.status, 202)
  t.equal(inTheMarket(it).length, 1)
})

t.test('an order whose acknowledgement was lost is found again, not placed again', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'lost-ack' })
  const first = await it.order(order, { ...key('one'), 'x-deadline-ms': '300' })
  t.equal(first.answer.status, 202)
  t.equal(first.body.state, 'unknown')
  t.equal(await it.metric('ibrest_orders_outcome_unknown'), 1)
  const again = await it.order(order, key('one'))
  t.equal(again.answer.status, 201)
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.match(again.body, { id: first.body.id, status: 'Submitted', state: 'placed' })
  t.equal(inTheMarket(it).length, 1)
  t.equal(await it.metric('ibrest_orders_outcome_unknown'), 0)
})

t.test('an order that ended unheard is found by its reference', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'reset', match: { message: 'openOrder' } })
  const first = await it.order({ ...order, tif: 'IOC' }, { ...key('one'), 'x-deadline-ms': '2000' })
  t.equal(first.answer.status, 202)
  await until(() => inTheMarket(it)[0]?.isOver === true, 'it ended while nobody listened')
  await until(() => it.instance.link.isUsable, 'logged in again')
  const again = await it.order({ ...order, tif: 'IOC' }, key('one'))
  t.equal(again.answer.status, 201)
  t.match(again.body, { id: first.body.id, status: 'Cancelled' })
  t.equal(inTheMarket(it).length, 1)
})

t.test('an order that never arrived is placed by the retry, once', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'reset', match: { message: 'placeOrder' } })
  const first = await it.order(order, { ...key('one'), 'x-deadline-ms': '2000' })
  t.equal(first.answer.status, 202, 'nobody can say yet')
  t.equal(first.body.state, 'unknown')
  t.equal(inTheMarket(it).length, 0)
  await until(() => it.instance.link.isUsable, 'logged in again')
  const again = await it.order(order, key('one'))
  t.equal(again.answer.status, 201)
  t.equal(again.answer.headers.get('idempotency-replayed'), null)
  t.not(again.body.id, first.body.id, 'ids only rise')
  t.equal(inTheMarket(it).length, 1)
  const before = await it.call(`/order/${first.body.id}`)
  t.match(before.body, { state: 'canceled', warningText: /never reached the gateway/ })
})

t.test('while nobody can tell, the answer stays unknown and nothing is sent', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'silent', match: { message: 'placeOrder' }, count: 1 })
  const first = await it.order(order, { ...key('one'), 'x-deadline-ms': '300' })
  t.equal(first.answer.status, 202)
  const again = await it.order(order, { ...key('one'), 'x-deadline-ms': '1000' })
  t.equal(again.answer.status, 202, 'it may still be on its way in this connection')
  t.equal(again.body.state, 'unknown')
  t.equal(inTheMarket(it).length, 0)
  const proven = await until(async () => {
    const asked = await it.order(order, { ...key('one'), 'x-deadline-ms': '1000' })
    return asked.answer.status === 201 && asked
  }, 'a later login proves that it never came')
  t.equal(proven.answer.headers.get('idempotency-replayed'), null)
  t.equal((await it.status()).reconnects, 1, 'the instance logged in again by itself')
  t.equal(inTheMarket(it).length, 1)
})

t.test('a refusal is final under its key', async (t) => {
  const it = await simulated(t)
  const dear = { ...order, totalQuantity: 1_000_000, lmtPrice: 200 }
  const first = await it.order(dear, key('one'))
  const again = await it.order(dear, key('one'))
  t.same([first.answer.status, again.answer.status], [422, 422])
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.same([first.body.errorCode, again.body.errorCode], [201, 201])
  t.equal(inTheMarket(it).length, 1)
  const invalid = { ...order, symbol: 'NOSUCH' }
  t.equal((await it.order(invalid, key('two'))).answer.status, 422)
  t.equal(inTheMarket(it).length, 1, 'what IB knows no contract for it does not take')
})

t.test('a name is a key too, is kept by IB, and finds its order', async (t) => {
  const it = await simulated(t)
  const named = { ...order, clientOrderId: 'entry-7' }
  const first = await it.order(named)
  t.match(first.body, { clientOrderId: 'entry-7', orderRef: 'entry-7' })
  const again = await it.order(named)
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body.id, first.body.id)
  const elsewhere = await it.order(named, key('another'))
  t.equal(elsewhere.answer.status, 422, 'nor under another key')
  t.equal(elsewhere.body.order.id, first.body.id)
  t.equal(inTheMarket(it).length, 1)
  t.equal(inTheMarket(it)[0]?.row.orderRef, 'entry-7')
  const found = await it.call('/order?clientOrderId=entry-7')
  t.same(
    found.body.map(({ id }: { id: string }) => id),
    [first.body.id],
  )
  t.same((await it.call('/order?clientOrderId=nothing')).body, [])
  const twice = await it.order({ ...named, clientOrderId: 'b', orderRef: 'c' })
  t.equal(twice.answer.status, 422)
})

t.test('a bracket under a key is placed whole, once', async (t) => {
  const it = await simulated(t)
  const bracket = [order, { ...order, action: 'SELL', lmtPrice: 900 }]
  const first = await it.order(bracket, key('one'))
  t.equal(first.answer.status, 201)
  const again = await it.order(bracket, key('one'))
  t.same(again.body, first.body)
  t.equal(inTheMarket(it).length, 2)
  t.equal(new Set(inTheMarket(it).map(({ row }) => row.orderRef)).size, 2)
})

t.test('a key or a name that would not protect is refused, and nothing is sent', async (t) => {
  const it = await simulated(t)
  const list = await it.order([order, { ...order, clientOrderId: 'second' }])
  t.equal(list.answer.status, 422)
  t.match(list.body.errors, [{ field: '1.clientOrderId', code: 'not_allowed' }])
  const post = (path: string, body: object, headers = {}) =>
    it.call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const target = { symbol: 'AAPL', orderType: 'MKT', targetPosition: 10 }
  t.equal((await post('/order/preview', order, key('one'))).answer.status, 501)
  t.equal((await post('/order/smart', { ...target, clientOrderId: 'x' })).answer.status, 422)
  t.equal(inTheMarket(it).length, 0)
})

t.test('another process takes up the keys of the one before', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const one = await simulated(t, { config: { ledgerPath } })
  one.simulator.faults.add({ fault: 'lost-ack' })
  const first = await one.order(order, { ...key('one'), 'x-deadline-ms': '200' })
  const done = await one.order(order, key('two'))
  await one.instance.stop()
  const two = await reach(one.simulator.port, { config: { ledgerPath } })
  t.teardown(() => two.instance.stop())
  const again = await two.order(order, key('one'))
  t.match([again.answer.status, again.body.id], [201, first.body.id])
  t.equal((await two.order(order, key('two'))).body.id, done.body.id)
  t.equal(inTheMarket(one).length, 2)
})

t.test('where a key is required an order without one is refused', async (t) => {
  const it = await simulated(t, { environment: { REQUIRE_IDEMPOTENCY_KEY: '1' } })
  const { answer, body } = await it.order(order)
  t.equal(answer.status, 400)
  t.equal(body.code, 'REQUEST_KEY_MISSING')
  t.equal((await it.order(order, key('one'))).answer.status, 201)
  t.equal(inTheMarket(it).length, 1)
})

t.test('an order whose id was overtaken goes again once under a higher one', async (t) => {
  const it = await simulated(t)
  it.simulator.world.desk.noteShown(0, 500)
  const { answer, body } = await it.order(order, key('one'))
  t.equal(answer.status, 201)
  t.equal(body.orderId, 501)
  t.equal(inTheMarket(it).length, 1)
})

for (const [what, body, headers] of [
  ['a key', order, key('one')],
  ['a name', { ...order, clientOrderId: 'one' }, {}],
] as const) {
  t.test(
    `that an id was overtaken is no outcome for ${what}, however late it is told`,
    async (t) => {
      const it = await simulated(t)
      it.simulator.world.desk.noteShown(0, 500)
      it.simulator.faults.add({
        fault: 'late',
        match: { message: 'error' },
        delayMs: 400,
        count: 1,
      })
      const first = await it.order(body, { ...headers, 'x-deadline-ms': '200' })
      t.match([first.answer.status, first.body.state], [202, 'unknown'])
      await until(
        async () => (await it.call(`/order/${first.body.id}`)).body.errorCode === 103,
        'the gateway has said that the id is too low',
      )
      const again = await it.order(body, headers)
      t.equal(again.answer.status, 201)
      t.ok(again.body.orderId > 500)
      t.equal(inTheMarket(it).length, 1)
    },
  )
}
