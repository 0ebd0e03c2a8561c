import t, { test } from 'tap'
import { operations } from '../../shared/api/index.ts'
import { covers, scopeOf } from '../../shared/api/scope.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)
const path = '/account/positions'

test('S3.1 nothing is done for who does not say who he is', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path })
  for (const { operationId, method, url: template, ...operation } of operations) {
    if (operation.socket) continue
    const scope = scopeOf({ operationId, method, url: template, ...operation })
    const address = template.replace(':file', 'page.css').replace(/:\w+/g, '1')
    const answer = await fetch(`${url}${address}`, { method, redirect: 'manual' })
    if (scope === 'open') t.not(answer.status, 401, operationId)
    else t.equal(answer.status, 401, operationId)
    await answer.body?.cancel()
  }
  t.same(stubs[0]?.calls, [], 'no instance hears of it')
})

test('S4.8 a key comes in Authorization with either scheme, or in X-API-Key', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const ways = [
    { authorization: `Bearer ${keys.read}` },
    { authorization: `token ${keys.read}` },
    { authorization: `bearer ${keys.read}` },
    { 'x-api-key': keys.read },
    { authorization: `Bearer ${keys.read}`, 'x-api-key': keys.read },
  ]
  for (const headers of ways) t.equal((await fetch(`${url}${path}`, { headers })).status, 200)
  for (const { headers } of stubs[0]?.calls ?? []) {
    t.match(JSON.parse(String(headers['ibrest-caller'])), { name: 'read', scope: 'read' })
    t.notOk('authorization' in headers || 'x-api-key' in headers, 'the key goes no further')
  }
  const wrong = [
    { authorization: `Basic ${keys.read}` },
    { authorization: keys.read },
    { authorization: `Bearer ${keys.read}`, 'x-api-key': keys.trade },
    { authorization: 'Bearer ' },
    { 'x-api-key': '' },
    { 'x-api-key': 'x'.repeat(3000) },
  ]
  for (const headers of wrong)
    t.equal((await fetch(`${url}${path}`, { headers })).status, 401, JSON.stringify(headers))
})

test('a browser that opens a page asks its user for a key, and sends it as a password', async (t) => {
  const keys = await keyFile(t)
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const accept = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  })
  const page = (headers: Record<string, string>) =>
    fetch(`${url}/status`, { headers: { ...accept, ...headers } })
  for (const headers of [{}, basic('anyone', 'wrong'), basic('', ''), bearer('wrong')]) {
    const answer = await page(headers)
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Basic realm="IBREST[^"]*", charset="UTF-8"$/)
    await answer.body?.cancel()
  }
  for (const user of ['anyone', '']) {
    const answer = await page(basic(user, keys.read))
    t.equal(answer.status, 200)
    t.match(answer.headers.get('content-type'), /^text\/html/)
    await answer.body?.cancel()
  }
  const program = await fetch(`${url}${path}`, { headers: basic('anyone', 'wrong') })
  t.equal(program.status, 401)
  t.match(program.headers.get('www-authenticate'), /^Bearer /, 'programs are not prompted')
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const forged = await fetch(`${url}/clients/pause`, {
    method: 'POST',
    headers: { ...basic('anyone', keys.admin), ...foreign },
  })
  t.equal(forged.status, 403, 'what a browser has been told is of no use to pages of others')
})

test('S4.10 bad credentials are 401 and say where to read how it is done', async (t) => {
  const keys = await keyFile(t)
  const past = await keys.make('past', { expiresAt: new Date(Date.now() - 1000) })
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const wrong = `${keys.read.slice(0, -4)}AAAA`
  const cases = [
    [undefined, /Send a key/],
    [wrong, /no key or token of anybody/],
    ['ibk_aaaaaaaaaaaa_'.padEnd(49, 'b'), /no key or token of anybody/],
    ['hello', /no key or token of anybody/],
    ['ibs_hello', /no key or token of anybody/],
  ] as const
  for (const [key, detail] of cases) {
    const answer = await fetch(`${url}${path}`, { headers: key === undefined ? {} : bearer(key) })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('content-type'), /problem\+json/)
    t.match(answer.headers.get('www-authenticate'), /^Bearer realm="IBREST"/)
    const body = await answer.text()
    t.match(JSON.parse(body), {
      code: 'REQUEST_UNAUTHORIZED',
      message: 'Bad credentials',
      documentation_url: '/docs/problems#request-unauthorized',
      detail,
    })
    if (key !== undefined) t.notOk(body.includes(key), 'and does not repeat them')
  }
  const late = await fetch(`${url}${path}`, { headers: bearer(past) })
  t.equal(late.status, 401)
  t.match(await late.json(), { detail: 'What past called with is expired' })
  t.equal((await fetch(`${url}/`, { headers: bearer(wrong) })).status, 401, 'where it is open too')
})

test('C9 a key in a query is refused, whatever else is said', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path })
  for (const query of [`api_key=${keys.read}`, 'token=x', 'apikey=x', `symbol=${keys.read}`]) {
    const answer = await fetch(`${url}${path}?${query}`, { headers: bearer(keys.read) })
    t.equal(answer.status, 401)
    t.match(await answer.json(), { detail: /stands in the query, where logs keep it/ })
  }
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ apikey: keys.trade, symbol: 'AAPL' })
  t.equal((await fetch(`${url}/order`, { method: 'POST', headers, body })).status, 401)
  t.same(stubs[0]?.calls, [])
  const named = await fetch(`${url}/order?clientOrderId=libs_42`, { headers: bearer(keys.read) })
  t.equal(named.status, 200, 'a name is no key')
})

test('S4.9 who may too little is told which scope is wanted', async (t) => {
  const keys = await keyFile(t)
  const { url } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const isForbidden = async (method: string, address: string, key: string) => {
    const wish = { method, headers: bearer(key), redirect: 'manual' } as const
    const answer = await fetch(`${url}${address}`, wish)
    return (await answer.text()).includes('REQUEST_FORBIDDEN')
  }
  for (const [method, address, least] of [
    ['POST', '/order', 'trade'],
    ['POST', '/orders', 'read'],
    ['DELETE', '/order/0.1', 'trade'],
    ['POST', '/clients/0/drain', 'admin'],
    ['POST', '/clients/0/resume', 'admin'],
    ['POST', '/clients/pause-orders', 'admin'],
    ['POST', '/clients/resume-orders', 'admin'],
    ['POST', '/clients/0/clients/pause-orders', 'admin'],
    ['POST', '/api/v1/clients/pause-orders', 'admin'],
    ['POST', '/clients/0/order', 'trade'],
    ['GET', '/clients/0/', 'read'],
  ] as const)
    for (const key of ['read', 'trade', 'admin'] as const)
      t.equal(
        await isForbidden(method, address, keys[key]),
        !covers(key, least),
        `${method} ${address} with ${key}`,
      )
  const answer = await fetch(`${url}/order`, { method: 'POST', headers: bearer(keys.read) })
  t.match(await answer.json(), {
    ...{ code: 'REQUEST_FORBIDDEN', scope: 'trade', has: 'read' },
    detail: 'This needs the scope trade; read has read',
  })
  t.match(answer.headers.get('www-authenticate'), /insufficient_scope.*scope="trade"/)
})

test('strangers learn that clients are there, and nothing of what may name accounts', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs, proxy } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const [stub] = stubs
  if (stub === undefined) return
  stub.usable = false
  stub.explanation = { reason: 'the ledger belongs to DU7', hint: 'look at DU7' }
  await until(() => proxy.pool.status().usable === 0, 'it is down')
  const clients = async (headers = {}) => {
    const answer = await fetch(`${url}/clients`, { headers })
    t.equal(answer.status, 503, 'a balancer needs no key')
    return await answer.text()
  }
  const told = await clients()
  t.match(JSON.parse(told), { usable: 0, clients: [{ clientId: 0, reason: null, origin: '' }] })
  t.notMatch(told, /DU7|127\.0\.0\.1/)
  t.match(await clients(bearer(keys.read)), /belongs to DU7/)
  t.equal((await fetch(`${url}/clients/0`)).status, 401, 'its own account of itself is for callers')
})

test('nobody passes for another by header fields of ours', async (t) => {
  const keys = await keyFile(t)
  const { url, stubs } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const forged = { 'ibrest-caller': '{"name":"admin","scope":"admin"}' }
  await fetch(`${url}${path}`, { headers: { ...bearer(keys.read), ...forged } })
  await fetch(`${url}/executions`, { headers: { ...bearer(keys.read), ...forged } })
  const said = stubs[0]?.calls.map(({ headers }) => String(headers['ibrest-caller'])) ?? []
  t.equal(said.length, 2)
  for (const text of said) t.match(JSON.parse(text), { name: 'read' })
  const open = await proxied(t, 1)
  await fetch(`${open.url}${path}`, { headers: forged })
  t.notOk('ibrest-caller' in (open.stubs[0]?.calls[0]?.headers ?? {}))
})

test('what the proxy asks on behalf of a caller says so; what it asks by itself needs no key', async (t) => {
  const keys = await keyFile(t)
  const limited = await keys.make('limited', { accounts: ['DU1'] })
  const { url, stubs, status } = await proxied(t, 2, { KEYS_FILE: keys.path })
  t.equal((await status()).usable, 2, 'probes find their way')
  for (const stub of stubs) stub.answer = (_, response) => sendJson(response, 200, [])
  await fetch(`${url}/executions`, { headers: bearer(limited) })
  await fetch(`${url}/order/17`, { headers: bearer(limited) })
  await fetch(`${url}/order?all=true`, { method: 'DELETE', headers: bearer(limited) })
  await fetch(`${url}/market/data?conId=1`, { method: 'POST', headers: bearer(limited) })
  const calls = stubs.flatMap((stub) => stub.calls)
  t.ok(calls.length >= 7)
  for (const { method, url: asked, headers } of calls)
    t.match(String(headers['ibrest-caller']), /"limited".*"DU1"/, `${method} ${asked}`)
  for (const stub of stubs) for (const probe of stub.probes) t.notOk('ibrest-caller' in probe)
})

test('callers join who see the same, and no others', async (t) => {
  const keys = await keyFile(t)
  const one = await keys.make('one', { accounts: ['DU1', 'DU2'] })
  const same = await keys.make('same', { accounts: ['DU2', 'DU1'] })
  const other = await keys.make('other', { accounts: ['DU2'] })
  const texts = [one, same, other, keys.trade, keys.read]
  const { url, stubs, status } = await proxied(t, 1, { KEYS_FILE: keys.path })
  const held = new Held()
  const [stub] = stubs
  if (stub !== undefined) stub.answer = held.answer
  const first = fetch(`${url}/account/summary`, { headers: bearer(keys.trade) })
  await until(() => held.count === 1, 'the slot is taken')
  const waiting = texts.map((key) => fetch(`${url}${path}`, { headers: bearer(key) }))
  await until(async () => (await status()).queue.length === texts.length, 'they wait')
  held.release()
  for (const count of [1, 2, 3]) {
    await until(() => held.count === 1, `question ${count}`)
    held.release()
  }
  await Promise.all([first, ...waiting])
  t.equal(stub?.calls.filter((call) => call.url === path).length, 3)
})
