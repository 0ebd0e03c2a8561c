import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'

const DESK = 'https://desk.example'
const EVIL = 'https://evil.example'
const from = (origin: string): Record<string, string> => ({
  origin,
  'sec-fetch-site': 'cross-site',
})

t.test('no other origin is let in unless it is listed', async (t) => {
  const { url } = await proxied(t, 1)
  const read = await fetch(`${url}/account/positions`, { headers: { origin: DESK } })
  t.equal(read.headers.get('access-control-allow-origin'), null)
  const preflight = await fetch(`${url}/order`, {
    method: 'OPTIONS',
    headers: { origin: DESK, 'access-control-request-method': 'POST' },
  })
  t.equal(preflight.headers.get('access-control-allow-origin'), null)
})

t.test(
  'S1.7 pages of a listed origin may do what programs may, those of others nothing',
  async (t) => {
    const { url, stubs } = await proxied(t, 1, { CORS_ALLOWED_ORIGINS: `${DESK}, http://lab:3000` })
    const preflight = await fetch(`${url}/order`, {
      method: 'OPTIONS',
      headers: {
        ...from(DESK),
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, idempotency-key',
      },
    })
    t.equal(preflight.status, 204)
    t.equal(preflight.headers.get('access-control-allow-origin'), DESK)
    t.match(preflight.headers.get('access-control-allow-methods'), /POST.*DELETE/)
    t.match(preflight.headers.get('access-control-allow-headers'), /idempotency-key/)
    t.equal(preflight.headers.get('access-control-allow-credentials'), null)

    const order = { method: 'POST', body: '{}', headers: from(DESK) }
    const placed = await fetch(`${url}/order`, order)
    t.equal(placed.status, 200, 'carried')
    t.equal(placed.headers.get('access-control-allow-origin'), DESK)
    t.equal(placed.headers.get('access-control-expose-headers'), '*')
    t.ok(placed.headers.get('ibrest-client-id'))
    const local = await fetch(`${url}/clients`, { headers: from(DESK) })
    t.equal(local.headers.get('access-control-allow-origin'), DESK, 'answered here')
    const problem = await fetch(`${url}/no/such/path`, { headers: from(DESK) })
    t.equal(problem.headers.get('access-control-allow-origin'), DESK, 'problems can be read')

    const evil = await fetch(`${url}/order`, { ...order, headers: from(EVIL) })
    t.match(await evil.json(), { status: 403, code: 'REQUEST_CROSS_SITE' })
    const seen = await fetch(`${url}/account/positions`, { headers: from(EVIL) })
    t.equal(seen.headers.get('access-control-allow-origin'), null)
    for (const near of [`${DESK}.evil.example`, 'http://desk.example', `${DESK}:8443`, 'null'])
      t.equal((await fetch(`${url}/order`, { ...order, headers: from(near) })).status, 403, near)
    t.equal(stubs[0]?.calls.filter(({ method }) => method === 'POST').length, 1)
  },
)

t.test('so it is with WebSockets', async (t) => {
  const { url } = await proxied(t, 1, { CORS_ALLOWED_ORIGINS: DESK })
  const opens = (origin: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
        headers: { origin },
      } as never)
      socket.onopen = () => {
        resolve(true)
        socket.close()
      }
      socket.onerror = () => resolve(false)
    })
  t.equal(await opens(DESK), true)
  t.equal(await opens(EVIL), false)
})

t.test('what is shown in a browser bears what keeps it there', async (t) => {
  const { url } = await proxied(t, 1)
  const { headers } = await fetch(`${url}/status`, { headers: { accept: 'text/html' } })
  t.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
  for (const [name, value] of [
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['referrer-policy', 'no-referrer'],
    ['origin-agent-cluster', '?1'],
    ['x-permitted-cross-domain-policies', 'none'],
    ['cross-origin-opener-policy', 'same-origin'],
  ] as const)
    t.equal(headers.get(name), value)
  t.equal(headers.get('strict-transport-security'), null, 'not without TLS')
})

t.test('a WebSocket that was refused leaves no connection behind', async (t) => {
  const { url } = await proxied(t, 1)
  const caller = new RawCaller(url)
  caller.write(
    `GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: ${EVIL}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  await caller.ended()
  t.same(caller.statuses, [403])
})
