import t from 'tap'
import { poll, readFourWays, subscribe } from '../rig/feed-ways.ts'
import { simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { ReaderRows } from '../rig/reader-rows.ts'
import { asked, stepped, told } from '../rig/stepped.ts'
import { until } from '../rig/until.ts'

const URL = '/bars'
const HISTORY = 'reqHistoricalData'
const AAPL = { symbol: 'AAPL' }
const MINUTES = { ...AAPL, barSize: '1 min', durationStr: '1800 S' }

// a machine that is busy with others takes its time
t.setTimeout(120_000)

/** Seconds between one bar and the next, each once. */
function distances(rows: ReaderRows): number[] {
  const starts = rows.all.map(([, { timestamp }]) => timestamp)
  return [...new Set(starts.slice(1).map((start, at) => start - starts[at]))]
}

/** Reads until a mark has come so often. */
async function readUntil(
  it: Parameters<typeof poll>[0],
  rows: ReaderRows,
  mark: string,
  times = 1,
): Promise<void> {
  await until(async () => {
    rows.take((await poll(it, URL, 'reads', 5)).body)
    return rows.marks.filter((each) => each === mark).length === times
  }, mark)
}

t.test('bars of five seconds are read four ways, from now on', async (t) => {
  const it = await stepped(t)
  const { first, agree } = await readFourWays(t, it, URL, AAPL)
  t.match(first.body, { state: 'opening', rows: [], rowsCount: 0 })
  await it.step(16_000)
  t.equal(told(it, 'realtimeBar'), 3)
  await agree((rows) => rows.length === 3)
  const { body } = await subscribe(it, URL, AAPL)
  for (const [at, row] of body.rows.entries()) {
    const start = Date.UTC(2026, 2, 4, 15, 0, at * 5)
    t.match(row, {
      rowRef: String(start / 1000),
      timestamp: start / 1000,
      datetime: new Date(start).toISOString(),
      ...{ open: Number, high: Number, low: Number, close: Number, volume: Number },
    })
  }
  t.equal(asked(it, 'reqRealTimeBars'), 1, 'all from one stream of IB')
})

t.test('bars of minutes bring their past, change, and the next comes', async (t) => {
  const it = await stepped(t)
  const { first, agree } = await readFourWays(t, it, URL, MINUTES)
  t.match(first.body, { state: 'live', rowsCount: 30 })
  t.ok(first.body.rows.every(({ operation }: Parsed) => operation === 'insert'))
  await it.step(5000)
  const rows = new ReaderRows()
  const current = Date.UTC(2026, 2, 4, 15) / 1000
  await agree((all) => all.some(([rowRef]) => rowRef === String(current)))
  rows.take((await subscribe(it, URL, MINUTES, 'reads')).body)
  await it.step(5000)
  const changed = await poll(it, URL, 'reads', 10)
  t.equal(changed.body.rows.length, 1)
  const [change] = changed.body.rows
  t.match(change, { operation: 'modify', rowRef: String(current), volume: Number })
  t.notOk('open' in change, 'with what has changed alone')
  await it.step(60_000)
  await until(async () => {
    rows.take((await poll(it, URL, 'reads', 5)).body)
    return rows.rows.has(String(current + 60))
  }, 'the next bar')
  await agree((all) => all.at(-1)?.[0] === String(current + 60))
  t.same(distances(rows), [60])
  t.equal(asked(it, HISTORY), 1)
})

t.test(
  'bars missed while the link was lost are filled in, older ones stay, then the gap closes',
  async (t) => {
    const it = await stepped(t)
    const rows = new ReaderRows()
    rows.take((await subscribe(it, URL, MINUTES, 'reads')).body)
    const oldest = rows.all[0]?.[0] as string
    const refuse = it.simulator.faults.add({ fault: 'refuse' })
    it.simulator.faults.add({ fault: 'drop-client', match: { clientId: 0 }, lingerMs: 0 })
    await readUntil(it, rows, 'gap.opened')
    await it.step(10 * 60_000)
    it.simulator.faults.remove(refuse.id)
    await readUntil(it, rows, 'gap.closed')
    t.equal(rows.rows.size, 40)
    t.same(distances(rows), [60], 'none is missing')
    t.ok(rows.rows.has(oldest), 'though it was not told again')
    t.equal(asked(it, HISTORY), 2)
  },
)

t.test('1101, and the farm of histories down: a gap until the past was read again', async (t) => {
  const it = await stepped(t)
  const rows = new ReaderRows()
  rows.take((await subscribe(it, URL, MINUTES, 'reads')).body)
  it.simulator.faults.add({ fault: 'code-1101' })
  await readUntil(it, rows, 'gap.closed')
  t.equal(asked(it, HISTORY), 2)
  t.equal(it.simulator.world.usage.histories.used, 1, 'the first was given up')
  const farm = it.simulator.faults.add({ fault: 'farm-down', farm: 'ushmds' })
  await readUntil(it, rows, 'gap.opened', 2)
  await it.step(5 * 60_000)
  it.simulator.faults.remove(farm.id)
  await readUntil(it, rows, 'gap.closed', 2)
  t.same(distances(rows), [60])
  t.equal(rows.rows.size, 35)
})

t.test('the market farm concerns bars of five seconds, and them alone', async (t) => {
  const it = await stepped(t)
  await subscribe(it, URL, AAPL, 'seconds')
  await subscribe(it, URL, MINUTES, 'minutes')
  await it.step(5000)
  await until(
    async () => (await poll(it, URL, 'seconds', 5)).body.state === 'live',
    'a bar has come',
  )
  it.simulator.faults.add({ fault: 'farm-down', farm: 'usfarm' })
  await until(
    async () => (await poll(it, URL, 'seconds', 5)).body.state === 'gap',
    'the seconds have a gap',
  )
  t.equal((await poll(it, URL, 'minutes')).body.state, 'live')
})

t.test('the same small bars are asked for again when IB takes it', async (t) => {
  const it = await stepped(t, { environment: { FEED_LINGER_SECONDS: '0' } })
  const small = { ...AAPL, barSize: '10 secs' }
  t.equal((await subscribe(it, URL, small, 'first')).body.rowsCount, 360)
  await it.call(URL, { method: 'DELETE', headers: { 'source-ref': 'first' } })
  await until(() => asked(it, 'cancelHistoricalData') === 1, 'it is given up')
  const { answer, body } = await it.call(URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=1' },
    body: JSON.stringify(small),
  })
  t.equal(answer.status, 200)
  t.match(body, { state: 'opening', reason: /between two requests/ })
  t.equal(asked(it, HISTORY), 1)
})

t.test('nothing of the kind, no permission, no sense: what is wrong is the answer', async (t) => {
  const it = await simulated(t, { simulator: { marketData: 'delayed' } })
  const pair = { symbol: 'EUR', secType: 'CASH', currency: 'USD', barSize: '1 hour' }
  const none = await subscribe(it, URL, { ...pair, whatToShow: 'TRADES' })
  t.match(none.body, { status: 404, code: 'IB_NO_DATA' })
  const middle = await subscribe(it, URL, pair)
  t.equal(middle.answer.status, 200)
  t.match(middle.body.rows[0], { volume: null, wap: null, count: null })
  const refused = await subscribe(it, URL, AAPL)
  t.match(refused.body, { status: 403, code: 'IB_NO_MARKET_DATA_PERMISSION', errorCode: 420 })
  for (const [field, wrong] of [
    ['durationStr', { durationStr: '1 D' }],
    ['barSize', { barSize: '1 secs' }],
    ['whatToShow', { whatToShow: 'BID_ASK' }],
    ['symbol', { symbol: undefined }],
  ] as const) {
    const { body } = await subscribe(it, URL, { ...AAPL, ...wrong })
    t.match(body, { status: 422, errors: [{ field }] }, field)
  }
})
