import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { proxied } from '../rig/proxied.ts'

/** What browsers say with a call that a page of another site makes them send. */
const FOREIGN: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'http://localhost:9999' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
]
const WANTED = { code: 'REQUEST_CROSS_SITE', status: 403 }

t.test('a page of another site cannot make a browser change anything', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  for (const headers of FOREIGN)
    for (const [method, path] of [
      ['POST', '/order?symbol=AAPL&action=BUY&totalQuantity=1&orderType=MKT'],
      ['DELETE', '/order?all=true'],
      ['POST', '/clients/pause'],
      ['POST', '/clients/0/drain'],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { method, headers })
      t.match(await answer.json(), WANTED, `${method} ${path} ${JSON.stringify(headers)}`)
    }
  t.equal(stubs[0]?.calls.length, 0, 'nothing was passed on')
  t.equal((await status()).idle, 1)
})

t.test('nor can it straight at an instance', async (t) => {
  const { call } = await simulated(t)
  const order = '/order?symbol=AAPL&action=BUY&totalQuantity=1&orderType=MKT'
  for (const headers of FOREIGN)
    t.match((await call(order, { method: 'POST', headers })).body, WANTED)
  t.same((await call('/order')).body, [])
})

t.test('programs, and the page this address serves, may', async (t) => {
  const { url } = await proxied(t, 1)
  const own: readonly Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'same-origin', origin: url },
    { 'sec-fetch-site': 'none' },
    { origin: url },
  ]
  for (const headers of own)
    t.equal((await fetch(`${url}/clients/resume`, { method: 'POST', headers })).status, 200)
  const [foreign] = FOREIGN
  const read = await fetch(`${url}/clients`, { ...(foreign && { headers: foreign }) })
  t.equal(read.status, 200, 'reading is left to what browsers let a page see')
})
