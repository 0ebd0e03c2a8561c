import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { proxied } from '../rig/proxied.ts'
import { Held } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

t.test('a pause lets running calls finish, and is answered when they have', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const send = callerOf(() => url)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const running = [
    send('GET', '/account'),
    send('POST', '/order', order, { 'idempotency-key': 'beside the slots' }),
  ]
  await until(() => held.count === 2, 'two running')
  const pausing = send('POST', '/clients/pause')
  await until(async () => (await status()).paused !== null, 'paused')
  held.release()
  t.match(
    await send('POST', '/clients/pause', undefined, { 'x-deadline-ms': '50' }),
    { status: 202, body: { paused: { since: /Z$/ } } },
    'at its deadline something still runs',
  )
  held.release()
  t.match(await pausing, { status: 200, body: { busy: 0, usable: 2 } })
  t.same(
    (await Promise.all(running)).map(({ status }) => status),
    [200, 200],
  )
})

t.test('newcomers wait in line and are served in its order on resume', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const send = callerOf(() => url)
  t.equal((await send('POST', '/clients/pause')).status, 200)
  const waiting = [send('GET', '/account')]
  await until(async () => (await status()).queue.length === 1, 'the first in line')
  waiting.push(send('GET', '/contract/search'))
  await until(async () => (await status()).queue.length === 2, 'the second in line')
  t.equal(stubs[0]?.calls.length, 0)
  const readiness = await fetch(`${url}/clients`)
  t.equal(readiness.status, 200, 'who comes waits and is not refused')
  await readiness.body?.cancel()
  t.match(await send('POST', '/clients/resume'), { status: 200, body: { paused: null } })
  t.same(
    (await Promise.all(waiting)).map(({ status }) => status),
    [200, 200],
  )
  t.same(
    stubs[0]?.calls.map((call) => call.url),
    ['/account', '/contract/search'],
  )
})

t.test('what begins something new beside the slots waits too', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const send = callerOf(() => url)
  await send('POST', '/clients/pause')
  const asked = (): [string, string, object, Record<string, string>][] => [
    ['POST', '/order', order, { 'idempotency-key': 'mine' }],
    ['POST', '/order?until=filled', order, {}],
    ['POST', '/order/smart', { symbol: 'AAPL', targetPosition: 3 }, {}],
    ['POST', '/clients/0/order/smart', { symbol: 'AAPL', targetPosition: 3 }, {}],
  ]
  for (const [method, path, body, headers] of asked()) {
    const late = await send(method, path, body, { ...headers, 'x-deadline-ms': '30' })
    t.match(late, { status: 503, body: { code: 'PROXY_PAUSED', retryable: true } }, path)
  }
  t.same(
    stubs.flatMap(({ calls }) => calls),
    [],
  )
  const waiting = asked().map(([method, path, body, headers]) => send(method, path, body, headers))
  await send('POST', '/clients/resume')
  for (const { status } of await Promise.all(waiting)) t.equal(status, 200)
})

t.test('whose patience ends in a pause hears of the pause', async (t) => {
  const { url } = await proxied(t, 1)
  const send = callerOf(() => url)
  await send('POST', '/clients/pause')
  const late = await send('GET', '/account', undefined, { 'x-deadline-ms': '30' })
  t.match(late, { status: 503, body: { code: 'PROXY_PAUSED', retryable: true } })
  t.ok(Number(late.headers.get('retry-after')) >= 1)
})

t.test('cancels and calls about existing orders pass', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const send = callerOf(() => url)
  await send('POST', '/clients/pause')
  for (const [method, path, body] of [
    ['DELETE', '/order/1.7', undefined],
    ['DELETE', '/order?all=true', undefined],
    ['PUT', '/order/1.7', { lmtPrice: 1 }],
    ['GET', '/order/1.7', undefined],
    ['GET', '/executions', undefined],
  ] as const)
    t.equal((await send(method, path, body)).status, 200, `${method} ${path}`)
  t.ok(stubs.flatMap(({ calls }) => calls).some((call) => call.url === '/order?all=true'))
})

t.test('instances may go and come back during a pause: nobody is refused for that', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const send = callerOf(() => url)
  await send('POST', '/clients/pause')
  for (const stub of stubs) stub.usable = false
  await until(async () => (await status()).usable === 0, 'down')
  const waiting = send('GET', '/account')
  await until(async () => (await status()).queue.length === 1, 'in line')
  for (const stub of stubs) stub.usable = true
  await until(async () => (await status()).usable === 1, 'back')
  await send('POST', '/clients/resume')
  t.equal((await waiting).status, 200)
})

t.test('a caller who leaves in a pause leaves nothing behind', async (t) => {
  const { url, proxy, stubs } = await proxied(t, 1)
  const send = callerOf(() => url)
  await send('POST', '/clients/pause')
  const leaving = new AbortController()
  const asked = fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'gone' },
    body: JSON.stringify(order),
    signal: leaving.signal,
  })
  await until(() => proxy.pool.pause.held === 1, 'it waits')
  leaving.abort()
  await t.rejects(asked)
  await until(() => proxy.pool.pause.held === 0, 'it has left')
  await send('POST', '/clients/resume')
  t.equal((await send('GET', '/account')).status, 200)
  t.equal(stubs[0]?.calls.length, 1, 'the order of the one who left was not sent')
})
