import t from 'tap'
import { buy, quotes, rigFor } from '../rig/simulated.ts'
import { incoming, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

t.test('late: an answer is overtaken by those after it', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', {
    fault: 'late',
    match: { message: 'positionEnd' },
    delayMs: 500,
  })
  client.send(61, 1)
  await client.settle()
  t.equal(client.all(incoming.positionEnd).length, 0)
  await client.find(incoming.positionEnd)
  await request('DELETE', '/faults')
  await request('POST', '/faults', {
    fault: 'late',
    match: { message: 'reqPositions' },
    delayMs: 500,
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

const isCode = (code: number) => (fields: readonly string[]) => fields[3] === String(code)

t.test(
  'restart: 1100 comes first, and the client id stays locked for a while after it',
  async (t) => {
    const { request, client, port } = await rigFor(t)
    await request('POST', '/faults', { fault: 'restart', delayMs: 0, lingerMs: 600_000 })
    await client.closed
    t.ok(client.all(incoming.error).some(isCode(1100)))
    const other = await until(
      () => TwsClient.login({ port, clientId: 6 }).catch(() => undefined),
      'the gateway is back',
    )
    await other.find(incoming.error, isCode(2158))
    const late = await TwsClient.hello({ port })
    late.send(71, 2, 5, '')
    t.match(await late.error(-1), { code: 326 })
    await request('DELETE', '/faults')
    const again = await TwsClient.login({ port, clientId: 5 })
    await Promise.all([again.close(), other.close(), late.close()])
  },
)

t.test('restart: a locked id is free again by itself', async (t) => {
  const { request, client, port } = await rigFor(t)
  await request('POST', '/faults', { fault: 'restart', delayMs: 0, lingerMs: 50 })
  await client.closed
  const again = await until(
    () => TwsClient.login({ port, clientId: 5 }).catch(() => undefined),
    'the id is free',
  )
  await again.close()
})

t.test('drop-client: one dies and its id stays locked, the others live', async (t) => {
  const { request, client, port } = await rigFor(t)
  const witness = await TwsClient.login({ port, clientId: 6 })
  const fault = { fault: 'drop-client', match: { clientId: 5 }, lingerMs: 600_000 }
  t.match(await request('POST', '/faults', fault), { status: 201, body: { struck: 1 } })
  await client.closed
  await t.rejects(TwsClient.login({ port, clientId: 5 }))
  await witness.settle()
  await witness.close()
})

t.test('farm-down: quotes stand still, requests wait, and all comes when it is back', async (t) => {
  const { request, client, gateway, port } = await rigFor(t)
  await request('POST', '/price', { symbol: 'AAPL', price: 200 })
  client.send(...quotes(1))
  await client.settle()
  const { body } = await request('POST', '/faults', { fault: 'farm-down', farm: 'usfarm' })
  await client.find(incoming.error, isCode(2103))
  const before = client.all(incoming.tickPrice).length
  client.send(...quotes(2))
  await request('POST', '/price', { symbol: 'AAPL', price: 210 })
  await gateway.stepTo(gateway.world.now() + 2000)
  await client.settle()
  t.equal(client.all(incoming.tickPrice).length, before)
  const other = await TwsClient.login({ port, clientId: 6 })
  await other.find(incoming.error, isCode(2103))
  t.notOk(other.all(incoming.error).some(isCode(2104)), 'a login is told how it is')
  await request('DELETE', `/faults/${(body as { id: number }).id}`)
  await client.find(incoming.error, isCode(2104))
  await client.find(incoming.tickPrice, ([, , reqId]) => reqId === '2')
  await client.find(
    incoming.tickPrice,
    ([, , reqId, type, price]) => reqId === '1' && type === '4' && price === '210',
  )
  await other.close()
})

const history = (reqId: number) => [
  ...[20, reqId, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', '1 day', '5 D', 1],
  ...['TRADES', 1, 0, ''],
]

t.test('farm-down of history answers 162, of contracts nothing, until they are back', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', { fault: 'farm-down', farm: 'ushmds' })
  await request('POST', '/faults', { fault: 'farm-down', farm: 'secdefil' })
  await client.find(incoming.error, isCode(2105))
  await client.find(incoming.error, isCode(2157))
  client.send(...history(7))
  t.match(await client.error(7), { code: 162, text: /HMDS connection attempt failed/ })
  client.send(9, 8, 8, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', '', '')
  await client.settle()
  t.equal(client.all(incoming.contractDetails).length, 0)
  await request('DELETE', '/faults')
  await client.find(incoming.error, isCode(2106))
  await client.find(incoming.error, isCode(2158))
  await client.find(incoming.contractDetails)
  client.send(...history(9))
  await client.find(incoming.historicalData)
})

t.test(
  'id-rollback: a lower id is told, and an order under a used id is still refused',
  async (t) => {
    const { request, client } = await rigFor(t)
    client.send(...buy(40, { 18: 'LMT', 19: 1 }))
    client.send(...buy(41, { 18: 'LMT', 19: 1 }))
    await client.settle()
    const next = async () => {
      client.send(8, 1, 1)
      return (await client.find(incoming.nextValidId))[2]
    }
    t.equal(await next(), '42')
    await request('POST', '/faults', { fault: 'id-rollback', match: { clientId: 5 }, by: 3 })
    t.equal(await next(), '39')
    t.equal(await next(), '42', 'once')
    client.send(...buy(39))
    t.match(await client.error(39), { code: 103 })
  },
)

t.test('fill-before-status: the execution comes first, then all that was held back', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', { fault: 'fill-before-status', match: { clientId: 5 } })
  client.send(...buy(1))
  await client.find(incoming.commissionReport)
  const about = [incoming.openOrder, incoming.orderStatus, incoming.execDetails].map(String)
  const told = client.received.map(([id]) => id ?? '').filter((id) => about.includes(id))
  t.same(told, ['11', '5', '3', '5', '3', '5'])
})

t.test('status-twice: each status is told twice, the same', async (t) => {
  const { request, client } = await rigFor(t)
  await request('POST', '/faults', { fault: 'status-twice', match: { orderId: 1 } })
  client.send(...buy(1))
  await client.find(incoming.commissionReport)
  const [first, second, third, fourth] = client.all(incoming.orderStatus)
  t.same(second, first)
  t.same(fourth, third)
  t.equal(third?.[2], 'Filled')
})

t.test('pace: a pacing error under the id of the request, instead of an answer', async (t) => {
  const { request, client } = await rigFor(t)
  for (const message of ['reqHistoricalData', 'placeOrder']) {
    await request('POST', '/faults', { fault: 'pace', match: { message }, count: 1 })
  }
  client.send(...history(7))
  t.match(await client.error(7), { code: 162, text: /pacing violation/ })
  client.send(...history(8))
  await client.find(incoming.historicalData)
  client.send(...buy(1))
  t.match(await client.error(1), { code: 100 })
  t.match(await request('GET', '/orders'), { body: [] })
})

t.test('halt: who streams it is told, nothing trades, until it is taken back', async (t) => {
  const { request, client, gateway } = await rigFor(t)
  await request('POST', '/price', { symbol: 'AAPL', price: 200 })
  client.send(...quotes(1))
  await client.settle()
  t.match(await request('POST', '/faults', { fault: 'halt', symbol: 'AAPL' }), { status: 201 })
  const halted = async () => (await client.find(45, ([, , , type]) => type === '49')).slice(2)
  t.same(await halted(), ['1', '49', '1'])
  client.send(...buy(1))
  await client.settle()
  await gateway.stepTo(gateway.world.now() + 1000)
  await client.settle()
  t.equal(client.all(incoming.execDetails).length, 0)
  client.send(...quotes(2))
  t.same(await halted(), ['2', '49', '1'], 'a new stream begins with it')
  await request('DELETE', '/faults')
  t.same((await halted()).at(-1), '0')
  await client.find(incoming.execDetails)
})

t.test('a fault can be taken back by nobody twice, and shows what it is', async (t) => {
  const { request } = await rigFor(t)
  const fault = { fault: 'farm-down', farm: 'ushmds', delayMs: 600_000 }
  await request('POST', '/faults', fault)
  t.match(await request('GET', '/faults'), { body: { active: [{ ...fault, left: null }] } })
  t.match(await request('POST', '/faults', fault), { status: 400, body: { error: /already/ } })
  t.match(await request('DELETE', '/faults/1'), { status: 200 })
  t.match(await request('DELETE', '/faults/1'), { status: 404 })
})

t.test('lost-ack strikes what the owner is told, not what the master hears of it', async (t) => {
  const { request, client, port } = await rigFor(t, { masterClientId: 0 })
  const master = await TwsClient.login({ port, clientId: 0 })
  await request('POST', '/faults', { fault: 'lost-ack', count: 2 })
  master.send(...buy(1))
  await master.settle()
  client.send(...buy(1))
  await master.find(incoming.commissionReport)
  t.ok(master.all(incoming.orderStatus).every(([, , , , , , , , , clientId]) => clientId === '5'))
  await client.settle()
  t.equal(client.all(incoming.openOrder).length, 0)
  await master.close()
})
