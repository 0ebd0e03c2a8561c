import t, { test } from 'tap'
import { rendezvous } from '../../proxy/owner.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { FeedStream } from '../rig/feed-stream.ts'
import { reach } from '../rig/instanced.ts'
import { pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

const AAPL = 265598

// a machine that does other things takes its time
t.setTimeout(240_000)

test('readers of one instrument meet at one client, whoever they say it', async (t) => {
  const { call, simulator } = await pooled(t, 3)
  const owner = rendezvous(`contract ${AAPL}`, 3)
  const ways = ['symbol=AAPL', `conId=${AAPL}`, 'symbol=AAPL&secType=STK&currency=USD']
  for (const way of ways) {
    const { answer, body } = await call(`/market/data?${way}`, { method: 'POST' })
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('ibrest-client-id'), String(owner))
    t.equal(answer.headers.get('source-ref'), body.sourceRef)
    t.match(body.rows, [{ operation: 'insert', rowRef: String(AAPL), symbol: 'AAPL' }])
  }
  t.equal(simulator.world.usage.lines.used, 1, 'one line of IB')
})

test('a subscription is found by its handle, chosen or given', async (t) => {
  const { call } = await pooled(t, 3)
  const mine = { 'source-ref': 'grid-1' }
  const made = await call('/market/data?symbol=MSFT', { method: 'POST', headers: mine })
  t.match(made.body, { sourceRef: 'grid-1', sequenceId: 1, rowsCount: 1 })
  const given = await call('/market/data?symbol=IBM', { method: 'POST' })
  for (const sourceRef of ['grid-1', given.body.sourceRef]) {
    const { answer, body } = await call('/market/data', {
      headers: { 'source-ref': sourceRef, prefer: 'wait=20' },
    })
    t.equal(answer.status, 200)
    t.match(body, { sourceRef, sequenceId: 2 })
    t.match(body.rows, [{ operation: 'modify' }])
    const where = await call(`/subscriptions/${sourceRef}`)
    t.match(where.body, { sourceRef, feed: '/market/data', state: 'live' })
  }
  const again = await call('/market/data?symbol=IBM', { method: 'POST', headers: mine })
  t.equal(again.answer.status, 409)
  t.match(again.body, { code: 'INSTANCE_FEED_REF_IN_USE', source_ref: 'grid-1' })
  const other = await call('/market/data', { headers: { 'source-ref': 'nobody' } })
  t.equal(other.answer.status, 404)
  const ended = await call('/market/data', { method: 'DELETE', headers: mine })
  t.match(ended.body, { ack: true, sourceRef: 'grid-1' })
  const gone = await call('/market/data', { headers: mine })
  t.equal(gone.answer.status, 410)
})

test('another proxy finds it too', async (t) => {
  const { call, instances } = await pooled(t, 2)
  const { serveProxy } = await import('../rig/served-proxy.ts')
  const INSTANCES = instances.map(({ url }) => url).join(',')
  const second = await serveProxy({ INSTANCES })
  t.teardown(() => second.proxy.stop())
  await until(() => second.proxy.pool.status().usable === 2, 'usable')
  const headers = { 'source-ref': 'shared' }
  await call('/market/data?symbol=MSFT', { method: 'POST', headers })
  const answer = await fetch(`${second.url}/market/data`, { headers })
  t.equal(answer.status, 200)
  t.match(await answer.json(), { sequenceId: 2 })
})

test('a stream through the proxy is told all its client tells', async (t) => {
  const { url, proxy } = await pooled(t, 2)
  const reader = new FeedStream(`${url}/market/data?symbol=AAPL`)
  await until(() => reader.events.length > 3, 'some events')
  t.equal(reader.events[0]?.type, 'insert')
  t.equal(proxy.pool.status().busy, 0, 'no slot is held')
  await reader.leave()
  const again = new FeedStream(`${url}/market/data?symbol=AAPL`, reader.lastEventId)
  await until(() => again.events.length > 0, 'it goes on')
  t.equal(again.events[0]?.type, 'modify')
  t.strictSame(again.words, [])
  await again.leave()
})

test('while its client is away a stream says so, and closes the gap when all is told again', async (t) => {
  const { url, instances, simulator } = await pooled(t, 2)
  const reader = new FeedStream(`${url}/market/data?symbol=AAPL`)
  await until(() => reader.events.length > 1, 'some events')
  const clientId = rendezvous(`contract ${AAPL}`, 2)
  const owner = instances[clientId]
  await owner?.instance.stop()
  await until(() => reader.words.includes('gap.opened'), 'the gap is told')
  const port = Number(new URL(owner?.url ?? '').port)
  const back = await reach(simulator.port, {
    environment: { IBGW_CLIENT_ID: String(clientId) },
    port,
  })
  t.teardown(() => back.instance.stop())
  await until(() => reader.words.includes('gap.closed'), 'the gap is closed')
  t.strictSame(reader.words, ['gap.opened', 'reset', 'gap.closed'])
  const after = reader.events.length
  await until(() => reader.events.length > after, 'it goes on')
  await reader.leave()
})

test('what IB refuses is the answer, also of a stream', async (t) => {
  const { url, call } = await pooled(t, 2)
  const refused = await call('/market/data?symbol=NOSUCH', { method: 'POST' })
  t.equal(refused.answer.status, 422)
  t.match(refused.body, { code: 'IB_UNKNOWN_CONTRACT' })
  const reader = new FeedStream(`${url}/market/data?symbol=NOSUCH`)
  await reader.ended
  t.equal(reader.status, 422)
  t.match(reader.refusal, { code: 'IB_UNKNOWN_CONTRACT' })
  const nameless = await call('/market/data')
  t.equal(nameless.answer.status, 422)
  t.match(nameless.body.errors, [{ field: 'Source-Ref', code: 'missing' }])
})

test('several feeds on one WebSocket, each under its handle', async (t) => {
  const { url } = await pooled(t, 3)
  const socket = new SocketReader(`${url}/ws`)
  await socket.opened
  const of = (sourceRef: string) => socket.messages.filter((each) => each.sourceRef === sourceRef)
  for (const symbol of ['AAPL', 'MSFT'])
    socket.send({ type: 'subscribe', sourceRef: symbol, feed: '/market/data', query: { symbol } })
  for (const symbol of ['AAPL', 'MSFT']) {
    await until(() => of(symbol).length > 2, `events of ${symbol}`)
    t.match(of(symbol).slice(0, 2), [
      { type: 'subscribed', feed: '/market/data' },
      { type: 'insert', data: { symbol } },
    ])
  }
  socket.send({ type: 'subscribe', sourceRef: 'AAPL', feed: '/market/data', query: {} })
  await until(() => of('AAPL').some(({ error }) => error !== undefined), 'a refusal')
  socket.send({ type: 'unsubscribe', sourceRef: 'AAPL' })
  await until(() => of('AAPL').some(({ type }) => type === 'unsubscribed'), 'it has ended')
  const { cursor } = of('AAPL').findLast((each) => each.cursor !== undefined) ?? {}
  socket.send({ type: 'resume', sourceRef: 'AAPL', cursor })
  await until(() => of('AAPL').some(({ type }) => type === 'resumed'), 'it goes on')
  const from = of('AAPL').findIndex(({ type }) => type === 'resumed')
  await until(() => of('AAPL').length > from + 1, 'it is told what followed')
  t.equal(of('AAPL')[from + 1]?.type, 'modify')
  socket.send({
    type: 'subscribe',
    sourceRef: 'x',
    feed: '/market/data',
    query: { symbol: 'NOSUCH' },
  })
  await until(() => of('x').length > 0, 'a refusal')
  t.match(of('x'), [{ error: { code: 'IB_UNKNOWN_CONTRACT', status: 422 } }])
  socket.send({ type: 'subscribe', feed: '/no/such/feed', sourceRef: 'y' })
  await until(() => of('y').length > 0, 'a refusal')
  t.match(of('y'), [{ error: { code: 'REQUEST_INVALID' } }])
  await socket.leave()
})

test("a feed's own address is a WebSocket too", async (t) => {
  const { url, proxy } = await pooled(t, 2)
  const socket = new SocketReader(`${url}/market/data?symbol=IBM`)
  await socket.opened
  await until(() => socket.messages.length > 2, 'events')
  t.match(socket.messages.slice(0, 2), [{ type: 'subscribed' }, { type: 'insert' }])
  const cloud = new SocketReader(`${url}/market/data?symbol=IBM`, ['cloudevents.json'])
  await cloud.opened
  await until(() => cloud.messages.length > 1, 'events')
  t.match(cloud.messages[1], {
    specversion: '1.0',
    type: 'ibrest.feed.insert',
    source: '/market/data',
    data: { symbol: 'IBM' },
  })
  await cloud.leave()
  const { code } = await Promise.all([socket.closed, proxy.stop()]).then(([closed]) => closed)
  t.equal(code, 1001)
})

test('fills of every client come as one feed', async (t) => {
  const { url, call, order } = await pooled(t, 3)
  const buy = (clientId: number) =>
    order(
      { symbol: 'AAPL', action: 'BUY', totalQuantity: 1 + clientId, orderType: 'MKT' },
      {},
      `/clients/${clientId}/order?until=filled`,
    )
  await buy(0)
  const stream = new FeedStream(`${url}/executions/feed`)
  await until(() => stream.rows.size > 0, 'the first fill')
  const headers = { 'source-ref': 'fills', 'content-type': 'application/json' }
  const first = await call('/executions/feed', {
    method: 'POST',
    headers,
    body: JSON.stringify({ fields: 'shares side' }),
  })
  t.equal(first.answer.status, 200)
  t.match(first.body, { sourceRef: 'fills', state: 'live', missing: [] })
  t.equal(first.body.rowsCount, 1)
  for (const clientId of [1, 2]) await buy(clientId)
  const shares = () => [...stream.rows.values()].map(({ shares: each }) => each)
  await until(() => [1, 2, 3].every((each) => shares().includes(each)), 'the fills of all')
  const told: number[] = first.body.rows.map(({ shares: each }: { shares: number }) => each)
  while (![1, 2, 3].every((each) => told.includes(each))) {
    const { answer, body } = await call('/executions/feed', {
      headers: { 'source-ref': 'fills', prefer: 'wait=10' },
    })
    t.equal(answer.status, 200)
    for (const row of body.rows) if (row.operation === 'insert') told.push(row.shares)
  }
  t.strictSame(told.toSorted(), [1, 2, 3], 'each once')
  const again = new FeedStream(`${url}/executions/feed`, stream.lastEventId)
  await buy(1)
  await until(() => again.events.length > 0, 'it goes on')
  t.strictSame(
    [...again.rows.values()].map(({ shares: each }) => each),
    [2],
    'with the new one',
  )
  const cursor = encodeURIComponent(stream.lastEventId)
  const bySaying = new FeedStream(`${url}/executions/feed?cursor=${cursor}`)
  await until(() => bySaying.status !== 0, 'an answer')
  t.equal(bySaying.status, 200, 'a cursor may stand in the query')
  await Promise.all([stream.leave(), again.leave(), bySaying.leave()])
  const ended = await call('/executions/feed', {
    method: 'DELETE',
    headers: { 'source-ref': 'fills' },
  })
  t.match(ended.body, { ack: true, change: 'end' })
  const gone = await call('/executions/feed', { headers: { 'source-ref': 'fills' } })
  t.equal(gone.answer.status, 410)
})

test('long answers of several clients are joined, in whatever coding they are wanted', async (t) => {
  const { call, order } = await pooled(t, 2)
  const bought = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
  const FILLS = 12
  for (let count = 0; count < FILLS; count += 1)
    await order(bought, {}, '/clients/0/order?until=filled')
  const headers = { 'source-ref': 'fills', 'accept-encoding': 'gzip' }
  const { answer, body } = await call('/executions/feed', { method: 'POST', headers })
  t.equal(answer.status, 200)
  t.equal(body.rowsCount, FILLS)
})
