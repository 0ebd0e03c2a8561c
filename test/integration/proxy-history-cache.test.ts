import t from 'tap'
import type { ProxyStatus } from '../../shared/schemas/client.ts'
import { type Proxied, proxied } from '../rig/proxied.ts'
import { Held, type StubInstance, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const LARGE = '/history/AAPL?durationStr=1%20D'
const SMALL = '/history/AAPL?durationStr=60%20S&barSizeSetting=5%20secs'
const NO_CACHE = { 'cache-control': 'no-cache' }

const sent = ({ stubs }: Proxied) => stubs.flatMap((stub) => stub.calls).length

const metrics = async ({ url }: Proxied) => (await fetch(`${url}/metrics`)).text()

async function outcomes(it: Proxied): Promise<Record<string, number>> {
  const lines = (await metrics(it)).matchAll(/ibrest_history_cache_total\{outcome="(\w+)"\} (\d+)/g)
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]))
}

t.test('the same question of a moment ago is answered from the cache, and says so', async (t) => {
  const it = await proxied(t, 2)
  const first = await fetch(it.url + SMALL)
  t.equal(first.headers.get('ibrest-cache'), 'miss')
  t.equal(first.headers.get('age'), null)
  for (const path of [SMALL, `${SMALL}&whatToShow=TRADES&useRTH=false`, `/clients/0${SMALL}`]) {
    const again = await fetch(it.url + path)
    t.equal(again.status, 200)
    t.equal(again.headers.get('ibrest-cache'), 'hit', path)
    t.match(again.headers.get('age'), /^\d+$/)
    t.equal(again.headers.get('ibrest-client-id'), first.headers.get('ibrest-client-id'))
    t.match(again.headers.get('ratelimit'), /"ib-history";r=59/)
    t.match(await again.json(), { url: SMALL })
  }
  t.equal(sent(it), 1)
  t.match(await outcomes(it), { hit: 3, miss: 1 })
  const head = await fetch(it.url + SMALL, { method: 'HEAD' })
  t.match([head.status, head.headers.get('ibrest-cache')], [200, 'hit'])
})

t.test('another question, representation or caller is not served from it', async (t) => {
  const it = await proxied(t, 2)
  await fetch(it.url + LARGE)
  const others: [string, Record<string, string>][] = [
    ['/history/MSFT?durationStr=1%20D', {}],
    ['/history/AAPL?durationStr=2%20D', {}],
    [`${LARGE}&formatDate=1`, {}],
    [LARGE, { accept: 'text/csv' }],
    [LARGE, { authorization: 'Bearer other' }],
  ]
  for (const [path, headers] of others)
    t.equal((await fetch(it.url + path, { headers })).headers.get('ibrest-cache'), 'miss', path)
  t.equal(sent(it), 1 + others.length)
})

t.test('who wants an answer of its own has one, as soon as IB gives it twice', async (t) => {
  const it = await proxied(t, 2)
  await fetch(it.url + LARGE)
  const fresh = await fetch(it.url + LARGE, { headers: NO_CACHE })
  t.match([fresh.status, fresh.headers.get('ibrest-cache')], [200, 'bypass'])
  t.equal(sent(it), 2)

  await fetch(it.url + SMALL)
  const early = await fetch(it.url + SMALL, { headers: { ...NO_CACHE, 'x-deadline-ms': '2000' } })
  t.match([early.status, await early.json()], [429, { policy: 'ib-history-repeat' }])
  t.ok(Number(early.headers.get('retry-after')) > 2)
  t.equal(sent(it), 3)
  t.equal((await fetch(it.url + SMALL)).headers.get('ibrest-cache'), 'hit', 'others need not wait')
})

t.test('who asks while the same question is under way has its answer', async (t) => {
  const it = await proxied(t, 2)
  const held = new Held()
  for (const stub of it.stubs) stub.answer = held.answer
  const first = fetch(it.url + SMALL)
  await until(() => held.count === 1, 'the first is under way')
  const others = Array.from({ length: 4 }, () => fetch(it.url + SMALL))
  const late = await fetch(it.url + SMALL, { headers: { 'x-deadline-ms': '100' } })
  t.match([late.status, await late.json()], [429, { code: 'PROXY_PACED' }])
  held.release()
  t.equal((await first).headers.get('ibrest-cache'), 'miss')
  for (const other of await Promise.all(others)) {
    t.equal(other.status, 200)
    t.equal(other.headers.get('ibrest-cache'), 'hit')
  }
  t.equal(sent(it), 1)
})

t.test('the first may leave: what it asked for still serves the others', async (t) => {
  const it = await proxied(t, 1)
  const held = new Held()
  const [stub] = it.stubs as [StubInstance]
  stub.answer = held.answer
  const gone = new AbortController()
  const first = fetch(it.url + SMALL, { signal: gone.signal })
  await until(() => held.count === 1, 'the first is under way')
  const second = fetch(it.url + SMALL)
  gone.abort()
  await t.rejects(first)
  await until(async () => (await metrics(it)).includes('code="499"'), 'the proxy has seen it go')
  held.release()
  t.equal((await second).headers.get('ibrest-cache'), 'hit')
  t.equal(sent(it), 1)
})

t.test('the first may leave before it was sent: another goes in its stead', async (t) => {
  const it = await proxied(t, 1)
  const held = new Held()
  const [stub] = it.stubs as [StubInstance]
  stub.answer = held.answer
  const busy = fetch(`${it.url}/account/summary`)
  await until(() => held.count === 1, 'the only slot is busy')
  const gone = new AbortController()
  const first = fetch(it.url + SMALL, { signal: gone.signal })
  await until(async () => (await it.status()).queue.length === 1, 'the first is in line')
  const others = [fetch(it.url + SMALL), fetch(it.url + SMALL)]
  gone.abort()
  await t.rejects(first)
  await until(async () => (await outcomes(it)).miss === 2, 'another has taken its place')
  held.release()
  await until(() => held.count === 1, 'the second is under way')
  held.release()
  const said = (await Promise.all(others)).map(({ headers }) => headers.get('ibrest-cache'))
  t.same(said.sort(), ['hit', 'miss'])
  await busy
  t.equal(sent(it), 2)
})

t.test('errors are never kept', async (t) => {
  const it = await proxied(t, 1)
  const [stub] = it.stubs as [StubInstance]
  const usual = stub.answer
  for (const status of [404, 422, 502]) {
    stub.answer = (_, response) => sendJson(response, status, { code: 'IB_HISTORY_FAILED' })
    t.equal((await fetch(it.url + LARGE)).status, status)
  }
  stub.answer = usual
  t.equal((await fetch(it.url + LARGE)).status, 200)
  t.equal(sent(it), 4)
})

t.test('an answer too large to be held is passed on and not kept', async (t) => {
  const it = await proxied(t, 1)
  const [stub] = it.stubs as [StubInstance]
  const text = 'x'.repeat(5 * 1024 * 1024)
  stub.answer = (_, response) => sendJson(response, 200, { text })
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await fetch(it.url + LARGE)
    t.equal(answer.headers.get('ibrest-cache'), 'miss')
    t.match(await answer.json(), { text })
  }
  t.equal(sent(it), 2)
  const { pacing } = (await it.status()) as ProxyStatus
  t.match(
    pacing.find(({ name }) => name === 'ib-history-open'),
    { remaining: 50 },
  )
})

t.test('an instance lost with the question gives nobody a wrong answer', async (t) => {
  const it = await proxied(t, 2)
  for (const stub of it.stubs)
    stub.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"bars":')
      response.socket?.resetAndDestroy()
    }
  t.equal((await fetch(it.url + LARGE)).status, 502)
  const { pacing } = (await it.status()) as ProxyStatus
  t.match(
    pacing.find(({ name }) => name === 'ib-history-open'),
    { remaining: 50 },
  )
})
