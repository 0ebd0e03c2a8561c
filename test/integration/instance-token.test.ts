import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { pooled } from '../rig/pooled.ts'
import { proxied } from '../rig/proxied.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const INSTANCE_TOKEN = 'only-the-proxy-knows-this'
const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
const asProxy = { 'ibrest-token': INSTANCE_TOKEN }

t.test('an instance with a token trades for nobody who does not bear it', async (t) => {
  const { call, order: place } = await simulated(t, { environment: { INSTANCE_TOKEN } })
  const wrong = [
    {},
    { 'ibrest-token': 'only-the-proxy-knows-thiS' },
    { 'ibrest-token': `${INSTANCE_TOKEN}x` },
    { 'ibrest-token': '' },
    { ibrest_token: INSTANCE_TOKEN },
    { authorization: `Bearer ${INSTANCE_TOKEN}` },
  ] as Record<string, string>[]
  for (const headers of wrong) {
    const { answer, body } = await place(order, headers)
    t.equal(answer.status, 401, JSON.stringify(headers))
    t.match(body, { code: 'INSTANCE_STRANGER', message: 'Bad credentials', retryable: false })
    t.ok(answer.headers.get('www-authenticate'))
  }
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/account/positions'],
    ['DELETE', '/order?all=true'],
    ['POST', '/clients/pause-orders'],
    ['GET', '/order/events'],
    ['GET', '/test'],
    ['GET', '/no/such/path'],
    ['OPTIONS', '/order'],
  ] as const)
    t.equal((await call(path, { method })).answer.status, 401, `${method} ${path}`)
  t.same((await call('/order', { headers: asProxy })).body, [], 'nothing was placed')
  t.equal((await place(order, asProxy)).answer.status, 201)
})

t.test('strangers hear whether it lives and can be used, and no more', async (t) => {
  const { call } = await simulated(t, { environment: { INSTANCE_TOKEN } })
  t.equal((await call('/beacon')).answer.status, 200)
  const { answer, body } = await call('/clients')
  t.equal(answer.status, 200)
  t.same(body, { clientId: 0, connected: true, stranger: true })
  t.ok((await call('/clients', { headers: asProxy })).body.accounts)
  const { answer: wrong } = await call('/clients', { headers: { 'ibrest-token': 'x'.repeat(25) } })
  t.equal(wrong.status, 401, 'a proxy with another token is told so')
})

t.test('a proxy bears it on every road', async (t) => {
  const { call, order: place, url, proxy } = await pooled(t, 2, { INSTANCE_TOKEN })
  t.equal((await call('/account/positions')).answer.status, 200, 'leased')
  const { answer, body } = await place(order, { 'idempotency-key': 'one' })
  t.equal(answer.status, 201, 'to the owner of a key')
  t.equal((await call(`/order/${body.id}`)).answer.status, 200, 'owned')
  t.equal((await call(`/order/${body.orderId}`)).answer.status, 200, 'searched')
  t.equal((await call('/executions')).answer.status, 200, 'gathered')
  t.equal((await call('/clients/1')).body.stranger, undefined, 'pinned')
  t.equal((await call('/order/events?since=0')).body.events.length > 0, true, 'events')
  const subscribed = await call('/market/data?conId=265598', { method: 'POST' })
  t.equal(subscribed.answer.status, 200, 'a feed')
  const gone = new AbortController()
  const stream = await fetch(`${url}/market/data?symbol=AAPL`, {
    headers: { accept: 'text/event-stream' },
    signal: gone.signal,
  })
  t.equal(stream.status, 200, 'a stream')
  gone.abort()
  const paused = await call('/clients/pause-orders', { method: 'POST' })
  t.equal(paused.answer.status, 200)
  t.notOk(paused.body.untold?.length, 'the kill switch reaches all')
  t.equal(proxy.pool.status().usable, 2)
})

t.test('a proxy without the token, or with another, has no instance and says why', async (t) => {
  const { url: origin } = await simulated(t, { environment: { INSTANCE_TOKEN } })
  for (const environment of [{}, { INSTANCE_TOKEN: 'another-token-than-theirs' }]) {
    const { status } = await proxied(t, 0, { INSTANCES: origin, ...environment })
    const seen = await status()
    t.equal(seen.usable, 0)
    t.match(seen.clients[0]?.reason, /does not know this proxy|answers its proxies only/)
  }
})

t.test('the token is read from a file, and what is there is not told', async (t) => {
  const path = join(tempDir(t), 'token')
  writeFileSync(path, `${INSTANCE_TOKEN}\n`)
  const { proxy, stubs } = await proxied(t, 1, { INSTANCE_TOKEN_FILE: path })
  await until(() => stubs[0]?.probes.length, 'asked')
  t.equal(stubs[0]?.probes[0]?.['ibrest-token'], INSTANCE_TOKEN)
  t.ok(proxy)
})

t.test('what a stranger writes in fields of ours reaches no instance', async (t) => {
  const { url, stubs } = await proxied(t, 1, { INSTANCE_TOKEN })
  await fetch(`${url}/account/positions`, {
    headers: {
      'ibrest-token': 'mine',
      'IBREST-Caller': 'admin',
      'ibrest-owned': '1',
      'ibrest-gap': 'open',
      'ibrest-state': 'x',
      'x-deadline-ms': '1000',
      connection: 'ibrest-token, x-request-id',
    },
  })
  const headers: Readonly<Record<string, unknown>> = stubs[0]?.calls[0]?.headers ?? {}
  t.equal(headers['ibrest-token'], INSTANCE_TOKEN)
  for (const name of ['ibrest-caller', 'ibrest-owned', 'ibrest-gap', 'ibrest-state'])
    t.equal(headers[name], undefined, name)
  t.ok(headers['x-request-id'])
})
