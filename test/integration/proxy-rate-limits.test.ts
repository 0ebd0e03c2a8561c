import t, { type Test } from 'tap'
import { readConfig } from '../../proxy/config.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { lobby } from '../rig/lobby.ts'
import type { Parsed } from '../rig/parsed.ts'
import { proxied } from '../rig/proxied.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)

/** Its callers say where they are, so that they need not be on this machine. */
const ELSEWHERE = { TRUST_PROXY: '127.0.0.1' }
const from = (address: string) => ({ 'x-forwarded-for': address })

interface Told {
  readonly status: number
  readonly headers: Headers
  readonly body: Parsed
}

async function limited(t: Test, environment: Record<string, string>) {
  const it = await proxied(t, 1, environment)
  await until(async () => (await it.status()).usable === 1, 'the pool')
  const call = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body: unknown = {},
  ): Promise<Told> => {
    const answer = await fetch(`${it.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(!['GET', 'HEAD'].includes(method) && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') && text !== ''
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson ? JSON.parse(text) : text,
    }
  }
  return { ...it, call }
}

t.test(
  'S4.19 strangers from elsewhere may call sixty times an hour, this machine as it likes',
  async (t) => {
    const { call } = await limited(t, ELSEWHERE)
    const stranger = from('203.0.113.9')
    for (let left = 59; left >= 0; left -= 1) {
      const { status, headers } = await call('GET', '/order', stranger)
      t.equal(status, 200)
      t.equal(headers.get('ratelimit-remaining'), String(left))
    }
    t.equal((await call('GET', '/order', stranger)).status, 429)
    t.equal(
      (await call('POST', '/order', stranger)).status,
      429,
      'orders count together with reads',
    )
    t.equal((await call('GET', '/order', from('203.0.113.10'))).status, 200, 'another address')
    for (let count = 0; count < 100; count += 1)
      if ((await call('GET', '/order')).status !== 200) t.fail('this machine is counted')
    const { headers } = await call('GET', '/order')
    t.equal(headers.get('ratelimit'), null, 'nothing is told where nothing counts')
  },
)

t.test('S4.19 a whole IPv6 network is one stranger', async (t) => {
  const { call } = await limited(t, { ...ELSEWHERE, RATE_LIMIT_ANONYMOUS: '1/d' })
  t.equal((await call('GET', '/order', from('2001:db8:0:1::1'))).status, 200)
  t.equal((await call('GET', '/order', from('2001:db8::1:ffff:0:0:2'))).status, 429)
  t.equal((await call('GET', '/order', from('2001:db8:0:2::1'))).status, 200)
  t.equal((await call('GET', '/order', from('::ffff:203.0.113.9'))).status, 200)
  t.equal((await call('GET', '/order', from('203.0.113.9'))).status, 429)
})

t.test(
  'S4.20 over the limit is 429 with the limit, when it ends, and nothing is carried',
  async (t) => {
    const { call, stubs } = await limited(t, { ...ELSEWHERE, RATE_LIMIT_ANONYMOUS: '2/h' })
    const stranger = from('203.0.113.9')
    const first = await call('GET', '/account/positions', stranger)
    t.equal(first.headers.get('ratelimit-policy'), '"anonymous";q=2;w=3600', 'on a carried answer')
    t.match(first.headers.get('ratelimit'), /^"anonymous";r=1;t=3600$/)
    t.equal((await call('GET', '/no/such/path', stranger)).headers.get('ratelimit-remaining'), '0')
    const before = stubs[0]?.calls.length
    const { status, headers, body } = await call('POST', '/order', stranger)
    t.equal(status, 429)
    t.match(headers.get('content-type'), 'application/problem+json')
    t.match(body, {
      ...{ code: 'PROXY_RATE_LIMITED', message: 'Rate limited', limit: 2, policy: 'anonymous' },
      ...{ retryable: true, reset_at: Number },
    })
    const retryAfter = Number(headers.get('retry-after'))
    t.ok(retryAfter > 3500 && retryAfter <= 3600)
    t.ok(Math.abs(body.reset_at - Date.now() / 1000 - retryAfter) < 5)
    t.equal(headers.get('ratelimit-policy'), '"anonymous";q=2;w=3600')
    t.match(headers.get('ratelimit'), /^"anonymous";r=0;t=3\d{3}$/)
    t.equal(headers.get('ratelimit-limit'), '2')
    t.equal(headers.get('ratelimit-remaining'), '0')
    t.match(headers.get('ratelimit-reset'), /^3\d{3}$/)
    t.equal(stubs[0]?.calls.length, before)
    const metrics = await call('GET', '/metrics', stranger)
    t.match(metrics.body, 'ibrest_proxy_refused_total{code="PROXY_RATE_LIMITED"} 1\n')
  },
)

t.test(
  'S1.8 keys are counted by name, reads and orders apart, each by limits of its own',
  async (t) => {
    const keys = await keyFile(t)
    const other = await keys.make('other', { limits: { readRate: '5/h', orderRate: 'off' } })
    const { call, stubs } = await limited(t, {
      ...{ KEYS_FILE: keys.path, RATE_LIMIT_READ: '3/h', RATE_LIMIT_ORDER: '2/h' },
    })
    const statuses = async (times: number, method: string, path: string, key: string) => {
      const told: number[] = []
      for (let count = 0; count < times; count += 1)
        told.push((await call(method, path, bearer(key))).status)
      return told
    }
    t.same(await statuses(4, 'GET', '/order', keys.trade), [200, 200, 200, 429])
    t.same(await statuses(3, 'POST', '/order', keys.trade), [200, 200, 429])
    t.equal(
      (await call('PUT', '/order/0.1', bearer(keys.trade))).status,
      429,
      'a change is one too',
    )
    t.same(await statuses(6, 'GET', '/order', other), [200, 200, 200, 200, 200, 429])
    t.same(await statuses(9, 'POST', '/order', other), Array(9).fill(200))
    const before = stubs[0]?.calls.length ?? 0
    t.same(
      await statuses(9, 'DELETE', '/order/0.1', keys.trade),
      Array(9).fill(200),
      'cancels pass',
    )
    t.equal(stubs[0]?.calls.length, before + 9)
    t.same(await statuses(9, 'DELETE', '/order?all=true', keys.trade), Array(9).fill(200))
    t.same(await statuses(4, 'GET', '/order', keys.admin), [200, 200, 200, 429])
    t.equal((await call('POST', '/clients/pause-orders', bearer(keys.admin))).status, 200)
    t.equal((await call('POST', '/clients/resume-orders', bearer(keys.admin))).status, 200)
    for (const path of ['/beacon', '/clients', '/metrics'])
      t.equal((await call('GET', path, bearer(keys.trade))).status, 200, path)
  },
)

t.test("S1.8 S4.20 IB's limits stand beside the caller's in one answer", async (t) => {
  const keys = await keyFile(t)
  const { call } = await limited(t, { KEYS_FILE: keys.path, ORDERS_PER_MINUTE: '7' })
  const market = await call('GET', '/market/AAPL', bearer(keys.read))
  t.equal(market.status, 200)
  t.match(market.headers.get('ratelimit-policy'), /^"read";q=50;w=1, "ib-lines";q=100$/)
  t.equal(market.headers.get('ratelimit-limit'), '50', 'of which the smallest part is left')
  const order = await call('POST', '/order', bearer(keys.trade))
  t.equal(order.headers.get('ratelimit-policy'), '"order";q=10;w=1, "orders";q=7;w=60')
  t.equal(order.headers.get('ratelimit-limit'), '7')
  const stream = await fetch(`${(await limited(t, { KEYS_FILE: keys.path })).url}/order/events`, {
    headers: { accept: 'text/event-stream', ...bearer(keys.read) },
  })
  t.equal(stream.headers.get('ratelimit-policy'), '"read";q=50;w=1', 'on a stream')
  await stream.body?.cancel()
})

t.test('S1.8 logins from elsewhere are five a minute, right ones too', async (t) => {
  const { post } = await lobby(t, ELSEWHERE)
  const login = () =>
    post('/session', { userName: 'alice', password: 'correct horse battery' }, from('203.0.113.9'))
  for (let count = 0; count < 5; count += 1) t.equal((await login()).status, 201)
  const sixth = await login()
  t.equal(sixth.status, 429)
  t.match(sixth.body, { code: 'PROXY_RATE_LIMITED', limit: 5, policy: 'login' })
  t.match(sixth.headers.get('ratelimit-policy'), '"login";q=5;w=60')
})

t.test('S1.8 a rate that is none keeps the proxy from starting', (t) => {
  for (const rate of ['60', '0/s', '5/y', '100000/s', '-1/s', 'many'])
    t.throws(
      () => readConfig({ INSTANCES: 'http://127.0.0.1:1', RATE_LIMIT_READ: rate }),
      { message: /RATE_LIMIT_READ/ },
      rate,
    )
  t.end()
})
