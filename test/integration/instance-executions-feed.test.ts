import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { commission, execution } from '../rig/fake-messages.ts'
import { FeedFollower, FeedStream } from '../rig/feed-follower.ts'
import { filledOrder } from '../rig/filled-order.ts'
import { instanced, reach, simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { until } from '../rig/until.ts'

const FEED = '/executions/feed'
const byHand = {
  account: 'DU1',
  symbol: 'AAPL',
  action: 'BUY',
  quantity: 5,
  orderType: 'MKT',
} as const

const sizes = (reader: { readonly rows: Map<string, Record<string, Parsed>> }) =>
  [...reader.rows.values()].map(({ shares }) => shares)

t.test("today's fills, then each as it is told, and its commission after it", async (t) => {
  const system = await simulated(t)
  await filledOrder(system)
  await filledOrder(system, { totalQuantity: 3, symbol: 'MSFT' })
  const reader = await FeedFollower.begin(system, FEED)
  t.match(reader.last, { state: 'live', rowsCount: 2 })
  t.same(sizes(reader), [10, 3])
  await filledOrder(system, { totalQuantity: 4, account: 'DU2' })
  await until(async () => (await reader.poll()).rows.size === 3, 'the third')
  await until(
    async () => [...(await reader.poll()).rows.values()].every((row) => row.commission !== null),
    'every commission',
  )
  const { body } = await system.call('/executions?fresh=true')
  t.same(
    [...reader.rows.values()].sort((a, b) => (a.execId < b.execId ? -1 : 1)),
    body.sort((a: Parsed, b: Parsed) => (a.execId < b.execId ? -1 : 1)),
    'the members of GET /executions',
  )
  t.same(
    reader.refs,
    [...reader.rows.values()].map(({ execId }) => execId),
  )
  t.strictSame(reader.marks, [])
})

t.test('the commission comes as a change of its fill alone, also before it', async (t) => {
  const system = await instanced(t)
  const { gateway } = system
  const reader = await FeedFollower.begin(system, FEED)
  gateway.say(...execution({ execId: '1.01.01', orderId: 5 }))
  await until(async () => (await reader.poll()).rows.size === 1, 'the fill')
  t.match(reader.rows.get('1.01.01'), { commission: null, commissionCurrency: null })
  gateway.say(...commission('1.01.01', 1.25))
  await until(async () => (await reader.poll()).told.length === 2, 'the commission')
  t.strictSame(reader.told[1], {
    ...{ operation: 'modify', rowRef: '1.01.01' },
    ...{ commission: 1.25, commissionCurrency: 'USD' },
  })
  gateway.say(...commission('2.01.01', 2))
  gateway.say(...execution({ execId: '2.01.01', orderId: 6 }))
  await until(async () => (await reader.poll()).rows.size === 2, 'the second')
  t.match(reader.rows.get('2.01.01'), { commission: 2 })
})

t.test('a correction takes the place of what it corrects, whenever it comes', async (t) => {
  const system = await instanced(t)
  const { gateway } = system
  gateway.on(IN.REQ_EXECUTIONS, (client, [, , reqId = '']) =>
    client.sayAll(
      execution({ execId: '9.01.01', orderId: 4, reqId: Number(reqId) }),
      execution({ execId: '9.01.02', orderId: 4, reqId: Number(reqId), price: 149 }),
      [55, 1, reqId],
    ),
  )
  const reader = await FeedFollower.begin(system, FEED)
  t.same(reader.refs, ['9.01.02'])
  gateway.say(...execution({ execId: '1.01.01', orderId: 5 }))
  await until(async () => (await reader.poll()).rows.has('1.01.01'), 'the fill')
  gateway.say(...execution({ execId: '1.01.02', orderId: 5, price: 151 }))
  await until(async () => (await reader.poll()).rows.has('1.01.02'), 'the correction')
  t.same(reader.refs, ['9.01.02', '1.01.02'])
  t.same(
    reader.told.slice(-2).map(({ operation, rowRef }) => `${operation} ${rowRef}`),
    ['delete 1.01.01', 'insert 1.01.02'],
  )
  gateway.say(...execution({ execId: '1.01.01', orderId: 5 }))
  gateway.say(...execution({ execId: '3.01.01', orderId: 6 }))
  await until(async () => (await reader.poll()).rows.has('3.01.01'), 'the next')
  t.notOk(reader.rows.has('1.01.01'), 'what was corrected does not come back')
  gateway.drop()
  await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
  t.same(reader.refs, ['9.01.02', '1.01.02', '3.01.01'], 'what was told stays')
})

t.test('long poll, stream that is resumed, and Atom', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED)
  const stream = new FeedStream(`${system.url}${FEED}`)
  await until(() => stream.reader.lastEventId !== '', 'the stream has begun')
  const news = reader.poll(10)
  await filledOrder(system)
  t.same(sizes(await news), [10])
  await until(() => stream.read().rows.size === 1, 'the stream was told')
  await stream.reader.leave()
  const { lastEventId } = stream.reader
  await filledOrder(system, { totalQuantity: 3 })
  const resumed = new FeedStream(`${system.url}${FEED}`, lastEventId)
  t.teardown(() => resumed.reader.leave())
  await until(() => resumed.reader.events.some(({ type }) => type === 'insert'), 'resumed')
  const inserted = resumed.reader.events.filter(({ type }) => type === 'insert')
  t.match(inserted, [{ event: { shares: 3 } }], 'nothing is told twice')
  const headers = { accept: 'application/atom+xml' }
  const atom = await (await fetch(`${system.url}${FEED}`, { headers })).text()
  t.equal(atom.match(/<entry>/g)?.length, 2)
})

t.test('nothing is lost while the link is', async (t) => {
  const system = await simulated(t)
  await filledOrder(system)
  const reader = await FeedFollower.begin(system, FEED)
  const stream = new FeedStream(`${system.url}${FEED}`)
  t.teardown(() => stream.reader.leave())
  await until(() => stream.read().rows.size === 1, 'the stream')
  for (let round = 1; round <= 3; round += 1) {
    const marks = reader.marks.length
    system.simulator.restart(100)
    await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
    system.simulator.world.desk.placeManual({ ...byHand, quantity: round })
    await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
    t.same(sizes(reader), [10, 1, 2, 3].slice(0, round + 1))
    const closed = reader.marks.slice(marks)
    t.match(closed, [{ type: 'gap.opened' }, { type: 'gap.closed' }])
  }
  await until(() => stream.read().rows.size === 4, 'the stream has all')
  const types = stream.reader.events.map(({ type }) => type)
  t.equal(types.filter((type) => type === 'insert').length, 4, 'each once')
  t.ok(types.lastIndexOf('insert') < types.lastIndexOf('gap.closed'), 'before its gap closes')
})

for (const code of [1101, 1102]) {
  t.test(`a fill while IB was out of reach is read after ${code}`, async (t) => {
    const system = await simulated(t)
    const reader = await FeedFollower.begin(system, FEED)
    system.simulator.notify(1100, 'Connectivity has been lost.')
    await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
    const match = { message: 'execDetails' }
    const silent = system.simulator.faults.add({ fault: 'silent', match })
    system.simulator.world.desk.placeManual(byHand)
    await until(() => system.simulator.world.accounts.get('DU1')?.held.length, 'traded')
    system.simulator.faults.remove(silent.id)
    t.same(sizes(await reader.poll()), [], 'nobody told of it')
    system.simulator.notify(code, 'Connectivity has been restored')
    await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
    t.same(sizes(reader), [5])
  })
}

t.test('a list that cannot be read leaves the gap open, and is asked for again', async (t) => {
  const system = await instanced(t)
  const { gateway } = system
  const reader = await FeedFollower.begin(system, FEED)
  let [refused, isOpen] = [0, false]
  gateway.on(IN.REQ_EXECUTIONS, (client, [, , reqId = '']) => {
    const id = Number(reqId)
    if (isOpen) client.sayAll(execution({ execId: '1.01.01', orderId: 1, reqId: id }), [55, 1, id])
    else client.say(4, 2, id, 322, 'Error processing request', '')
    refused += 1
  })
  gateway.drop()
  await until(() => refused > 2, 'it was refused')
  await until(async () => (await reader.poll()).last.state === 'gap', 'the gap is open')
  const [day, time] = new Date().toISOString().slice(0, 19).split('T')
  const now = `${day?.replaceAll('-', '')}-${time}`
  gateway.say(...execution({ execId: '2.01.01', orderId: 2, time: now }))
  isOpen = true
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes', 30_000)
  t.same(new Set(reader.refs), new Set(['1.01.01', '2.01.01']))
})

t.test('fills of other clients are told as far as the gateway lists them', async (t) => {
  const system = await simulated(t)
  const other = await reach(system.simulator.port, { config: { clientId: 4 } })
  t.teardown(() => other.instance.stop())
  await filledOrder(other)
  const reader = await FeedFollower.begin(system, FEED)
  t.same(sizes(reader), [10])
  t.match([...reader.rows.values()], [{ clientId: 4 }])
})

t.test('two rows of many, more, pages, and a view that does not move', async (t) => {
  const system = await simulated(t)
  for (let size = 1; size <= 6; size += 1) await filledOrder(system, { totalQuantity: size })
  const asks = { maxRows: '2', maxView: '4', movingView: false, fields: 'shares' }
  const reader = await FeedFollower.begin(system, FEED, asks)
  t.match(reader.last, { rowsCount: 6, moreRows: true })
  t.same(sizes(reader), [1, 2])
  t.same((await reader.poll()).last.rows, [], 'no more than were asked for')
  t.match((await reader.put({})).body, { ack: true, change: 'rows' })
  t.same(sizes(await reader.poll()), [1, 2, 3, 4])
  t.match((await reader.put({})).body, { status: 409, code: 'INSTANCE_FEED_NACK' })
  await filledOrder(system, { totalQuantity: 7 })
  t.same(sizes(await reader.poll()), [1, 2, 3, 4], 'a full view stays as it is')

  const paged = await FeedFollower.begin(system, FEED, { maxRows: 3, viewNumber: 1 }, 'paged')
  t.same(sizes(paged), [1, 2, 3])
  t.match((await paged.put({ viewNumber: 3 })).body, { ack: true, change: 'view' })
  t.same(sizes(await paged.poll()), [7])

  const moving = await FeedFollower.begin(system, FEED, { maxRows: 2, maxView: 2 }, 'moving')
  await filledOrder(system, { totalQuantity: 8 })
  await until(async () => sizes(await moving.poll()).includes(8), 'the newest')
  t.same(sizes(moving), [2, 8], 'the oldest of the view left for it')
})

t.test('with the mirror off it is the same', async (t) => {
  const system = await simulated(t, { environment: { MIRROR: 'off' } })
  await filledOrder(system)
  const reader = await FeedFollower.begin(system, FEED)
  t.same(sizes(reader), [10])
  await filledOrder(system, { totalQuantity: 2 })
  await until(async () => (await reader.poll()).rows.size === 2, 'the second')
})
