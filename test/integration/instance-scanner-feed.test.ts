import t from 'tap'
import { Scanner } from '../../simulator/world/scanner.ts'
import { SseReader } from '../rig/event-readers.ts'
import { FeedPoller } from '../rig/feed-poller.ts'
import { type InstanceWishes, instanced, type Simulated, simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { until } from '../rig/until.ts'

const url = '/market/scanners'
const gainers = { scanCode: 'TOP_PERC_GAIN', numberOfRows: 10 }
/** A list is told anew so often, ms. */
const REFRESH_MS = 30_000
const REQUEST = 22
const CANCEL = 23

/** A world that stands still: lists change when a test says so. */
const still = (t: Parameters<typeof simulated>[0], wishes: InstanceWishes & Parsed = {}) =>
  simulated(t, {
    ...wishes,
    simulator: {
      isStepped: true,
      clockStart: Date.parse('2026-11-18T16:00:00Z'),
      ...wishes.simulator,
    },
  })

const refresh = ({ simulator }: Simulated) =>
  simulator.stepTo(simulator.worldClock.now() + REFRESH_MS)

/** Nothing rises as much as this one from now on, but what rises later. */
function raise({ simulator }: Simulated, symbol: string, times = 10): void {
  const instrument = simulator.instrument({ symbol })
  if (instrument === undefined) throw new Error(`there is no ${symbol}`)
  const { market } = simulator.world
  market.pin(instrument, market.last(instrument, simulator.worldClock.now()) * times)
}

const asked = ({ simulator }: Simulated, name = 'reqScannerSubscription') =>
  ({ ...(simulator.tally.toJSON()[0]?.in as Record<string, number> | undefined) })[name] ?? 0

/** What the list should be now. */
const gainersOf = ({ simulator: { world, worldClock } }: Simulated) =>
  new Scanner(world)
    .run(
      {
        ...{ instrument: 'STK', locations: ['STK.US.MAJOR'], scanCode: 'TOP_PERC_GAIN' },
        ...{ bounds: [], stockTypes: [], rows: 10 },
      },
      worldClock.now(),
    )
    .map(({ symbol }, rank) => `${rank} ${symbol}`)

const ranked = ({ rows }: FeedPoller) =>
  [...rows.values()]
    .sort((a, b) => Number(a.rank) - Number(b.rank))
    .map(({ rank, symbol }) => `${rank} ${symbol}`)

t.test('a subscription is answered with the whole list, by rank', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  const { status, body } = await poller.subscribe(gainers)
  t.equal(status, 200)
  t.match(body, { state: 'live', sequenceId: 1, rowsCount: 10, moreRows: false, marks: [] })
  t.same(
    poller.column('rank'),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    'they come in the sequence of their ranks',
  )
  for (const { rowRef, contract, symbol, legsStr } of body.rows) {
    t.equal(rowRef, String(contract.conId))
    t.equal(contract.symbol, symbol)
    t.equal(legsStr, null)
  }
})

t.test('each refresh tells new ranks, newcomers, and who has left, and nothing else', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  await poller.subscribe(gainers)
  const before = ranked(poller)
  const last = before.at(-1)?.split(' ')[1]
  const newcomer = ['IBM', 'KO', 'INTC'].find(
    (symbol) => !before.some((row) => row.endsWith(` ${symbol}`)),
  )
  t.ok(newcomer)
  raise(it, newcomer ?? '')
  await refresh(it)
  const { body } = await poller.poll(10)
  t.equal(body.rows.filter(({ operation }: Parsed) => operation === 'insert').length, 1)
  t.equal(body.rows.filter(({ operation }: Parsed) => operation === 'delete').length, 1)
  for (const row of body.rows) {
    if (row.operation === 'modify')
      t.strictSame(Object.keys(row).sort(), ['operation', 'rank', 'rowRef'])
  }
  t.equal(ranked(poller)[0], `0 ${newcomer}`)
  t.strictSame(ranked(poller), gainersOf(it))
  t.notOk(poller.column('symbol').includes(last))
  // a list that is the same again is no news
  await refresh(it)
  t.strictSame((await poller.poll()).body.rows, [])
})

t.test('a list is read by pages and by more rows (S3.10, S3.18, S3.19)', async (t) => {
  const it = await still(t)
  const whole = new FeedPoller({ ...it, url })
  await whole.subscribe(gainers)
  const all = ranked(whole)

  const growing = new FeedPoller({ ...it, url })
  const { body } = await growing.subscribe({
    ...gainers,
    maxRows: '2',
    maxView: 5,
    fields: 'rank symbol',
  })
  t.match(body, { rowsCount: 10, moreRows: true })
  t.strictSame(ranked(growing), all.slice(0, 2))
  for (const rows of [4, 5]) {
    t.match(await growing.change({}), { status: 200, body: { ack: true, change: 'rows' } })
    await growing.poll()
    t.strictSame(ranked(growing), all.slice(0, rows))
  }
  t.match(await growing.change({}), { status: 409, body: { code: 'INSTANCE_FEED_NACK' } })

  const paged = new FeedPoller({ ...it, url })
  await paged.subscribe({ ...gainers, maxRows: 4, viewNumber: 2 })
  t.strictSame(ranked(paged), all.slice(4, 8))
  t.match(await paged.change({ viewNumber: 3 }), {
    status: 200,
    body: { ack: true, change: 'view' },
  })
  const { body: turned } = await paged.poll()
  t.same(
    turned.rows.map(({ operation }: Parsed) => operation),
    ['delete', 'delete', 'delete', 'delete', 'insert', 'insert'],
  )
  t.strictSame(ranked(paged), all.slice(8))
  // a page holds ranks: what comes in above moves all others down
  raise(it, ['IBM', 'KO', 'INTC'].find((symbol) => !whole.column('symbol').includes(symbol)) ?? '')
  await refresh(it)
  await paged.poll(10)
  t.strictSame(ranked(paged), gainersOf(it).slice(8))
  await whole.poll()
  t.strictSame(ranked(whole), gainersOf(it))
  t.equal(asked(it), 1)
})

t.test(
  'readers of one scan share it, however they write it; when nobody reads it is cancelled',
  async (t) => {
    const it = await still(t, { environment: { FEED_LINGER_SECONDS: '0.05' } })
    const [one, two] = [new FeedPoller({ ...it, url }), new FeedPoller({ ...it, url })]
    await one.subscribe({ ...gainers, filterOptions: 'volumeAbove=10;priceAbove=5;' })
    const { body } = await two.subscribe({
      filterOptions: 'priceAbove=5;volumeAbove=10',
      instrument: 'STK',
      locationCode: 'STK.US.MAJOR',
      numberOfRows: '10',
      scanCode: 'TOP_PERC_GAIN',
    })
    t.equal(body.rowsCount, 10)
    t.equal(asked(it), 1)
    const other = new FeedPoller({ ...it, url })
    await other.subscribe({ ...gainers, numberOfRows: 9 })
    t.equal(asked(it), 2)
    t.equal(await other.end(), 200)
    t.equal(await one.end(), 200)
    await until(() => asked(it, 'cancelScannerSubscription') === 1, 'the other scan is cancelled')
    raise(it, 'IBM')
    await refresh(it)
    t.equal((await two.poll(10)).status, 200)
    t.equal(ranked(two)[0], '0 IBM', 'the echo of a cancelled scan is nobody else’s')
    t.equal(await two.end(), 200)
    await until(() => asked(it, 'cancelScannerSubscription') === 2, 'the scan is cancelled')
  },
)

t.test('a long poll waits for the next list; a stream and Atom tell it too', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  await poller.subscribe(gainers)
  const query = new URLSearchParams({ ...gainers, numberOfRows: '10', fields: 'rank symbol' })
  const reader = new SseReader(`${it.url}${url}?${query}`)
  t.teardown(() => reader.leave())
  await until(() => reader.events.length === 10, 'the list is streamed')
  t.same(new Set(reader.events.map(({ type }) => type)), new Set(['insert']))
  const waiting = poller.poll(20)
  raise(it, 'IBM')
  await refresh(it)
  const { body } = await waiting
  t.ok(body.rows.length > 0)
  await until(
    () => reader.events.some(({ event }) => (event as Parsed).symbol === 'IBM'),
    'the newcomer is streamed',
  )
  t.match(reader.lastEventId, /^[\w-]+\.\d+$/)
  const answer = await fetch(`${it.url}${url}?${query}`, {
    headers: { accept: 'application/atom+xml' },
  })
  t.match(answer.headers.get('content-type'), 'application/atom+xml')
  const text = await answer.text()
  t.equal(text.match(/<entry>/g)?.length, 10)
  t.match(text, 'IBM')
  t.equal(asked(it), 1)
})

t.test('a link that was lost leaves a gap that closes with the list of now', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  await poller.subscribe(gainers)
  raise(it, 'IBM')
  it.simulator.drop(0)
  await until(async () => {
    await poller.poll()
    return poller.marks.length === 2 && it.instance.link.isUsable
  }, 'the gap is closed')
  t.strictSame(poller.marks, ['gap.opened', 'gap.closed'])
  t.equal(poller.rows.size, 10)
  t.equal(ranked(poller)[0], '0 IBM')
  t.equal(poller.updates.at(-1)?.state, 'live')
  t.equal(asked(it), 2)
})

t.test('what IB lost while the session lives is cancelled, and asked for anew', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  await poller.subscribe(gainers)
  it.simulator.faults.add({ fault: 'code-1101' })
  await until(async () => {
    await poller.poll()
    return poller.marks.length === 2
  }, 'the gap is closed')
  t.equal(asked(it), 2)
  t.equal(asked(it, 'cancelScannerSubscription'), 1)
  raise(it, 'IBM')
  await refresh(it)
  await poller.poll(10)
  t.equal(ranked(poller)[0], '0 IBM')
})

t.test('the history farm down is a gap: scans are its work', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  await poller.subscribe(gainers)
  const { id } = it.simulator.faults.add({ fault: 'farm-down', farm: 'ushmds' })
  const { body } = await poller.poll(10)
  t.match(body, { state: 'gap', marks: [{ type: 'gap.opened' }] })
  it.simulator.faults.remove(id)
  await until(async () => {
    await poller.poll()
    return poller.marks.length === 2
  }, 'the gap is closed')
  t.equal(poller.rows.size, 10)
})

t.test('a scan that finds nothing is an empty list, until it finds something', async (t) => {
  const it = await still(t)
  const poller = new FeedPoller({ ...it, url })
  const { status, body } = await poller.subscribe({ ...gainers, abovePrice: 900_000 })
  t.equal(status, 200)
  t.match(body, { state: 'live', rowsCount: 0, rows: [] })
  const instrument = it.simulator.instrument({ symbol: 'IBM' })
  if (instrument) it.simulator.world.market.pin(instrument, 950_000)
  await refresh(it)
  await poller.poll(10)
  t.strictSame(ranked(poller), ['0 IBM'])
  if (instrument) it.simulator.world.market.pin(instrument, 95)
  await refresh(it)
  await poller.poll(10)
  t.strictSame(ranked(poller), [])
})

t.test('what cannot be scanned is refused at once', async (t) => {
  const it = await still(t)
  const post = async (question: object) => {
    const { status, body } = await new FeedPoller({ ...it, url }).subscribe(question)
    return { status, code: body.code, fields: body.errors?.map(({ field }: Parsed) => field) }
  }
  const invalid = { status: 422, code: 'REQUEST_INVALID' }
  t.match(await post({}), { ...invalid, fields: ['scanCode'] })
  t.match(await post({ ...gainers, numberOfRows: 51 }), { ...invalid, fields: ['numberOfRows'] })
  t.match(await post({ ...gainers, filterOptions: 'priceAbove' }), {
    ...invalid,
    fields: ['filterOptions'],
  })
  t.match(await post({ ...gainers, scan: 'x' }), { ...invalid, fields: ['scan'] })
  t.equal(asked(it), 0)
  const refused = { status: 400, code: 'IB_REQUEST_INVALID' }
  t.match(await post({ scanCode: 'NO_SUCH_SCAN' }), refused)
  t.match(await post({ ...gainers, locationCode: 'STK.MARS' }), refused)
  t.match(await post({ ...gainers, filterOptions: 'moonAbove=1' }), refused)
})

t.test('scans that nobody reads make room for those that are wanted', async (t) => {
  const it = await still(t, { simulator: { limits: { scanners: 1, messageRate: 'off' } } })
  const [one, two] = [new FeedPoller({ ...it, url }), new FeedPoller({ ...it, url })]
  await one.subscribe(gainers)
  t.match(await two.subscribe({ scanCode: 'MOST_ACTIVE' }), {
    status: 429,
    body: { code: 'IB_REQUEST_LIMIT' },
  })
  await one.end()
  t.match(await two.subscribe({ scanCode: 'MOST_ACTIVE' }), { status: 200 })
  t.same(
    it.simulator.connections.map((connection) => connection.kept('scanner')),
    [1],
    'one runs',
  )
})

t.test('names go out as they were written, also those the library does not know', async (t) => {
  const it = await instanced(t)
  it.gateway.on(REQUEST, (client, fields) =>
    client.say(
      20,
      3,
      fields[1] ?? '',
      1,
      0,
      0,
      'ES-NQ',
      'BAG',
      '',
      0,
      '',
      'SMART',
      'USD',
      '',
      'C',
      '',
      '',
      '',
      '',
      '1|2',
    ),
  )
  for (const scanCode of ['SCAN_etfAssets_DESC', 'MOST_ACTIVE']) {
    const { body } = await new FeedPoller({ ...it, url }).subscribe({
      scanCode,
      instrument: 'ETF.EQ.US',
      locationCode: 'STK.US,STK.NYSE',
      abovePrice: 1.5,
      excludeConvertible: true,
      filterOptions: 'b=2;a=1',
    })
    t.match(body.rows, [{ rank: 0, symbol: 'ES-NQ', legsStr: '1|2', rowRef: 'ES-NQ:1|2' }])
    const [, reqId, rows, instrument, location, code, above, below] = it.gateway.last(REQUEST) ?? []
    t.strictSame(
      [rows, instrument, location, code, above, below],
      ['50', 'ETF.EQ.US', 'STK.US,STK.NYSE', scanCode, '1.5', ''],
    )
    t.match(it.gateway.last(REQUEST)?.slice(-3), ['', 'a=1;b=2;', ''])
    t.match(reqId, /^\d+$/)
  }
  t.equal(it.gateway.count(CANCEL), 0)
})
