import t, { type Test } from 'tap'
import { bearer, keyFile } from '../rig/keyed.ts'
import { pooled } from '../rig/pooled.ts'
import { proxied } from '../rig/proxied.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 50 }

/** The header fields of who runs the system, and a pool that asks for keys. */
async function watched(t: Test) {
  const keys = await keyFile(t)
  const it = await pooled(t, 2, { KEYS_FILE: keys.path })
  return { ...it, keys, admin: bearer(keys.admin), trade: bearer(keys.trade) }
}

t.test('S1.9 the last calls are told: who, where, how it ended, never what was said', async (t) => {
  const { call, order: place, admin, trade, keys } = await watched(t)
  const placed = await place({ ...order, orderRef: 'not-to-be-told' }, trade)
  t.equal(placed.answer.status, 201)
  await call('/history/NOSUCH', { headers: trade })
  await call('/clients', { headers: admin })
  const { body, answer } = await call('/clients/traffic', { headers: admin })
  t.equal(answer.status, 200)
  t.equal(body.length, 2, 'what the proxy answers by itself is not among them')
  t.match(body[1], {
    ...{ caller: 'trade', address: '127.0.0.1', method: 'POST', route: '/order', status: 201 },
    ...{ operation: 'placeOrder', code: null, clientId: placed.body.clientId },
    ...{ id: placed.answer.headers.get('x-request-id'), at: String, number: 1 },
  })
  t.match(
    body[0],
    { route: '/history/:symbol', address: '127.0.0.1' },
    'parts of histories come from somewhere too',
  )
  t.notMatch(JSON.stringify(body), /not-to-be-told|NOSUCH|ibk_/)
  t.equal((await call('/clients/traffic', { headers: trade })).answer.status, 403)
  t.equal((await call('/clients/latency', { headers: bearer(keys.read) })).answer.status, 403)
})

t.test('S1.10 S1.11 a call is told by stages, and its operation by quantiles', async (t) => {
  const { call, order: place, admin, trade } = await watched(t)
  for (let count = 0; count < 5; count += 1) await place(order, trade)
  const { body: calls } = await call('/clients/traffic?operation=placeOrder', { headers: admin })
  t.equal(calls.length, 5)
  for (const { totalMs, queueMs, instanceMs, ibMs, paceMs, encodeMs, pacingMs } of calls) {
    t.equal(pacingMs, null)
    t.ok(paceMs >= 0 && encodeMs >= 0 && ibMs > 0)
    t.ok(ibMs <= instanceMs && queueMs + instanceMs <= totalMs + 0.1)
  }
  const { body: rows } = await call('/clients/latency?operation=placeOrder&withinMs=60000', {
    headers: admin,
  })
  t.same(
    rows.map(({ stage }: { stage: string }) => stage),
    ['total', 'queue', 'pace', 'ib', 'encode', 'overhead'],
  )
  for (const row of rows) {
    t.match(row, { operation: 'placeOrder', clientId: null, calls: 5, within: 1 })
    t.ok(row.p50Ms <= row.p90Ms && row.p90Ms <= row.p95Ms && row.p95Ms <= row.p99Ms)
  }
  const apart = await call('/clients/latency?operation=placeOrder&byClient=true&stage=ib', {
    headers: admin,
  })
  const byClient = apart.body as { clientId: number; calls: number }[]
  t.equal(
    byClient.reduce((sum, row) => sum + row.calls, 0),
    5,
  )
  t.ok(byClient.every(({ clientId }) => clientId === 0 || clientId === 1))
})

t.test(
  'S1.N5 the views are filtered, come in pages, and refuse what they do not know',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1, {})
    await until(async () => (await status()).usable === 1, 'the pool')
    stubs[0]?.calls.splice(0)
    const get = (path: string, headers = {}) => fetch(`${url}${path}`, { headers })
    for (let count = 0; count < 7; count += 1) await get('/account/positions')
    await get('/no/such/path')
    const rows = async (query: string) =>
      (await (await get(`/clients/traffic${query}`)).json()) as readonly {
        number: number
        status: number
      }[]
    t.equal((await rows('')).length, 8)
    t.same(
      (await rows('?status=4xx')).map((row) => row.status),
      [404],
    )
    t.equal(
      (await rows('?status=200&operation=getPositions&caller=anonymous&clientId=0')).length,
      7,
    )
    t.equal((await rows('?caller=desk1')).length, 0)
    t.equal((await rows('?minMs=60000')).length, 0)
    const page = await get('/clients/traffic?pageSize=3', { range: 'page=3' })
    t.equal(page.status, 206)
    t.equal(page.headers.get('content-range'), 'page 3-3/3')
    t.same(
      ((await page.json()) as { number: number }[]).map(({ number }) => number),
      [2, 1],
    )
    const summary = await get('/clients/latency?view=summary')
    t.match(await summary.json(), [
      { operation: 'getPositions', clientId: null, stage: 'total', calls: 7, p50Ms: Number },
    ])
    for (const query of ['?status=600', '?clientId=99', '?minMs=-1', '?who=me', '?pageSize=0'])
      t.equal((await get(`/clients/traffic${query}`)).status, 422, query)
    t.equal((await get('/clients/latency?stage=sleep')).status, 422)
    t.equal((await get('/clients/traffic', { accept: 'image/png' })).status, 406)
  },
)

t.test('S1.9 so many calls are kept and no more', async (t) => {
  const { url, status } = await proxied(t, 1, {})
  await until(async () => (await status()).usable === 1, 'the pool')
  for (let count = 0; count < 520; count += 10)
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        fetch(`${url}/account/positions?account=${count + n}`).then((answer) => answer.text()),
      ),
    )
  const all = (await (await fetch(`${url}/clients/traffic`)).json()) as { number: number }[]
  t.equal(all.length, 500)
  t.equal(all[0]?.number, 520)
  t.equal(all.at(-1)?.number, 21)
})
