import t, { type Test } from 'tap'
import { SseReader } from '../rig/event-readers.ts'
import { FeedPoller } from '../rig/feed-poller.ts'
import { type InstanceWishes, instanced, type Simulated, simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { until } from '../rig/until.ts'

const url = '/news'
const REQ_NEWS_BULLETINS = 12
const HOUR_MS = 3_600_000
const apple = { symbol: 'AAPL' }
const APPLE = 265_598

/** A world that stands still on a day of work, before the first headline of the day. */
const still = (t: Test, wishes: InstanceWishes & Parsed = {}) =>
  simulated(t, {
    ...wishes,
    simulator: {
      isStepped: true,
      beatMs: 60_000,
      clockStart: Date.parse('2026-11-18T11:00:00Z'),
      ...wishes.simulator,
    },
  })

const pass = ({ simulator }: Simulated, hours: number) =>
  simulator.stepTo(simulator.worldClock.now() + hours * HOUR_MS)

const asked = ({ simulator }: Simulated, name: string) =>
  ({ ...(simulator.tally.toJSON()[0]?.in as Record<string, number> | undefined) })[name] ?? 0

const issue = ({ simulator }: Simulated, text: string, messageType = 1, exchange = '') =>
  simulator.world.bulletins.issue({ messageType, text, exchange })

/** Headlines about an instrument of this day so far, as the world has them. */
function written({ simulator: { world, worldClock } }: Simulated, conId = APPLE): string[] {
  const instrument = world.catalogue.byConId(conId)
  if (instrument === undefined) throw new Error('there is no such instrument')
  const [now, all] = [worldClock.now(), world.news]
  const codes = ['BRFG', 'BRFUPDN', 'DJ-N', 'DJ-RTA', 'DJ-RTE', 'DJ-RTG', 'DJNL']
  return [...all.between(instrument, Date.parse('2026-11-18T11:00:00Z'), now, codes)]
    .reverse()
    .map(({ articleId }) => articleId)
}

const poller = (it: Simulated) => new FeedPoller({ ...it, url })

t.test('bulletins of today come at once, later ones as they are issued', async (t) => {
  const it = await still(t)
  issue(it, 'The gateway restarts at night')
  issue(it, 'NYSE is closed', 2, 'NYSE')
  const reader = poller(it)
  const { status, body } = await reader.subscribe()
  t.equal(status, 200)
  t.match(body, { state: 'live', rowsCount: 2, marks: [] })
  t.strictSame(body.rows, [
    {
      operation: 'insert',
      rowRef: '1',
      source: 'bulletins',
      newsMsgId: 1,
      newsMsgType: 'regular',
      message: 'The gateway restarts at night',
      exchange: null,
    },
    {
      operation: 'insert',
      rowRef: '2',
      source: 'bulletins',
      newsMsgId: 2,
      newsMsgType: 'exchange-unavailable',
      message: 'NYSE is closed',
      exchange: 'NYSE',
    },
  ])
  const waiting = reader.poll(20)
  issue(it, 'NYSE is open again', 3, 'NYSE')
  const { body: news } = await waiting
  t.match(news.rows, [{ rowRef: '3', newsMsgType: 'exchange-available', exchange: 'NYSE' }])
  t.equal(news.rows.length, 1)
  t.strictSame((await reader.poll()).body.rows, [])
})

t.test('that nothing is told is no reason to wait for ever, nor to seem broken', async (t) => {
  const it = await still(t)
  const reader = poller(it)
  const { body } = await reader.subscribe({ source: 'bulletins' })
  t.match(body, { state: 'live', reason: null, asOf: null, rowsCount: 0, rows: [] })
  it.simulator.drop(0)
  await until(async () => {
    await reader.poll()
    return reader.marks.length === 2
  }, 'the gap is closed although nothing was told')
  t.strictSame(reader.marks, ['gap.opened', 'gap.closed'])
  t.equal(reader.updates.at(-1)?.state, 'live')
})

t.test('readers of bulletins share one stream, and are told in every way of reading', async (t) => {
  const it = await still(t, { environment: { FEED_LINGER_SECONDS: '0.05' } })
  issue(it, 'first')
  const [one, two] = [poller(it), poller(it)]
  await one.subscribe({}, 'desk-1')
  await two.subscribe({ source: 'bulletins', fields: 'message' }, 'desk-2')
  t.strictSame([...two.rows.values()], [{ message: 'first' }])
  const stream = new SseReader(`${it.url}${url}`)
  t.teardown(() => stream.leave())
  await until(() => stream.events.length === 1, 'the first is streamed')
  issue(it, 'second')
  await until(() => stream.events.length === 2, 'the second is streamed')
  const place = stream.lastEventId
  await stream.leave()
  issue(it, 'third')
  issue(it, 'fourth')
  const resumed = new SseReader(`${it.url}${url}`, place)
  t.teardown(() => resumed.leave())
  await until(() => resumed.events.length === 2, 'it goes on where it stopped')
  t.strictSame(
    [...stream.events, ...resumed.events].map(({ event }) => (event as Parsed).message),
    ['first', 'second', 'third', 'fourth'],
  )
  await one.poll()
  t.strictSame(one.column('message'), ['first', 'second', 'third', 'fourth'])
  const answer = await fetch(`${it.url}${url}`, {
    headers: { accept: 'application/atom+xml', 'source-ref': 'desk-1' },
  })
  const text = await answer.text()
  t.equal(text.match(/<entry>/g)?.length, 4)
  t.match(text, '<title>fourth</title>')
  t.equal(asked(it, 'reqNewsBulletins'), 1)
  await resumed.leave()
  await one.end()
  await two.end()
  await until(() => asked(it, 'cancelNewsBulletins') === 1, 'the stream is cancelled')
})

t.test('a bulletin issued while the link was lost is there after it', async (t) => {
  const it = await still(t)
  issue(it, 'before')
  const reader = poller(it)
  await reader.subscribe()
  it.simulator.drop(0, 300)
  issue(it, 'meanwhile')
  await until(async () => {
    await reader.poll()
    return reader.marks.length === 2 && reader.rows.size === 2
  }, 'the gap is closed and the bulletin told')
  t.strictSame(reader.column('message'), ['before', 'meanwhile'])
  t.strictSame(reader.marks, ['gap.opened', 'gap.closed'])
  t.equal(asked(it, 'reqNewsBulletins'), 2)
})

t.test('subscriptions that IB lost are asked for again, once', async (t) => {
  const it = await still(t)
  const [toBulletins, toHeadlines] = [poller(it), poller(it)]
  await toBulletins.subscribe()
  await toHeadlines.subscribe(apple)
  it.simulator.faults.add({ fault: 'code-1100' })
  await until(async () => {
    await Promise.all([toBulletins.poll(), toHeadlines.poll()])
    return toBulletins.marks.length === 1 && toHeadlines.marks.length === 1
  }, 'the gaps are open')
  it.simulator.faults.add({ fault: 'code-1101' })
  await until(async () => {
    await Promise.all([toBulletins.poll(), toHeadlines.poll()])
    return toBulletins.marks.length === 2 && toHeadlines.marks.length === 2
  }, 'the gaps are closed')
  t.equal(asked(it, 'reqNewsBulletins'), 2)
  t.equal(asked(it, 'reqMktData'), 2)
  issue(it, 'after')
  await toBulletins.poll(10)
  t.strictSame(toBulletins.column('message'), ['after'])
  await pass(it, 24)
  await toHeadlines.poll(10)
  t.strictSame(
    toHeadlines.column('articleId').slice(-written(it).length),
    written(it),
    'each once, in the sequence of their coming',
  )
})

t.test(
  'headlines about an instrument: the latest at once, then each as it is written',
  async (t) => {
    const it = await still(t)
    const [one, two] = [poller(it), poller(it)]
    const { status, body } = await one.subscribe(apple)
    t.equal(status, 200)
    t.equal(body.state, 'live')
    t.ok(body.rows.length > 0)
    for (const { rowRef, articleId, source, datetime, providerCode, headline } of body.rows) {
      t.equal(rowRef, articleId)
      t.equal(source, 'headlines')
      t.equal(new Date(datetime).toISOString(), datetime)
      t.ok(articleId.startsWith(`${providerCode}$`))
      t.match(headline, /^APPLE INC/)
    }
    await two.subscribe({ conId: APPLE, source: 'headlines' })
    t.equal(asked(it, 'reqMktData'), 1)
    const stream = new SseReader(`${it.url}${url}?symbol=AAPL`)
    t.teardown(() => stream.leave())
    await until(() => stream.events.length === body.rows.length, 'they are streamed')
    const waiting = one.poll(20)
    await pass(it, 48)
    t.ok(written(it).length > 0)
    await waiting
    await until(async () => {
      await one.poll()
      return one.rows.size === body.rows.length + written(it).length
    }, 'all have come')
    t.strictSame(one.column('articleId').slice(body.rows.length), written(it))
    await until(() => stream.events.length === one.rows.size, 'all are streamed')
    t.strictSame(
      stream.events.map(({ event }) => (event as Parsed).articleId),
      one.column('articleId'),
    )
    const answer = await fetch(`${it.url}${url}?symbol=AAPL`, {
      headers: { accept: 'application/atom+xml' },
    })
    t.match(await answer.text(), /<title>APPLE INC/)
  },
)

t.test('a link that was lost leaves a gap, and no headline twice', async (t) => {
  const it = await still(t)
  const reader = poller(it)
  const { body } = await reader.subscribe(apple)
  it.simulator.drop(0)
  await until(async () => {
    await reader.poll()
    return reader.marks.length === 2
  }, 'the gap is closed')
  t.equal(reader.rows.size, body.rows.length)
  await pass(it, 48)
  await until(async () => {
    await reader.poll()
    return reader.rows.size === body.rows.length + written(it).length
  }, 'later ones come')
  t.equal(asked(it, 'reqMktData'), 2)
})

t.test('headlines can be those of some providers, or all that one writes', async (t) => {
  const it = await still(t)
  const some = poller(it)
  await some.subscribe({ ...apple, providerCodes: 'DJ-N+BRFG' })
  const same = new SseReader(`${it.url}${url}?symbol=AAPL&providerCodes=BRFG+DJ-N`)
  t.teardown(() => same.leave())
  await until(() => same.status === 200, 'the same is streamed')
  t.equal(asked(it, 'reqMktData'), 1, 'a plus in a query is a space, and means the same')
  const tape = poller(it)
  await tape.subscribe({ symbol: 'BRFG:BRFG_ALL', secType: 'NEWS' })
  await pass(it, 48)
  await until(async () => {
    await Promise.all([some.poll(), tape.poll()])
    return tape.rows.size > 20
  }, 'the tape runs')
  t.same(new Set(tape.column('providerCode')), new Set(['BRFG']))
  const codes = new Set(some.column('providerCode'))
  t.ok(codes.size > 0)
  for (const code of codes) t.ok(['DJ-N', 'BRFG'].includes(String(code)))
})

t.test('news is told to who may not see quotes', async (t) => {
  const it = await still(t, { simulator: { marketData: 'delayed' } })
  const reader = poller(it)
  t.match(await reader.subscribe(apple), { status: 200, body: { state: 'live' } })
  t.ok(reader.rows.size > 0)
})

t.test('what is not allowed is refused at once, and keeps no line', async (t) => {
  const it = await still(t, {
    environment: { FEED_LINGER_SECONDS: '0' },
    simulator: { limits: { marketDataLines: 1, messageRate: 'off' } },
  })
  for (const providerCodes of ['XXX', 'BRFG+YYY', 'ZZZ'])
    t.match(await poller(it).subscribe({ ...apple, providerCodes }), {
      status: 403,
      body: { code: 'IB_NOT_PERMITTED', errorCode: 10276 },
    })
  t.equal(asked(it, 'cancelMktData'), 3)
  t.match(await poller(it).subscribe(apple), { status: 200 })
  t.match(await poller(it).subscribe({ symbol: 'MSFT' }), {
    status: 429,
    body: { code: 'IB_MARKET_DATA_LINES' },
  })
})

t.test('what IB says against nobody in particular is not said against bulletins', async (t) => {
  const it = await instanced(t)
  const reader = new FeedPoller({ ...it, url })
  await reader.subscribe()
  it.gateway.say(4, 2, -1, 321, 'Error validating request', '')
  it.gateway.say(14, 1, 1, 1, 'later', '')
  const { body } = await reader.poll(20)
  t.match(body, { state: 'live', marks: [], rows: [{ message: 'later' }] })
  t.equal(it.gateway.count(REQ_NEWS_BULLETINS), 1)
})

t.test('a question that contradicts itself is refused with the fields named', async (t) => {
  const it = await still(t)
  const post = async (question: object) => {
    const { status, body } = await poller(it).subscribe(question)
    t.equal(status, 422)
    return body.errors?.map(({ field }: Parsed) => field)
  }
  t.strictSame(await post({ source: 'bulletins', ...apple, providerCodes: 'BRFG' }), [
    'symbol',
    'providerCodes',
  ])
  t.strictSame(await post({ source: 'headlines' }), ['symbol'])
  t.strictSame(await post({ providerCodes: 'BRFG' }), ['symbol'])
  t.strictSame(await post({ symbol: 'BRFG:BRFG_ALL', secType: 'NEWS', providerCodes: 'BRFG' }), [
    'providerCodes',
  ])
  t.strictSame(await post({ source: 'rumours' }), ['source'])
  t.strictSame(await post({ ...apple, providerCodes: 'A;B' }), ['providerCodes'])
  t.equal(asked(it, 'reqNewsBulletins') + asked(it, 'reqMktData'), 0)
})
