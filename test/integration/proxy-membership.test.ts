import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { PoolStatus } from '../../shared/schemas/client.ts'
import { callerOf } from '../rig/caller.ts'
import { serveProxy } from '../rig/served-proxy.ts'
import { Held, StubInstance } from '../rig/stub-instance.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

/** A proxy whose instances stand in a file; `stand` writes it anew. */
async function listed(t: Test, size: number, environment: Record<string, string> = {}) {
  const stubs = await Promise.all(Array.from({ length: 4 }, () => new StubInstance().start()))
  const path = join(tempDir(t), 'instances')
  const write = (of: readonly StubInstance[]) =>
    writeFileSync(path, ['# client ids', ...of.map(({ origin }) => origin)].join('\n'))
  write(stubs.slice(0, size))
  const { proxy, url } = await serveProxy({
    ...{ INSTANCES: `file:${path}`, KEY_CLIENTS: '2' },
    ...environment,
  })
  t.teardown(async () => {
    await Promise.all(stubs.map((stub) => stub.stop()))
    await proxy.stop()
  })
  return {
    ...{ url, stubs, proxy, path, write, send: callerOf(() => url) },
    status: async () => (await (await fetch(`${url}/clients`)).json()) as PoolStatus,
    stand: async (of: readonly StubInstance[]) => {
      write(of)
      await proxy.reread()
    },
  }
}

t.test('instances are added and removed without a restart: 2, 4, 3', async (t) => {
  const { stubs, proxy, send, status, stand } = await listed(t, 2)
  t.equal((await status()).usable, 2)
  await stand(stubs)
  await until(async () => (await status()).usable === 4, 'four')
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const running = Array.from({ length: 4 }, (_, n) =>
    send('GET', `/account/positions?account=DU${n}`),
  )
  await until(() => held.count === 4, 'all four at work')
  await stand(stubs.slice(0, 3))
  t.match((await status()).clients[3], { state: 'draining' }, 'it finishes first')
  held.releaseAll()
  for (const { status } of await Promise.all(running)) t.equal(status, 200)
  await until(async () => (await status()).clients.length === 3, 'three')
  t.equal(proxy.pool.size, 3)
  const last = stubs[3]
  const before = last?.calls.length
  for (const stub of stubs) stub.answer = (_, response) => response.end('{}')
  for (let call = 0; call < 6; call += 1)
    t.equal((await send('GET', '/account/positions')).status, 200)
  t.equal(last?.calls.length, before)
})

t.test('orders of a client that has left are not taken for unknown', async (t) => {
  const { stubs, send, status, stand } = await listed(t, 4)
  await stand(stubs.slice(0, 3))
  await until(async () => (await status()).clients.length === 3, 'three')
  t.match(await send('GET', '/order/3.1'), {
    status: 503,
    body: { code: 'PROXY_OWNER_DOWN', client_id: 3 },
  })
  const gathered = await send('GET', '/executions')
  t.equal(gathered.headers.get('ibrest-missing-clients'), '3')
  t.match(await send('GET', '/order/4.1'), { status: 404, body: { code: 'PROXY_UNKNOWN_ORDER' } })
})

t.test('a key has the same owner however many instances there are', async (t) => {
  const { stubs, send, status, stand } = await listed(t, 2)
  const place = async (key: string) =>
    (await send('POST', '/order', { symbol: 'AAPL' }, { 'idempotency-key': key })).headers.get(
      'ibrest-client-id',
    )
  const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`)
  const before = await Promise.all(keys.map(place))
  await stand(stubs)
  await until(async () => (await status()).usable === 4, 'four')
  t.same(await Promise.all(keys.map(place)), before)
})

t.test('an instance that moves finishes its calls where it was', async (t) => {
  const { stubs, send, status, stand } = await listed(t, 2)
  const [first, old, , next] = stubs
  if (first === undefined || old === undefined || next === undefined) return
  const held = new Held()
  old.answer = held.answer
  const running = send('GET', '/clients/1/account')
  await until(() => held.count === 1, 'one running')
  await stand([first, next])
  t.match(await status(), { clients: [{}, { state: 'draining', origin: old.origin }] })
  t.equal((await send('GET', '/account')).headers.get('ibrest-client-id'), '0')
  held.release()
  t.equal((await running).status, 200)
  await until(async () => (await status()).usable === 2, 'usable where it is now')
  t.equal((await send('GET', '/clients/1/account')).status, 200)
  t.equal((await send('GET', '/order/1.5')).status, 200)
  t.equal(next.calls.length, 2)
})

t.test('a list that is wrong is refused, and the old one stays', async (t) => {
  const { stubs, proxy, path, send, status } = await listed(t, 2)
  for (const wrong of ['', 'nonsense', `${stubs[0]?.origin}\n${stubs[0]?.origin}`]) {
    writeFileSync(path, wrong)
    await proxy.reread()
    t.equal((await status()).usable, 2, wrong)
  }
  t.equal((await send('GET', '/account')).status, 200)
})

t.test('a changed file is noticed by itself', async (t) => {
  const { stubs, write, status } = await listed(t, 2)
  write(stubs.slice(0, 3))
  await until(async () => (await status()).usable === 3, 'three')
})

t.test('an instance that says it is another client is not sent to', async (t) => {
  const { stubs, status } = await listed(t, 2)
  stubs.forEach((stub, n) => {
    stub.explanation = { clientId: 1 - n }
  })
  await until(async () => (await status()).usable === 0, 'none')
  t.match((await status()).clients[0]?.reason, /is client 1/)
})

t.test('who reads along gets the events of a client that joins', async (t) => {
  const { stubs, send, stand } = await listed(t, 2)
  const cursorOf = async () => (await send('GET', '/order/events?since=now')).body.cursor
  for (const stub of stubs)
    stub.answer = (_, response) =>
      response.end(JSON.stringify({ events: [], cursor: '5', more: false }))
  t.equal(await cursorOf(), '5.5')
  const reading = send('GET', '/order/events?since=5.5', undefined, { prefer: 'wait=20' })
  await until(() => (stubs[1]?.calls.length ?? 0) > 2, 'it reads along')
  const joined = stubs[2]
  if (joined === undefined) return
  const event = { id: '2-6', clientid: 2, sequence: 6, time: '2026-11-21T00:00:00.000Z' }
  joined.answer = (_, response) =>
    response.end(JSON.stringify({ events: [event], cursor: '6', more: false }))
  await stand(stubs.slice(0, 3))
  const { body } = await reading
  t.match(body, { events: [{ id: '2-6' }], cursor: '5.5.6' })
})

t.test('a cursor of more clients than are here keeps its positions', async (t) => {
  const { stubs, send } = await listed(t, 2)
  for (const stub of stubs)
    stub.answer = (_, response) =>
      response.end(JSON.stringify({ events: [], cursor: '5', more: false }))
  t.match((await send('GET', '/order/events?since=5.5.9.12')).body, {
    cursor: '5.5.9.12',
    missing: [2, 3],
  })
})
