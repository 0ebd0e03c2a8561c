import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { Held, type StubInstance, sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

/** Makes each stub know some order numbers, as instances do. */
function knowOrders(stubs: StubInstance[], known: Record<number, number[]>) {
  for (const [clientId, stub] of stubs.entries()) {
    stub.answer = ({ method, url }, response) => {
      const number = Number(
        /(\d+)(?:[?&]|$)/.exec(url.replace(/^.*\./, '').replace(/&clientId=\d+/, ''))?.[1],
      )
      const has = known[clientId]?.includes(number) ?? false
      sendJson(
        response,
        has ? 200 : 404,
        has ? { id: `${clientId}.${number}`, method } : { code: 'INSTANCE_UNKNOWN_ORDER' },
      )
    }
  }
}

t.test(
  'cancelling an order reaches the client written in its id, for every one of eight',
  async (t) => {
    const { url, stubs } = await proxied(t, 8)
    for (let clientId = 0; clientId < 8; clientId += 1) {
      const answer = await fetch(`${url}/order/${clientId}.1042`, { method: 'DELETE' })
      t.equal(answer.headers.get('ibrest-client-id'), String(clientId))
      t.equal(stubs[clientId]?.calls.length, 1)
      t.equal(stubs[clientId]?.calls[0]?.url, `/order/${clientId}.1042`)
    }
  },
)

t.test(
  'changing an order reaches its owner with If-Match and body, for every one of eight',
  async (t) => {
    const { url, stubs } = await proxied(t, 8)
    for (let clientId = 0; clientId < 8; clientId += 1) {
      const answer = await fetch(`${url}/order/${clientId}.1042`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'if-match': '"a"' },
        body: '{"lmtPrice":151}',
      })
      t.equal(answer.headers.get('ibrest-client-id'), String(clientId))
      t.equal(stubs[clientId]?.calls.length, 1)
      t.match(stubs[clientId]?.calls[0], {
        method: 'PUT',
        url: `/order/${clientId}.1042`,
        headers: { 'if-match': '"a"' },
        body: '{"lmtPrice":151}',
      })
    }
  },
)

t.test('DELETE /order names the owner in its query too', async (t) => {
  const { url, stubs } = await proxied(t, 4)
  await fetch(`${url}/order?orderId=3.1042`, { method: 'DELETE' })
  await fetch(`${url}/order?orderId=1042&clientId=2`, { method: 'DELETE' })
  t.same(
    stubs.map(({ calls }) => calls.map(({ url }) => url)),
    [[], [], ['/order?orderId=1042&clientId=2'], ['/order?orderId=3.1042']],
  )
})

t.test('a bare order number goes to the only client that has it', async (t) => {
  const { url, stubs } = await proxied(t, 4)
  knowOrders(stubs, { 2: [77] })
  const answer = await fetch(`${url}/order/77`, { method: 'DELETE' })
  t.equal(answer.status, 200)
  t.match(await answer.json(), { id: '2.77', method: 'DELETE' })
  const deletes = stubs.flatMap(({ calls }) => calls).filter(({ method }) => method === 'DELETE')
  t.equal(deletes.length, 1)
})

t.test('a bare order number that several clients have is 409 with the candidates', async (t) => {
  const { url, stubs } = await proxied(t, 3)
  knowOrders(stubs, { 0: [5], 2: [5] })
  for (const path of ['/order/5', '/order?orderId=5']) {
    const answer = await fetch(`${url}${path}`, { method: 'DELETE' })
    t.equal(answer.status, 409)
    t.match(await answer.json(), { code: 'PROXY_AMBIGUOUS_ORDER', candidates: ['0.5', '2.5'] })
  }
  t.notOk(stubs.some(({ calls }) => calls.some(({ method }) => method === 'DELETE')))
})

t.test('an order number no client has is 404; while one cannot be asked it is 503', async (t) => {
  const { url, stubs, status } = await proxied(t, 3)
  knowOrders(stubs, {})
  const unknown = await fetch(`${url}/order/9`)
  t.equal(unknown.status, 404)
  t.match(await unknown.json(), { code: 'PROXY_UNKNOWN_ORDER' })
  const [stub] = stubs
  if (stub) stub.usable = false
  await until(async () => (await status()).down === 1, 'one down')
  const uncertain = await fetch(`${url}/order/9`)
  t.equal(uncertain.status, 503)
  t.match(await uncertain.json(), { code: 'PROXY_OWNER_DOWN', missing: [0] })
})

t.test('an owner that is down is 503 with Retry-After, never another instance', async (t) => {
  const { url, stubs, status } = await proxied(t, 2)
  const [stub] = stubs
  if (stub) stub.usable = false
  await until(async () => (await status()).down === 1, 'client 0 down')
  for (const path of ['/order/0.5', '/account/update?acctCode=DU1']) {
    const answer = await fetch(`${url}${path}`)
    t.equal(answer.status, 503)
    t.ok(Number(answer.headers.get('retry-after')) >= 1)
    t.match(await answer.json(), { code: 'PROXY_OWNER_DOWN', client_id: 0 })
  }
  t.equal(stubs[1]?.calls.length, 0)
})

t.test('an owner that cannot be reached is told as such', async (t) => {
  const { url, stubs } = await proxied(t, 2, { PROBE_INTERVAL_MS: '60000' })
  await stubs[1]?.stop()
  const answer = await fetch(`${url}/order/1.5`, { method: 'DELETE' })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { code: 'PROXY_OWNER_DOWN' })
})

t.test('an order of a client outside the pool is unknown', async (t) => {
  const { url } = await proxied(t, 2)
  const answer = await fetch(`${url}/order/9.5`)
  t.equal(answer.status, 404)
  t.match(await answer.json(), { code: 'PROXY_UNKNOWN_ORDER' })
})

t.test('owned calls take no slot: they pass beside a busy instance', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const [stub] = stubs
  if (stub === undefined) return
  const held = new Held()
  stub.answer = (call, response) => {
    if (call.method === 'DELETE') sendJson(response, 200, { id: '0.7' })
    else held.answer(call, response)
  }
  const reading = fetch(`${url}/account/positions`)
  await until(() => held.count === 1, 'the slot taken')
  t.equal((await fetch(`${url}/order/0.7`, { method: 'DELETE' })).status, 200)
  held.release()
  t.equal((await reading).status, 200)
})

t.test('/clients/{id}/… pins a call to that client and waits for its slot', async (t) => {
  const { url, stubs, status } = await proxied(t, 3)
  const held = new Held()
  for (const stub of stubs) stub.answer = held.answer
  const first = fetch(`${url}/clients/1/account/positions?account=DU1`)
  await until(() => held.count === 1, 'client 1 at work')
  const second = fetch(`${url}/clients/1/account/positions`)
  await until(
    async () => (await status()).queue.length === 1,
    'the second waits though others are idle',
  )
  t.equal((await status()).idle, 2)
  held.release()
  await until(() => held.count === 1, 'the second at client 1')
  held.release()
  await Promise.all([first, second])
  t.same(
    stubs.map(({ calls }) => calls.map(({ url }) => url)),
    [[], ['/account/positions?account=DU1', '/account/positions'], []],
  )
})

t.test('pins reach what the proxy otherwise answers or gathers itself', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  await fetch(`${url}/clients/1/beacon`)
  await fetch(`${url}/clients/1/executions`)
  t.same(
    stubs[1]?.calls.map(({ url }) => url),
    ['/beacon', '/executions'],
  )
  t.equal((await fetch(`${url}/clients/1`)).status, 200)
  t.equal((await fetch(`${url}/clients/7/beacon`)).status, 404)
  t.equal((await fetch(`${url}/clients/x/beacon`)).status, 404)
  t.equal(stubs[0]?.calls.length, 0)
})

t.test(
  'gathered rows come from every instance, each marked with its client, the same one once',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 3)
    for (const [clientId, stub] of stubs.entries()) {
      stub.answer = (_, response) =>
        sendJson(response, 200, [
          { execId: `own.${clientId}` },
          { execId: 'shared.1', clientId: 2, seenBy: clientId },
        ])
    }
    const rows = (await (await fetch(`${url}/executions?symbol=AAPL`)).json()) as {
      execId: string
      clientId: number
      seenBy?: number
    }[]
    t.same(
      rows.map(({ execId, clientId }) => `${execId} ${clientId}`),
      ['own.0 0', 'shared.1 2', 'own.1 1', 'own.2 2'],
    )
    t.equal(rows.find(({ execId }) => execId === 'shared.1')?.seenBy, 2, "the owner's own row wins")
    t.ok(stubs.every(({ calls }) => calls[0]?.url === '/executions?symbol=AAPL'))

    const [stub] = stubs
    if (stub) stub.usable = false
    await until(async () => (await status()).down === 1, 'client 0 down')
    const partial = await fetch(`${url}/executions`)
    t.equal(partial.status, 200)
    t.equal(partial.headers.get('ibrest-missing-clients'), '0')
  },
)

t.test('a gathered question that is wrong is refused in the instance’s own words', async (t) => {
  const { url, stubs } = await proxied(t, 2)
  for (const stub of stubs)
    stub.answer = (_, response) => sendJson(response, 422, { code: 'REQUEST_INVALID' })
  const answer = await fetch(`${url}/executions?side=SIDEWAYS`)
  t.equal(answer.status, 422)
  t.match(answer.headers.get('content-type'), /application\/problem\+json/)
  t.same(await answer.json(), { code: 'REQUEST_INVALID' })
})

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

t.test('POST /order that names an order goes to its owner, and is never placed', async (t) => {
  const { url, stubs } = await proxied(t, 8)
  knowOrders(stubs, { 5: [1042] })
  const calls = () =>
    stubs.map((stub) => stub.calls.filter(({ method }) => method === 'POST').length)
  for (let clientId = 0; clientId < 8; clientId += 1)
    await post(`${url}/order`, { orderId: `${clientId}.7`, lmtPrice: 1 })
  t.same(calls(), Array(8).fill(1))
  await post(`${url}/order`, { orderId: 7, clientId: 2, lmtPrice: 1 }, { 'idempotency-key': 'k' })
  t.equal(calls()[2], 2, 'its owner goes before its key')
  const found = await post(`${url}/order`, { orderId: 1042, lmtPrice: 1 })
  t.equal(found.headers.get('ibrest-client-id'), '5', 'a bare number is searched')
  const before = calls()
  const unknown = await post(`${url}/order`, { orderId: 4711, lmtPrice: 1 })
  t.equal(unknown.status, 404)
  t.match(await unknown.json(), { code: 'PROXY_UNKNOWN_ORDER' })
  t.equal((await post(`${url}/order`, { orderId: '99.1', lmtPrice: 1 })).status, 404)
  t.same(calls(), before, 'nobody was sent what nobody has')
  const byQuery = await fetch(`${url}/order?orderId=6.7&lmtPrice=1`, { method: 'POST' })
  t.equal(byQuery.headers.get('ibrest-client-id'), '6')
})

t.test('targets and closed positions are reckoned at client 0, none beside it', async (t) => {
  const { url, stubs } = await proxied(t, 4)
  for (let call = 0; call < 4; call += 1) {
    await post(`${url}/order/smart`, { targetPosition: 1 })
    await fetch(`${url}/account/positions/265598`, { method: 'DELETE' })
  }
  t.same(
    stubs.map(({ calls }) => calls.length),
    [8, 0, 0, 0],
  )
})

t.test('a pinned order must have a name of that client, or none', async (t) => {
  const { url, stubs } = await proxied(t, 4)
  const body = { symbol: 'AAPL', clientOrderId: 'entry-7' }
  const answers = await Promise.all(
    [0, 1, 2, 3].map((clientId) => post(`${url}/clients/${clientId}/order`, body)),
  )
  const refused = answers.filter(({ status }) => status === 421)
  t.equal(refused.length, 3)
  const owner = answers.findIndex(({ status }) => status === 200)
  t.match(await refused[0]?.json(), { code: 'PROXY_NOT_OWNER', client_id: owner, retryable: false })
  t.equal((await post(`${url}/order`, body)).headers.get('ibrest-client-id'), String(owner))
  const { status } = await post(
    `${url}/clients/${(owner + 1) % 4}/order`,
    { symbol: 'AAPL' },
    { 'idempotency-key': 'k' },
  )
  t.equal(status, 200, 'a key alone is its path’s')
  t.equal(stubs[owner]?.calls.length, 2)
})

t.test(
  'cancelling all under one key goes to one client, and to any when that is down',
  async (t) => {
    const { url, stubs, status } = await proxied(t, 4)
    const cancel = () =>
      fetch(`${url}/order?all=true`, { method: 'DELETE', headers: { 'idempotency-key': 'k' } })
    const first = (await cancel()).headers.get('ibrest-client-id')
    for (let call = 0; call < 4; call += 1)
      t.equal((await cancel()).headers.get('ibrest-client-id'), first)
    const keeper = stubs[Number(first)]
    if (keeper) keeper.usable = false
    await until(async () => (await status()).down === 1, 'its keeper down')
    t.equal((await cancel()).status, 200)
  },
)
