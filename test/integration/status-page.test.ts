import t from 'tap'
import { MAX_READERS } from '../../proxy/status-page/broadcast.ts'
import type { StatusSnapshot } from '../../proxy/status-page/snapshot.ts'
import { callerOf } from '../rig/caller.ts'
import { SseReader } from '../rig/event-readers.ts'
import { proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }

/** How things stand, asked once. */
async function snapshot(url: string): Promise<StatusSnapshot> {
  const answer = await fetch(`${url}/status`, { headers: { accept: 'application/json' } })
  return (await answer.json()) as StatusSnapshot
}

const latestOf = ({ events }: SseReader) => events.at(-1)?.event as unknown as StatusSnapshot

t.test('the snapshot shows what runs, who waits, and what has ended', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const send = callerOf(() => url)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const running = [send('GET', '/account/positions'), send('GET', '/contract?symbol=AAPL')]
  await until(() => held.count === 2, 'both clients at work')
  running.push(send('GET', '/account'), send('POST', '/order', order))
  const before = await until(async () => {
    const seen = await snapshot(url)
    return seen.queue.length === 2 && seen
  }, 'two in line')
  t.match(before, { usable: 2, busy: 2, waiting: { cancel: 0, order: 1, read: 1, history: 0 } })
  t.match(
    before.clients
      .flatMap((client) => client.running)
      .map(({ route }) => route)
      .sort(),
    ['/account/positions', '/contract'],
  )
  for (const { since } of before.clients.flatMap((client) => client.running))
    t.ok(Date.parse(since) <= Date.parse(before.at))
  t.match(before, { recent: [], calls: 0, latency: { lastMinute: 0, p50Ms: null }, alerts: [] })

  await until(() => {
    held.releaseAll()
    return stubs.flatMap(({ calls }) => calls).length === 4 && held.count === 0
  }, 'all asked')
  await Promise.all(running)
  await send('GET', '/nowhere')
  const after = await snapshot(url)
  t.match(after, { calls: 5, latency: { lastMinute: 5 }, queue: { length: 0 } })
  t.same(
    after.clients.flatMap((client) => client.running),
    [],
  )
  t.match(after.recent[0], { method: 'GET', status: 404, clientId: null, instanceMs: null })
  const placed = after.recent.find(({ method }) => method === 'POST')
  t.match(placed, { route: '/order', status: 200, code: null, pacingMs: null })
  t.ok((placed?.queueMs ?? 0) > 0, 'it stood in line')
  for (const { queueMs, instanceMs, totalMs } of after.recent.slice(1))
    t.ok(queueMs + (instanceMs ?? 0) <= totalMs + 0.02, 'stages are parts of the whole')
  t.match(after.orderCalls.counts, {
    place: { confirmed: 1, refused: 0 },
    cancel: { confirmed: 0 },
  })
  t.ok((after.latency.p99Ms ?? 0) >= (after.latency.p50Ms ?? 1))
})

t.test('what the proxy answers by itself is no call', async (t) => {
  const { url } = await proxied(t, 1)
  for (const path of ['/clients', '/beacon', '/metrics', '/'])
    await (await fetch(`${url}${path}`)).text()
  t.match(await snapshot(url), { calls: 0, recent: [] })
})

t.test('a refused order and one in doubt are told apart, and the doubt is an alert', async (t) => {
  const { url, stubs, proxy } = await proxied(t, 1)
  const send = callerOf(() => url)
  const [stub] = stubs
  if (stub === undefined) return
  stub.answer = (_, response) => sendJson(response, 422, { code: 'REQUEST_INVALID' })
  t.equal((await send('POST', '/order', order)).status, 422)
  stub.answer = (_, response) => response.destroy()
  t.equal((await send('POST', '/order', order)).status, 502)
  await until(() => proxy.pool.status().usable === 1, 'back')
  await send('POST', '/clients/pause-orders')
  t.equal((await send('POST', '/order', order)).status, 403)
  const { orderCalls, alerts, recent } = await snapshot(url)
  t.match(orderCalls.counts.place, { refused: 2, inDoubt: 1, confirmed: 0 })
  t.same(
    recent.map(({ status }) => status),
    [403, 502, 422],
  )
  t.match(recent[1], { code: 'PROXY_INSTANCE_LOST' })
  t.same(
    alerts.map(({ name }) => name),
    ['orders-in-doubt', 'orders-paused'],
  )
})

t.test('a reader has a snapshot at once and hears of what happens', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const reader = new SseReader(`${url}/status`)
  t.teardown(() => reader.leave())
  await until(() => reader.events.length > 0, 'the first')
  t.match(latestOf(reader), { usable: 2, alerts: [] })
  const [stub] = stubs
  if (stub === undefined) return
  stub.usable = false
  stub.explanation = { reason: 'the gateway is away', hint: 'Look at it.' }
  await until(() => latestOf(reader).usable === 1, 'a client is down')
  t.match(latestOf(reader).clients[0], { state: 'down', reason: 'the gateway is away' })
  t.match(latestOf(reader).alerts, [
    { level: 'warning', name: 'clients-down', text: /Client 0 is not.*away/, hint: 'Look at it.' },
  ])
  await callerOf(() => url)('POST', '/clients/1/drain')
  await until(() => latestOf(reader).clients[1]?.state === 'drained', 'another is drained')
  t.equal(latestOf(reader).alerts[0]?.level, 'critical', 'nobody is left')
  const { length } = reader.events
  await until(() => reader.events.length > length + 1, 'snapshots go on though nothing happens')
})

t.test('a full line, a pause and a proxy that goes are alerts', async (t) => {
  const { url, stubs, proxy } = await proxied(t, 1, { QUEUE_LIMIT: '2', SHUTDOWN_DRAIN_MS: '1500' })
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const calls = ['/account', '/account/positions', '/contract?symbol=A'].map(async (path) =>
    (await fetch(`${url}${path}`)).text(),
  )
  const namesOf = ({ alerts }: StatusSnapshot) => alerts.map(({ name }) => name)
  await until(async () => namesOf(await snapshot(url)).includes('line-full'), 'the line is full')
  const pausing = callerOf(() => url)('POST', '/clients/pause')
  await until(async () => namesOf(await snapshot(url)).includes('pool-paused'), 'paused')
  await callerOf(() => url)('POST', '/clients/resume')
  held.releaseAll()
  await until(() => {
    held.releaseAll()
    return stubs[0]?.calls.length === 3
  }, 'all asked')
  held.releaseAll()
  await Promise.all([pausing, ...calls])
  const reader = new SseReader(`${url}/status`)
  await until(() => reader.events.length > 0, 'a reader')
  const stopped = proxy.stop()
  await until(() => namesOf(latestOf(reader)).includes('leaving'), 'it says that it goes')
  await Promise.all([stopped, reader.ended])
})

t.test('what instances say of themselves becomes an alert', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const until_ = new Date(Date.now() + 60_000).toISOString()
  const said = { overlaps: 1, tradingMode: 'paper', restartWindow: { until: until_ } }
  Object.assign(stubs[0]?.explanation ?? {}, said)
  Object.assign(stubs[1]?.explanation ?? {}, { tradingMode: 'live' })
  const names = await until(async () => {
    const { alerts } = await snapshot(url)
    return alerts.length === 3 && alerts.map(({ name }) => name)
  }, 'three alerts')
  t.same(names, ['overlaps', 'different-money', 'restart-window'])
})

t.test('readers are so many at most, and their streams end with the proxy', async (t) => {
  const { url, proxy } = await proxied(t, 1)
  const readers = Array.from({ length: MAX_READERS }, () => new SseReader(`${url}/status`))
  await until(() => readers.every(({ events }) => events.length > 0), 'all read')
  const oneMore = await fetch(`${url}/status`, { headers: { accept: 'text/event-stream' } })
  t.equal(oneMore.status, 503)
  t.match(await oneMore.json(), { code: 'PROXY_TOO_MANY_READERS' })
  await readers[0]?.leave()
  const next = await until(async () => {
    const reader = new SseReader(`${url}/status`)
    await until(() => reader.status !== 0, 'an answer')
    return reader.status === 200 && reader
  }, 'the place is free')
  await proxy.stop()
  await Promise.all([...readers, next].map(({ ended }) => ended))
})

t.test('the page brings all it needs, and nothing else may run in it', async (t) => {
  const { url } = await proxied(t, 1)
  for (const path of ['/status', '/api/v1/status', '/status/']) {
    const answer = await fetch(`${url}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' } })
    t.equal(answer.status, 200, path)
    t.match(answer.headers.get('content-type'), 'text/html')
    const policy = answer.headers.get('content-security-policy') ?? ''
    t.match(policy, "default-src 'none'")
    t.notMatch(policy, 'unsafe')
    t.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    t.equal(answer.headers.get('cache-control'), 'no-store')
    const text = await answer.text()
    t.notMatch(text, /https?:/, 'nothing from elsewhere')
    t.notMatch(text, /<script(?![^>]* src=)|<style| style=| on\w+=/, 'nothing inline')
    for (const [, part = ''] of text.matchAll(/(?:href|src)="(status\/[^"]+)"/g)) {
      const file = await fetch(new URL(part, answer.url))
      t.equal(file.status, 200, part)
      const etag = file.headers.get('etag') ?? ''
      t.notMatch((await file.text()).replaceAll('http://www.w3.org/2000/svg', ''), /https?:/, part)
      const again = await fetch(file.url, { headers: { 'if-none-match': etag } })
      t.equal(again.status, 304, part)
    }
  }
})

t.test('what is not there, not accepted or not asked for rightly is said so', async (t) => {
  const { url } = await proxied(t, 1)
  const send = callerOf(() => url)
  t.match(await send('GET', '/status/page.html'), { status: 404 })
  t.match(await send('GET', '/status/..%2fstatus-page.ts'), { status: 404 })
  t.match(await send('GET', '/status', undefined, { accept: 'image/png' }), { status: 406 })
  t.match(await send('GET', '/status?every=5', undefined, { accept: 'text/html' }), {
    status: 422,
    body: { errors: [{ field: 'every', code: 'not_allowed' }] },
  })
  t.match(await send('POST', '/status'), { status: 405 })
  const head = await fetch(`${url}/status`, {
    method: 'HEAD',
    headers: { accept: 'text/event-stream' },
  })
  t.equal(head.status, 200, 'a stream has an end where only its head is wanted')
})
