import t from 'tap'
import { FeedStream } from '../rig/feed-stream.ts'
import { poll, queryOf, readFourWays, subscribe } from '../rig/feed-ways.ts'
import { simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { ReaderRows } from '../rig/reader-rows.ts'
import { asked, stepped, told } from '../rig/stepped.ts'
import { until } from '../rig/until.ts'

const URL = '/market/ticks'
const REQUEST = 'reqTickByTickData'
const AAPL = { symbol: 'AAPL' }
/** IB wants 15 s between two requests; a busy machine is given more. */
const LONG_MS = 60_000

t.setTimeout(3 * LONG_MS)

t.test(
  'ticks are read by polling, waiting, streaming and as Atom, every one of them',
  async (t) => {
    for (const [tickType, fields] of [
      ['Last', { price: Number, size: Number, exchange: 'NASDAQ', pastLimit: false }],
      ['AllLast', { price: Number, size: Number, unreported: false, specialConditions: null }],
      [
        'BidAsk',
        { bid: Number, bidSize: Number, ask: Number, askSize: Number, askPastHigh: false },
      ],
      ['MidPoint', { midPoint: Number }],
    ] as const) {
      await t.test(tickType, async (t) => {
        const it = await stepped(t)
        const { first, agree } = await readFourWays(t, it, URL, { ...AAPL, tickType })
        t.match(first.body, { state: 'live', rowsCount: 1, rows: [{ rowRef: '1', tickType }] })
        await it.step(20_000)
        const count = told(it, 'tickByTick')
        t.ok(count > 5, `${count} ticks`)
        await agree((rows) => {
          const numbers = rows.map(([rowRef]) => Number(rowRef))
          return numbers.length === count && numbers.every((number, at) => number === at + 1)
        })
        const { body } = await subscribe(it, URL, { ...AAPL, tickType, maxRows: 2 })
        for (const row of body.rows) {
          t.match(row, { ...fields, isPast: false, datetime: /^2026-03-04T15:00:\d\d\.000Z$/ })
          t.notOk('conflated' in row)
        }
        t.equal(asked(it, REQUEST), 1, 'all from one stream of IB')
      })
    }
  },
)

t.test('a beginning from the past comes first, once', async (t) => {
  const it = await stepped(t)
  const { body } = await subscribe(it, URL, { ...AAPL, numberOfTicks: 10 }, 'reads')
  t.match(body, { state: 'live', rowsCount: 10 })
  t.ok(body.rows.every(({ isPast }: Parsed) => isPast))
  const times = body.rows.map(({ timestamp }: Parsed) => timestamp)
  t.same(times, times.toSorted())
  await it.step(2000)
  const next = await poll(it, URL, 'reads', 10)
  t.match(next.body.rows[0], { operation: 'insert', rowRef: '11', isPast: false })
  const other = await subscribe(it, URL, { ...AAPL, numberOfTicks: 3 })
  t.ok(other.body.rowsCount > 10, 'who comes later has what was kept')
  t.equal(asked(it, REQUEST), 1)
})

t.test('a stream that nobody reads is kept for the next reader', async (t) => {
  const it = await simulated(t)
  await subscribe(it, URL, AAPL, 'first')
  await it.call(URL, { method: 'DELETE', headers: { 'source-ref': 'first' } })
  const { body } = await subscribe(it, URL, AAPL)
  t.match(body, { state: 'live' })
  t.equal(asked(it, REQUEST), 1)
  t.equal(asked(it, 'cancelTickByTickData'), 0)
})

t.test('one that has ended is not asked for before IB takes it, and says so', async (t) => {
  const it = await simulated(t, { environment: { FEED_LINGER_SECONDS: '0' } })
  await subscribe(it, URL, AAPL, 'first')
  await it.call(URL, { method: 'DELETE', headers: { 'source-ref': 'first' } })
  await until(() => asked(it, 'cancelTickByTickData') === 1, 'the line is given back')
  const { answer, body } = await subscribe(it, URL, AAPL, 'second')
  t.equal(answer.status, 200)
  t.match(body, { state: 'opening', reason: /between two requests/, rows: [] })
  t.equal(asked(it, REQUEST), 1, 'IB was not asked in vain')
  const other = await subscribe(it, URL, { ...AAPL, tickType: 'BidAsk' })
  t.equal(other.body.state, 'live', 'another kind does not wait')
})

t.test(
  'a lost link: the gap is open until IB takes the request, and no tick is told twice',
  async (t) => {
    const it = await simulated(t)
    const question = { ...AAPL, numberOfTicks: 5 }
    const rows = new ReaderRows()
    rows.take((await subscribe(it, URL, question, 'reads')).body)
    const stream = new FeedStream(`${it.url}${URL}?${queryOf(question)}`)
    t.teardown(() => stream.leave())
    it.simulator.faults.add({ fault: 'drop-client', match: { clientId: 0 }, lingerMs: 0 })
    await until(async () => {
      rows.take((await poll(it, URL, 'reads', 5)).body)
      return rows.marks.includes('gap.opened')
    }, 'the gap is told')
    await until(() => it.instance.link.isUsable, 'it is logged in again')
    t.equal((await poll(it, URL, 'reads')).body.state, 'gap')
    const before = rows.inserted.length
    const readOn = async () => {
      rows.take((await poll(it, URL, 'reads', 10)).body)
      return rows.marks.includes('gap.closed') && rows.inserted.length > before
    }
    await until(readOn, 'it goes on', LONG_MS)
    t.equal(asked(it, REQUEST), 2, 'asked for once more, when IB would take it')
    const numbers = rows.inserted.map(Number)
    t.same(
      numbers,
      numbers.map((_, at) => at + 1),
      'no handle came again',
    )
    const past = [...rows.rows.values()].filter(({ isPast }) => isPast)
    t.equal(past.length, 5, 'nor the past')
    await until(() => stream.rows.size >= numbers.length, 'the stream has told all')
    t.same(stream.words, ['gap.opened', 'gap.closed'])
  },
)

t.test('no permission, nothing of the kind, no line: what IB says is the answer', async (t) => {
  const delayed = await simulated(t, { simulator: { marketData: 'delayed' } })
  const refused = await subscribe(delayed, URL, AAPL)
  t.equal(refused.answer.status, 403)
  t.match(refused.body, { code: 'IB_NO_MARKET_DATA_PERMISSION', errorCode: 10_189 })
  const it = await simulated(t)
  const pair = { symbol: 'EUR', secType: 'CASH', currency: 'USD' }
  t.match((await subscribe(it, URL, pair)).body, { status: 400, code: 'IB_REQUEST_INVALID' })
  t.equal((await subscribe(it, URL, { ...pair, tickType: 'MidPoint' })).answer.status, 200)
  for (const tickType of ['Last', 'AllLast', 'BidAsk', 'MidPoint'])
    t.equal((await subscribe(it, URL, { ...AAPL, tickType }, tickType)).answer.status, 200)
  const full = await subscribe(it, URL, { symbol: 'MSFT' })
  t.match(full.body, { status: 429, code: 'IB_TICK_LINES', errorCode: 10_190 })
  await it.call(URL, { method: 'DELETE', headers: { 'source-ref': 'MidPoint' } })
  t.equal((await subscribe(it, URL, { symbol: 'MSFT' })).answer.status, 200, 'a line was spared')
  const wrong = await subscribe(it, URL, { ...AAPL, tickType: 'Lost', numberOfTicks: 1001 })
  t.equal(wrong.answer.status, 422)
  const fields = wrong.body.errors.map(({ field }: Parsed) => field)
  t.same(new Set(fields), new Set(['tickType', 'numberOfTicks']))
})
