import { Agent, request } from 'node:http'
import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { Held } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

/** What one call on a kept connection was told. */
function ask(agent: Agent, url: string): Promise<{ status: number; connection: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          connection: response.headers.connection ?? '',
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}

t.test('told to stop, a proxy alone serves all who are there, those in line too', async (t) => {
  const { url, stubs, proxy, status } = await proxied(t, 2)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const calls = Array.from({ length: 12 }, (_, n) =>
    fetch(`${url}/account/positions?account=DU${n}`).then(async (answer) => {
      await answer.body?.cancel()
      return answer.status
    }),
  )
  await until(async () => (await status()).queue.length === 10, 'two running, ten in line')
  const stopped = proxy.stop()
  for (const stub of stubs) stub.answer = (_, response) => response.end('{}')
  held.releaseAll()
  t.same(
    await Promise.all(calls),
    calls.map(() => 200),
  )
  await stopped
  t.equal(stubs.flatMap((stub) => stub.calls).length, 12)
})

t.test('readiness falls first; for the drain it serves on, and keeps no connection', async (t) => {
  const { url, stubs, proxy } = await proxied(t, 1, { SHUTDOWN_DRAIN_MS: '1000' })
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const before = ask(agent, `${url}/account`)
  await until(() => held.count === 1, 'one running')
  const stopped = proxy.stop()
  const readiness = await fetch(`${url}/clients`)
  t.equal(readiness.status, 503)
  await readiness.body?.cancel()
  const newcomer = ask(agent, `${url}/account/positions`)
  await until(async () => proxy.pool.line.length === 1, 'a newcomer in line')
  held.release()
  await until(() => held.count === 1, 'the newcomer served')
  held.release()
  t.match(await before, { status: 200, connection: 'close' }, 'came before')
  t.match(await newcomer, { status: 200, connection: 'close' }, 'came meanwhile')
  await stopped
  await t.rejects(ask(agent, `${url}/account`), { code: 'ECONNREFUSED' })
})

t.test('after the drain newcomers are refused and who came before is served', async (t) => {
  const { url, stubs, proxy } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const running = ask(agent, `${url}/account`)
  await until(() => held.count === 1, 'one running')
  const stopped = proxy.stop()
  const refused = await fetch(`${url}/account`)
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('connection'), 'close')
  t.ok(refused.headers.get('retry-after'))
  t.match(await refused.json(), { code: 'PROXY_SHUTTING_DOWN', retryable: true })
  t.equal((await fetch(`${url}/metrics`)).status, 200, 'still watched over')
  held.release()
  t.match(await running, { status: 200 })
  await stopped
})

t.test('a pause does not hold up the end: who waits is told to go elsewhere', async (t) => {
  const { url, proxy } = await proxied(t, 2)
  await fetch(`${url}/clients/pause`, { method: 'POST' })
  const inLine = fetch(`${url}/account`)
  const beside = fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'a' },
    body: '{}',
  })
  await until(() => proxy.pool.line.length + proxy.pool.pause.held === 2, 'both wait')
  await proxy.stop()
  t.match(await (await inLine).json(), { code: 'PROXY_SHUTTING_DOWN', retryable: true })
  t.match(await (await beside).json(), { code: 'PROXY_PAUSED', retryable: true })
})
