import t, { type Test } from 'tap'
import { problem } from '../../shared/problem.ts'
import { atomFindings } from '../rig/atom.ts'
import { FeedReader } from '../rig/feed-reader.ts'
import { type Simulated, simulated } from '../rig/instanced.ts'
import { tradesFeed } from '../rig/trades-feed.ts'
import { until } from '../rig/until.ts'

t.setTimeout(240_000)

const apple = { symbol: 'AAPL' }
const CONID = '265598'
const path = '/market/data'

function subscribe({ call }: Simulated, wishes: object = apple, sourceRef = 'a') {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'source-ref': sourceRef },
    body: JSON.stringify(wishes),
  })
}

function poll({ call }: Simulated, headers: Record<string, string> = {}, sourceRef = 'a') {
  return call(path, { headers: { 'source-ref': sourceRef, ...headers } })
}

function stream(t: Test, it: Simulated, query = '?symbol=AAPL', headers = {}): FeedReader {
  const reader = new FeedReader(`${it.url}${path}${query}`, headers)
  t.teardown(() => reader.leave())
  return reader
}

/** Moves the price, so that there is something to tell. */
function move({ simulator }: Simulated, price: number): void {
  const instrument = simulator.instrument(apple)
  if (instrument === undefined) throw new Error('no such instrument')
  simulator.world.market.pin(instrument, price)
}

/** A market that stands still. */
async function still(t: Test, wishes: Parameters<typeof simulated>[1] = {}): Promise<Simulated> {
  const it = await simulated(t, wishes)
  it.simulator.faults.add({ fault: 'silent', match: { message: 'tickSize' } })
  it.simulator.faults.add({ fault: 'silent', match: { message: 'tickString' } })
  move(it, 200)
  return it
}

const lines = ({ simulator }: Simulated) => simulator.world.usage.lines.used
const count = ({ simulator }: Simulated, message: string) =>
  simulator.tally.toJSON()['0']?.in[message] ?? 0

t.test('a poll is told what changed; one that waits, as soon as it does', async (t) => {
  const it = await still(t)
  const { answer, body } = await subscribe(it)
  t.equal(answer.status, 200)
  t.match(body.rows, [{ operation: 'insert', rowRef: CONID, symbol: 'AAPL', minTick: 0.01 }])
  t.match(body, { state: 'live', sequenceId: 1, asOf: /Z$/, cursor: /^[\w-]+\.\d+$/ })
  await poll(it)
  await until(async () => (await poll(it)).body.rows.length === 0, 'nothing is new')
  const waiting = poll(it, { prefer: 'wait=30' })
  move(it, 210)
  const news = await waiting
  t.equal(news.body.rows[0].operation, 'modify')
  t.notOk('symbol' in news.body.rows[0], 'only what changed')
  await until(async () => (await poll(it)).body.rows.length === 0, 'nothing is new')
  const before = (await poll(it)).body.sequenceId
  const none = await poll(it, { prefer: 'wait=1' })
  t.match(none.body, { rows: [], marks: [], sequenceId: before + 1 })
})

t.test('a caller that leaves while it waits loses nothing', async (t) => {
  const it = await still(t)
  await subscribe(it)
  await until(async () => (await poll(it)).body.rows.length === 0, 'nothing is new')
  const gone = new AbortController()
  const waiting = it.call(path, {
    headers: { 'source-ref': 'a', prefer: 'wait=30' },
    signal: gone.signal,
  })
  await until(() => it.instance.app.server.listening, 'it waits')
  await it.call('/beacon')
  gone.abort()
  await t.rejects(waiting)
  await it.call('/beacon')
  move(it, 220)
  const found = await until(async () => {
    const { body } = await poll(it)
    return body.rows.length > 0 && body.rows[0]
  }, 'what came is told')
  t.ok(found.bid > 219)
})

t.test('who waits when the instance goes is told so at once', async (t) => {
  const it = await still(t)
  await subscribe(it)
  await until(async () => (await poll(it)).body.rows.length === 0, 'nothing is new')
  const waiting = poll(it, { prefer: 'wait=30' })
  await it.call('/beacon')
  void it.instance.stop()
  const { body } = await waiting
  t.match(body, { state: 'ended', reason: /shutting down/, rows: [] })
})

t.test('a stream: where to begin again, rows as they change, heartbeats, an end', async (t) => {
  const it = await still(t, { config: { feedHeartbeatMs: 50 } })
  const reader = stream(t, it)
  const first = await reader.saw('insert')
  t.match(first.data, { operation: 'insert', rowRef: CONID, symbol: 'AAPL' })
  t.match(reader.headers, {
    'content-type': /^text\/event-stream/,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    vary: /accept/i,
    'x-request-id': /./,
  })
  t.equal(reader.retry, '2000')
  await until(() => reader.comments > 1, 'heartbeats')
  const told = reader.events.length
  move(it, 205)
  const { data, id } = await reader.saw('modify', told)
  t.equal(data.rowRef, CONID)
  t.notOk('symbol' in data)
  t.match(id, /^[\w-]+\.\d+$/)
  void it.instance.stop()
  const end = await reader.saw('end')
  t.match(end.data, { reason: /shutting down/, cursor: reader.lastEventId })
  await until(() => reader.isOver, 'the connection is closed')
})

t.test(
  'a stream that was cut goes on exactly where it was, by either name of the cursor',
  async (t) => {
    const it = await still(t)
    const reader = stream(t, it)
    await reader.saw('insert')
    await until(() => reader.rows.get(CONID)?.last === 200, 'all is told')
    reader.leave()
    await until(() => it.instance.app.server.listening, 'it has gone')
    move(it, 230)
    const ways = [
      ['?symbol=AAPL', { 'last-event-id': reader.lastEventId }],
      [`?symbol=AAPL&cursor=${reader.lastEventId}`, {}],
    ] as const
    for (const [query, headers] of ways) {
      const again = stream(t, it, query, headers)
      const { data } = await again.saw('modify')
      t.notOk('symbol' in data, 'nothing is retold')
      t.notOk(again.types().includes('insert'))
      t.notOk(again.types().includes('reset'))
      again.leave()
    }
    t.equal(count(it, 'reqMktData'), 1)
  },
)

t.test('a stream from another run is told so, and everything anew', async (t) => {
  const it = await still(t)
  const reader = stream(t, it, '?symbol=AAPL', { 'last-event-id': 'another-run.17' })
  await reader.saw('gap.closed')
  t.same(reader.types().slice(0, 4), ['gap.opened', 'reset', 'insert', 'gap.closed'])
  t.same(
    reader.events.slice(0, 3).map(({ id }) => id),
    [undefined, undefined, undefined],
    'cut off before the end it is told again',
  )
  const { status } = await until(async () => {
    const { answer } = await it.call(`${path}?symbol=AAPL`, {
      headers: { accept: 'text/event-stream', 'last-event-id': 'nonsense' },
    })
    return answer
  }, 'an answer')
  t.equal(status, 422)
})

t.test('where rows were forgotten meanwhile a stream begins anew', async (t) => {
  const it = await tradesFeed(t, { trades: 3 })
  const reader = new FeedReader(it.url)
  await until(() => reader.rows.size === 3, 'all three')
  reader.leave()
  it.sink().remove('2')
  const near = new FeedReader(it.url, { 'last-event-id': reader.lastEventId })
  await until(() => near.events.length === 1, 'the removal')
  t.match(near.events[0]?.data, { operation: 'delete', rowRef: '2' })
  for (let round = 0; round <= 1000; round += 1) {
    it.sink().put('brief', { price: round })
    it.sink().remove('brief')
  }
  const far = new FeedReader(it.url, { 'last-event-id': reader.lastEventId })
  await far.saw('gap.closed')
  t.same(far.types(), ['gap.opened', 'reset', 'insert', 'insert', 'gap.closed'])
  for (const each of [near, far]) each.leave()
})

t.test(
  'the stream of a subscription goes on from its cursor; there is one at a time',
  async (t) => {
    const it = await tradesFeed(t, { trades: 3 })
    await it.call('POST', { 'source-ref': 'a' }, { maxRows: 2 })
    const reader = new FeedReader(it.url, { 'source-ref': 'a' })
    await until(() => reader.lastEventId !== '', 'it has begun')
    const begun = reader.lastEventId
    it.sink().put('1', { price: 7 })
    await until(() => reader.events.length === 1, 'a change')
    // as a browser does that does not know yet what it has missed
    const again = new FeedReader(it.url, { 'source-ref': 'a', 'last-event-id': begun })
    await until(() => reader.isOver, 'the one before has ended')
    await until(() => again.events.some(({ type }) => type === 'gap.closed'), 'it is told again')
    t.match(again.rows.get('1'), { price: 7 })
    it.sink().put('1', { price: 8 })
    await until(() => again.rows.get('1')?.price === 8, 'news')
    again.leave()
  },
)

t.test('HEAD tells how it would be answered, and takes nothing away', async (t) => {
  const it = await still(t)
  await subscribe(it)
  const news = await until(async () => {
    move(it, 240)
    const { answer } = await it.call(path, { method: 'HEAD', headers: { 'source-ref': 'a' } })
    t.equal(answer.status, 200)
    t.match(answer.headers.get('content-type'), /^application\/json/)
    const { body } = await poll(it)
    return body.rows.length > 0 && body
  }, 'the news is still there')
  t.ok(news.rows.length > 0)
  for (const accept of ['text/event-stream', 'application/atom+xml']) {
    const query = `${path}?symbol=AAPL`
    const { answer } = await it.call(query, { method: 'HEAD', headers: { accept } })
    t.equal(answer.status, 200)
    t.ok(answer.headers.get('content-type')?.startsWith(accept))
  }
  const missing = await it.call(path, { method: 'HEAD', headers: { 'source-ref': 'b' } })
  t.equal(missing.answer.status, 404)
})

t.test('feed readers have it as Atom, by RFC 4287, and 304 while it is the same', async (t) => {
  const it = await tradesFeed(t, { trades: 3 })
  const headers = { accept: 'application/atom+xml' }
  const { status, headers: told, body } = await it.call('GET', headers)
  t.equal(status, 200)
  t.match(told.get('content-type'), /^application\/atom\+xml/)
  t.same(atomFindings(body), [])
  t.equal(body.match(/<entry>/g).length, 3)
  const etag = String(told.get('etag'))
  for (const known of [etag, `"other", ${etag}`, '*']) {
    const same = await it.call('GET', { ...headers, 'if-none-match': known })
    t.equal(same.status, 304, known)
    t.notOk(same.body)
  }
  it.sink().put('2', { symbol: '<&>"\u0000' })
  const changed = await it.call('GET', { ...headers, 'if-none-match': etag })
  t.equal(changed.status, 200)
  t.same(atomFindings(changed.body), [])
  const ids = (text: string) => (text.match(/<id>.*<\/id>/g) ?? []).sort()
  t.same(ids(changed.body), ids(body), 'a row keeps its id')
  t.match(changed.body, /&lt;&amp;&gt;/)
  it.sink().failed(problem('INTERNAL', { detail: 'IB has none' }))
  const { body: stale } = await it.call('GET', headers)
  t.match(stale, /<title>Trades \(gap: IB has none\)<\/title>/)
  t.same(atomFindings(stale), [])
})

t.test('what cannot be answered is refused in so many words', async (t) => {
  const it = await still(t)
  await subscribe(it)
  const get = (query: string, headers = {}) => it.call(`${path}${query}`, { headers })
  const post = (query: string, body?: object, headers = {}) =>
    it.call(`${path}${query}`, {
      method: 'POST',
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  const sse = { accept: 'text/event-stream' }
  for (const [what, asked, status, found] of [
    ['no ref', get(''), 422, { field: 'Source-Ref' }],
    ['an empty ref', get('', { 'source-ref': ' ' }), 422, { field: 'Source-Ref' }],
    ['a bad ref', get('?sourceRef=a%20b'), 422, { field: 'sourceRef' }],
    ['two refs', get('?sourceRef=b', { 'source-ref': 'a' }), 422, { field: 'Source-Ref' }],
    ['an unknown ref', get('?sourceRef=b'), 404, { code: 'INSTANCE_UNKNOWN_FEED' }],
    ['an image', get('?symbol=AAPL', { accept: 'image/png' }), 406, {}],
    ['a ref in use', post('', apple, { 'source-ref': 'a' }), 409, {}],
    ['nothing asked', post(''), 422, { field: 'symbol' }],
    ['nothing streamed', get('', sse), 422, { field: 'symbol' }],
    ['an unknown member', post('', { ...apple, depth: 3 }), 422, { field: 'depth' }],
    ['an unknown field', post('', { ...apple, fields: 'bid bud' }), 422, { field: 'fields' }],
    ['a contradiction', post('?symbol=MSFT', apple), 422, { field: 'symbol' }],
    ['bad ticks', post('', { ...apple, genericTickList: '1;2' }), 422, {}],
    ['no such contract', post('', { symbol: 'NOSUCH' }), 422, { code: 'IB_UNKNOWN_CONTRACT' }],
    ['a bad cursor', get('?symbol=AAPL&cursor=x', sse), 422, { field: 'cursor' }],
    ['a strange cursor', get('?symbol=AAPL', { ...sse, 'last-event-id': 'x' }), 422, {}],
  ] as const) {
    const { answer, body } = await asked
    t.equal(answer.status, status, what)
    t.match({ ...body, ...body.errors?.[0] }, found, what)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  }
  t.equal(count(it, 'reqMktData'), 1, 'nothing was asked of IB for it')
})

t.test('one line serves all readers of an instrument, and lingers for the next', async (t) => {
  const it = await still(t, { config: { feedLingerMs: 400 } })
  await subscribe(it)
  await subscribe(it, { conId: 265598 }, 'b')
  const reader = stream(t, it)
  await reader.saw('insert')
  t.equal(count(it, 'reqMktData'), 1)
  t.equal(lines(it), 1)
  reader.leave()
  for (const sourceRef of ['a', 'b'])
    await it.call(path, { method: 'DELETE', headers: { 'source-ref': sourceRef } })
  const listed = await until(async () => {
    const { body } = await it.call('/feeds')
    return body[0]?.isLingering && body
  }, 'nobody reads it')
  t.match(listed, [{ feed: 'marketData', readers: 0, line: 'market-data' }])
  t.equal(lines(it), 1, 'its line is kept')
  await subscribe(it, apple, 'c')
  t.equal(count(it, 'reqMktData'), 1, 'and used again')
  await it.call(path, { method: 'DELETE', headers: { 'source-ref': 'c' } })
  await until(() => lines(it) === 0, 'and given back')
  t.equal(count(it, 'cancelMktData'), 1)
  t.same((await it.call('/feeds')).body, [])
})

t.test('a subscription that is not read gives its line back', async (t) => {
  const it = await still(t, { config: { feedExpiryMs: 100, feedLingerMs: 0 } })
  await subscribe(it)
  await until(() => lines(it) === 0, 'the line is free')
  const { answer, body } = await poll(it)
  t.equal(answer.status, 410)
  t.match(body, { code: 'INSTANCE_FEED_ENDED', detail: /not read/ })
  t.equal(await it.metric('ibrest_feed_expired_total{client_id="0",feed="marketData"}'), 1)
})

t.test('what is followed is to be seen, and measured', async (t) => {
  const it = await still(t)
  await subscribe(it)
  await subscribe(it, { symbol: 'MSFT' }, 'b')
  const reader = stream(t, it)
  await reader.saw('insert')
  const { answer, body } = await it.call('/feeds?feed=marketData')
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const apples = body.find(({ question }: { question: string }) => /AAPL/.test(question))
  t.match(apples, {
    id: `0.${apples.key}`,
    ...{ clientId: 0, feed: 'marketData', url: path, state: 'live', reason: null, rows: 1 },
    ...{ readers: 2, subscriptions: 1, streams: 1, isLingering: false, line: 'market-data' },
    ...{ question: 'AAPL STK SMART', since: /Z$/, asOf: /Z$/ },
  })
  t.same((await it.call('/feeds?feed=other')).body, [])
  const of = '{client_id="0",feed="marketData"}'
  for (const [sample, value] of [
    [`ibrest_feed_subscriptions${of}`, 2],
    [`ibrest_feed_streams${of}`, 1],
    ['ibrest_feed_lines{client_id="0",line="market-data"}', 2],
    ['ibrest_feeds{client_id="0",feed="marketData",state="live"}', 2],
    ['ibrest_feeds{client_id="0",feed="marketData",state="gap"}', 0],
    [`ibrest_feed_gaps_total${of}`, 0],
    [`ibrest_feed_conflated_total${of}`, 0],
    ['ibrest_feed_dropped_readers_total{client_id="0",feed="marketData",reason="stalled"}', 0],
  ] as const)
    t.equal(await it.metric(sample), value, sample)
  const told = await it.metric(`ibrest_feed_last_update_timestamp_seconds${of}`)
  t.ok(told > 1.7e9 && told <= Date.now() / 1000)
})
