import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { RawCaller } from '../rig/raw-caller.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

/** Says something of the connection, so that Node's server reads it; nothing else changes by it. */
const BY_NODE = 'Keep-Alive: timeout=5\r\n'
const get = (target: string, fields = '') =>
  `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`
const PLACE = '{"conId":265598,"action":"BUY","totalQuantity":1}'
const POST = `POST /order HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${PLACE.length}\r\n\r\n${PLACE}`

/** What differs from call to call, whoever reads it; ids have more digits with time. */
const OF_THE_MOMENT = /^(date|x-request-id|server-timing|content-length): .*$/gim
const IDS = /"(?:instance|requestId|request_id)":"[^"]*"/g

/** What a caller who writes this hears: status line, fields in any sequence, content. */
async function heardOf(url: string, text: string): Promise<{ fields: string[]; content: string }> {
  const caller = new RawCaller(url)
  caller.write(text)
  await until(() => isWhole(caller.heard), `an answer to ${text.split('\r\n')[0]}`)
  caller.leave()
  const [head = '', ...content] = caller.heard.split('\r\n\r\n')
  const fields = head.toLowerCase().replace(OF_THE_MOMENT, '$1').split('\r\n')
  return { fields: fields.sort(), content: content.join('\r\n\r\n').replace(IDS, '') }
}

function isWhole(heard: string): boolean {
  const [head = '', ...content] = heard.split('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  return length !== undefined && content.join('\r\n\r\n').length >= Number(length)
}

const TARGETS: readonly (readonly [target: string, fields?: string])[] = [
  ['/account/positions'],
  ['/account/positions?account=DU1&conId=8314'],
  ['/account/positions', 'X-Request-Id: my.own-id\r\n'],
  ['/account/positions', 'X-Request-Id: not one\r\n'],
  ['/account/positions', 'X-Deadline-Ms: 500\r\nCache-Control: no-cache\r\n'],
  ['/account/positions', 'X-Deadline-Ms: soon\r\n'],
  ['/account/positions', 'Prefer: wait=2\r\nAccept: */*\r\n'],
  ['/account/positions', 'Accept: application/json\r\nAccept-Encoding: gzip\r\n'],
  ['/account/positions', 'Accept: application/vnd.ibrest.v1+json\r\n'],
  ['/account/positions', 'Accept: image/png\r\n'],
  ['/account/positions', 'Authorization: Bearer x\r\nX-Api-Key: y\r\n'],
  ['/account/positions', 'Origin: http://elsewhere\r\nSec-Fetch-Site: cross-site\r\n'],
  ['/account/positions', 'X-Trailing:  spaces \t \r\nX-Empty:\r\nIBREST-Owned: 1\r\n'],
  ['/account/positions/'],
  ['/api/v1/account/positions?a=b'],
  ['/clients/1/account/positions'],
  ['/clients/7/account/positions'],
  ['/clients/1'],
  ['/account/../clients'],
  ['/account/%2e%2e/clients'],
  ['/contract/265598?exchange=SMART'],
  ['/order/0.1'],
  ['/order/9.1'],
  ['/order'],
  ['/order/completed', 'Range: items=0-1\r\n'],
  ['/market/history?conId=265598&barSizeSetting=1%20day&durationStr=5%20D'],
  ['/nowhere'],
  ['/market?conId=1&conId=2'],
]

t.test('whoever reads a call, its caller and its instance are told the same', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  for (const [target, fields = ''] of TARGETS) {
    const told = await heardOf(url, get(target, fields))
    const byNode = await heardOf(url, get(target, fields + BY_NODE))
    t.strictSame(told, byNode, `${target} ${fields}`)
  }
  const asked = stubs.flatMap(({ calls }) => calls).filter(({ method }) => method === 'GET')
  const plain = asked.map(({ url, headers: { 'x-request-id': _, 'x-deadline-ms': __, ...rest } }) =>
    JSON.stringify([url, rest.host === undefined, { ...rest, host: '' }]),
  )
  for (const each of new Set(plain))
    t.equal(plain.filter((other) => other === each).length % 2, 0, `asked by both: ${each}`)
})

t.test('a plain read of everybody needs nothing of the HTTP server', async (t) => {
  const { url, proxy } = await proxied(t, 1)
  const requests: IncomingMessage[] = []
  proxy.app.server.on('request', (request) => requests.push(request))
  const caller = new RawCaller(url)
  caller.write(get('/account/positions'))
  await caller.answered(1)
  t.equal(requests.length, 0)
  caller.write(get('/account/positions', BY_NODE))
  await caller.answered(2)
  t.equal(requests.length, 1, 'this one did')
  caller.leave()
})

t.test(
  'reads, orders and rubbish on one connection: each is answered once, in its turn',
  async (t) => {
    const { url, stubs } = await proxied(t, 1)
    const caller = new RawCaller(url)
    caller.write(get('/account/positions?n=1'))
    await caller.answered(1)
    caller.write(POST)
    await caller.answered(2)
    caller.write(get('/account/positions?n=2'))
    await caller.answered(3)
    caller.write('rubbish\r\n\r\n')
    await caller.ended()
    t.same(caller.statuses, [200, 200, 200, 400])
    t.same(
      stubs[0]?.calls.map(({ method, url, body }) => [method, url, body]),
      [
        ['GET', '/account/positions?n=1', ''],
        ['POST', '/order', PLACE],
        ['GET', '/account/positions?n=2', ''],
      ],
    )
  },
)

t.test('calls sent before earlier ones are answered are answered in their sequence', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const caller = new RawCaller(url)
  caller.write(get('/account/positions?n=1'))
  await until(() => held.count === 1, 'one at work')
  // in two pieces, the first of which ends in the middle of a call
  caller.write(get('/account/positions?n=2') + POST.slice(0, 30))
  caller.write(POST.slice(30) + get('/account/positions?n=3'))
  for (let answers = 1; answers <= 4; answers += 1) {
    await until(() => held.count === 1, `call ${answers} at work`)
    held.release()
    t.equal((await caller.answered(answers)).length, answers)
  }
  t.same(
    [...caller.heard.matchAll(/"url":"([^"]*)"/g)].map(([, asked]) => asked),
    ['/account/positions?n=1', '/account/positions?n=2', '/order', '/account/positions?n=3'],
  )
  caller.leave()
})

t.test('a call that comes in pieces is one call', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const caller = new RawCaller(url)
  const text = get('/account/positions?n=1', 'X-Long: value\r\n')
  void caller.trickle(text, 1)
  t.same(await caller.answered(1), [200])
  t.equal(stubs[0]?.calls.length, 1)
  t.match(stubs[0]?.calls[0]?.headers, { 'x-long': 'value' })
  caller.leave()
})

for (const [how, leave] of [
  ['hangs up', (caller: RawCaller) => caller.leave()],
  ['says that it sends no more', (caller: RawCaller) => caller.sendNoMore()],
] as const) {
  t.test(
    `a caller that ${how} keeps its slot busy until the instance has finished, and no other`,
    async (t) => {
      const { url, stubs, status } = await proxied(t, 1)
      const held = new Held()
      for (const stub of stubs) stub.answer = held.answer
      const first = new RawCaller(url)
      first.write(get('/account/positions?n=1'))
      await until(() => held.count === 1, 'one at work')
      const second = new RawCaller(url)
      second.write(get('/account/positions?n=2'))
      await until(async () => (await status()).queue.length === 1, 'one in line')
      leave(second)
      await until(async () => (await status()).queue.length === 0, 'it has left the line')
      leave(first)
      const third = new RawCaller(url)
      third.write(get('/account/positions?n=3'))
      await until(async () => (await status()).queue.length === 1, 'another waits')
      t.equal(held.count, 1, 'the slot is still taken')
      held.release()
      await until(() => held.count === 1, 'now it has its turn')
      held.release()
      t.same(await third.answered(1), [200])
      t.same(
        stubs[0]?.calls.map(({ url }) => url),
        ['/account/positions?n=1', '/account/positions?n=3'],
      )
      third.leave()
    },
  )
}

t.test('an answer too large to be held arrives whole, however slowly it is read', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const rows = Array.from({ length: 60_000 }, (_, n) => ({ n, text: 'x'.repeat(100) }))
  for (const stub of stubs) stub.answer = (_, response) => sendJson(response, 200, rows)
  const answer = await fetch(`${url}/account/positions`)
  t.equal(answer.headers.get('ibrest-client-id'), '0')
  const told: unknown = await answer.json()
  t.equal((told as unknown[]).length, rows.length)
  t.same((told as unknown[]).at(-1), rows.at(-1))
  for (const stub of stubs) stub.answer = (_, response) => response.end(JSON.stringify(rows))
  t.same(await (await fetch(`${url}/account/positions`)).json(), told, 'in chunks too')
})

t.test(
  'who never calls is told so in time; a connection that rests is kept, and then ended',
  async (t) => {
    const { url, proxy } = await proxied(t, 1, { HEADER_TIMEOUT_MS: '500' })
    const silent = new RawCaller(url)
    await silent.ended()
    t.same(silent.statuses, [408])
    const caller = new RawCaller(url)
    caller.write(get('/account/positions'))
    await caller.answered(1)
    t.match(caller.heard, /connection: keep-alive\r\nkeep-alive: timeout=72\r\n/i)
    proxy.app.server.keepAliveTimeout = 10
    await caller.ended()
    t.same(caller.statuses, [200], 'without another word')
  },
)

t.test(
  'told to stop, the proxy ends connections that rest and answers those that do not',
  async (t) => {
    const { url, stubs, proxy } = await proxied(t, 1)
    const resting = new RawCaller(url)
    resting.write(get('/account/positions'))
    await resting.answered(1)
    const held = new Held()
    for (const stub of stubs) stub.answer = held.answer
    const waiting = new RawCaller(url)
    waiting.write(get('/account/positions'))
    await until(() => held.count === 1, 'one at work')
    const stopped = proxy.stop()
    held.release()
    await stopped
    await waiting.ended()
    await resting.ended()
    t.same(waiting.statuses, [200])
    t.match(waiting.heard, /connection: close/i)
  },
)
