import t from 'tap'
import type { FakeClient } from '../rig/fake-gateway.ts'
import { error, stockDetails } from '../rig/fake-messages.ts'
import { FeedStream } from '../rig/feed-stream.ts'
import { poll, queryOf, readFourWays, subscribe } from '../rig/feed-ways.ts'
import { instanced, simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { ReaderRows } from '../rig/reader-rows.ts'
import { asked, stepped } from '../rig/stepped.ts'
import { until } from '../rig/until.ts'

type Rig = Parameters<typeof simulated>[0]

const URL = '/market/depth'
const CONTRACT = 9
const DEPTH = 10
const CANCEL_DEPTH = 11
const ERROR = { halted: 316, reset: 317 }

// a machine that is busy with others takes its time
t.setTimeout(120_000)

/** The best prices of a book, as rows tell them. */
function best(rows: ReadonlyMap<string, Parsed>): readonly unknown[] {
  return [rows.get('ask-0')?.price, rows.get('bid-0')?.price]
}

t.test('a book is read by polling, waiting, streaming and as Atom; all see the same', async (t) => {
  const it = await stepped(t)
  const question = { symbol: 'AAPL', numRows: 3 }
  const { first, agree } = await readFourWays(t, it, URL, question)
  t.equal(first.answer.status, 200)
  t.match(first.body, { state: 'live', rowsCount: 6, sequenceId: 1, moreRows: false })
  const refs = first.body.rows.map(({ rowRef }: Parsed) => rowRef)
  t.same(refs, ['ask-0', 'ask-1', 'ask-2', 'bid-0', 'bid-1', 'bid-2'], 'as a book is read')
  const [lowest, next] = first.body.rows
  t.match(lowest, { side: 'ask', position: 0, marketMaker: 'NASDAQ', price: Number, size: Number })
  t.ok(next.price > lowest.price)
  const { market } = it.simulator.world
  const apple = it.simulator.instrument({ symbol: 'AAPL' })
  if (apple === undefined) throw new Error('there is no AAPL')
  market.pin(apple, 300)
  await it.step(1000)
  const quote = market.quote(apple)
  await agree((rows) => {
    const prices = new Map(rows.map(([rowRef, { price }]) => [rowRef, price]))
    return prices.get('ask-0') === quote.ask && prices.get('bid-0') === quote.bid
  })
  t.equal(asked(it, 'reqMktDepth'), 1, 'all from one stream of IB')
})

t.test(
  'a smart book is asked for where IB routes, and cancelled as it was asked for',
  async (t) => {
    const it = await instanced(t, { environment: { FEED_LINGER_SECONDS: '0' } })
    it.gateway.on(CONTRACT, (client, [, , reqId = '']) =>
      client.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
    )
    for (const [more, isSmart] of [
      [{}, '1'],
      [{ isSmartDepth: false, numRows: 20 }, '0'],
    ] as const) {
      await subscribe(it, URL, { symbol: 'AAPL', ...more }, `smart${isSmart}`)
      const request = it.gateway.last(DEPTH) ?? []
      t.same(request.slice(-3, -1), [isSmart === '1' ? '5' : '20', isSmart])
      await it.call(URL, { method: 'DELETE', headers: { 'source-ref': `smart${isSmart}` } })
      await until(() => it.gateway.last(CANCEL_DEPTH)?.[2] === request[2], 'it is cancelled')
      t.equal(it.gateway.last(CANCEL_DEPTH)?.[3], isSmart)
    }
  },
)

/** An instance with a gateway that says of a book what a test says; the last stream it asked for. */
async function spoken(t: Rig) {
  const it = await instanced(t)
  const streams: { readonly client: FakeClient; readonly reqId: string }[] = []
  it.gateway.on(CONTRACT, (client, [, , reqId = '']) =>
    client.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
  )
  it.gateway.on(DEPTH, (client, [, , reqId = '']) => void streams.push({ client, reqId }))
  return {
    ...it,
    streams,
    /** lines of one side, each: position, operation, price, size */
    say: (side: number, ...lines: readonly (readonly [number, number, number, number])[]) => {
      const { client, reqId } = streams.at(-1) as (typeof streams)[number]
      client.sayAll(
        ...lines.map(([position, operation, price, size]) => [
          ...[13, 1, reqId, position, `MM${price}`, operation, side, price, size, 1],
        ]),
      )
    },
    complain: (code: number) => {
      const { client, reqId } = streams.at(-1) as (typeof streams)[number]
      client.say(...error(Number(reqId), code, `depth ${code}`))
    },
  }
}

/** Subscribes before the gateway says anything. */
async function opened(it: Awaited<ReturnType<typeof spoken>>, question: object) {
  const rows = new ReaderRows()
  const posted = subscribe(it, URL, { symbol: 'AAPL', ...question }, 'book')
  await until(() => it.streams.length > 0, 'the gateway was asked')
  return { rows, posted }
}

const [INSERT, UPDATE, DELETE] = [0, 1, 2]
const [ASK, BID] = [0, 1]

t.test(
  'inserts push down and deletes pull up; readers are told rows, whose they are too',
  async (t) => {
    const it = await spoken(t)
    const { rows, posted } = await opened(it, { numRows: 2 })
    it.say(ASK, [0, INSERT, 30, 1], [1, INSERT, 31, 1])
    it.say(BID, [0, INSERT, 29, 1], [1, INSERT, 28, 1])
    rows.take((await posted).body)
    t.match((await posted).body, { state: 'live', rowsCount: 4 })
    it.say(ASK, [0, INSERT, 29.5, 7])
    const pushed = await poll(it, URL, 'book', 10)
    rows.take(pushed.body)
    const told = pushed.body.rows.map(({ operation, rowRef }: Parsed) => `${operation} ${rowRef}`)
    t.same(told, ['modify ask-0', 'modify ask-1'])
    t.match(Object.fromEntries(rows.rows), {
      'ask-0': { price: 29.5, size: 7, marketMaker: 'MM29.5' },
      'ask-1': { price: 30, size: 1, marketMaker: 'MM30' },
    })
    it.say(ASK, [0, DELETE, 0, 0])
    it.say(BID, [1, UPDATE, 28, 9])
    await until(async () => {
      rows.take((await poll(it, URL, 'book', 10)).body)
      return rows.rows.get('bid-1')?.size === 9
    }, 'the update is told')
    t.equal(rows.rows.get('ask-0')?.price, 30)
    t.notOk(rows.rows.has('ask-1'), 'nothing has followed yet')
  },
)

t.test('a thin book is whole too, and one of one side', async (t) => {
  const it = await spoken(t)
  const { posted } = await opened(it, { numRows: 10 })
  it.say(BID, [0, INSERT, 29, 1])
  const { body } = await posted
  t.match(body, { state: 'live', rowsCount: 1, rows: [{ rowRef: 'bid-0', price: 29 }] })
})

t.test('317: the book is emptied and begins anew, on the same stream', async (t) => {
  const it = await spoken(t)
  const { rows, posted } = await opened(it, { numRows: 2 })
  it.say(ASK, [0, INSERT, 30, 1], [1, INSERT, 31, 1])
  it.say(BID, [0, INSERT, 29, 1], [1, INSERT, 28, 1])
  rows.take((await posted).body)
  it.complain(ERROR.reset)
  await until(async () => {
    rows.take((await poll(it, URL, 'book', 10)).body)
    return rows.rows.size === 0
  }, 'the book is empty')
  it.say(ASK, [0, INSERT, 40, 1])
  rows.take((await poll(it, URL, 'book', 10)).body)
  t.match([...rows.rows], [['ask-0', { price: 40 }]])
  t.equal(it.streams.length, 1)
})

t.test('316: a halted book is a gap until it is told again under another id', async (t) => {
  const it = await spoken(t)
  const { rows, posted } = await opened(it, { numRows: 1 })
  it.say(ASK, [0, INSERT, 30, 1])
  it.say(BID, [0, INSERT, 29, 1])
  rows.take((await posted).body)
  const stream = new FeedStream(`${it.url}${URL}?${queryOf({ symbol: 'AAPL', numRows: 1 })}`)
  t.teardown(() => stream.leave())
  it.complain(ERROR.halted)
  const halted = await poll(it, URL, 'book', 10)
  t.match(halted.body, { state: 'gap', reason: 'depth 316', marks: [{ type: 'gap.opened' }] })
  rows.take(halted.body)
  t.equal(rows.rows.size, 2, 'what was known is kept')
  await until(() => it.streams.length === 2, 'it is asked for again', 20_000)
  t.not(it.streams[0]?.reqId, it.streams[1]?.reqId)
  it.say(ASK, [0, INSERT, 31, 1])
  it.say(BID, [0, INSERT, 30, 1])
  await until(async () => {
    rows.take((await poll(it, URL, 'book', 10)).body)
    return rows.marks.at(-1) === 'gap.closed'
  }, 'the gap is closed')
  t.same(best(rows.rows), [31, 30])
  await until(() => stream.words.length === 2, 'the stream has both marks')
  t.same(stream.words, ['gap.opened', 'gap.closed'])
  t.same(best(stream.rows), [31, 30])
})

t.test(
  '1101 and a lost link: a gap, the same book from a new stream, the gap closes',
  async (t) => {
    const it = await simulated(t)
    const rows = new ReaderRows()
    rows.take((await subscribe(it, URL, { symbol: 'AAPL' }, 'book')).body)
    const closes = async (times: number, what: string) => {
      await until(async () => {
        rows.take((await poll(it, URL, 'book', 5)).body)
        return rows.marks.filter((mark) => mark === 'gap.closed').length === times
      }, what)
    }
    it.simulator.faults.add({ fault: 'code-1100' })
    it.simulator.faults.add({ fault: 'code-1101' })
    await closes(1, 'after 1101')
    t.equal(asked(it, 'reqMktDepth'), 2)
    it.simulator.faults.add({ fault: 'code-1101' })
    await closes(2, 'after 1101 without an outage before it')
    it.simulator.faults.add({ fault: 'drop-client', match: { clientId: 0 }, lingerMs: 0 })
    await closes(3, 'after the link was lost')
    t.equal(asked(it, 'reqMktDepth'), 4)
    t.equal(rows.marks.length, 6)
    t.equal(rows.rows.size, 10)
    t.equal(it.simulator.world.usage.depth.used, 1, 'no line is left behind')
  },
)

t.test('no permission, no contract, no line: what IB says is the answer', async (t) => {
  const delayed = await simulated(t, { simulator: { marketData: 'delayed' } })
  const refused = await subscribe(delayed, URL, { symbol: 'AAPL' })
  t.equal(refused.answer.status, 403)
  t.match(refused.body, { code: 'IB_NO_MARKET_DATA_PERMISSION', errorCode: 354 })
  const unknown = await subscribe(delayed, URL, { symbol: 'NOTHING' })
  t.equal(unknown.answer.status, 422)
  const wrong = await subscribe(delayed, URL, { symbol: 'AAPL', numRows: 21 })
  t.match(wrong.body, { status: 422, errors: [{ field: 'numRows' }] })
  t.equal((await delayed.call('/beacon')).answer.status, 200)
})

t.test('the third book of three lines gets its line from one that nobody reads', async (t) => {
  const it = await simulated(t)
  for (const symbol of ['AAPL', 'MSFT', 'IBM'])
    t.equal((await subscribe(it, URL, { symbol }, symbol)).answer.status, 200)
  const full = await subscribe(it, URL, { symbol: 'GOOG' })
  t.equal(full.answer.status, 429)
  t.match(full.body, { code: 'IB_DEPTH_LINES', errorCode: 309 })
  t.ok(full.answer.headers.get('retry-after'))
  await it.call(URL, { method: 'DELETE', headers: { 'source-ref': 'MSFT' } })
  t.equal((await subscribe(it, URL, { symbol: 'GOOG' })).answer.status, 200)
})

t.test('which exchanges have depth', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/market/depth/exchanges')
  t.equal(answer.status, 200)
  t.ok(body.some(({ exchange }: Parsed) => exchange === 'NASDAQ'))
  for (const row of body) t.match(row, { exchange: String, secType: String, aggGroup: Number })
  t.equal((await it.call('/market/depth/exchanges?x=1')).answer.status, 422)
})
