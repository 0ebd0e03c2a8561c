import { join } from 'node:path'
import t from 'tap'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { type Reached, reach, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 }
const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }

async function read({ call }: Reached, query = ''): Promise<OrderEvents> {
  const { answer, body } = await call(`/order/events${query}`)
  t.equal(answer.status, 200)
  return body
}

const words = (events: readonly OrderEvent[]) =>
  events.map(({ type, subject }) => `${type.replace('ibrest.', '')} ${subject ?? ''}`.trim())

t.test('every change of an order is an event, told once, numbered in order', async (t) => {
  const it = await simulated(t)
  const { body: rests } = await it.order(resting)
  await it.call(`/order/${rests.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lmtPrice: 51 }),
  })
  await it.call(`/order/${rests.id}`, { method: 'DELETE' })
  const { body: filled } = await it.order(market)
  await until(
    async () => (await read(it)).events.some(({ type }) => type === 'ibrest.order.commission'),
    'the commission is told',
  )
  const { events, cursor, more } = await read(it)
  t.same(words(events), [
    `order.placed ${rests.id}`,
    `order.acknowledged ${rests.id}`,
    `order.modified ${rests.id}`,
    `order.canceled ${rests.id}`,
    `order.placed ${filled.id}`,
    `order.acknowledged ${filled.id}`,
    `order.executed ${filled.id}`,
    `order.commission ${filled.id}`,
  ])
  t.same(
    events.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  t.equal(cursor, '8')
  t.equal(more, false)
  const [, acknowledged] = events
  t.match(acknowledged, {
    specversion: '1.0',
    id: '0-2',
    source: '/clients/0',
    subject: rests.id,
    datacontenttype: 'application/json',
    clientid: 0,
    data: { id: rests.id, state: 'placed', lmtPrice: 50 },
  })
  const commission = events.at(-1)?.data as unknown as {
    execId: string
    id: string
    commission: number
  }
  t.equal(commission.id, filled.id)
  t.ok(commission.commission > 0 && commission.execId)
  t.equal(await it.metric('ibrest_event_log_last_sequence'), 8)
})

t.test('it is read page by page, forwards and backwards, from a moment or from now', async (t) => {
  const it = await simulated(t)
  await it.order(resting)
  const between = new Date()
  await until(() => new Date() > between, 'the next moment')
  await it.order(resting)
  const first = await read(it, '?limit=3')
  t.equal(first.more, true)
  t.equal(first.cursor, '3')
  const rest = await read(it, `?since=${first.cursor}`)
  t.same(
    rest.events.map(({ sequence }) => sequence),
    [4],
  )
  const back = await read(it, '?before=now&limit=3')
  t.same(
    back.events.map(({ sequence }) => sequence),
    [2, 3, 4],
  )
  t.equal(back.more, true)
  const further = await read(it, `?before=${back.cursor}&limit=3`)
  t.same(
    further.events.map(({ sequence }) => sequence),
    [1],
  )
  t.equal(further.more, false)
  t.same(
    (await read(it, `?since=${between.toISOString()}`)).events.map(({ sequence }) => sequence),
    [3, 4],
  )
  t.same((await read(it, '?since=now')).cursor, '4')
  for (const [query, code] of [
    ['?since=5', 'INSTANCE_EVENTS_GONE'],
    ['?since=TZ', 'REQUEST_INVALID'],
    ['?since=1&before=2', 'REQUEST_INVALID'],
    ['?limit=0', 'REQUEST_INVALID'],
  ] as const) {
    t.equal((await it.call(`/order/events${query}`)).body.code, code, query)
  }
})

t.test('whoever waits for news has it as soon as it is there', async (t) => {
  const it = await simulated(t)
  const waiting = it.call('/order/events?since=0', { headers: { prefer: 'wait=30' } })
  const { body: order } = await it.order(resting)
  const { body } = await waiting
  t.equal(body.events[0].subject, order.id)
  const none = await it.call('/order/events?since=now', { headers: { prefer: 'wait=1' } })
  t.same(none.body.events, [])
})

t.test('what happened while nobody listened stands between two gap marks, once', async (t) => {
  const it = await simulated(t)
  const { body: order } = await it.order(resting)
  const { body: other } = await it.order(resting)
  it.simulator.faults.add({ fault: 'refuse' })
  it.simulator.faults.add({ fault: 'restart', delayMs: 0, lingerMs: 0 })
  await until(() => !it.instance.link.isUsable, 'the gateway is lost')
  t.equal(await it.metric('ibrest_event_gap_open'), 1)
  t.ok(it.simulator.world.desk.withdraw(0, order.orderId, 'while nobody listened'))
  it.simulator.faults.remove()
  const after = await until(async () => {
    const { events } = await read(it)
    return events.some(({ type }) => type === 'ibrest.gap.closed') && events
  }, 'the gap is closed')
  t.same(words(after.slice(4)), ['gap.opened', `order.canceled ${order.id}`, 'gap.closed'])
  t.equal(await it.metric('ibrest_event_gap_open'), 0)
  t.equal((await it.call(`/order/${other.id}`)).body.state, 'placed')
})

t.test('the log goes on after a restart of the instance, which is a gap of its own', async (t) => {
  const ledgerPath = join(tempDir(t), 'client.sqlite')
  const it = await simulated(t, { config: { ledgerPath } })
  const { body: order } = await it.order(resting)
  await it.instance.stop()
  const again = await reach(it.simulator.port, { config: { ledgerPath } })
  t.teardown(() => again.instance.stop())
  const events = await until(async () => {
    const { events: all } = await read(again)
    return all.at(-1)?.type === 'ibrest.gap.closed' && all
  }, 'the gap is closed')
  t.same(words(events), [
    `order.placed ${order.id}`,
    `order.acknowledged ${order.id}`,
    'gap.opened',
    'gap.closed',
  ])
  const { body: next } = await again.order(resting)
  t.same(words((await read(again, '?since=4')).events), [
    `order.placed ${next.id}`,
    `order.acknowledged ${next.id}`,
  ])
})

t.test('fills told late, twice or before their status are one event each', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'fill-before-status', count: 1 })
  it.simulator.faults.add({ fault: 'status-twice', count: 20 })
  const { body: order } = await it.order(market)
  await until(
    async () => (await read(it)).events.some(({ type }) => type === 'ibrest.order.commission'),
    'the commission is told',
  )
  const told = words((await read(it)).events).sort()
  t.same(
    told,
    ['placed', 'acknowledged', 'executed', 'commission']
      .map((word) => `order.${word} ${order.id}`)
      .sort(),
  )
})
