import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { Held, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

const order = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"symbol":"AAPL"}',
}

t.test(
  'an instance killed mid-call costs that caller one 502 and nobody else anything',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 2)
    const held = new Held()
    for (const stub of stubs) stub.answer = held.answer
    const calls = [fetch(`${url}/account/positions`), fetch(`${url}/account/positions`)]
    await until(() => held.count === 2, 'both instances at work')
    const waiting = fetch(`${url}/account/positions`)
    await until(async () => (await status()).queue.length === 1, 'a third in line')
    await stubs[0]?.stop()
    await until(async () => (await status()).down === 1, 'its slot down')
    held.releaseAll()
    await until(() => held.count === 1, 'the third at the living instance')
    held.releaseAll()
    const codes = (await Promise.all([...calls, waiting])).map((answer) => answer.status).sort()
    t.same(codes, [200, 200, 502])
    await stubs[0]?.start()
    await until(async () => (await status()).idle === 2, 'the slot back after the restart')
    t.equal(stubs[0]?.calls.length, 1, 'the lost call was not sent again')
  },
)

t.test(
  'an order lost on the way is never sent again, and the caller is told to look',
  async (t) => {
    const { url, stubs } = await proxied(t, 2)
    for (const stub of stubs) stub.answer = (_, response) => response.destroy()
    const answer = await fetch(`${url}/order`, order)
    t.equal(answer.status, 502)
    const told = (await answer.json()) as { detail: string }
    t.match(told, { code: 'PROXY_INSTANCE_LOST', retryable: false })
    t.match(told.detail, /look before you send it again/)
    t.equal(stubs.flatMap(({ calls }) => calls).length, 1)
  },
)

t.test('an answer cut short is 502, never half an answer taken for whole', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  for (const stub of stubs) {
    stub.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"half":')
      setImmediate(() => response.destroy())
    }
  }
  const answer = await fetch(`${url}/account/positions`)
  t.equal(answer.status, 502)
  t.match(await answer.json(), { code: 'PROXY_INSTANCE_LOST' })
})

t.test(
  'a call whose connection is refused goes to another slot, an order too: nothing was sent',
  async (t) => {
    const { url, stubs } = await proxied(t, 3, { PROBE_INTERVAL_MS: '60000' })
    await stubs[0]?.stop()
    await stubs[1]?.stop()
    const answer = await fetch(`${url}/order`, order)
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('ibrest-client-id'), '2')
    t.equal(stubs[2]?.calls.length, 1)
    t.equal(stubs[2]?.calls[0]?.body, order.body)
  },
)

t.test(
  'an instance that is busy for another proxy turns the call away to the next slot',
  async (t) => {
    const { url, stubs } = await proxied(t, 2)
    // the steward, client 0, is asked last
    const [second, first] = stubs
    if (first === undefined || second === undefined) return
    first.answer = (_, response) => sendJson(response, 503, { code: 'INSTANCE_BUSY' })
    for (let call = 0; call < 4; call += 1) {
      const answer = await fetch(`${url}/order`, order)
      t.equal(answer.headers.get('ibrest-client-id'), '0')
      t.equal(answer.status, 200)
    }
    t.equal(second.calls.length, 4)
  },
)

t.test(
  'an instance that is not logged in, or is shutting down, did nothing: another slot has the call',
  async (t) => {
    for (const code of ['INSTANCE_NOT_READY', 'INSTANCE_SHUTTING_DOWN']) {
      const { url, stubs } = await proxied(t, 2, { PROBE_INTERVAL_MS: '60000' })
      const [second, first] = stubs
      if (first) first.answer = (_, response) => sendJson(response, 503, { code })
      const answer = await fetch(`${url}/order`, order)
      t.equal(answer.status, 200)
      t.equal(answer.headers.get('ibrest-client-id'), '0')
      t.same([first?.calls.length, second?.calls.length], [1, 1])
    }
  },
)

t.test('a 503 that does not say that nothing was done is passed on, not repeated', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  for (const stub of stubs)
    stub.answer = (_, response) => sendJson(response, 503, { code: 'OTHER' })
  const answer = await fetch(`${url}/account/positions`)
  t.equal(answer.status, 503)
  t.same(await answer.json(), { code: 'OTHER' })
  t.equal(stubs.flatMap(({ calls }) => calls).length, 1)
})

t.test('instances are judged by the status of GET /clients alone', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  for (const stub of stubs) {
    stub.explanation = { reason: 'no gateway', connected: true }
    stub.usable = false
  }
  await until(async () => (await status()).usable === 0, 'both down')
  const answer = await fetch(`${url}/account/positions`)
  t.equal(answer.status, 503)
  t.ok(Number(answer.headers.get('retry-after')) >= 1)
  const told = (await answer.json()) as { detail: string }
  t.match(told, { code: 'PROXY_NO_INSTANCE', retryable: true })
  t.match(told.detail, /no gateway/)
  const clients = await fetch(`${url}/clients`)
  t.equal(clients.status, 503)
  t.match(await clients.json(), {
    connected: { 0: false, 1: false },
    clients: [{ reason: 'no gateway' }],
  })
  for (const stub of stubs) {
    stub.explanation = { reason: 'still no gateway' }
    stub.usable = true
  }
  await until(async () => (await status()).usable === 2, 'both back by their status')
  t.equal((await fetch(`${url}/account/positions`)).status, 200)
})

t.test('callers in line are told at once when the last instance goes down', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const first = fetch(`${url}/account/positions`)
  await until(() => held.count === 1, 'the slot taken')
  const second = fetch(`${url}/account/positions`)
  await until(async () => (await status()).queue.length === 1, 'one in line')
  for (const stub of stubs) stub.usable = false
  t.equal((await second).status, 503)
  held.release()
  t.equal((await first).status, 200, 'the running call still finishes')
})

t.test(
  'an instance that comes back while it still works on a call gets no second one',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 1)
    const [stub] = stubs
    if (stub === undefined) return
    const held = new Held()
    stub.answer = held.answer
    const first = fetch(`${url}/account/positions`)
    await until(() => held.count === 1, 'the slot taken')
    stub.usable = false
    await until(async () => (await status()).down === 1, 'down')
    stub.usable = true
    await until(async () => (await status()).usable === 1, 'up again')
    t.equal((await status()).busy, 1, 'and still busy')
    const second = fetch(`${url}/account/positions`)
    await until(async () => (await status()).queue.length === 1, 'the second waits')
    t.equal(stub.mostAtOnce, 1)
    held.release()
    await until(() => held.count === 1, 'the second sent')
    held.release()
    t.same([(await first).status, (await second).status], [200, 200])
  },
)

t.test('a large answer to a caller who does not read does not keep the slot', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const large = 'x'.repeat(3 * 1024 * 1024)
  for (const stub of stubs) stub.answer = (_, response) => response.end(large)
  const unread = await fetch(`${url}/account/positions`)
  await until(async () => (await status()).idle === 1, 'the slot idle')
  t.equal((await unread.text()).length, large.length)
})

t.test('an answer larger than is held is streamed, whole', async (t) => {
  const { url, stubs, status } = await proxied(t, 1)
  const size = 24 * 1024 * 1024
  for (const stub of stubs) stub.answer = (_, response) => response.end(Buffer.alloc(size, 'y'))
  const answer = await fetch(`${url}/account/positions`)
  t.equal((await answer.arrayBuffer()).byteLength, size)
  await until(async () => (await status()).idle === 1, 'the slot idle')
})

t.test(
  'on shutdown calls that wait beyond the grace are refused, running ones finish',
  async (t) => {
    const { url, stubs, proxy, status } = await proxied(t, 1, { SHUTDOWN_GRACE_MS: '50' })
    const held = new Held()
    for (const stub of stubs) stub.answer = held.answer
    const running = fetch(`${url}/account/positions`)
    await until(() => held.count === 1, 'one running')
    const waiting = fetch(`${url}/account/positions`)
    await until(async () => (await status()).queue.length === 1, 'one waiting')
    const stopped = proxy.stop()
    const refused = await waiting
    t.equal(refused.status, 503)
    t.match(await refused.json(), { code: 'PROXY_SHUTTING_DOWN' })
    held.release()
    t.equal((await running).status, 200)
    await stopped
  },
)
