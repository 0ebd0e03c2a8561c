import t from 'tap'
import { buy, quotes, rigFor } from '../rig/simulated.ts'
import { incoming, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

t.test('the side door tells what it can do, and what was wrong', async (t) => {
  const { request, port } = await rigFor(t)
  t.match(await request('GET', '/'), { status: 200, body: { routes: { 'POST /faults': String } } })
  t.match(await request('GET', '/health'), { status: 200, body: { alive: true, port } })
  t.match(await request('GET', '/nowhere'), { status: 404 })
  t.match(await request('PUT', '/faults'), { status: 405 })
  t.match(await request('POST', '/faults', { fault: 'gremlin' }), {
    status: 400,
    body: { error: /gremlin/, known: ['late', 'silent'] },
  })
  t.match(await request('POST', '/faults', {}), { status: 400 })
  t.match(await request('POST', '/faults', { fault: 'late', delayMs: -1 }), { status: 400 })
  t.match(await request('POST', '/faults', { fault: 'late', match: { client: 1 } }), {
    status: 400,
  })
  t.match(await request('POST', '/faults', { fault: 'late', match: { message: 'x' } }), {
    status: 400,
  })
  t.match(await request('DELETE', '/faults/99'), { status: 404 })
  t.match(await request('POST', '/price', { symbol: 'NOSUCH', price: 1 }), { status: 400 })
  t.match(await request('POST', '/price', { symbol: 'AAPL', price: 'high' }), { status: 400 })
})

t.test('a look inside: connections, messages, orders, trades, accounts', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/price', { symbol: 'AAPL', price: 200 })
  client.send(...buy(1))
  await client.find(incoming.commissionReport)
  t.match(await request('GET', '/connections'), {
    body: [{ clientId: 5, state: 'serving', version: 178 }],
  })
  t.match(await request('GET', '/messages'), {
    body: { 5: { in: { startApi: 1, placeOrder: 1 }, out: { openOrder: 3, orderStatus: 2 } } },
  })
  t.match(await request('GET', '/orders'), {
    body: [{ clientId: 5, orderId: 1, status: 'Filled', averagePrice: 200.01 }],
  })
  t.match(await request('GET', '/executions'), {
    body: [{ side: 'BOT', shares: 100, commission: 1 }],
  })
  t.match(await request('GET', '/accounts'), {
    body: [{ account: 'DU1000001', netLiquidation: 999_998, positions: [{ quantity: 100 }] }, {}],
  })
})

t.test('a price that is set moves the market, and crosses what rests', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/price', { symbol: 'AAPL', price: 200 })
  client.send(...buy(1, { 18: 'LMT', 19: 190 }))
  await client.find(incoming.orderStatus)
  await request('POST', '/price', { conId: 265598, price: 185 })
  const [, , , , , price] = (await client.find(incoming.execDetails)).slice(15)
  t.equal(price, '190')
  t.match(await request('DELETE', '/price', { symbol: 'AAPL' }), { status: 200 })
})

t.test('what is wrong is said by the name of its field, and what would be right', async (t) => {
  const { request } = await rigFor(t)
  for (const [method, path, body, error] of [
    ['POST', '/price', { symbol: 'AAPL', price: 0 }, /^price: a number/],
    ['POST', '/price', { symbol: 'AAPL' }, /^price: it is missing/],
    ['POST', '/price', { symbol: 'AAPL', price: 1, cost: 2 }, /^cost: no such field/],
    ['POST', '/clock', {}, /stepMs/],
    ['POST', '/clock', { stepMs: -1 }, /^stepMs: a whole number/],
    ['POST', '/clock', { to: 'tomorrow' }, /^to: a time such as/],
    ['POST', '/clock', { to: '2001-01-01T00:00:00Z' }, /does not go back/],
    ['POST', '/clock', { speed: 0 }, /^speed/],
    ['POST', '/clock', { stop: false }, /^stop: true/],
    ['POST', '/notice', { code: 1.5, text: 'x' }, /^code/],
    ['POST', '/notice', { code: 2104 }, /^text: it is missing/],
    ['POST', '/faults', { fault: 'late', match: [] }, /^match: an object/],
    ['POST', '/faults', { fault: 'late', match: { clientId: '5' } }, /^clientId: a whole/],
    ['POST', '/faults', { fault: 'late', probability: 2 }, /^probability: a number from 0 to 1/],
    ['POST', '/faults', { fault: 'halt', symbol: 'NOSUCH' }, /no instrument/],
    [
      'POST',
      '/orders',
      { symbol: 'AAPL', quantity: 1, action: 'HOLD' },
      /^action: one of BUY, SELL/,
    ],
    ['DELETE', '/connections/5', { how: 'softly' }, /^how: one of close, reset/],
    ['DELETE', '/faults', { id: 1 }, /^id: no field/],
    ['POST', '/price', 'high', /no JSON/],
    ['POST', '/price', '[1]', /no object/],
  ] as const) {
    const answer = await request(method, path, body)
    t.match(answer, { status: 400, body: { error } }, `${method} ${path} ${JSON.stringify(body)}`)
  }
  t.match(await request('POST', '/price', { symbol: 'x'.repeat(70_000) }), { status: 413 })
  t.match(await request('DELETE', '/orders/5.9'), { status: 404 })
  t.match(await request('DELETE', '/connections/9'), { status: 404 })
  t.match(await request('POST', '/orders/five/fill'), { status: 404 })
  t.match(await request('GET', '/faults'), { body: { active: [] } })
})

t.test('an order is crossed in parts, at the price that is said, then at its limit', async (t) => {
  const { request, client } = await rigFor(t)
  client.send(...buy(1, { 18: 'LMT', 19: 1 }))
  await client.find(incoming.orderStatus)
  t.match(await request('POST', '/orders/5.1/fill', { quantity: 101 }), {
    status: 400,
    body: { error: /^quantity: 100 are left/ },
  })
  t.match(await request('POST', '/orders/5.1/fill', { quantity: 40, price: 0.5 }), {
    status: 200,
    body: { status: 'Submitted', filled: 40, remaining: 60, lastFillPrice: 0.5 },
  })
  const execution = await client.find(incoming.execDetails)
  t.same([execution[19], execution[20]], ['40', '0.5'])
  t.same((await client.find(incoming.orderStatus)).slice(2, 5), ['Submitted', '40', '60'])
  await client.find(incoming.commissionReport)
  t.match(await request('POST', '/orders/5.1/fill'), {
    status: 200,
    body: { status: 'Filled', filled: 100, remaining: 0, lastFillPrice: 1, averagePrice: 0.8 },
  })
  t.same((await client.find(incoming.orderStatus)).slice(2, 5), ['Filled', '100', '0'])
  t.match(await request('POST', '/orders/5.1/fill'), { status: 409 })
  t.match(await request('DELETE', '/orders/5.1'), { status: 409 })
})

t.test('the exchange cancels an order: Cancelled, and 202 with its reason', async (t) => {
  const { request, client } = await rigFor(t)
  client.send(...buy(1, { 18: 'LMT', 19: 1 }))
  await client.find(incoming.orderStatus)
  t.match(await request('DELETE', '/orders/5.1', { reason: 'no shares to borrow' }), {
    status: 200,
    body: { status: 'Cancelled', isOver: true },
  })
  t.equal((await client.find(incoming.orderStatus))[2], 'Cancelled')
  t.match(await client.error(1), { code: 202, text: /no shares to borrow/ })
})

t.test('orders are shown in every state, with their families', async (t) => {
  const { request, client } = await rigFor(t)
  client.send(...buy(1, { 18: 'LMT', 19: 1, 27: 0 }))
  client.send(...buy(2, { 16: 'SELL', 18: 'LMT', 19: 9999, 27: 0, 28: 1 }))
  client.send(...buy(3, { 18: 'LMT', 19: 1, 22: 'group', 46: 1 }))
  await client.find(incoming.orderStatus)
  t.match(await request('GET', '/orders'), {
    body: [
      { orderId: 1, status: 'ApiPending', isHeld: true, children: [2], remaining: 100 },
      { orderId: 2, status: 'ApiPending', parentId: 1, completedAt: null },
      { orderId: 3, status: 'Submitted', ocaGroup: 'group', ocaType: 1, isWorking: true },
    ],
  })
})

t.test('a notice reaches all, or the one it is meant for', async (t) => {
  const { request, client, port } = await rigFor(t)
  const other = await TwsClient.login({ port, clientId: 6 })
  const isCode = (code: string) => (fields: readonly string[]) => fields[3] === code
  t.match(await request('POST', '/notice', { code: 2119, text: 'connecting' }), {
    body: { told: 2 },
  })
  t.same((await client.find(incoming.error, isCode('2119'))).slice(2, 5), [
    '-1',
    '2119',
    'connecting',
  ])
  await other.find(incoming.error, isCode('2119'))
  await request('POST', '/notice', { code: 1300, text: 'moved', clientId: 6 })
  await other.find(incoming.error, isCode('1300'))
  await client.settle()
  t.notOk(client.all(incoming.error).some(isCode('1300')))
  t.match(await request('POST', '/notice', { code: 1300, text: 'moved', clientId: 7 }), {
    status: 404,
  })
  await other.close()
})

for (const how of ['close', 'reset']) {
  t.test(`one client is cut off (${how}), and its id is free or not, as was said`, async (t) => {
    const { request, client, port } = await rigFor(t)
    const witness = await TwsClient.login({ port, clientId: 6 })
    t.match(await request('DELETE', '/connections/5', { how, lingerMs: 600_000 }), {
      status: 200,
      body: [{ clientId: 6 }],
    })
    await client.closed
    await t.rejects(TwsClient.login({ port, clientId: 5 }), 'the id is locked')
    await request('DELETE', '/faults')
    const again = await TwsClient.login({ port, clientId: 5 })
    await witness.settle()
    await Promise.all([again.close(), witness.close()])
  })
}

t.test(
  'a stopped world stands until it is stepped; orders and streams see all between',
  async (t) => {
    const clockStart = Date.UTC(2026, 10, 24, 14, 30)
    const { request, client, gateway } = await rigFor(t, { isStepped: true, clockStart })
    client.send(49, 1)
    t.equal((await client.find(incoming.currentTime))[2], String(clockStart / 1000))
    t.match(await request('GET', '/clock'), {
      body: { now: '2026-11-24T14:30:00.000Z', isRunning: false, timers: 0, nextAt: null },
    })
    const apple = gateway.instrument({ symbol: 'AAPL' })
    if (apple === undefined) throw new Error('no AAPL')
    const DAY_MS = 86_400_000
    const low = gateway.world.market.span(apple, clockStart, clockStart + 2 * DAY_MS)?.low ?? 0
    client.send(...buy(1))
    client.send(...buy(2, { 18: 'LMT', 19: low + 0.05, 21: 'GTC' }))
    client.send(...quotes(3))
    await client.settle()
    t.equal(client.all(incoming.execDetails).length, 0, 'no time, no trade')
    t.match(await request('POST', '/clock', { stepMs: 2 }), {
      body: { now: '2026-11-24T14:30:00.002Z' },
    })
    await client.find(incoming.execDetails, ([, , orderId]) => orderId === '1')
    const before = client.all(incoming.tickPrice).length
    await request('POST', '/clock', { to: '2026-11-26T14:30:00Z' })
    const [, , , , , , , , , , , , , , , time] = await client.find(
      incoming.execDetails,
      ([, , orderId]) => orderId === '2',
    )
    t.match(time, /^2026112[456] /, 'the low was seen on the way')
    await client.settle()
    t.ok(client.all(incoming.tickPrice).length > before + 100)
    client.send(49, 1)
    const now = await client.find(incoming.currentTime)
    t.equal(now[2], String(clockStart / 1000 + 2 * 86_400))
  },
)

t.test('the same steps make the same world', async (t) => {
  const run = async () => {
    const { request, client } = await rigFor(t, {
      isStepped: true,
      clockStart: Date.UTC(2026, 10, 24, 14, 30),
    })
    client.send(...quotes(1))
    client.send(...buy(1))
    await client.settle()
    for (let step = 0; step < 5; step += 1) await request('POST', '/clock', { stepMs: 10_000 })
    await client.settle()
    return client.received.slice(1)
  }
  t.same(await run(), await run(), 'to the last message')
})

t.test('a month is stepped through with a stream of quotes and a resting order', async (t) => {
  const { request, client } = await rigFor(t, { isStepped: true })
  client.send(...quotes(1))
  client.send(...buy(1, { 18: 'LMT', 19: 1, 21: 'GTC' }))
  await client.settle()
  t.match(await request('POST', '/clock', { stepMs: 30 * 86_400_000 }), { status: 200 })
  await client.settle()
  t.match(await request('GET', '/orders'), { body: [{ status: 'Submitted' }] })
})

t.test('time runs at the speed that is set, stops and goes on', async (t) => {
  const { request, gateway } = await rigFor(t)
  await request('POST', '/clock', { speed: 86_400 })
  const from = gateway.world.now()
  await until(() => gateway.world.now() > from + 3_600_000, 'an hour later')
  t.match(await request('POST', '/clock', { stop: true, speed: 1 }), {
    body: { isRunning: false, speed: 1 },
  })
  const stood = gateway.world.now()
  await request('GET', '/health')
  t.equal(gateway.world.now(), stood)
  t.match(await request('POST', '/clock', { run: true }), { body: { isRunning: true } })
})

t.test('a reset ends all and begins the same world again', async (t) => {
  const { request, client, port } = await rigFor(t, {
    isStepped: true,
    clockStart: Date.UTC(2026, 10, 24, 14, 30),
  })
  const session = async (one: TwsClient) => {
    one.send(...quotes(1))
    one.send(...buy(1))
    await one.settle()
    await request('POST', '/clock', { stepMs: 5000 })
    await one.settle()
    return one.received.slice(1)
  }
  const first = await session(client)
  await request('POST', '/faults', { fault: 'refuse' })
  await request('POST', '/price', { symbol: 'AAPL', price: 1 })
  t.match(await request('POST', '/reset'), {
    status: 200,
    body: { now: '2026-11-24T14:30:00.000Z', timers: 0 },
  })
  await client.closed
  t.same((await request('GET', '/orders')).body, [])
  t.same((await request('GET', '/messages')).body, {})
  const again = await TwsClient.login({ port, clientId: 5 })
  t.same(await session(again), first, 'order ids, permanent ids and prices too')
  await again.close()
})
