import t from 'tap'
import { rendezvous } from '../../proxy/owner.ts'
import { proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

t.test(
  'calls that wait for a fill leave the only slot free, and every cancel passes',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1)
    const [stub] = stubs
    if (stub === undefined) return
    const held = new Held()
    stub.answer = (call, response) => {
      if (call.method === 'POST') held.answer(call, response)
      else sendJson(response, 200, [])
    }
    // more than the connections that other calls beside the slots share
    const waits = Array.from({ length: 36 }, () => [
      post(`${url}/order?until=filled`, order),
      post(`${url}/order/oca`, [order, order]),
      post(`${url}/order/split`, { ...order, slices: 2 }, { 'idempotency-key': 'one' }),
      post(`${url}/clients/0/order/oca`, [order, order]),
    ]).flat()
    await until(() => held.count === waits.length, 'all of them wait at the instance')
    t.match(await status(), { idle: 1, busy: 0 })
    t.equal((await fetch(`${url}/account/positions`)).status, 200)
    t.equal((await fetch(`${url}/order/0.7`, { method: 'DELETE' })).status, 200)
    t.ok(
      stub.calls
        .filter(({ method }) => method === 'POST')
        .every((call) => call.headers['ibrest-owned']),
      'the instance is told that they hold no slot',
    )
    held.releaseAll()
    t.same([...new Set((await Promise.all(waits)).map((answer) => answer.status))], [200])
  },
)

t.test('without a wish to wait for the fill an order takes a slot as before', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  for (const query of ['', '?until=acknowledged', '?bracket=false'])
    t.equal((await post(`${url}/order${query}`, order)).status, 200)
  t.notOk(stubs[0]?.calls.some(({ headers }) => headers['ibrest-owned']))
})

t.test(
  'a call with a key waits at the owner of its key, any other at each client in turn',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 4)
    const callsAt = () => stubs.map(({ calls }) => calls.length)
    for (let turn = 0; turn < 4; turn += 1) await post(`${url}/order/oca`, [order, order])
    t.same(callsAt(), [1, 1, 1, 1])
    const owner = rendezvous('order entry-7', 4)
    const named = [{ ...order, clientOrderId: 'entry-7' }, order]
    const answer = await post(`${url}/order/oca`, named, { 'idempotency-key': 'other' })
    t.equal(answer.headers.get('ibrest-client-id'), String(owner))
    for (const [clientId, stub] of stubs.entries()) stub.usable = clientId === 2
    await until(async () => (await status()).down === 3, 'only client 2 is left')
    const left = await post(`${url}/order?until=filled`, order)
    t.equal(left.headers.get('ibrest-client-id'), '2')
    for (const stub of stubs) stub.usable = false
    await until(async () => (await status()).down === 4, 'none is left')
    const none = await post(`${url}/order/split`, { ...order, slices: 2 })
    t.equal(none.status, 503)
    t.match(await none.json(), { code: 'PROXY_NO_INSTANCE', retryable: true })
  },
)
