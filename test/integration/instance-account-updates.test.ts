import t from 'tap'
import { FeedFollower, FeedStream, subscribe } from '../rig/feed-follower.ts'
import { AAPL, filledOrder } from '../rig/filled-order.ts'
import { reach, type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const FEED = '/account/updates/feed'
const ONCE = '/account/update?acctCode='
const DU1 = { acctCode: 'DU1' }
const HOLDING = `portfolio:${AAPL}`
const byHand = { symbol: 'AAPL', action: 'BUY', quantity: 5, orderType: 'MKT' } as const

/** Subscriptions and cancels of accounts that came to the gateway. */
function asked({ simulator }: Simulated): number {
  return simulator.tally.toJSON()[0]?.in.reqAccountUpdates ?? 0
}

const followed = ({ simulator }: Simulated) => [...simulator.world.followed]

t.test('a subscription begins with all there is, and is told what changes', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED, DU1)
  t.match(reader.last, { state: 'live', reason: null, moreRows: false, marks: [] })
  t.equal(reader.last.rowsCount, reader.rows.size)
  t.match(reader.rows.get('value:NetLiquidation:USD'), {
    ...{ key: 'NetLiquidation', currency: 'USD', account: 'DU1' },
    value: /^\d+\.\d\d$/,
  })
  t.match(reader.rows.get('value:AccountReady'), { value: 'true', currency: null })
  t.match(reader.rows.get('time'), { accountTime: /^\d\d:\d\d$/, account: 'DU1' })
  t.notOk(reader.rows.has(HOLDING))

  await filledOrder(system)
  await until(async () => (await reader.poll()).rows.has(HOLDING), 'the holding')
  t.match(reader.rows.get(HOLDING), {
    ...{ account: 'DU1', contract: { symbol: 'AAPL', conId: AAPL }, position: 10 },
    ...{ marketPrice: Number, marketValue: Number, averageCost: Number, unrealizedPNL: Number },
  })
  await until(
    async () => (await reader.poll()).rows.get('value:GrossPositionValue:USD')?.value !== '0.00',
    'the values',
  )
  const modified = reader.told.filter(({ operation }) => operation === 'modify')
  t.ok(modified.length > 0)
  for (const { operation, rowRef, conflated, ...fields } of modified)
    if (rowRef.startsWith('value:')) t.strictSame(Object.keys(fields), ['value'], 'what changed')
  t.strictSame(reader.marks, [])
  t.equal(asked(system), 1)
})

t.test('fields and pages', async (t) => {
  const system = await simulated(t)
  await filledOrder(system)
  const asks = { ...DU1, fields: 'key value', maxRows: '3', viewNumber: 1 }
  const reader = await FeedFollower.begin(system, FEED, asks)
  t.strictSame(Object.keys(reader.rows.get('value:AccountReady') ?? {}), ['key', 'value'])
  const first = reader.refs
  t.equal(first.length, 3)
  t.match((await reader.put({ viewNumber: 2 })).body, { ack: true, change: 'view' })
  await reader.poll()
  t.equal(reader.refs.length, 3)
  t.notOk(reader.refs.some((ref) => first.includes(ref)))
})

t.test('long poll, stream and Atom', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED, DU1)
  const stream = new FeedStream(`${system.url}${FEED}?acctCode=DU1`)
  t.teardown(() => stream.reader.leave())
  await until(() => stream.read().rows.size === reader.rows.size, 'the stream has all')
  const news = reader.poll(10)
  await filledOrder(system)
  await news
  t.ok(reader.told.length > reader.rows.size - 1, 'it was told of the fill')
  await until(() => stream.read().rows.get(HOLDING)?.position === 10, 'so was the stream')
  const headers = { accept: 'application/atom+xml' }
  const atom = await (await fetch(`${system.url}${FEED}?acctCode=DU1`, { headers })).text()
  t.match(atom, /<feed xmlns="http:\/\/www.w3.org\/2005\/Atom"/)
  t.match(atom, new RegExp(encodeURIComponent(HOLDING)))
  t.equal(asked(system), 1, 'one subscription of IB serves all')
})

t.test('IB tells of one account at a time: another is refused while one is followed', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED, DU1)
  for (const { answer, body } of [
    await subscribe(system, FEED, { acctCode: 'DU2' }, 'other'),
    await system.call(`${ONCE}DU2`),
    await system.call(`${ONCE}DU2&fresh=true`),
  ]) {
    t.equal(answer.status, 409)
    t.match(body, { code: 'INSTANCE_FEED_TAKEN', detail: /DU1/, followed: 'account DU1' })
  }
  const again = await subscribe(system, FEED, DU1, 'another')
  t.equal(again.answer.status, 200, 'the same account has room for more')
  const ends = { method: 'DELETE', headers: { 'source-ref': 'another' } }
  t.equal((await system.call(FEED, ends)).answer.status, 200)
  t.equal((await system.call(`${ONCE}DU2`)).answer.status, 409, 'one still reads')
  t.equal((await reader.end()).answer.status, 200)
  t.match((await system.call(`${ONCE}DU2`)).body, { account: 'DU2' }, 'what lingers gives way')
  await until(() => followed(system).length === 0, 'and nothing is left')
  const other = await FeedFollower.begin(system, FEED, { acctCode: 'DU2' }, 'other')
  t.equal(other.last.state, 'live')
  t.strictSame(followed(system), [[0, 'DU2']])
})

t.test('what happened while the link was lost is there when the gap closes', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED, DU1)
  system.simulator.restart(200)
  await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
  t.match(reader.marks, [{ type: 'gap.opened', reason: /lost|closed/ }])
  system.simulator.world.desk.placeManual({ ...byHand, account: 'DU1' })
  await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
  t.equal(reader.rows.get(HOLDING)?.position, 5)
  t.strictSame(
    reader.marks.map(({ type }) => type),
    ['gap.opened', 'gap.closed'],
  )
})

for (const code of [1101, 1102]) {
  t.test(`cut off from IB there is a gap; after ${code} all is asked for anew`, async (t) => {
    const system = await simulated(t)
    const reader = await FeedFollower.begin(system, FEED, DU1)
    system.simulator.notify(1100, 'Connectivity has been lost.')
    await until(async () => (await reader.poll()).last.state === 'gap', 'a gap')
    const before = asked(system)
    system.simulator.notify(code, 'Connectivity has been restored')
    await until(async () => (await reader.poll()).last.state === 'live', 'it closes')
    t.equal(asked(system), before + 2, 'ended, and begun again')
    await filledOrder(system)
    await until(async () => (await reader.poll()).rows.has(HOLDING), 'it goes on')
  })
}

t.test(
  'another program that takes the account away opens a gap, and it is asked for again',
  async (t) => {
    const system = await simulated(t)
    const reader = await FeedFollower.begin(system, FEED, DU1)
    system.simulator.notify(2100, 'API client has been unsubscribed from account data.')
    await until(async () => (await reader.poll()).marks.length === 2, 'a gap that closes', 20_000)
    t.match(reader.marks, [{ type: 'gap.opened', reason: /unsubscribed/ }, { type: 'gap.closed' }])
  },
)

t.test('another client at another account: IB refuses, and both are told so', async (t) => {
  const system = await simulated(t)
  await FeedFollower.begin(system, FEED, { acctCode: 'DU2' })
  const other = await reach(system.simulator.port, { config: { clientId: 4 } })
  t.teardown(() => other.instance.stop())
  const refused = await subscribe(other, FEED, DU1, 'late')
  t.equal(refused.answer.status, 409)
  t.match(refused.body, { code: 'IB_ACCOUNT_LEASE_TAKEN', errorCode: 2101 })
  t.match((await other.call(`${ONCE}DU1`)).body, { code: 'IB_ACCOUNT_LEASE_TAKEN' })
  t.match((await other.call(`${ONCE}DU2`)).body, { account: 'DU2' }, 'the same one may be')
})

t.test('an account that is none of the login is refused by name', async (t) => {
  const system = await simulated(t)
  for (const body of [{ acctCode: 'DU9' }, {}])
    t.match((await subscribe(system, FEED, body, 'x')).body, {
      status: 422,
      errors: [{ field: 'acctCode' }],
    })
})
