import t from 'tap'
import { rendezvous } from '../../proxy/owner.ts'
import { proxied } from '../rig/proxied.ts'
import { Held, type StubAnswer, type StubInstance, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

type State = { paused: boolean; at: number; reason: string | null }

/** Stands for an instance that keeps the switch; answers everything else. */
function keepSwitch(
  stub: StubInstance,
  others: StubAnswer = (_, response) => sendJson(response, 201, {}),
) {
  const kept = { orders: { paused: false, at: 0, reason: null } as State }
  stub.explanation = kept
  stub.answer = (call, response) => {
    const thrown = /^\/clients\/(pause|resume)-orders$/.exec(call.url)
    if (thrown === null) {
      others(call, response)
      return
    }
    const { at, reason = null } = JSON.parse(call.body)
    const word = { paused: thrown[1] === 'pause', at, reason }
    if (at > kept.orders.at) kept.orders = word
    sendJson(response, 200, kept.orders)
  }
  return kept
}

function post(url: string, body?: object, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
}

const wish = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
const orders = (stubs: readonly StubInstance[]) =>
  stubs.flatMap(({ calls }) => calls).filter(({ url }) => !url.startsWith('/clients'))

t.test(
  'a pause is told to every instance, and nothing that opens something leaves the proxy',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 3)
    const kept = stubs.map((stub) => keepSwitch(stub))
    await until(async () => (await status()).usable === 3, 'the pool')
    const answer = await post(`${url}/clients/pause-orders`, { reason: 'fat finger' })
    t.equal(answer.status, 200)
    const body = (await answer.json()) as State & { clients: object }
    t.match(body, { paused: true, reason: 'fat finger', clients: { told: Array, untold: Array } })
    await until(() => kept.every(({ orders }) => orders.paused), 'every instance told')
    const { paused, at, reason } = body
    t.same((await status()).orders, { paused, at, reason })

    for (const [method, path] of [
      ['POST', '/order'],
      ['POST', '/clients/1/order'],
      ['POST', '/order/smart'],
      ['PUT', '/order/1.7'],
      ['DELETE', '/account/positions/5'],
    ] as const) {
      const refused = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      t.equal(refused.status, 403, `${method} ${path}`)
      t.match(await refused.json(), {
        code: 'PROXY_ORDERS_PAUSED',
        reason: 'fat finger',
        retryable: true,
      })
    }
    t.same(orders(stubs), [], 'nothing was carried')
    for (const [method, path] of [
      ['DELETE', '/order/1.7'],
      ['GET', '/order'],
      ['POST', '/order/preview'],
    ] as const)
      t.ok((await fetch(`${url}${path}`, { method })).ok, `${method} ${path} passes`)

    t.match(await (await post(`${url}/clients/resume-orders`)).json(), {
      paused: false,
      clients: { told: [0, 1, 2], untold: [] },
    })
    t.equal((await post(`${url}/order`, wish)).status, 201)
  },
)

t.test('an order that waits in line when orders are paused never leaves', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const held = new Held()
  keepSwitch(stubs[0] as StubInstance, held.answer)
  await until(async () => (await status()).usable === 1, 'the pool')
  const busy = fetch(`${url}/account`)
  await until(() => held.count === 1, 'the only slot taken')
  const waits = post(`${url}/order`, wish)
  await until(async () => (await status()).queue.length === 1, 'the order in line')
  await post(`${url}/clients/pause-orders`)
  const refused = await waits
  t.equal(refused.status, 403)
  t.match(await refused.json(), { code: 'PROXY_ORDERS_PAUSED' })
  held.releaseAll()
  t.equal((await busy).status, 200)
  t.same(
    orders(stubs).map(({ url: path }) => path),
    ['/account'],
  )
})

t.test(
  'an instance that was away is told before it is used, and a new proxy learns it from any',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 2)
    const kept = stubs.map((stub) => keepSwitch(stub))
    const late = stubs[1] as StubInstance
    await late.stop()
    await until(async () => (await status()).usable === 1, 'one away')
    const answer = (await (await post(`${url}/clients/pause-orders`)).json()) as { clients: object }
    t.same(answer.clients, { told: [0], untold: [1] })
    await late.start()
    await until(async () => (await status()).usable === 2, 'it is back')
    t.ok(kept[1]?.orders.paused, 'told')

    const other = await proxied(t, 1)
    const word = keepSwitch(other.stubs[0] as StubInstance)
    word.orders = { paused: true, at: Date.now(), reason: 'elsewhere' }
    await until(async () => (await other.status()).orders.paused, 'learned')
    t.equal((await post(`${other.url}/order`, wish)).status, 403)
  },
)

t.test('a pause stands against an instance whose clock is ahead', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const kept = stubs.map((stub) => keepSwitch(stub))
  await until(async () => (await status()).usable === 2, 'the pool')
  const ahead = Date.now() + 60_000
  // nobody has read it yet when the switch is thrown
  ;(kept[1] as { orders: State }).orders = { paused: false, at: ahead, reason: null }
  t.match(await (await post(`${url}/clients/pause-orders`)).json(), { paused: true })
  await until(
    () => kept.every(({ orders: { paused, at } }) => paused && at > ahead),
    'paused everywhere',
  )
})

t.test('under a key only an instance that knows of the pause is asked', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const knowing = rendezvous('call a', 2)
  const other = Array.from({ length: 50 }, (_, index) => `b${index}`).find(
    (key) => rendezvous(`call ${key}`, 2) !== knowing,
  ) as string
  keepSwitch(stubs[knowing] as StubInstance, (_, response) =>
    sendJson(response, 403, { code: 'INSTANCE_ORDERS_PAUSED' }),
  )
  await until(async () => (await status()).usable === 2, 'the pool')
  await until(async () => {
    const thrown = await post(`${url}/clients/pause-orders`)
    const { clients } = (await thrown.json()) as { clients: { told: number[] } }
    return clients.told.includes(knowing)
  }, 'one of them told')
  const asked = await post(`${url}/order`, wish, { 'idempotency-key': 'a' })
  t.match(await asked.json(), { code: 'INSTANCE_ORDERS_PAUSED' })
  const kept = await post(`${url}/order`, wish, { 'idempotency-key': other })
  t.equal(kept.status, 403)
  t.match(await kept.json(), { code: 'PROXY_ORDERS_PAUSED' })
  const pinned = `${url}/clients/${1 - knowing}/order`
  t.match(await (await post(pinned, wish, { 'idempotency-key': 'a' })).json(), {
    code: 'PROXY_ORDERS_PAUSED',
  })
  t.same(
    orders(stubs).map(({ headers }) => headers['idempotency-key']),
    ['a'],
  )
})

t.test('what the switch is not told is refused, and throws nothing', async (t) => {
  const { url, status } = await proxied(t, 1)
  for (const [body, code] of [
    [{ reason: 'x'.repeat(201) }, 'too_large'],
    [{ at: 5 }, 'not_allowed'],
  ] as const) {
    const answer = await post(`${url}/clients/pause-orders`, body)
    t.equal(answer.status, 422)
    t.match(await answer.json(), { errors: [{ field: Object.keys(body)[0], code }] })
  }
  const unread = await fetch(`${url}/clients/pause-orders`, { method: 'POST', body: '{' })
  t.equal(unread.status, 400)
  t.notOk((await status()).orders.paused)
})
