import t from 'tap'
import { simulated } from '../rig/instanced.ts'
import { type TradesFeed, trade, tradesFeed } from '../rig/trades-feed.ts'
import { until } from '../rig/until.ts'

t.setTimeout(240_000)

/** As the examples name it. */
const ref = '123456-789042'
const named = { 'source-ref': ref }
const changing = { 'source-ref': '123456-789045', 'subscription-ref': ref }
const all = 'price quantity tradeId symbol side'

const words = (body: { rows: { operation: string; rowRef: string }[] }) =>
  body.rows.map(({ operation, rowRef }) => `${operation} ${rowRef}`)

async function subscribed(it: TradesFeed, wishes: object, refs: Record<string, string> = named) {
  const { status, headers, body } = await it.call('POST', refs, wishes)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return { headers, body }
}

t.test('S3.8 Source-Ref tells several subscriptions to one query apart', async (t) => {
  const it = await tradesFeed(t, { trades: 3 })
  await subscribed(it, { maxRows: 1, fields: 'price' }, { 'source-ref': 'grid-1' })
  await subscribed(it, { maxRows: 2, fields: 'side' }, { SOURCE_REF: 'grid-2' })
  it.sink().put('1', { price: 1, side: 'Sell' })
  t.same((await it.call('GET', { 'source-ref': 'grid-1' })).body.rows, [
    { operation: 'modify', rowRef: '1', price: 1 },
  ])
  const other = await it.call('GET', { SOURCE_REF: 'grid-2' })
  t.same(other.body.rows, [{ operation: 'modify', rowRef: '1', side: 'Sell' }])
  t.equal(other.headers.get('source-ref'), 'grid-2')
  t.equal(it.sources.begun, 1, 'one stream for both')
  const { headers, body } = await subscribed(it, {}, {})
  t.match(body.sourceRef, /^0\.[\w-]{12}$/, 'one is given to who names none')
  t.equal(headers.get('source-ref'), body.sourceRef)
  t.equal((await it.call('GET', {}, undefined, `?sourceRef=${body.sourceRef}`)).status, 200)
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, body } = await it.call(method)
    t.equal(status, 422, `${method} without one`)
    t.match(body.errors[0], { field: 'Source-Ref', code: 'missing' })
  }
})

t.test('S3.9 POST subscribes; its body is optional, and may be said in the query', async (t) => {
  const it = await tradesFeed(t, { trades: 3 })
  const { body: whole } = await it.call('POST', named)
  t.equal(whole.rows.length, 3)
  const query = '?maxRows=2&fields=price+side'
  const said = await it.call('POST', {}, undefined, query)
  t.same(said.body.rows[0], { operation: 'insert', rowRef: '1', price: 101, side: 'Buy' })
  t.equal(said.body.rows.length, 2)
  const both = await it.call('POST', {}, { fields: ['price', 'side'], maxRows: '2' }, query)
  t.equal(both.status, 200, 'twice the same is no contradiction')
  const contrary = await it.call('POST', {}, { maxRows: 3 }, query)
  t.match(
    [contrary.status, contrary.body.errors],
    [422, [{ field: 'maxRows', code: 'not_allowed' }]],
  )
})

t.test(
  'S3.10 maxRows, maxView, fields, viewNumber, movingView; numbers may be texts',
  async (t) => {
    const it = await tradesFeed(t, { trades: 100 })
    const { body } = await subscribed(it, {
      maxRows: '2',
      maxView: '3',
      movingView: 'true',
      fields: all,
    })
    t.equal(body.rows.length, 2)
    it.sink().put('101', trade(101))
    it.sink().put('102', trade(102))
    t.same(words((await it.call('GET', named)).body), ['insert 101', 'delete 1', 'insert 102'])

    const fixed = { 'source-ref': 'fixed' }
    await subscribed(it, { maxRows: 2, maxView: 2, movingView: false }, fixed)
    it.sink().put('103', trade(103))
    t.same((await it.call('GET', fixed)).body.rows, [], 'new ones wait')

    const { body: page } = await subscribed(it, { maxRows: 2, viewNumber: '2' }, {})
    t.same(words(page), ['insert 3', 'insert 4'])
    for (const [wish, field] of [
      [{ maxRows: 0 }, 'maxRows'],
      [{ maxRows: 'two' }, 'maxRows'],
      [{ maxView: 1001 }, 'maxView'],
      [{ viewNumber: 0 }, 'viewNumber'],
      [{ movingView: 'perhaps' }, 'movingView'],
      [{ fields: 'price prise' }, 'fields'],
      [{ fields: '' }, 'fields'],
      [{ maxrows: 2 }, 'maxrows'],
    ] as const) {
      const { status, body } = await it.call('POST', {}, wish)
      t.match([status, body.errors?.[0]?.field], [422, field], JSON.stringify(wish))
    }
  },
)

t.test('S3.11 the answer has the first rows, and counts from 1', async (t) => {
  const it = await tradesFeed(t, { trades: 100 })
  const { headers, body } = await subscribed(it, { maxRows: 2, maxView: 10, fields: all })
  t.match(headers.get('content-type'), /^application\/json/)
  t.match(body, {
    rowsCount: 100,
    moreRows: true,
    sourceRef: ref,
    sequenceId: 1,
    state: 'live',
    reason: null,
    marks: [],
    missed: 0,
    reset: false,
  })
  t.same(body.rows, [
    { operation: 'insert', rowRef: '1', ...trade(1) },
    { operation: 'insert', rowRef: '2', ...trade(2) },
  ])
  t.equal((await it.call('GET', named)).body.sequenceId, 2)
})

t.test('S3.12 every row has its operation and its handle, which stays', async (t) => {
  const it = await tradesFeed(t, { trades: 2 })
  const { body } = await subscribed(it, {})
  it.sink().put('2', { price: 5 })
  const { body: later } = await it.call('GET', named)
  t.equal(later.rows[0].rowRef, body.rows[1].rowRef)
  t.equal(later.rows[0].operation, 'modify')
})

t.test('S3.13 what changes is kept until the next GET, the latest of each row', async (t) => {
  const it = await tradesFeed(t, { trades: 2 })
  await subscribed(it, {})
  for (let price = 1; price <= 50; price += 1) {
    it.sink().put('1', { price })
    await new Promise((done) => setImmediate(done))
  }
  const { body } = await it.call('GET', named)
  t.same(body.rows, [{ operation: 'modify', rowRef: '1', conflated: 49, price: 50 }])
})

t.test('S3.14 a subscription that is not read expires, says so, and frees its line', async (t) => {
  const it = await tradesFeed(t, { trades: 2, config: { feedExpiryMs: 150, feedLingerMs: 0 } })
  await subscribed(it, {})
  await until(() => it.subscriptions.size === 0, 'it is gone')
  const { status, body } = await it.call('GET', named)
  t.equal(status, 410)
  t.match(body, { code: 'INSTANCE_FEED_ENDED', detail: /not read for 0.15 s/ })
  await until(() => it.sources.stopped === 1, 'the stream is given up')
  t.match(await it.metrics(), /ibrest_feed_expired_total\{.*feed="allTrades".*\} 1\n/)
  await subscribed(it, {})
  t.equal(it.sources.begun, 2, 'the same handle may be used again')
})

t.test('S3.14 whoever polls or changes it keeps it', async (t) => {
  const it = await tradesFeed(t, { trades: 4, config: { feedExpiryMs: 1000 } })
  await subscribed(it, { maxRows: 1 })
  const since = performance.now()
  let calls = 0
  await until(async () => {
    calls += 1
    const { status } = await (calls % 2 === 0
      ? it.call('GET', named)
      : it.call('PUT', changing, { addFields: 'price' }))
    if (status !== 200) throw new Error(`call ${calls} was answered ${status}`)
    return performance.now() - since > 1500
  }, 'it lives longer than its time')
  t.equal(it.subscriptions.size, 1)
})

t.test(
  'S3.15 GET: inserts whole, modifies with what changed, deletes the handle; empty for none',
  async (t) => {
    const it = await tradesFeed(t, { trades: 2 })
    await subscribed(it, {})
    it.sink().remove('1')
    it.sink().put('3', trade(3))
    it.sink().put('2', { quantity: 150 })
    const { body } = await it.call('GET', named)
    t.same(body.rows, [
      { operation: 'delete', rowRef: '1' },
      { operation: 'insert', rowRef: '3', ...trade(3) },
      { operation: 'modify', rowRef: '2', quantity: 150 },
    ])
    t.match((await it.call('GET', named)).body, { rows: [], sequenceId: 3, sourceRef: ref })
  },
)

t.test(
  'S3.16 PUT has a Source-Ref of its own, names the subscription, and is acked or not',
  async (t) => {
    const it = await tradesFeed(t, { trades: 2 })
    await subscribed(it, { maxRows: 1, maxView: 1 })
    const { status, headers, body } = await it.call('PUT', changing, { addFields: 'price' })
    t.equal(status, 200)
    t.same(body, { ack: true, change: 'fields', sourceRef: '123456-789045', subscriptionRef: ref })
    t.equal(headers.get('source-ref'), '123456-789045')
    const spelled = { SOURCE_REF: '123456-789046', SUBSCRIPTION_REF: ref }
    t.equal((await it.call('PUT', spelled, { addFields: 'side' })).status, 200)
    for (const [refs, field] of [
      [{ 'subscription-ref': ref }, 'Source-Ref'],
      [named, 'Subscription-Ref'],
      [{ ...named, 'subscription-ref': ref }, 'Source-Ref'],
      [{ ...changing, source_ref: 'another' }, 'Source-Ref'],
      [{ ...changing, 'source-ref': 'not a word' }, 'Source-Ref'],
    ] as const) {
      const { status, body } = await it.call('PUT', refs, { addFields: 'price' })
      t.match([status, body.errors?.[0]?.field], [422, field], JSON.stringify(refs))
    }
    const nacks = [
      [{}, /as many rows as maxView allows/],
      [{ dropFields: all }, /no field would be left/],
    ] as const
    for (const [wish, detail] of nacks) {
      const { status, body } = await it.call('PUT', changing, wish)
      t.match([status, body], [409, { code: 'INSTANCE_FEED_NACK', detail }])
    }
    const strange = { ...changing, 'subscription-ref': 'nobody' }
    t.match((await it.call('PUT', strange)).body, { status: 404, code: 'INSTANCE_UNKNOWN_FEED' })
    await subscribed(it, {}, { 'source-ref': 'whole' })
    const further = await it.call('PUT', { ...changing, 'subscription-ref': 'whole' })
    t.match([further.status, further.body.detail], [409, /no further rows/])
  },
)

t.test(
  'S3.17 more fields: the next GET has them of every row, and nothing of those dropped',
  async (t) => {
    const it = await tradesFeed(t, { trades: 100 })
    await subscribed(it, { maxRows: '2', maxView: '10', fields: 'price tradeId symbol side' })
    const { body: ack } = await it.call('PUT', changing, {
      addFields: 'quantity',
      dropFields: ['side'],
    })
    t.match(ack, { ack: true, change: 'fields', sourceRef: '123456-789045' })
    t.same((await it.call('GET', named)).body.rows, [
      { operation: 'modify', rowRef: '1', quantity: 10 },
      { operation: 'modify', rowRef: '2', quantity: 20 },
    ])
    it.sink().put('1', { side: 'Sell', quantity: 11 })
    t.same((await it.call('GET', named)).body.rows, [
      { operation: 'modify', rowRef: '1', quantity: 11 },
    ])
    const { status, body } = await it.call('PUT', changing, { addFields: 'quality' })
    t.match([status, body.errors[0]], [422, { field: 'addFields', code: 'not_found' }])
    const mixed = await it.call('PUT', changing, { addFields: 'side', viewNumber: 2 })
    t.match([mixed.status, mixed.body.errors[0].field], [422, 'viewNumber'])
  },
)

t.test('S3.18 more rows: as many again, until maxView', async (t) => {
  const it = await tradesFeed(t, { trades: 100 })
  await subscribed(it, { maxRows: 2, maxView: 5 })
  const { body: ack } = await it.call('PUT', changing)
  t.match(ack, { ack: true, change: 'rows', sourceRef: '123456-789045' })
  t.same((await it.call('GET', named)).body.rows, [
    { operation: 'insert', rowRef: '3', ...trade(3) },
    { operation: 'insert', rowRef: '4', ...trade(4) },
  ])
  await it.call('PUT', changing)
  t.same(words((await it.call('GET', named)).body), ['insert 5'])
  t.equal((await it.call('PUT', changing)).status, 409)
})

t.test('S3.19 another page: deletes of the old one, inserts of the new', async (t) => {
  const it = await tradesFeed(t, { trades: 100 })
  const { body } = await subscribed(it, { maxRows: 2, viewNumber: 1, fields: all })
  t.same(words(body), ['insert 1', 'insert 2'])
  const { body: ack } = await it.call('PUT', changing, { viewNumber: 3 })
  t.match(ack, { ack: true, change: 'view', sourceRef: '123456-789045' })
  const { body: page } = await it.call('GET', named)
  t.same(words(page), ['delete 1', 'delete 2', 'insert 5', 'insert 6'])
  t.equal(page.moreRows, true)
  t.equal((await it.call('PUT', changing, undefined, '?viewNumber=50')).status, 200)
  const { body: last } = await it.call('GET', named)
  t.same(words(last), ['delete 5', 'delete 6', 'insert 99', 'insert 100'])
  t.equal(last.moreRows, false)
  const { status, body: missing } = await it.call('PUT', changing)
  t.match([status, missing.errors[0]], [422, { field: 'viewNumber', code: 'missing' }])
})

t.test('S3.20 DELETE ends it; nothing is left of it but the reason', async (t) => {
  const it = await tradesFeed(t, { trades: 2, config: { feedLingerMs: 0 } })
  await subscribed(it, {})
  const { status, headers, body } = await it.call('DELETE', named)
  t.equal(status, 200)
  t.same(body, { ack: true, change: 'end', sourceRef: ref })
  t.equal(headers.get('source-ref'), ref)
  await until(() => it.sources.stopped === 1, 'the stream is given up')
  for (const method of ['DELETE', 'GET']) {
    const { status, body } = await it.call(method, named)
    t.match([status, body], [410, { code: 'INSTANCE_FEED_ENDED', detail: /its reader ended it/ }])
  }
  const strange = await it.call('DELETE', { 'source-ref': 'nobody' })
  t.equal(strange.status, 404)
})

t.test('S0.23 the same of quotes: subscribe, read, change, end', async (t) => {
  const it = await simulated(t)
  const headers = { 'content-type': 'application/json', SOURCE_REF: ref }
  const body = JSON.stringify({ symbol: 'AAPL', maxRows: '2', maxView: 10, fields: 'bid ask' })
  const first = await it.call('/market/data', { method: 'POST', headers, body })
  t.match(first.body, { rowsCount: 1, moreRows: false, sequenceId: 1, sourceRef: ref })
  t.match(Object.keys(first.body.rows[0]).sort(), ['ask', 'bid', 'operation', 'rowRef'])
  const put = await it.call('/market/data?subscriptionRef=123456-789042', {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'source-ref': '123456-789045' },
    body: JSON.stringify({ addFields: 'symbol' }),
  })
  t.match(put.body, { ack: true, change: 'fields' })
  const { body: next } = await it.call('/market/data', { headers: { SOURCE_REF: ref } })
  t.match(next.rows, [{ operation: 'modify', rowRef: '265598', symbol: 'AAPL' }])
  const end = await it.call('/market/data', { method: 'DELETE', headers: { SOURCE_REF: ref } })
  t.match(end.body, { ack: true, change: 'end' })
})
