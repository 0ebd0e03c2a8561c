import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'
import { Held } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const HEAD = 'POST /order HTTP/1.1\r\nHost: localhost\r\n'
/** One byte a second is far slower than these allow; tests wait for less. */
const QUICK = { HEADER_TIMEOUT_MS: '500', BODY_TIMEOUT_MS: '1000' }
const BYTE_EVERY_MS = 200

t.test('a head that comes a byte at a time is given up, and takes nothing', async (t) => {
  const { url, stubs, status } = await proxied(t, 1, QUICK)
  const callers = Array.from({ length: 20 }, () => new RawCaller(url))
  for (const caller of callers) void caller.trickle(HEAD.repeat(20), BYTE_EVERY_MS)
  t.equal((await fetch(`${url}/account/positions`)).status, 200, 'others are served meanwhile')
  for (const caller of callers) {
    await caller.ended()
    t.same(caller.statuses, [408])
    t.match(caller.heard, /"code":"REQUEST_TOO_SLOW"[\s\S]*"retryable":true/)
  }
  t.equal(stubs[0]?.calls.length, 1)
  t.equal((await status()).idle, 1)
})

t.test('so is a body, with its length told or in chunks; it never takes a slot', async (t) => {
  const { url, stubs, status } = await proxied(t, 1, QUICK)
  for (const [fields, piece] of [
    ['Content-Length: 1000\r\n', '{'.repeat(1000)],
    ['Transfer-Encoding: chunked\r\n', '1\r\n{\r\n'.repeat(100)],
  ] as const) {
    const caller = new RawCaller(url)
    caller.write(`${HEAD}${fields}\r\n`)
    void caller.trickle(piece, BYTE_EVERY_MS)
    await caller.ended()
    t.same(caller.statuses, [408])
  }
  t.same(stubs[0]?.calls, [])
  t.equal((await status()).idle, 1)
})

t.test('an instance bears slow callers no longer', async (t) => {
  const { url } = await simulated(t, { environment: QUICK })
  const caller = new RawCaller(url)
  void caller.trickle(HEAD.repeat(20), BYTE_EVERY_MS)
  await caller.ended()
  t.same(caller.statuses, [408])
})

t.test('a call that waits is no slow caller', async (t) => {
  const { url, stubs } = await proxied(t, 1, QUICK)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const caller = new RawCaller(url)
  caller.write('GET /account/positions HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(() => held.count === 1, 'at work')
  const slow = new RawCaller(url)
  void slow.trickle(HEAD.repeat(20), BYTE_EVERY_MS)
  await slow.ended()
  t.equal(caller.isOver, false, 'it came before, and is there still')
  held.releaseAll()
  t.same(await caller.answered(1), [200])
  caller.leave()
})

t.test('what is too large is refused with its name', async (t) => {
  const { url, stubs } = await proxied(t, 1, { MAX_HEADER_BYTES: '2048', BODY_LIMIT_BYTES: '1024' })
  const large = new RawCaller(url)
  large.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(4096)}\r\n\r\n`)
  await large.ended()
  t.same(large.statuses, [431])
  t.match(large.heard, /"code":"REQUEST_HEADERS_TOO_LARGE"/)
  const path = new RawCaller(url)
  path.write(`GET /${'x'.repeat(4096)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await path.ended()
  t.same(path.statuses, [431])
  const body = await fetch(`${url}/order`, { method: 'POST', body: 'x'.repeat(2000) })
  t.match(await body.json(), { status: 413, code: 'REQUEST_TOO_LARGE' })
  t.same(stubs[0]?.calls, [])
})

t.test('no field is left out because there are many', async (t) => {
  const { url } = await proxied(t, 1, { MAX_HEADER_BYTES: '65536' })
  const caller = new RawCaller(url)
  const many = Array.from({ length: 2200 }, (_, n) => `n${n}: \r\n`).join('')
  caller.write(
    `GET /test HTTP/1.1\r\nHost: localhost\r\n${many}X-Last: here\r\nConnection: close\r\n\r\n`,
  )
  await caller.ended()
  t.match(caller.heard, /"x-last":"here"/)
})

t.test('more connections than MAX_CONNECTIONS are closed, and counted', async (t) => {
  const { url } = await proxied(t, 1, { MAX_CONNECTIONS: '3' })
  const callers = Array.from({ length: 3 }, () => new RawCaller(url))
  for (const caller of callers) {
    caller.write('GET /beacon HTTP/1.1\r\nHost: localhost\r\n\r\n')
    t.same(await caller.answered(1), [200])
  }
  const surplus = new RawCaller(url)
  await surplus.ended()
  t.equal(surplus.heard, '')
  const [first] = callers
  first?.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(
    () => first?.heard.includes('ibrest_proxy_connections_refused_total 1'),
    'the counter',
  )
  for (const caller of callers) caller.leave()
})
