import t, { type Test } from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { error, stockDetails } from '../rig/fake-messages.ts'
import { FeedReader } from '../rig/feed-reader.ts'
import { IdleReader } from '../rig/idle-reader.ts'
import { instanced, type Reached, type Simulated, simulated } from '../rig/instanced.ts'
import { trade, tradesFeed } from '../rig/trades-feed.ts'
import { until } from '../rig/until.ts'

/** Readers of one instrument. */
const CROWD = 1000

t.setTimeout(240_000)

const path = '/market/data'

function subscribe({ call }: Reached, symbol = 'AAPL', sourceRef = symbol) {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'source-ref': sourceRef },
    body: JSON.stringify({ symbol }),
  })
}

async function stream(t: Test, { url }: Reached): Promise<FeedReader> {
  const reader = new FeedReader(`${url}${path}?symbol=AAPL`)
  t.teardown(() => reader.leave())
  await reader.saw('insert')
  return reader
}

/** One that takes the head and no more; its connection ends with the stream. */
const idleReader = (url: string) =>
  new IdleReader(url, { accept: 'text/event-stream', connection: 'close' })

const asked = ({ simulator }: Simulated) => simulator.tally.toJSON()['0']?.in.reqMktData ?? 0
const stateOf = async ({ call }: Reached) => (await call('/feeds')).body[0]?.state
const gaps = ({ metric }: Reached) =>
  metric('ibrest_feed_gaps_total{client_id="0",feed="marketData"}')

/** A gap that opened and closed, with rows told after it. */
async function mended(reader: FeedReader, why: RegExp): Promise<void> {
  const closed = await reader.saw('gap.closed')
  const opened = reader.events.find(({ type }) => type === 'gap.opened')
  if (!why.test(opened?.data.reason)) throw new Error(`opened for ${opened?.data.reason}`)
  await reader.saw('modify', reader.events.indexOf(closed))
}

t.test('a link that is lost is a gap, closed when the new login tells it all again', async (t) => {
  const it = await simulated(t)
  const reader = await stream(t, it)
  it.simulator.faults.add({ fault: 'refuse' })
  it.simulator.faults.add({ fault: 'restart', delayMs: 0, lingerMs: 0 })
  await reader.saw('gap.opened')
  t.equal(await stateOf(it), 'gap')
  t.equal(asked(it), 1)
  it.simulator.faults.remove()
  await mended(reader, /Connectivity|closed the connection/)
  t.equal(asked(it), 2)
  t.equal(await stateOf(it), 'live')
  t.equal(await gaps(it), 1)
  t.notOk(reader.types().includes('reset'), 'what was told still holds')
})

t.test('1100 is a gap; 1102 closes it, and the stream is the same', async (t) => {
  const it = await simulated(t)
  const reader = await stream(t, it)
  it.simulator.notify(1100, 'Connectivity between IB and TWS has been lost.')
  await reader.saw('gap.opened')
  t.equal(await stateOf(it), 'gap')
  const { body: lacking } = await it.call('/feeds')
  t.match(lacking[0].reason, /Connectivity/)
  const told = reader.events.length
  await reader.saw('modify', told)
  t.equal(await stateOf(it), 'gap', 'whatever the gateway goes on to say')
  it.simulator.notify(1102, 'Connectivity restored - data maintained.')
  await mended(reader, /Connectivity/)
  t.equal(asked(it), 1)
})

for (const first of [1100, 2110, undefined])
  t.test(
    `1101 ${first === undefined ? 'by itself' : `after ${first}`} asks for the stream anew`,
    async (t) => {
      const it = await simulated(t)
      const reader = await stream(t, it)
      if (first !== undefined) {
        it.simulator.notify(first, 'Connectivity has been lost.')
        await reader.saw('gap.opened')
      }
      it.simulator.notify(1101, 'Connectivity restored - data lost.')
      await mended(reader, /Connectivity/)
      t.equal(asked(it), 2)
      const ids = new Set(it.simulator.connections.map(({ clientId }) => clientId))
      t.same([...ids], [0], 'the login is the same')
      t.equal(it.simulator.world.usage.lines.used, 1, 'and no line is held twice')
    },
  )

t.test('a farm that is down is a gap, and closes with the first words after it', async (t) => {
  const it = await simulated(t)
  const reader = await stream(t, it)
  const { id } = it.simulator.faults.add({ fault: 'farm-down', farm: 'usfarm' })
  const { data } = await reader.saw('gap.opened')
  t.match(data.reason, /broken:usfarm/)
  const { body: while_ } = await subscribe(it, 'MSFT')
  t.match(while_, { state: 'opening', reason: /broken:usfarm/, rows: [] }, 'nothing is pretended')
  it.simulator.faults.remove(id)
  await mended(reader, /usfarm/)
  t.equal(await stateOf(it), 'live')
  await until(async () => {
    const { body } = await it.call(path, { headers: { 'source-ref': 'MSFT' } })
    return body.state === 'live' && body.rows.length > 0
  }, 'the one that was opened meanwhile')
})

t.test('a farm of another kind, or one that never failed, changes nothing', async (t) => {
  const it = await simulated(t)
  const reader = await stream(t, it)
  it.simulator.notify(2105, 'HMDS data farm connection is broken:ushmds')
  it.simulator.notify(2104, 'Market data farm connection is OK:usfarm')
  it.simulator.notify(2108, 'Market data farm connection is inactive:eufarm')
  await reader.saw('modify', reader.events.length)
  t.notOk(reader.types().includes('gap.opened'))
  t.equal(asked(it), 1)
})

t.test('1102 does not mend a farm that is down', async (t) => {
  const it = await simulated(t)
  const reader = await stream(t, it)
  const { id } = it.simulator.faults.add({ fault: 'farm-down', farm: 'usfarm' })
  await reader.saw('gap.opened')
  it.simulator.notify(1100, 'Connectivity between IB and TWS has been lost.')
  it.simulator.notify(1102, 'Connectivity restored - data maintained.')
  await until(() => it.instance.link.isUsable, 'IB is back')
  t.equal(await stateOf(it), 'gap')
  it.simulator.faults.remove(id)
  await mended(reader, /usfarm/)
})

t.test('a market that falls silent in its hours is a gap, and asked for again', async (t) => {
  const it = await tradesFeed(t, { trades: 2, kind: { quietMs: () => 300 } })
  const reader = new FeedReader(it.url)
  t.teardown(() => reader.leave())
  const { data } = await reader.saw('gap.opened')
  t.match(data.reason, /nothing was told for \d+ s while its market is open/)
  await reader.saw('gap.closed')
  t.ok(it.sources.begun > 1)
  t.equal(it.sources.stopped, it.sources.begun - 1)
})

t.test('what IB refuses is the answer to the POST, and no line is held for it', async (t) => {
  const it = await simulated(t, { simulator: { marketData: 'delayed' } })
  const { answer, body } = await subscribe(it)
  t.equal(answer.status, 403)
  t.match(body, { code: 'IB_NO_MARKET_DATA_PERMISSION', errorCode: 354 })
  t.same((await it.call('/feeds')).body, [])
  const { body: gone } = await it.call(path, { headers: { 'source-ref': 'AAPL' } })
  t.equal(gone.status, 404, 'and there is no subscription')
  const delayed = await it.call(`${path}?symbol=AAPL&marketDataType=3`, { method: 'POST' })
  t.match(delayed.body, { state: 'live', rows: [{ marketDataType: 'delayed' }] })
})

t.test(
  'an error later is a gap; it is asked for again under another id, with growing pauses',
  async (t) => {
    const gateway = await new FakeGateway().start()
    gateway.on(IN.REQ_CONTRACT_DATA, (client, fields) =>
      client.sayAll(stockDetails(fields[2] ?? '', {}), [52, 1, fields[2] ?? '']),
    )
    const ids: string[] = []
    const at: number[] = []
    gateway.on(IN.REQ_MKT_DATA, (client, fields) => {
      const reqId = fields[2] ?? ''
      ids.push(reqId)
      at.push(performance.now())
      const competing = error(Number(reqId), 10197, 'No market data during competing live session')
      if (ids.length === 2 || ids.length === 3) client.say(...competing)
      else
        client.sayAll(
          [58, 1, reqId, 1],
          ...[1, 2, 4].map((tick) => [1, 6, reqId, tick, 100 + tick, 10, 0]),
        )
      if (ids.length === 1) setTimeout(() => client.say(...competing), 50)
    })
    const it = await instanced(t, { gateway })
    const reader = await stream(t, it)
    const { data } = await reader.saw('gap.opened')
    t.match(data.reason, /competing/)
    await reader.saw('gap.closed')
    t.equal(ids.length, 4)
    t.equal(new Set(ids).size, 4)
    t.ok((at[2] ?? 0) - (at[1] ?? 0) > ((at[1] ?? 0) - (at[0] ?? 0)) * 0.9, 'the pause grows')
    t.equal(gateway.count(IN.CANCEL_MKT_DATA), 3, 'IB is not left with lines that nobody reads')
    t.equal(reader.types().filter((type) => type === 'gap.opened').length, 1, 'it is one gap')
  },
)

t.test('lines that are kept for nobody are given up for somebody', async (t) => {
  const it = await simulated(t, {
    simulator: { limits: { messageRate: 'off', marketDataLines: 1 } },
  })
  await subscribe(it, 'AAPL')
  const full = await subscribe(it, 'MSFT')
  t.equal(full.answer.status, 429)
  t.match(full.body, { code: 'IB_MARKET_DATA_LINES', errorCode: 101 })
  t.ok(full.answer.headers.get('retry-after'))
  t.equal((await subscribe(it, 'AAPL', 'second')).answer.status, 200, 'a shared line serves')
  for (const sourceRef of ['AAPL', 'second'])
    await it.call(path, { method: 'DELETE', headers: { 'source-ref': sourceRef } })
  t.equal((await subscribe(it, 'MSFT')).answer.status, 200)
  t.equal(it.simulator.world.usage.lines.used, 1)
})

t.test('a thousand readers of one instrument are one line', async (t) => {
  const it = await simulated(t)
  const readers = Array.from(
    { length: CROWD },
    () => new FeedReader(`${it.url}${path}?symbol=AAPL&fields=bid+ask`),
  )
  t.teardown(() => {
    for (const reader of readers) reader.leave()
  })
  await until(() => readers.every(({ rows }) => rows.size === 1), 'all have the row', 60_000)
  const before = readers.map(({ events }) => events.length)
  await until(
    () => readers.every(({ events }, index) => events.length > (before[index] ?? 0) + 1),
    'all have news',
    60_000,
  )
  t.equal(asked(it), 1)
  t.equal(it.simulator.world.usage.lines.used, 1)
  t.equal(await it.metric('ibrest_feed_streams{client_id="0",feed="marketData"}'), CROWD)
  const instrument = it.simulator.instrument({ symbol: 'AAPL' })
  if (instrument !== undefined) it.simulator.world.market.pin(instrument, 250)
  await until(
    () => readers.every(({ rows }) => [...rows.values()][0].bid > 249),
    'all have the last price',
    60_000,
  )
  for (const reader of readers) reader.leave()
  await until(
    async () => (await it.call('/feeds')).body[0]?.streams === 0,
    'the instance has noticed',
    60_000,
  )
})

/** Long enough that a few thousand rows are more than connections take by themselves. */
const WIDE = 'x'.repeat(2000)
/** Rows of a feed that changes as a whole. */
const ROWS = 500

t.test(
  'a reader that takes nothing is told the latest then, and what it was not told',
  async (t) => {
    const it = await tradesFeed(t, { config: { slowReaderMs: 600_000 } })
    const sink = () => it.sink()
    const idle = idleReader(it.url)
    t.teardown(() => idle.leave())
    t.equal(await idle.began(), 200)
    const reader = new FeedReader(it.url)
    t.teardown(() => reader.leave())
    await until(() => reader.lastEventId !== '', 'a reader that reads')
    const rounds = 25
    for (let round = 1; round <= rounds; round += 1) {
      for (let row = 1; row <= ROWS; row += 1)
        sink().put(`${row}`, { price: round, symbol: `${WIDE}${round}` })
      await until(() => reader.rows.get(`${ROWS}`)?.price === round, 'news for one who reads')
    }
    t.notOk(
      reader.events.some(({ data }) => data.conflated),
      'nothing is left out for that one',
    )
    t.equal(it.feeds.all[0]?.streams, 2, 'it is still there')
    it.feeds.stop('the test is over')
    const rest = await idle.readOn()
    t.ok(new RegExp(`"rowRef":"${ROWS}".*"price":${rounds}`).test(rest), 'the latest value')
    t.ok(/"conflated":\d+/.test(rest), 'marked')
    t.ok(/event: end\n/.test(rest), 'and then the end')
    const conflated = /ibrest_feed_conflated_total\{.*allTrades.*\} (\d+)/.exec(
      await it.metrics(),
    )?.[1]
    t.ok(Number(conflated) > 0)
  },
)

t.test('a tape leaves nothing out: who is too slow is let go with where to go on', async (t) => {
  const it = await tradesFeed(t, { isTape: true, config: { slowReaderMs: 600_000 } })
  const idle = idleReader(it.url)
  t.teardown(() => idle.leave())
  t.equal(await idle.began(), 200)
  const reader = new FeedReader(it.url)
  t.teardown(() => reader.leave())
  await until(() => reader.lastEventId !== '', 'a reader that reads')
  const all = 20_000
  for (let number = 1; number <= all; number += 1) {
    it.sink().put(`${number}`, { ...trade(number), symbol: WIDE })
    if (number % 500 === 0)
      await until(() => reader.rows.size === number, 'all of it for one who reads')
  }
  t.notOk(reader.types().includes('delete'), 'what has happened does not unhappen')
  const rest = await idle.readOn()
  const [, end = ''] = /event: end\ndata: (.*)\n/.exec(rest) ?? []
  const { reason, cursor } = JSON.parse(end)
  t.match(reason, /too slow: \d+ rows could not be kept/)
  const again = new FeedReader(it.url, { 'last-event-id': cursor })
  t.teardown(() => again.leave())
  await again.saw('gap.closed')
  t.same(again.types().slice(0, 3), ['gap.opened', 'reset', 'insert'])
  t.equal(again.rows.size, 1000, 'all that is kept')
  t.match(await it.metrics(), /ibrest_feed_dropped_readers_total\{.*reason="overrun"\} 1\n/)
})

t.test('a reader that takes nothing for too long is let go, and holds up no end', async (t) => {
  const it = await tradesFeed(t, { config: { slowReaderMs: 300 } })
  const idle = idleReader(it.url)
  t.teardown(() => idle.leave())
  await idle.began()
  const dropped = async () =>
    /ibrest_feed_dropped_readers_total\{.*allTrades.*reason="stalled"\} (\d)/.exec(
      await it.metrics(),
    )?.[1]
  let price = 0
  await until(
    async () => {
      price += 1
      for (let row = 1; row <= ROWS; row += 1)
        it.sink().put(`${row}`, { price, symbol: `${WIDE}${price}` })
      return (await dropped()) === '1'
    },
    'it is let go',
    60_000,
  )
  await until(() => it.feeds.all[0]?.streams === 0, 'nothing is left of it')
})

t.test('an instance that stops waits for no reader', async (t) => {
  const it = await simulated(t, { config: { shutdownGraceMs: 1000 } })
  const idle = idleReader(`${it.url}${path}?symbol=AAPL`)
  t.teardown(() => idle.leave())
  await idle.began()
  const reader = await stream(t, it)
  await it.instance.stop()
  t.match((await reader.saw('end')).data.reason, /shutting down/)
})
