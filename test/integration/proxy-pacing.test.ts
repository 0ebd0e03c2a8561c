import t, { type Test } from 'tap'
import type { ProxyStatus } from '../../shared/schemas/client.ts'
import { type Proxied, proxied } from '../rig/proxied.ts'
import { Held, type StubInstance, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const SEARCH = '/contract/search?symbol=A'
/** One small-bar question for each duration: they share what IB counts by contract, and differ otherwise. */
const small = (seconds: number, symbol = 'AAPL') =>
  `/history/${symbol}?barSizeSetting=5%20secs&durationStr=${seconds}%20S`

const sent = ({ stubs }: Proxied) => stubs.flatMap((stub) => stub.calls).map(({ url }) => url)

async function pacing(it: Pick<Proxied, 'status'>, name: string) {
  const { pacing: all } = (await it.status()) as ProxyStatus
  const found = all.find((limit) => limit.name === name)
  if (found === undefined) throw new Error(`no limit ${name}`)
  return found
}

const waiting = (it: Proxied, name: string, count: number) =>
  until(async () => (await pacing(it, name)).waiting === count, `${count} wait for ${name}`)

function holdAll(t: Test, it: Proxied): Held {
  const held = new Held()
  for (const stub of it.stubs) stub.answer = held.answer
  t.teardown(() => held.releaseAll())
  return held
}

t.test(
  'a call waits for its budget without a slot, and goes as soon as IB allows it',
  async (t) => {
    const it = await proxied(t, 2, { PROXY_COUNT: '5' })
    const held = new Held()
    for (const stub of it.stubs) {
      const usual = stub.answer
      stub.answer = (call, response) =>
        (call.url === small(1) ? held.answer : usual)(call, response)
    }
    const first = fetch(it.url + small(1))
    await until(() => held.count === 1, 'the first is under way')
    const second = fetch(it.url + small(2))
    await waiting(it, 'ib-history-contract', 1)
    t.equal((await it.status()).idle, 1, 'the other slot is free')
    t.equal((await it.status()).queue.length, 0)
    t.equal((await fetch(`${it.url}/account/summary`)).status, 200)
    t.equal((await fetch(it.url + small(1, 'MSFT'))).status, 200, 'another contract does not wait')
    t.notOk(sent(it).includes(small(2)))
    held.release()
    t.equal((await first).status, 200)
    t.equal((await second).status, 200)
    t.equal(sent(it).at(-1), small(2))
    t.match((await second).headers.get('server-timing'), /pacing;dur=\d+\.\d+, queue;dur=/)
  },
)

t.test('who cannot have it in time is refused at once and told when to come again', async (t) => {
  const it = await proxied(t, 1, { PROXY_COUNT: '30' })
  for (const symbol of ['AAPL', 'MSFT'])
    t.equal((await fetch(it.url + small(1, symbol))).status, 200)
  const answer = await fetch(it.url + small(1, 'IBM'))
  t.equal(answer.status, 429)
  t.match(await answer.json(), {
    code: 'PROXY_PACED',
    retryable: true,
    policy: 'ib-history',
    message: 'Rate limited',
  })
  t.ok(Number(answer.headers.get('retry-after')) > 60)
  t.match(
    answer.headers.get('ratelimit-policy'),
    /"ib-history";q=2;w=600, "ib-history-contract";q=1;w=2/,
  )
  t.match(answer.headers.get('ratelimit'), /"ib-history";r=0;t=\d+/)
  t.equal(answer.headers.get('ratelimit-remaining'), '0')
  t.equal(sent(it).length, 2, 'nothing was sent')
})

t.test('answers tell what is left, and so do /clients and the metrics', async (t) => {
  const it = await proxied(t, 1)
  const answer = await fetch(`${it.url}${small(1)}&whatToShow=BID_ASK`)
  t.match(answer.headers.get('ratelimit'), /"ib-history";r=58;t=600/)
  t.equal(answer.headers.get('ratelimit-limit'), '5', 'of the contract the smallest part is left')
  t.equal(answer.headers.get('ratelimit-remaining'), '3')
  t.match(await pacing(it, 'ib-history'), {
    ...{ name: 'ib-history', quota: 60, windowSeconds: 600, remaining: 58, waiting: 0 },
  })
  const metrics = await (await fetch(`${it.url}/metrics`)).text()
  t.match(metrics, /ibrest_pacing_tokens\{bucket="ib-history"\} 58/)
  t.match(metrics, /ibrest_pacing_quota\{bucket="ib-history"\} 60/)
  t.match(metrics, /ibrest_pacing_waiting\{bucket="ib-history"\} 0/)
  t.match(metrics, /ibrest_proxy_refused_total\{code="PROXY_PACED"\} 0/)
  t.match(metrics, /ibrest_pacing_wait_seconds_count 1/)
  t.equal((await fetch(`${it.url}/account/summary`)).headers.get('ratelimit'), null)
})

t.test('who came first goes first; who leaves takes nothing with it', async (t) => {
  const it = await proxied(t, 2)
  const held = holdAll(t, it)
  const first = fetch(it.url + SEARCH)
  await until(() => held.count === 1, 'the first is under way')
  const gone = new AbortController()
  const search = async (name: string, before: number, signal: AbortSignal | null = null) => {
    await waiting(it, 'ib-search', before)
    return fetch(`${it.url}/contract/search?symbol=${name}`, { signal })
  }
  const [one, left, two] = [search('one', 0), search('left', 1, gone.signal), search('two', 2)]
  await waiting(it, 'ib-search', 3)
  gone.abort()
  await t.rejects(left)
  await waiting(it, 'ib-search', 2)
  for (const call of [first, one, two]) {
    await until(() => held.count === 1, 'the next is under way')
    held.release()
    t.equal((await call).status, 200)
  }
  const names = sent(it).slice(1)
  t.same(names, ['/contract/search?symbol=one', '/contract/search?symbol=two'])
})

t.test('a pinned call counts too', async (t) => {
  const it = await proxied(t, 2)
  for (const clientId of [0, 1]) {
    const answer = await fetch(`${it.url}/clients/${clientId}${small(1 + clientId)}`)
    t.equal(answer.headers.get('ibrest-client-id'), String(clientId))
  }
  t.match(await pacing(it, 'ib-history'), { remaining: 58 })
})

t.test('what the instance refuses before anything is sent costs nothing', async (t) => {
  const it = await proxied(t, 1)
  const [stub] = it.stubs
  if (stub !== undefined)
    stub.answer = (_, response) => sendJson(response, 422, { code: 'REQUEST_INVALID' })
  for (let turn = 0; turn < 3; turn += 1)
    t.equal((await fetch(it.url + small(1))).status, 422, 'found out by the instance')
  await fetch(`${it.url}/history/AAPL?barSizeSetting=7%20secs`)
  t.equal(sent(it).length, 4)
  t.match(await pacing(it, 'ib-history'), { remaining: 60 })
})

t.test('what was turned away costs nothing, and goes to another with the same turn', async (t) => {
  const it = await proxied(t, 2)
  for (const stub of it.stubs)
    stub.answer = (_, response) => {
      const other = it.stubs.find((one) => one !== stub) as StubInstance
      other.answer = (call, response) => sendJson(response, 200, { url: call.url })
      sendJson(response, 503, { code: 'INSTANCE_NOT_READY' })
    }
  t.equal((await fetch(it.url + small(1))).status, 200)
  t.match(await pacing(it, 'ib-history'), { remaining: 59 })
})

t.test('a violation IB speaks of all the same is passed on, and closes the budget', async (t) => {
  const it = await proxied(t, 1)
  const [stub] = it.stubs as [StubInstance]
  const usual = stub.answer
  stub.answer = (_, response) => {
    response.setHeader('retry-after', '60')
    sendJson(response, 429, { code: 'IB_HISTORY_PACING' })
  }
  const answer = await fetch(it.url + small(1))
  t.equal(answer.status, 429)
  t.match(await answer.json(), { code: 'IB_HISTORY_PACING' })
  stub.answer = usual
  t.match(await pacing(it, 'ib-history'), { remaining: 0 })
  const next = await fetch(it.url + small(2, 'MSFT'))
  t.match([next.status, await next.json()], [429, { policy: 'ib-history' }])
  t.equal((await fetch(`${it.url}/history/AAPL`)).status, 200, 'large bars are not strict')
})

t.test('snapshots share the market data lines while they are under way', async (t) => {
  const it = await proxied(t, 2, { IB_MARKET_DATA_LINES: '1' })
  const held = holdAll(t, it)
  const first = fetch(`${it.url}/market/AAPL`)
  await until(() => held.count === 1, 'the first is under way')
  const second = fetch(`${it.url}/market/MSFT`)
  await waiting(it, 'ib-lines', 1)
  t.equal((await it.status()).queue.length, 0)
  held.release()
  await until(() => held.count === 1, 'the second is under way')
  held.release()
  t.same([(await first).status, (await second).status], [200, 200])
})

t.test('with no instance to serve it nobody waits for a budget', async (t) => {
  const it = await proxied(t, 1)
  await fetch(it.url + SEARCH)
  for (const stub of it.stubs) stub.usable = false
  await until(async () => (await it.status()).usable === 0, 'down')
  const answer = await fetch(it.url + SEARCH)
  t.match([answer.status, await answer.json()], [503, { code: 'PROXY_NO_INSTANCE' }])
})

t.test('who waits when the proxy is told to stop is told so', async (t) => {
  const it = await proxied(t, 1)
  await fetch(it.url + small(1))
  const again = fetch(it.url + small(1), { headers: { 'cache-control': 'no-cache' } })
  await waiting(it, 'ib-history-repeat', 1)
  const stopped = it.proxy.stop()
  t.match(await (await again).json(), { code: 'PROXY_SHUTTING_DOWN' })
  await stopped
})

t.test('two proxies before the same login divide what it may do', async (t) => {
  const one = await proxied(t, 2, { PROXY_COUNT: '2' })
  const INSTANCES = one.stubs.map(({ origin }) => origin).join(',')
  const other = await proxied(t, 0, { PROXY_COUNT: '2', INSTANCES })
  const answers = await Promise.all(
    Array.from({ length: 70 }, (_, index) =>
      fetch((index % 2 === 0 ? one : other).url + small(1, `S${index}`)),
    ),
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 60)
  t.equal(answers.filter(({ status }) => status === 429).length, 10)
  t.equal(sent(one).length, 60, 'together never more than IB allows')
  for (const it of [one, other])
    t.match(await pacing(it, 'ib-history'), { quota: 30, remaining: 0, waiting: 0 })
})

t.test('switched off, history goes out as it is asked for', async (t) => {
  const it = await proxied(t, 2, { IB_HISTORY_PACING: 'off' })
  for (let turn = 0; turn < 8; turn += 1) {
    const answer = await fetch(it.url + small(1))
    t.equal(answer.headers.get('ibrest-cache'), null)
  }
  t.equal(sent(it).length, 8)
})
