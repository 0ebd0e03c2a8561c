import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'
import { Held } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const ORDER = '{"symbol":"AAPL","action":"BUY","totalQuantity":1,"orderType":"MKT"}'
const HIDDEN = 'DELETE /order?all=true HTTP/1.1\r\nHost: localhost\r\n\r\n'
const HOST = 'Host: localhost\r\n'
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

/** Requests that two readers may take for different ones. Each must be refused, and its connection ended. */
const AMBIGUOUS: readonly (readonly [string, string])[] = [
  [
    'Content-Length and Transfer-Encoding',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'Transfer-Encoding and Content-Length',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: ${HIDDEN.length + 5}\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'two Content-Lengths',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
  [
    'a list of Content-Lengths',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: 0, ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  ],
  [
    'a Content-Length with a sign',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: +0\r\n\r\n${HIDDEN}`,
  ],
  [
    'a Content-Length in hexadecimal',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: 0x10\r\n\r\n${HIDDEN}`,
  ],
  [
    'a Content-Length with something after it',
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: 0 0\r\n\r\n${HIDDEN}`,
  ],
  [
    'an encoding that is none',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${chunked(ORDER)}`,
  ],
  [
    'chunked, then identity',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunked(ORDER)}`,
  ],
  [
    'a space before the colon',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n${chunked(ORDER)}`,
  ],
  [
    'a chunk longer than it says',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n${HIDDEN}`,
  ],
  [
    'a chunk whose length is no number',
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n`,
  ],
  [
    'lines that end in LF alone',
    `POST /order HTTP/1.1\n${HOST.trim()}\nContent-Length: 0\n\n${HIDDEN}`,
  ],
  [
    'one line that ends in LF alone',
    `POST /order HTTP/1.1\r\nHost: localhost\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n${chunked(ORDER)}`,
  ],
  [
    'a CR inside a field',
    `GET /account/positions HTTP/1.1\r\n${HOST}X: a\rIBREST-Owned: 1\r\n\r\n`,
  ],
  ['a NUL in a field', `GET /account/positions HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`],
  ['a NUL in the path', `GET /account/\0positions HTTP/1.1\r\n${HOST}\r\n`],
  ['a space in the path', `GET /account/positions x HTTP/1.1\r\n${HOST}\r\n`],
  ['no Host', 'GET /account/positions HTTP/1.1\r\n\r\n'],
  ['two Hosts', `GET /account/positions HTTP/1.1\r\n${HOST}Host: evil.example\r\n\r\n`],
  ['a method that is none', `GETT /account/positions HTTP/1.1\r\n${HOST}\r\n`],
  ['another protocol', `GET /account/positions HTTP/3.7\r\n${HOST}\r\n`],
]

for (const [name, bytes] of AMBIGUOUS)
  t.test(`${name}: refused, and nothing of it reaches an instance`, async (t) => {
    const { url, stubs } = await proxied(t, 1)
    const caller = new RawCaller(url)
    caller.write(bytes)
    await caller.ended()
    t.same(caller.statuses, [400], 'one answer, and the connection ends')
    t.match(caller.heard, /"code":"REQUEST_MALFORMED"/)
    t.same(stubs[0]?.calls, [])
    t.equal((await fetch(`${url}/account/positions`)).status, 200, 'others are served')
  })

t.test('a field that goes on in the next line is one field, as it is passed on', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const caller = new RawCaller(url)
  caller.write(
    `POST /order HTTP/1.1\r\n${HOST}X-Folded: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  )
  await caller.ended()
  const calls = stubs[0]?.calls ?? []
  t.ok(calls.length <= 1)
  for (const { headers } of calls) t.equal(headers['transfer-encoding'], undefined)
  t.same(caller.statuses, [calls.length === 1 ? 200 : 400])
})

t.test('a body that looks like a request stays a body', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  for (const [fields, body] of [
    [`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN],
    ['Transfer-Encoding: chunked\r\n', chunked(HIDDEN)],
    ['Transfer-Encoding: CHUNKED\r\n', chunked(HIDDEN)],
  ] as const) {
    const caller = new RawCaller(url)
    caller.write(`POST /order HTTP/1.1\r\n${HOST}Connection: close\r\n${fields}\r\n${body}`)
    await caller.ended()
    t.same(caller.statuses, [200])
  }
  const calls = stubs[0]?.calls ?? []
  t.same(
    calls.map(({ method, url: path, body }) => [method, path, body]),
    [1, 2, 3].map(() => ['POST', '/order', HIDDEN]),
  )
  for (const { headers } of calls) {
    t.equal(headers['content-length'], String(HIDDEN.length))
    t.equal(headers['transfer-encoding'], undefined)
  }
})

t.test('trailers of a chunked body are no fields', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const caller = new RawCaller(url)
  caller.write(
    `POST /order HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: Idempotency-Key\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\nIdempotency-Key: k\r\nIBREST-Owned: 1\r\n\r\n`,
  )
  await caller.ended()
  t.same(caller.statuses, [200])
  const [{ headers } = { headers: {} }] = stubs[0]?.calls ?? []
  for (const name of ['idempotency-key', 'ibrest-owned', 'trailer']) t.notOk(name in headers, name)
})

t.test('a target with a host is the path in it, and its host must be ours', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  const { host } = new URL(url)
  const ask = async (target: string) => {
    const caller = new RawCaller(url)
    caller.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    await caller.ended()
    return caller.statuses
  }
  t.same(await ask(`http://${host}/clients/1/account/positions?account=DU1`), [200])
  t.same(
    stubs[1]?.calls.map(({ url: path }) => path),
    ['/account/positions?account=DU1'],
    'pinned like any other',
  )
  for (const target of [
    'http://evil.example/account/positions',
    `http://evil.example@${host}x/account/positions`,
    'https://localhost/account/positions',
    'ftp://x',
    'evil.example:80',
    'account/positions',
  ]) {
    const [status = 0, ...more] = await ask(target)
    t.ok(status >= 400 && status < 500, `${target}: ${status}`)
    t.same(more, [])
  }
  t.equal(stubs[0]?.calls.length, 0)
  t.equal(stubs[1]?.calls.length, 1)
})

/** Paths that mean another one to whoever resolves them. None may reach a client it does not name. */
const CROOKED = [
  '/clients/0/../1/order',
  '/clients/0/%2e%2e/1/order',
  '/clients/0/%2E%2E/%2e%2e/order',
  '/clients/0%2f..%2f1/order',
  '/clients/0/..%2f1%2forder',
  '/clients/0//order',
  '//clients/1/order',
  '//evil.example/order',
  '/clients//1/order',
  '/clients/1%2Forder',
  '/clients/1;/order',
  '/clients/+1/order',
  '/clients/1e0/order',
  '/clients/0x1/order',
  '/clients/00000000001/order',
  '/clients/1%00/order',
  '/order/%2e%2e/clients/pause',
  '/order/1.1%2f..%2f..%2fclients%2fpause',
  '/order/0.1/../1.1',
  '/./order/../clients/1/order',
  '/api/v1/../v1/clients/1/order',
  '/api/v1//clients/1/order',
  '/api/v1/api/v1/clients/1/order',
  '/clients/1\\order',
  '/order%3fall=true',
  '/order%23',
  '/%6frder/..',
]

t.test('no crooked path reaches a client it does not name, whatever is done there', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  for (const path of CROOKED)
    for (const method of ['GET', 'DELETE', 'POST']) {
      const caller = new RawCaller(url)
      const body = method === 'POST' ? 'Content-Length: 0\r\n' : ''
      caller.write(`${method} ${path} HTTP/1.1\r\n${HOST}${body}Connection: close\r\n\r\n`)
      await caller.ended()
      t.equal(caller.statuses.length, 1, `${method} ${path} has one answer`)
    }
  t.same(stubs[1]?.calls, [], 'client 1 was never meant')
  // what is passed on names one thing: nothing in it leads upwards or elsewhere
  for (const { url: path } of stubs[0]?.calls ?? [])
    t.notMatch(decodeURIComponent(path), /\.\.|\/\/|\0|\\/, path)
  const seen = (await (await fetch(`${url}/clients`)).json()) as { paused: unknown; idle: number }
  t.match(seen, { paused: null, idle: 2 })
})

t.test('an order id names its owner, however it is written', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  for (const id of ['1.7', '%31.7', '1%2e7', '%31%2E%37']) {
    await fetch(`${url}/order/${id}`, { method: 'DELETE' })
    t.equal(stubs[0]?.calls.length, 0, id)
  }
  t.equal(stubs[1]?.calls.length, 4)
})

t.test(
  'requests in a row on one connection are answered in that sequence, each once',
  async (t) => {
    const { url, stubs } = await proxied(t, 1)
    const caller = new RawCaller(url)
    const paths = Array.from({ length: 8 }, (_, n) => `/account/positions?account=DU${n}`)
    caller.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`).join(''))
    await caller.answered(paths.length)
    caller.leave()
    t.same(
      [...caller.heard.matchAll(/\{"url":"([^"]+)"\}/g)].map(([, path]) => path),
      paths,
    )
    t.equal(stubs[0]?.calls.length, paths.length)
  },
)

t.test('what cannot be read after an order under way is no answer to that order', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const caller = new RawCaller(url)
  caller.write(
    `POST /order HTTP/1.1\r\n${HOST}Content-Length: ${ORDER.length}\r\n\r\n${ORDER}NONSENSE\r\n\r\n`,
  )
  await until(() => held.count === 1, 'the order at the instance')
  await caller.ended()
  t.equal(caller.heard, '', 'it is not told 400: the order lives')
  held.releaseAll()
})

t.test('nonsense of any kind never ends the process, nor reaches an instance', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const pieces = [
    'GET / HTTP/1.1\r\n',
    'POST /order HTTP/1.1\r\n',
    HOST,
    'Content-Length: 4\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    'Expect: 100-continue\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\r\n',
    '\n',
    '\0',
    '\x16\x03\x01\x02\x00\x01\x00',
    'ffffffffffffffff\r\n',
    ': \r\n',
    ' folded\r\n',
    '\xff\xfe',
  ]
  let seed = 20_261_121
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  for (let round = 0; round < 150; round += 1) {
    const caller = new RawCaller(url)
    const count = 1 + next(8)
    for (let piece = 0; piece < count; piece += 1) caller.write(pieces[next(pieces.length)] ?? '')
    caller.write('\r\n\r\n')
    await until(() => caller.isOver || caller.heard !== '' || caller.leave() === undefined, 'heard')
    caller.leave()
  }
  t.equal((await fetch(`${url}/account/positions`)).status, 200)
  for (const { method, url: path } of stubs[0]?.calls ?? [])
    t.ok(['POST /order', 'GET /account/positions'].includes(`${method} ${path}`))
})
