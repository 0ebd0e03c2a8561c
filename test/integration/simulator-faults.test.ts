import t, { type Test } from 'tap'
import { Control } from '../../simulator/control.ts'
import { Gateway } from '../../simulator/gateway.ts'
import { incoming, orderFields, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

interface Rig {
  readonly gateway: Gateway
  readonly client: TwsClient
  readonly port: number
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ status: number; body: unknown }>
}

async function rigFor(t: Test): Promise<Rig> {
  const gateway = new Gateway({ port: 0, serverVersion: 178 })
  const control = new Control(gateway)
  await gateway.listen()
  await control.listen('127.0.0.1', 0)
  const client = await TwsClient.login({ port: gateway.port, clientId: 5 })
  t.teardown(async () => {
    await client.close()
    await control.close()
    await gateway.close()
  })
  return {
    gateway,
    client,
    port: gateway.port,
    request: async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

const buy = (orderId: number, more: Record<number, string | number> = {}) =>
  orderFields({ 1: orderId, 3: 'AAPL', 16: 'BUY', 17: 100, ...more })

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

t.test('late: an answer is overtaken by those after it', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', {
    fault: 'late',
    match: { message: 'positionEnd' },
    delayMs: 50,
  })
  client.send(61, 1)
  await client.settle()
  t.equal(client.all(incoming.positionEnd).length, 0)
  await client.find(incoming.positionEnd)
  await request('DELETE', '/faults')
  await request('POST', '/faults', {
    fault: 'late',
    match: { message: 'reqPositions' },
    delayMs: 50,
  })
  client.send(61, 1)
  await client.settle()
  t.equal(client.all(incoming.positionEnd).length, 1)
  await client.find(incoming.positionEnd)
})

t.test('silent, twice and no-end do what they say', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', {
    fault: 'silent',
    match: { message: 'reqPositions' },
    count: 1,
  })
  client.send(61, 1)
  await client.settle()
  t.equal(client.all(incoming.positionEnd).length, 0)
  await request('POST', '/faults', { fault: 'twice', match: { message: 'positionEnd' } })
  client.send(61, 1)
  await client.settle()
  t.equal(client.all(incoming.positionEnd).length, 2)
  await request('POST', '/faults', { fault: 'no-end', match: { message: 'reqAccountSummary' } })
  client.send(62, 1, 9, 'All', 'NetLiquidation')
  await client.settle()
  t.equal(client.all(incoming.accountSummary).length, 2)
  t.equal(client.all(incoming.accountSummaryEnd).length, 0)
})

t.test('sliced: the same answer, in slices', async (t) => {
  const { request, client } = await rigFor(t)
  client.send(9, 8, 1, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', '', '')
  const whole = await client.find(incoming.contractDetails)
  await request('POST', '/faults', { fault: 'sliced' })
  client.send(9, 8, 1, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', '', '')
  client.send(61, 1)
  t.same(await client.find(incoming.contractDetails), whole)
  await client.find(incoming.positionEnd)
})

for (const fault of ['torn', 'reset']) {
  t.test(`${fault}: the connection ends, another does not`, async (t) => {
    const { request, client, port } = await rigFor(t)
    const witness = await TwsClient.login({ port, clientId: 6 })
    await request('POST', '/faults', { fault, match: { clientId: 5, message: 'currentTime' } })
    client.send(49, 1)
    await client.closed
    t.equal(client.all(incoming.currentTime).length, 0)
    await witness.settle()
    const again = await TwsClient.login({ port, clientId: 5 })
    await again.settle()
    await Promise.all([again.close(), witness.close()])
  })
}

t.test('refuse: new connections are closed until it is taken back', async (t) => {
  const { request, client, port } = await rigFor(t)
  await request('POST', '/faults', { fault: 'refuse' })
  await t.rejects(TwsClient.login({ port, clientId: 6 }))
  await client.settle()
  await request('DELETE', '/faults')
  const welcome = await TwsClient.login({ port, clientId: 6 })
  await welcome.close()
})

t.test('restart: all connections end, the world is kept', async (t) => {
  const { request, client, port } = await rigFor(t)
  client.send(...buy(1, { 18: 'LMT', 19: 1 }))
  await client.find(incoming.orderStatus)
  await request('POST', '/faults', { fault: 'restart', delayMs: 100 })
  await client.closed
  await t.rejects(TwsClient.login({ port, clientId: 5 }), 'nobody listens')
  const again = await until(
    () => TwsClient.login({ port, clientId: 5 }).catch(() => undefined),
    'the gateway is back',
  )
  t.equal(again.all(incoming.nextValidId)[0]?.[2], '2')
  again.send(5, 1)
  await again.find(incoming.openOrderEnd)
  t.equal(again.all(incoming.openOrder).length, 1)
  await again.close()
})

t.test('notices reach whom they are meant for; 1101 loses the streams', async (t) => {
  const { request, client, gateway, port } = await rigFor(t)
  const other = await TwsClient.login({ port, clientId: 6 })
  client.send(1, 11, 1, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', 0, 0, '')
  await client.settle()
  t.equal(gateway.world.beat.listening, 1)
  await request('POST', '/faults', { fault: 'code-1100' })
  const isCode = (code: string) => (fields: readonly string[]) => fields[3] === code
  await client.find(incoming.error, isCode('1100'))
  await other.find(incoming.error, isCode('1100'))
  await request('POST', '/faults', { fault: 'code-1101', match: { clientId: 5 } })
  await client.find(incoming.error, isCode('1101'))
  t.equal(gateway.world.beat.listening, 0)
  await other.settle()
  t.notOk(other.all(incoming.error).some(isCode('1101')))
  await request('POST', '/faults', { fault: 'code-1102' })
  await other.find(incoming.error, isCode('1102'))
  await other.close()
})

t.test('lost-ack: the order lives, its acknowledgement never comes', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', { fault: 'lost-ack', match: { clientId: 5, orderId: 1 } })
  client.send(...buy(1, { 18: 'LMT', 19: 1, 26: 'key' }))
  await client.settle()
  t.equal(client.all(incoming.openOrder).length, 0)
  client.send(5, 1)
  await client.find(incoming.openOrderEnd)
  t.equal(client.all(incoming.openOrder)[0]?.[23], 'key', 'who asks is told')
  t.match(await request('GET', '/orders'), { body: [{ orderId: 1, status: 'Submitted' }] })
})
