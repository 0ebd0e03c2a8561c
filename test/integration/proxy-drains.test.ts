import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { proxied } from '../rig/proxied.ts'
import { Held } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

t.test('a drained client finishes what it works on and gets no new leased calls', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const send = callerOf(() => url)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const running = send('GET', '/clients/1/account/positions')
  await until(() => held.count === 1, 'one running')
  const told = await send('POST', '/clients/1/drain')
  t.equal(told.status, 200)
  t.match(told.body, { clientId: 1, state: 'draining', connected: true, active: 1 })
  t.match(told.body.reason, /operator/)
  t.match(await status(), { usable: 1, connected: { 1: true } })
  held.releaseAll()
  t.equal((await running).status, 200, 'the running call finishes')
  t.match((await status()).clients[1], { state: 'drained', active: 0 })
  for (const stub of stubs) stub.answer = (_, response) => response.end('{}')
  for (let call = 0; call < 4; call += 1)
    t.equal((await send('GET', '/account/positions')).headers.get('ibrest-client-id'), '0')
  const pinned = await send('GET', '/clients/1/account/positions')
  t.match(pinned, { status: 503, body: { code: 'PROXY_DRAINING', retryable: true } })
  t.ok(Number(pinned.headers.get('retry-after')) >= 1)
  const patient = await send('POST', '/clients/1/order?until=filled', order)
  t.match(patient, { status: 503, body: { code: 'PROXY_DRAINING' } })
})

t.test('the orders of a drained client can still be read, changed and cancelled', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const send = callerOf(() => url)
  await send('POST', '/clients/1/drain')
  for (const [method, path, body] of [
    ['GET', '/order/1.7', undefined],
    ['PUT', '/order/1.7', { lmtPrice: 1 }],
    ['POST', '/order', { ...order, orderId: '1.7' }],
    ['DELETE', '/order/1.7', undefined],
    ['DELETE', '/clients/1/order?all=true', undefined],
  ] as const)
    t.equal((await send(method, path, body)).status, 200, `${method} ${path}`)
  t.equal(stubs[1]?.calls.length, 5)
})

t.test('a key keeps its owner while that is drained: its repetition is answered', async (t) => {
  const { url } = await proxied(t, 2)
  const send = callerOf(() => url)
  const headers = { 'idempotency-key': 'once' }
  const first = await send('POST', '/order', order, headers)
  const owner = first.headers.get('ibrest-client-id')
  await send('POST', `/clients/${owner}/drain`)
  const again = await send('POST', '/order', order, headers)
  t.match(again, { status: 200 })
  t.equal(again.headers.get('ibrest-client-id'), owner)
})

t.test('only who drained a client ends that: no probe does', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const send = callerOf(() => url)
  await send('POST', '/clients/1/drain')
  const stub = stubs[1]
  if (stub === undefined) return
  stub.usable = false
  await until(async () => (await status()).connected[1] === false, 'the probe says no')
  t.equal((await status()).clients[1]?.state, 'drained')
  t.match(await send('GET', '/order/1.7'), { status: 503, body: { code: 'PROXY_OWNER_DOWN' } })
  stub.usable = true
  await until(async () => (await status()).connected[1] === true, 'the probe says yes')
  t.equal((await status()).clients[1]?.state, 'drained')
  t.match(await send('POST', '/clients/1/resume'), { status: 200, body: { state: 'idle' } })
  t.equal((await send('GET', '/clients/1/account/positions')).status, 200)
})

t.test('a client that is away when it is resumed is down', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const send = callerOf(() => url)
  await send('POST', '/clients/1/drain')
  for (const stub of stubs.slice(1)) stub.usable = false
  await until(async () => (await status()).connected[1] === false, 'the probe says no')
  t.match(await send('POST', '/clients/1/resume'), { status: 200, body: { state: 'down' } })
  for (const stub of stubs) stub.usable = true
  await until(async () => (await status()).idle === 2, 'back by its probe')
})

t.test('who waits for a client that is drained is told at once', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const send = callerOf(() => url)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const running = send('GET', '/account')
  await until(() => held.count === 1, 'the slot taken')
  const waiting = [send('GET', '/clients/0/contract/search'), send('GET', '/account/positions')]
  await until(async () => (await status()).queue.length === 2, 'two in line')
  await send('POST', '/clients/0/drain')
  for (const { status, body } of await Promise.all(waiting))
    t.match({ status, body }, { status: 503, body: { code: 'PROXY_DRAINING' } })
  t.equal((await fetch(`${url}/clients`)).status, 503, 'nobody takes calls: not ready')
  held.release()
  await running
})

t.test('drains name a client of the pool, and nothing else', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const send = callerOf(() => url)
  t.match(await send('POST', '/clients/7/drain'), {
    status: 404,
    body: { code: 'PROXY_UNKNOWN_CLIENT' },
  })
  t.match(await send('POST', '/api/v1/clients/0/drain?now=1'), {
    status: 422,
    body: { code: 'REQUEST_INVALID', errors: [{ field: 'now', code: 'not_allowed' }] },
  })
  const read = await send('GET', '/clients/0/drain')
  t.equal(read.status, 405)
  t.equal(read.headers.get('allow'), 'POST, OPTIONS')
  t.equal(stubs[0]?.calls.length, 0)
})
