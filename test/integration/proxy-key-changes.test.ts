import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { test } from 'tap'
import { revokeKey } from '../../proxy/auth/key-file.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { proxied } from '../rig/proxied.ts'
import { sendJson } from '../rig/stub-instance.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const FREE_FAILURES = 10
t.setTimeout(120_000)
const path = '/account/positions'

test('a key that is revoked is refused at once when the file says so, and its streams end', async (t) => {
  const keys = await keyFile(t)
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const key = await keys.make('leaver', { scope: 'read' })
  await until(
    async () => (await fetch(`${url}${path}`, { headers: bearer(key) })).status === 200,
    'the new key is known',
  )
  const stream = await fetch(`${url}/status`, {
    headers: { ...bearer(key), accept: 'text/event-stream' },
  })
  t.equal(stream.status, 200)
  const ended = stream.text().catch(() => 'cut')
  await revokeKey(keys.path, 'leaver')
  await until(
    async () => (await fetch(`${url}${path}`, { headers: bearer(key) })).status === 401,
    'it is refused',
  )
  t.ok(await ended, 'the stream is ended')
  const answer = await fetch(`${url}${path}`, { headers: bearer(key) })
  t.match(await answer.json(), { detail: /leaver called with is revoked/ })
})

test('a file that is broken or gone leaves everything as it was', async (t) => {
  const keys = await keyFile(t)
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  t.equal((await fetch(`${url}${path}`, { headers: bearer(keys.read) })).status, 200)
  rmSync(keys.path)
  const begun = performance.now()
  await until(async () => {
    const answer = await fetch(`${url}${path}`, { headers: bearer(keys.read) })
    if (answer.status !== 200) throw new Error(`${answer.status}`)
    return performance.now() - begun > 2500
  }, 'it has been looked at')
  t.equal((await fetch(`${url}${path}`)).status, 401)
})

test('S4.11 who tries keys is locked out, and whoever has a right one is not', async (t) => {
  const keys = await keyFile(t)
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const attempt = (index: number) => {
    const tail = String(index).padStart(4, 'A')
    return fetch(`${url}${path}`, { headers: bearer(`${keys.read.slice(0, -4)}${tail}`) })
  }
  let locked: Response | undefined
  for (let index = 0; locked === undefined && index <= FREE_FAILURES; index += 1) {
    const answer = await attempt(index)
    if (answer.status === 429) locked = answer
    else t.equal(answer.status, 401)
  }
  t.equal(locked?.status, 429)
  t.ok(Number(locked?.headers.get('retry-after')) >= 1)
  t.match(await locked?.json(), {
    ...{ code: 'REQUEST_LOCKED_OUT', message: 'Rate limited', limit: FREE_FAILURES },
    reset_at: Number,
  })
  t.equal((await fetch(`${url}${path}`, { headers: bearer(keys.trade) })).status, 200)
  const metrics = await (await fetch(`${url}/metrics`, { headers: bearer(keys.trade) })).text()
  t.match(metrics, /ibrest_auth_total\{outcome="wrong"\} 10/)
  t.match(metrics, /ibrest_auth_total\{outcome="locked-out"\} 1/)
})

test('orders are counted by the name of the key, against its own limit', async (t) => {
  const keys = await keyFile(t)
  const desk = await keys.make('desk', { limits: { ordersPerMinute: 2 } })
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path, ORDERS_PER_MINUTE: '1' })
  const order = async (key: string) => {
    const headers = { ...bearer(key), 'content-type': 'application/json' }
    return (await fetch(`${url}/order`, { method: 'POST', headers, body: '{}' })).status
  }
  t.same([await order(keys.trade), await order(keys.trade)], [200, 429])
  t.same([await order(desk), await order(desk), await order(desk)], [200, 200, 429])
})

test('a WebSocket says who calls by a header field, or in its first message', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const events = { events: [], cursor: '0', more: false, missing: [] }
  for (const stub of stubs) stub.answer = (_, response) => sendJson(response, 200, events)
  const late = new SocketReader(`${url}/ws`)
  await late.opened
  late.send({ type: 'auth', token: keys.read })
  late.send({ type: 'unsubscribe' })
  await until(() => late.messages.length === 2, 'both are answered')
  t.same(late.messages, [
    { type: 'authenticated', name: 'read', scope: 'read' },
    { type: 'unsubscribed' },
  ])
  await late.leave()
  for (const message of [
    { type: 'auth', token: `${keys.read}x` },
    { type: 'auth' },
    { type: 'subscribe', since: '0' },
  ]) {
    const wrong = new SocketReader(`${url}/ws`)
    await wrong.opened
    wrong.send(message)
    t.match(await wrong.closed, { code: 4401, reason: /no key or token/ })
    t.same(wrong.messages, [])
  }
  const headers = { upgrade: 'websocket', accept: 'application/json' }
  for (const address of ['/ws', '/market/data', path]) {
    const answer = await fetch(`${url}${address}`, { headers }).catch(() => undefined)
    t.not(answer?.status, 200, 'what only says that it will be a socket is a call like any other')
  }
})

test('what trades and what operates is written down: who, what, how it ended', async (t) => {
  const keys = await keyFile(t)
  const file = join(tempDir(t), 'audit.log')
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path, AUDIT_FILE: file })
  const [stub] = stubs
  if (stub === undefined) return
  stub.answer = (_, response) => {
    response.setHeader('location', '/order/0.17')
    sendJson(response, 201, {})
  }
  const json = { 'content-type': 'application/json' }
  await fetch(`${url}/order`, {
    method: 'POST',
    headers: { ...bearer(keys.trade), ...json, 'idempotency-key': 'k-1', 'x-request-id': 'r-1' },
    body: '{"symbol":"AAPL"}',
  })
  await fetch(`${url}/order/0.17`, { method: 'DELETE', headers: bearer(keys.read) })
  await fetch(`${url}/clients/0/drain`, { method: 'POST', headers: bearer(keys.admin) })
  await fetch(`${url}/order`, { method: 'POST' })
  await fetch(`${url}${path}`, { headers: bearer(keys.read) })
  const lines = await until(() => {
    const read = readFileSync(file, 'utf8').trim().split('\n')
    return read.length >= 4 && read.map((line) => JSON.parse(line))
  }, 'four lines')
  t.match(lines, [
    {
      ...{ who: 'trade', scope: 'trade', method: 'POST', route: '/order', status: 201 },
      ...{ orderId: '0.17', key: 'call k-1', clientId: 0, reqId: 'r-1', time: /Z$/ },
    },
    { who: 'read', route: '/order/:id', status: 403, orderId: '0.17' },
    { who: 'admin', scope: 'admin', route: '/clients/:clientId/drain', status: 200 },
    { who: 'anonymous', route: '/order', status: 401 },
  ])
  t.equal(lines.length, 4, 'reads are not')
  t.equal(statSync(file).mode & 0o777, 0o600)
})
