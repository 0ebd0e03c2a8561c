import t from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { error, position } from '../rig/fake-messages.ts'
import { FeedFollower, FeedStream, subscribe } from '../rig/feed-follower.ts'
import { AAPL, filledOrder } from '../rig/filled-order.ts'
import { instanced, type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const POSITIONS = '/account/positions/feed'
const PROFIT = '/account/pnl/feed'
const ROW = `DU1:${AAPL}`
const byHand = {
  account: 'DU1',
  symbol: 'AAPL',
  action: 'BUY',
  quantity: 5,
  orderType: 'MKT',
} as const
const atom = { headers: { accept: 'application/atom+xml' } }

function countOf({ simulator }: Simulated, request: string): number {
  return (simulator.tally.toJSON()[0]?.in as Record<string, number> | undefined)?.[request] ?? 0
}

async function held(reader: FeedFollower, quantity: number | undefined): Promise<void> {
  await until(
    async () => (await reader.poll()).rows.get(ROW)?.position === quantity,
    `${quantity} are held`,
  )
}

t.test('positions come, change, and go', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, POSITIONS)
  t.match(reader.last, { state: 'live', rowsCount: 0, rows: [] })
  await filledOrder(system)
  await held(reader, 10)
  t.match(reader.rows.get(ROW), { account: 'DU1', contract: { symbol: 'AAPL' }, avgCost: Number })
  await filledOrder(system, { account: 'DU2', totalQuantity: 3, symbol: 'MSFT' })
  await until(async () => (await reader.poll()).rows.size === 2, 'the other account')
  await filledOrder(system, { totalQuantity: 5 })
  await held(reader, 15)
  const { operation, rowRef, ...fields } = reader.told.at(-1) ?? {}
  t.same([operation, rowRef], ['modify', ROW])
  t.notOk('contract' in fields, 'what has not changed is not told')
  await filledOrder(system, { action: 'SELL', totalQuantity: 15 })
  await held(reader, undefined)
  t.strictSame(reader.told.at(-1), { operation: 'delete', rowRef: ROW })
  t.strictSame(reader.marks, [])
  t.equal(countOf(system, 'reqPositions'), 1, 'the subscription of the mirror serves it')
})

t.test('positions of one account, at once with those that are held already', async (t) => {
  const system = await simulated(t)
  await filledOrder(system)
  await filledOrder(system, { account: 'DU2', totalQuantity: 3 })
  const mine = await FeedFollower.begin(system, POSITIONS, { account: 'DU1' }, 'mine')
  const other = await FeedFollower.begin(system, `${POSITIONS}?acctCode=DU2`, {}, 'other')
  await until(async () => (await mine.poll()).rows.size === 1, 'mine')
  await until(async () => (await other.poll()).rows.size === 1, 'the other')
  t.same([mine.refs, other.refs], [[ROW], [`DU2:${AAPL}`]])
  t.match((await subscribe(system, POSITIONS, { account: 'DU9' }, 'x')).body, {
    status: 422,
    errors: [{ field: 'account', code: 'not_found' }],
  })
})

t.test('positions by long poll, stream and Atom', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, POSITIONS)
  const stream = new FeedStream(`${system.url}${POSITIONS}`)
  t.teardown(() => stream.reader.leave())
  await until(() => stream.reader.lastEventId !== '', 'the stream has begun')
  const news = reader.poll(10)
  await filledOrder(system)
  t.equal((await news).rows.size, 1)
  await until(() => stream.read().rows.get(ROW)?.position === 10, 'the stream was told')
  await filledOrder(system, { action: 'SELL' })
  await until(() => stream.read().rows.size === 0, 'that it is gone too')
  await filledOrder(system)
  await until(async () => (await reader.poll()).rows.size === 1, 'held again')
  const text = await (await fetch(`${system.url}${POSITIONS}`, atom)).text()
  t.match(text, new RegExp(`<id>[^<]*${encodeURIComponent(ROW)}</id>`))
})

t.test('what is held no more after the link was lost goes with the gap', async (t) => {
  const system = await simulated(t)
  await filledOrder(system)
  await filledOrder(system, { symbol: 'MSFT' })
  const reader = await FeedFollower.begin(system, POSITIONS)
  await until(async () => (await reader.poll()).rows.size === 2, 'both')
  system.simulator.restart(200)
  await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
  system.simulator.world.desk.placeManual({ ...byHand, action: 'SELL', quantity: 10 })
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
  t.strictSame(
    [...reader.rows.values()].map((row) => row.contract.symbol),
    ['MSFT'],
  )
  t.match(reader.marks, [{ type: 'gap.opened' }, { type: 'gap.closed' }])
})

for (const code of [1101, 1102]) {
  t.test(`positions after ${code} are read again before the gap closes`, async (t) => {
    const system = await simulated(t)
    const reader = await FeedFollower.begin(system, POSITIONS)
    const match = { message: 'position' }
    system.simulator.notify(1100, 'Connectivity has been lost.')
    await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
    // what happens now is not told by itself
    const silent = system.simulator.faults.add({ fault: 'silent', match })
    system.simulator.world.desk.placeManual(byHand)
    await until(() => system.simulator.world.accounts.get('DU1')?.position(AAPL), 'traded')
    system.simulator.faults.remove(silent.id)
    system.simulator.notify(code, 'Connectivity has been restored')
    await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
    t.equal(reader.rows.get(ROW)?.position, 5)
    t.equal(reader.marks.length, 2)
  })
}

t.test('a push that was lost is put right when the mirror reads again', async (t) => {
  const system = await simulated(t, { environment: { MIRROR_RECHECK_SECONDS: '0.3' } })
  const reader = await FeedFollower.begin(system, POSITIONS)
  system.simulator.faults.add({ fault: 'silent', match: { message: 'position' }, count: 1 })
  system.simulator.world.desk.placeManual(byHand)
  await held(reader, 5)
})

t.test(
  'with the mirror off the feed subscribes by itself, and reads do not end that',
  async (t) => {
    const system = await simulated(t, { environment: { MIRROR: 'off' } })
    const reader = await FeedFollower.begin(system, POSITIONS)
    t.equal(reader.last.state, 'live')
    t.equal(countOf(system, 'reqPositions'), 1)
    for (let read = 0; read < 3; read += 1) {
      const { answer } = await system.call('/account/positions')
      t.equal(answer.headers.get('ibrest-source'), 'gateway')
    }
    await filledOrder(system)
    await held(reader, 10)
    system.simulator.restart(100)
    await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
    await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
    await filledOrder(system)
    await held(reader, 20)
  },
)

t.test('positions that are not told to their end: a gap until they are', async (t) => {
  const gateway = await new FakeGateway().start()
  gateway.on(IN.REQ_POSITIONS, (client) => client.sayAll(position('DU1', 7), [62, 1]))
  const system = await instanced(t, {
    gateway,
    environment: { MIRROR: 'on' },
    config: { requestTimeoutMs: 300 },
  })
  const reader = await FeedFollower.begin(system, POSITIONS)
  t.match([...reader.rows.values()], [{ position: 7 }])
  gateway.on(IN.REQ_POSITIONS, (client) => client.say(...position('DU1', 8)))
  const fresh = await system.call('/account/positions?fresh=true')
  t.equal(fresh.answer.status, 504)
  await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
  t.match(reader.last.reason, /positions/)
  gateway.say(62, 1)
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
  t.match([...reader.rows.values()], [{ position: 8 }])
})

t.test(
  'profit and loss of an account and of a position, one stream for all who read it',
  async (t) => {
    const system = await simulated(t)
    await filledOrder(system)
    const ofAll = await FeedFollower.begin(system, PROFIT, { account: 'DU1' }, 'all')
    t.same(ofAll.refs, ['DU1'])
    t.match(ofAll.rows.get('DU1'), {
      ...{ account: 'DU1', modelCode: null, conId: null, position: null, value: null },
      ...{ dailyPnL: Number, unrealizedPnL: Number, realizedPnL: Number },
    })
    const one = { acctCode: 'DU1', conId: String(AAPL) }
    const ofOne = await FeedFollower.begin(system, PROFIT, one, 'one')
    t.match([...ofOne.rows], [[String(AAPL), { conId: AAPL, position: 10, value: Number }]])
    const stream = new FeedStream(`${system.url}${PROFIT}?account=DU1&conId=${AAPL}`)
    t.teardown(() => stream.reader.leave())
    await until(() => stream.read().rows.size === 1, 'the stream')
    const news = ofOne.poll(10)
    await filledOrder(system)
    await news
    await until(async () => (await ofOne.poll()).rows.get(String(AAPL))?.position === 20, 'told')
    await until(() => stream.read().rows.get(String(AAPL))?.position === 20, 'so is the stream')
    const before = ofAll.rows.get('DU1')?.unrealizedPnL
    await until(
      async () => (await ofAll.poll()).rows.get('DU1')?.unrealizedPnL !== before,
      'the account',
    )
    const text = await (await fetch(`${system.url}${PROFIT}?account=DU1`, atom)).text()
    t.match(text, /unrealizedPnL/)
    t.equal(countOf(system, 'reqPnL'), 1)
    t.equal(countOf(system, 'reqPnLSingle'), 1)
  },
)

t.test('profit and loss goes on after the link was lost, and ends with its readers', async (t) => {
  const system = await simulated(t, { environment: { FEED_LINGER_SECONDS: '0' } })
  const reader = await FeedFollower.begin(system, PROFIT, { account: 'DU1' })
  system.simulator.restart(100)
  await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
  t.match(reader.marks, [{ type: 'gap.opened' }, { type: 'gap.closed' }])
  await reader.end()
  await until(() => countOf(system, 'cancelPnL') === 1, 'cancelled')
})

t.test('a profit that IB refuses is refused, and an account must be named', async (t) => {
  const gateway = await new FakeGateway().start()
  gateway.accounts = 'DU1,DU2'
  gateway.on(IN.REQ_PNL, (client, fields) =>
    client.say(...error(Number(fields[1]), 321, 'Error validating request: no such model')),
  )
  const system = await instanced(t, { gateway })
  const refused = await subscribe(system, PROFIT, { account: 'DU1', modelCode: 'X' }, 'x')
  t.match(refused.body, { code: 'IB_REQUEST_INVALID', errorCode: 321 })
  t.match((await subscribe(system, PROFIT, {}, 'x')).body, {
    status: 422,
    errors: [{ field: 'account', code: 'missing' }],
  })
})
