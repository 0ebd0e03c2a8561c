import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

t.test('eight concurrent slow calls run on eight clients and a ninth waits its turn', async (t) => {
  const { url, stubs, status } = await proxied(t, 8)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const calls = Array.from({ length: 9 }, () => fetch(`${url}/account/positions`))
  await until(() => held.count === 8, 'eight calls at the instances')
  await until(async () => (await status()).queue.length === 1, 'one call in line')
  t.same(
    stubs.map(({ running }) => running),
    Array(8).fill(1),
    'one call each',
  )
  held.release()
  await until(() => held.count === 8, 'the ninth took the freed slot')
  held.releaseAll()
  const answers = await Promise.all(calls)
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(new Set(answers.map(({ headers }) => headers.get('ibrest-client-id'))).size, 8)
  t.ok(stubs.every(({ mostAtOnce }) => mostAtOnce === 1))
})

t.test('under load no instance ever has two leased calls at once', async (t) => {
  const { url, stubs } = await proxied(t, 4)
  let answered = 0
  for (const stub of stubs) {
    stub.answer = (_, response) => setTimeout(() => sendJson(response, 200, {}), 1)
  }
  const caller = async () => {
    for (let call = 0; call < 40; call += 1) {
      // each wants an answer of its own: joined calls would be no load
      const headers = { 'cache-control': 'no-cache' }
      const { status, body } = await fetch(`${url}/account/positions`, { headers })
      await body?.cancel()
      if (status === 200) answered += 1
    }
  }
  await Promise.all(Array.from({ length: 32 }, caller))
  t.equal(answered, 32 * 40)
  t.same(
    stubs.map(({ mostAtOnce }) => mostAtOnce),
    [1, 1, 1, 1],
  )
})

t.test(
  'a caller that leaves mid-call never lets a second call into the busy instance',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1)
    const [stub] = stubs
    if (stub === undefined) return
    const held = new Held()
    stub.answer = held.answer
    const gone = new AbortController()
    const first = fetch(`${url}/account/positions`, { signal: gone.signal }).catch(
      (error) => error.name,
    )
    await until(() => held.count === 1, 'the first call at the instance')
    gone.abort()
    t.equal(await first, 'AbortError')
    const second = fetch(`${url}/account/positions`)
    await until(async () => (await status()).queue.length === 1, 'the second call in line')
    t.equal(stub.calls.length, 1, 'the instance saw only the first')
    held.release()
    await until(() => held.count === 1, 'the second call at the instance')
    held.release()
    t.equal((await second).status, 200)
    t.equal(stub.mostAtOnce, 1)
  },
)

t.test('a caller that leaves while waiting leaves the line at once', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const first = fetch(`${url}/account/positions`)
  await until(() => held.count === 1, 'the slot taken')
  const gone = new AbortController()
  const second = fetch(`${url}/account/positions`, { signal: gone.signal }).catch(
    (error) => error.name,
  )
  await until(async () => (await status()).queue.length === 1, 'the second in line')
  gone.abort()
  await second
  await until(async () => (await status()).queue.length === 0, 'the line empty')
  held.release()
  t.equal((await first).status, 200)
  t.equal(stubs[0]?.calls.length, 1, 'nothing was sent for the caller who left')
})

t.test('a call that waits past its deadline is refused with Retry-After', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const first = fetch(`${url}/account/positions`)
  await until(() => held.count === 1, 'the slot taken')
  const late = await fetch(`${url}/account/positions`, { headers: { 'x-deadline-ms': '30' } })
  t.equal(late.status, 503)
  t.match(await late.json(), { code: 'PROXY_POOL_BUSY', retryable: true, status: 503 })
  t.match(late.headers.get('retry-after'), /^[1-9]\d*$/)
  t.equal((await status()).queue.length, 0)
  held.release()
  t.equal((await first).status, 200)
})

t.test('a full line refuses at once', async (t) => {
  const { url, stubs } = await proxied(t, 1, { QUEUE_LIMIT: '0' })
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const first = fetch(`${url}/account/positions`)
  await until(() => held.count === 1, 'the slot taken')
  const second = await fetch(`${url}/account/positions`)
  t.equal(second.status, 503)
  t.match(await second.json(), { code: 'PROXY_POOL_BUSY' })
  held.release()
  await first
})

t.test(
  'a deadline that passes during the work answers 504 and keeps the slot until the instance is done',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1)
    const held = new Held()
    for (const stub of stubs) stub.answer = held.answer
    const late = await fetch(`${url}/account/positions`, { headers: { prefer: 'wait=0.05' } })
    t.equal(late.status, 504)
    t.match(await late.json(), { code: 'PROXY_DEADLINE', retryable: true })
    t.equal((await status()).busy, 1)
    held.release()
    await until(async () => (await status()).idle === 1, 'the slot idle again')
  },
)

t.test('an order whose deadline passes is told that it may still happen', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const late = await fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'x-deadline-ms': '40', 'content-type': 'application/json' },
    body: '{}',
  })
  t.equal(late.status, 504)
  const told = (await late.json()) as { detail: string; retryable: boolean }
  t.match(told, { code: 'PROXY_DEADLINE', retryable: false })
  t.match(told.detail, /may still happen/)
  held.releaseAll()
})

t.test('the instance is told what time is left, and who asks', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const answer = await fetch(`${url}/history/AAPL?durationStr=1%20D`, {
    headers: {
      'x-request-id': 'desk-7',
      prefer: 'wait=7',
      'x-custom': 'kept',
      connection: 'x-hop',
      'x-hop': 'dropped',
    } as Record<string, string>,
  })
  t.equal(answer.headers.get('x-request-id'), 'desk-7')
  t.equal(answer.headers.get('ibrest-client-id'), '0')
  t.match(answer.headers.get('server-timing'), /queue;dur=\d/)
  const [call] = stubs[0]?.calls ?? []
  t.equal(call?.url, '/history/AAPL?durationStr=1%20D')
  t.equal(call?.headers['x-custom'], 'kept')
  const left = Number(call?.headers['x-deadline-ms'])
  t.ok(left > 5000 && left <= 7000, `left ${left}`)
})

t.test('two slots per instance carry two calls and no third', async (t) => {
  const { url, stubs, status } = await proxied(t, 2, { SLOTS_PER_INSTANCE: '2' })
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const calls = Array.from({ length: 5 }, () => fetch(`${url}/account/positions`))
  await until(() => held.count === 4, 'four calls at two instances')
  await until(async () => (await status()).queue.length === 1, 'one in line')
  t.same(
    stubs.map(({ running }) => running),
    [2, 2],
  )
  held.releaseAll()
  await until(() => held.count === 1, 'the fifth')
  held.releaseAll()
  await Promise.all(calls)
})

t.test('GET /clients tells who works, who waits and for how long', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  t.match(await status(), { waiting: { order: 0, read: 0 }, maxWaitMs: null, held: 0 })
  const calls = ['/account', '/account/positions', '/market/AAPL', '/history/AAPL'].map((path) =>
    fetch(`${url}${path}`),
  )
  const order = fetch(`${url}/order`, { method: 'POST', body: '{}' })
  const cancel = fetch(`${url}/order/1.4`, { method: 'DELETE' })
  await until(async () => (await status()).queue.length === 3, 'three in line')
  await until(async () => (await status()).clients[1]?.beside === 1, 'the cancel beside them')
  const seen = await status()
  t.match(seen, {
    busy: 2,
    waiting: { cancel: 0, order: 1, read: 1, history: 1 },
    clients: [{ active: 1, beside: 0 }, { active: 1 }],
  })
  t.ok((seen.maxWaitMs ?? -1) >= 0)
  t.ok(seen.meanServiceMs > 0)
  for (const stub of stubs) stub.answer = (_, response) => response.end('{}')
  held.releaseAll()
  for (const { status } of await Promise.all([...calls, order, cancel])) t.equal(status, 200)
  const after = await status()
  t.match(after, { clients: [{ active: 0 }, { active: 0, beside: 0 }] })
  t.ok((after.utilisation ?? 0) > 0 && (after.utilisation ?? 0) <= 1)
})
