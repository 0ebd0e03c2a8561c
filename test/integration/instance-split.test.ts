import { join } from 'node:path'
import t from 'tap'
import { type Reached, reach, type Simulated, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

// far from any market: it works until the test ends it
const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
const key = { 'idempotency-key': 'one' }

const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]
const sizes = (it: Simulated) => inTheMarket(it).map(({ quantity }) => quantity)

const post = (it: Reached, body: unknown, headers: Record<string, string> = {}) =>
  it.call('/order/split', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ibrest-owned': '1', ...headers },
    body: JSON.stringify(body),
  })

const end = ({ simulator }: Simulated, id: string) =>
  simulator.world.desk.withdraw(0, Number(id.split('.')[1]), 'cancelled by the exchange')

const reaches = (it: Reached, id: string, state: string) =>
  until(async () => {
    const { body } = await it.call(`/order/split/${id}`)
    return body.state === state && body
  }, `the plan ${state}`)

t.test('a large order goes out in slices of a size, the last of them smaller', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await post(it, { ...order, splitSize: 4, clientOrderId: 'large' })
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('location'), `/order/split/${body.id}`)
  t.match(body, { id: body.orders[0].id, state: 'done', planned: 3, nextAt: null, reason: null })
  t.match(body.orders, [
    { totalQuantity: 4, state: 'placed', clientOrderId: 'large', parentId: null },
    { totalQuantity: 4, state: 'placed', clientOrderId: null },
    { totalQuantity: 2, state: 'placed', clientOrderId: null },
  ])
  t.same(sizes(it), [4, 4, 2])
  t.equal(new Set(inTheMarket(it).map(({ row }) => row.orderRef)).size, 3)
  t.same((await it.call(`/order/split/${body.id}`)).body, body)
  t.same((await it.call('/order/split')).body, [body])
  t.equal((await it.call(`/order/oca/${body.id}`)).answer.status, 404, 'it is no OCA plan')
})

t.test('a number of slices is as equal as whole units allow', async (t) => {
  const it = await simulated(t)
  t.equal((await post(it, { ...order, slices: 4 })).answer.status, 201)
  t.same(sizes(it), [3, 3, 2, 2])
})

t.test('slices with an interval come one after the other, after the answer too', async (t) => {
  const it = await simulated(t)
  const asked = { ...order, slices: 3, intervalSeconds: 0.4 }
  const { answer, body } = await post(it, asked, { ...key, 'x-deadline-ms': '200' })
  t.equal(answer.status, 202)
  t.match(body, { state: 'running', planned: 3, reason: null })
  t.ok(body.nextAt)
  const again = await post(it, asked, { ...key, 'x-deadline-ms': '100' })
  t.match([again.answer.headers.get('idempotency-replayed'), again.body.id], ['true', body.id])
  await reaches(it, body.id, 'done')
  t.same(sizes(it), [4, 3, 3])
  const other = await post(it, { ...asked, slices: 2 }, key)
  t.match([other.answer.status, other.body.code], [422, 'REQUEST_KEY_REUSED'])
})

t.test(
  'the slices go on after a restart of the process or of the gateway, each once',
  async (t) => {
    const ledgerPath = join(tempDir(t), 'client-0.sqlite')
    const one = await simulated(t, { config: { ledgerPath } })
    const asked = { ...order, slices: 4, intervalSeconds: 0.3 }
    const { body } = await post(one, asked, { 'x-deadline-ms': '100' })
    await one.instance.stop()
    const two = await reach(one.simulator.port, { config: { ledgerPath } })
    t.teardown(() => two.instance.stop())
    await until(() => inTheMarket(one).length >= 2, 'the second slice')
    one.simulator.faults.add({ fault: 'restart', delayMs: 300 })
    const done = await reaches(two, body.id, 'done')
    t.equal(done.orders.length, 4)
    t.same(sizes(one), [3, 3, 2, 2])
  },
)

t.test('a slice that is refused or taken back ends the plan', async (t) => {
  const it = await simulated(t)
  const dear = { ...order, totalQuantity: 2_000_000, lmtPrice: 200, slices: 2 }
  const refused = await post(it, dear)
  t.match([refused.answer.status, refused.body.errorCode], [422, 201])
  t.match(await reaches(it, refused.body.orders[0].id, 'ended'), { reason: /was rejected/ })
  const waiting = { ...order, slices: 2, intervalSeconds: 60 }
  const { body } = await post(it, waiting, { 'x-deadline-ms': '100' })
  end(it, body.id)
  t.match(await reaches(it, body.id, 'ended'), { reason: /was cancelled/, nextAt: null })
  const brief = await post(it, { ...order, slices: 3, tif: 'IOC' })
  t.match([brief.answer.status, brief.body.state, brief.body.orders.length], [201, 'done', 3])
  t.equal(inTheMarket(it).length, 5)
})

t.test('a split that is given up sends no more, and what works of it is cancelled', async (t) => {
  const it = await simulated(t)
  const waiting = { ...order, slices: 2, intervalSeconds: 60 }
  const { body } = await post(it, waiting, { 'x-deadline-ms': '100' })
  const given = await it.call(`/order/split/${body.id}`, { method: 'DELETE' })
  t.equal(given.answer.status, 200)
  t.match(given.body, { state: 'ended', orders: [{ state: 'canceled' }], nextAt: null })
  const twice = await it.call(`/order/split/${body.id}`, { method: 'DELETE' })
  t.match([twice.answer.status, twice.body.code], [409, 'INSTANCE_PLAN_FINISHED'])
  t.equal(inTheMarket(it).length, 1)
})

t.test('a split that makes no sense is refused, and nothing is sent', async (t) => {
  const it = await simulated(t)
  const errors = async (part: object) => {
    const asked = await post(it, { ...order, ...part })
    t.equal(asked.answer.status, 422)
    return (asked.body.errors ?? []).map(({ field, code }: { field: string; code: string }) => [
      field,
      code,
    ])
  }
  t.same(await errors({}), [['splitSize', 'missing']])
  t.same(await errors({ splitSize: 4, slices: 3 }), [['slices', 'not_allowed']])
  t.same(await errors({ splitSize: 10 }), [['splitSize', 'too_large']])
  t.same(await errors({ splitSize: 0.01 }), [['splitSize', 'too_small']])
  t.same(await errors({ slices: 11 }), [['slices', 'too_large']])
  t.same(await errors({ slices: 1 }), [['slices', 'too_small']])
  t.same(await errors({ slices: 2, intervalSeconds: 86_401 }), [['intervalSeconds', 'too_large']])
  t.same(await errors({ slices: 2, parentId: 4 }), [['parentId', 'not_allowed']])
  t.same(await errors({ slices: 2, lmtPrice: undefined }), [['lmtPrice', 'missing']])
  t.same(await errors({ slices: 2, account: 'DU9' }), [['account', 'not_found']])
  t.same(await errors({ slices: 2, totalQuantity: 10.00005 }), [['totalQuantity', 'not_integer']])
  t.equal(inTheMarket(it).length, 0)
})
