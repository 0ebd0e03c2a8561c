import t, { type Test } from 'tap'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { SocketReader, SseReader } from '../rig/event-readers.ts'
import { type Pooled, pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 }
const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }

const words = (events: readonly OrderEvent[]) =>
  events.map(({ type, subject }) => `${type.split('.').at(-1)} ${subject}`)

async function poll({ call }: Pooled, query = '', headers = {}): Promise<OrderEvents> {
  return (await call(`/order/events${query}`, { headers })).body
}

async function reading(t: Test, url: string, lastEventId?: string): Promise<SseReader> {
  const reader = new SseReader(`${url}/order/events`, lastEventId)
  t.teardown(() => reader.leave())
  await until(() => reader.status !== 0 && reader.lastEventId !== '', 'the stream has begun')
  return reader
}

t.test('events of all clients are one stream with one cursor', async (t) => {
  const it = await pooled(t, 3)
  const placed: string[] = []
  for (const clientId of [2, 0, 1]) {
    const { answer, body } = await it.order(resting, {}, `/clients/${clientId}/order`)
    t.equal(answer.status, 201)
    placed.push(body.id)
  }
  const { events, cursor, more, missing } = await poll(it)
  t.same(
    words(events),
    placed.flatMap((id) => [`placed ${id}`, `acknowledged ${id}`]),
    'in the order of time',
  )
  t.equal(cursor, '2.2.2')
  t.equal(more, false)
  t.same(missing, [])

  let [at, read] = ['0', [] as string[]]
  for (let round = 0; round < 6; round += 1) {
    const page = await poll(it, `?since=${at}&limit=1`)
    read = [...read, ...words(page.events)]
    at = page.cursor
    t.equal(page.more, round < 5)
  }
  t.same(read, words(events), 'event by event it is the same')
  t.same((await poll(it, `?since=${at}`)).events, [])

  const back = await poll(it, '?before=now&limit=4')
  t.same(words(back.events), words(events.slice(2)))
  t.same(words((await poll(it, `?before=${back.cursor}`)).events), words(events.slice(0, 2)))
})

t.test('whoever waits has the news of whichever client brings some', async (t) => {
  const it = await pooled(t, 2)
  const { cursor } = await poll(it, '?since=now')
  const waiting = poll(it, `?since=${cursor}`, { prefer: 'wait=30' })
  const { body: order } = await it.order(resting, {}, '/clients/1/order')
  t.equal((await waiting).events[0]?.subject, order.id)
})

t.test('a stream brings every event once, and is resumed where it was cut', async (t) => {
  const it = await pooled(t, 2)
  const reader = await reading(t, it.url)
  const { body: first } = await it.order(market)
  await until(() => reader.events.length === 4, 'four events')
  t.same(words(reader.events.map(({ event }) => event)), [
    `placed ${first.id}`,
    `acknowledged ${first.id}`,
    `executed ${first.id}`,
    `commission ${first.id}`,
  ])
  t.same(
    reader.events.map(({ type, event }) => type === event.type),
    [true, true, true, true],
  )
  await reader.leave()
  const { body: second } = await it.order(resting)
  const again = await reading(t, it.url, reader.lastEventId)
  await until(() => again.events.length === 2, 'what was missed')
  t.same(
    again.events.map(({ event }) => event.subject),
    [second.id, second.id],
  )
  const half = await reading(t, it.url, reader.events[1]?.id)
  await until(() => half.events.length === 4, 'from the middle')
  t.same(half.events.slice(0, 2), reader.events.slice(2))
})

t.test('many readers are one question to each instance', async (t) => {
  const it = await pooled(t, 1)
  const readers = await Promise.all(Array.from({ length: 20 }, () => reading(t, it.url)))
  const { body: order } = await it.order(resting)
  await until(() => readers.every(({ events }) => events.length === 2), 'all have both')
  for (const { events } of readers)
    t.same(words(events.map(({ event }) => event)), [
      `placed ${order.id}`,
      `acknowledged ${order.id}`,
    ])
  const metrics = (await it.call('/metrics')).body as string
  t.match(metrics, /ibrest_event_readers\{.*face="sse".*\} 20/)
})

t.test('an instance that is down holds its events back, and then they come', async (t) => {
  const it = await pooled(t, 2, { PROBE_INTERVAL_MS: '60000' })
  const reader = await reading(t, it.url)
  const { body: order } = await it.order(resting, {}, '/clients/1/order')
  await until(() => reader.events.length === 2, 'both events')
  it.proxy.pool.down(1, 'for a test')
  const { events, missing, cursor } = await poll(it)
  t.same([events, missing, cursor], [[], [1], '0.0'])
  it.proxy.pool.up(1)
  t.equal((await poll(it, `?since=${cursor}`)).events[0]?.subject, order.id)
  await it.order(resting, {}, '/clients/1/order')
  await until(() => reader.events.length === 4, 'the stream goes on')
})

t.test('a WebSocket tells bare clients Placed, Executed, Canceled', async (t) => {
  const it = await pooled(t, 2)
  const reader = new SocketReader(`${it.url}/ws`)
  await reader.opened
  reader.send({ type: 'subscribe' })
  await until(() => reader.messages.length === 1, 'subscribed')
  const { body: rests } = await it.order(resting)
  await it.call(`/order/${rests.id}`, { method: 'DELETE' })
  const { body: filled } = await it.order(market)
  await until(() => reader.messages.length === 5, 'all of them')
  t.same(reader.messages.slice(1), [
    { orderId: rests.id, status: 'Placed' },
    { orderId: rests.id, status: 'Canceled' },
    { orderId: filled.id, status: 'Placed' },
    { orderId: filled.id, status: 'Executed' },
  ])
  t.match((await it.call('/metrics')).body, /ibrest_event_readers\{.*face="websocket".*\} 1/)
  await reader.leave()
})

t.test('a WebSocket of CloudEvents can be resumed, paused and asked nonsense', async (t) => {
  const it = await pooled(t, 2)
  const { body: order } = await it.order(resting)
  const reader = new SocketReader(`${it.url}/ws?since=0`, ['cloudevents.json'])
  await reader.opened
  t.equal(reader.protocol, 'cloudevents.json')
  await until(() => reader.messages.length === 2, 'both events')
  const [first, second] = reader.messages
  t.match(second, { specversion: '1.0', type: 'ibrest.order.acknowledged', subject: order.id })
  reader.send({ type: 'unsubscribe' })
  await until(() => reader.messages.length === 3, 'unsubscribed')
  const { body: missed } = await it.order(resting)
  reader.send({ type: 'resume', since: first.cursor })
  await until(() => reader.messages.length === 7, 'what was missed, and the answer')
  t.same(
    reader.messages.slice(3).map(({ type, subject }) => subject ?? type),
    ['resumed', order.id, missed.id, missed.id],
  )
  for (const nonsense of [{ type: 'dance' }, { type: 'resume', since: 'yesterday' }, {}]) {
    const before = reader.messages.length
    reader.send(nonsense)
    await until(() => reader.messages.length > before, 'an answer')
    t.equal(reader.messages.at(-1).error.code, 'REQUEST_INVALID')
  }
  await it.proxy.stop()
  t.equal((await reader.closed).code, 1001)
})

t.test(
  'feed readers have it as Atom, page by page, and are told when nothing is new',
  async (t) => {
    const it = await pooled(t, 2)
    const { body: order } = await it.order({ ...resting, orderRef: '<&">' })
    const accept = { accept: 'application/atom+xml' }
    const { answer, body } = await it.call('/order/events?limit=1', { headers: accept })
    t.match(answer.headers.get('content-type'), /^application\/atom\+xml/)
    t.match(
      body,
      /^<\?xml version="1.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www.w3.org\/2005\/Atom">/,
    )
    t.match(body, `<title>acknowledged ${order.id}: BUY 10 AAPL</title>`)
    t.notMatch(body, /<&/)
    t.equal(body.match(/<entry>/g).length, 1)
    const next = /<link rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    const older = await it.call(String(next), { headers: accept })
    t.match(older.body, `<title>placed ${order.id}: BUY 10 AAPL</title>`)
    t.notMatch(older.body, /rel="next"/)
    const etag = String(answer.headers.get('etag'))
    const same = await it.call('/order/events?limit=1', {
      headers: { ...accept, 'if-none-match': etag },
    })
    t.equal(same.answer.status, 304)
  },
)

t.test('what cannot be answered is refused in so many words', async (t) => {
  const it = await pooled(t, 2)
  for (const [path, status, code, accept] of [
    ['/order/events?since=9.9', 410, 'PROXY_EVENTS_GONE', '*/*'],
    ['/order/events?since=9.9', 410, 'PROXY_EVENTS_GONE', 'text/event-stream'],
    ['/order/events?since=soon', 422, 'REQUEST_INVALID', '*/*'],
    ['/order/events?since=0&before=now', 422, 'REQUEST_INVALID', '*/*'],
    ['/order/events?limit=1001', 422, 'REQUEST_INVALID', '*/*'],
    ['/order/events?sinse=0', 422, 'REQUEST_INVALID', '*/*'],
    ['/order/events', 406, 'REQUEST_NOT_ACCEPTABLE', 'image/png'],
    ['/ws', 426, 'REQUEST_UPGRADE_REQUIRED', '*/*'],
  ] as const) {
    const { answer, body } = await it.call(path, { headers: { accept } })
    t.equal(answer.status, status, path)
    t.equal(body.code, code, path)
  }
  const wrong = new SocketReader(`${it.url}/ws?since=soon`)
  await t.rejects(wrong.opened)
  const gone = new SocketReader(`${it.url}/ws?since=9.9`)
  t.equal((await gone.closed).code, 4410)
})
