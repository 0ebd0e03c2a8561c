import t from 'tap'
import { SseReader } from '../rig/event-readers.ts'
import { FeedPoller } from '../rig/feed-poller.ts'
import { instanced, type Reached, type Simulated, simulated } from '../rig/instanced.ts'
import type { Parsed } from '../rig/parsed.ts'
import { until } from '../rig/until.ts'

const url = '/displaygroups'
const APPLE = 265_598
const QUERY = 67
const SUBSCRIBE = 68

const poller = (it: Reached) => new FeedPoller({ ...it, url })

const asked = ({ simulator }: Simulated, name: string) =>
  ({ ...(simulator.tally.toJSON()[0]?.in as Record<string, number> | undefined) })[name] ?? 0

const show = ({ simulator }: Simulated, group: number, contract: string) =>
  simulator.world.displayGroups.show(group, contract)

/** Reads until a group shows what it should. */
const shows = (reader: FeedPoller, group: number, contractInfo: string) =>
  until(async () => {
    await reader.poll()
    return reader.rows.get(String(group))?.contractInfo === contractInfo
  }, `group ${group} shows ${contractInfo}`)

t.test('each group of the window is a row, with the contract it shows', async (t) => {
  const it = await simulated(t)
  show(it, 2, `${APPLE}@SMART`)
  show(it, 5, 'combo')
  const reader = poller(it)
  const { status, body } = await reader.subscribe()
  t.equal(status, 200)
  t.match(body, { state: 'live', rowsCount: 7 })
  t.same(reader.column('groupId'), [1, 2, 3, 4, 5, 6, 7])
  const nothing = { conId: null, exchange: null, symbol: null, contract: null }
  t.strictSame(reader.rows.get('1'), { groupId: 1, contractInfo: 'none', ...nothing })
  t.strictSame(reader.rows.get('5'), { groupId: 5, contractInfo: 'combo', ...nothing })
  t.match(reader.rows.get('2'), {
    contractInfo: `${APPLE}@SMART`,
    conId: APPLE,
    exchange: 'SMART',
    symbol: 'AAPL',
    contract: { conId: APPLE, symbol: 'AAPL', secType: 'STK' },
  })
})

t.test('what a group shows next is told, in every way of reading', async (t) => {
  const it = await simulated(t)
  const [one, two] = [poller(it), poller(it)]
  await one.subscribe()
  await two.subscribe()
  const stream = new SseReader(`${it.url}${url}`)
  t.teardown(() => stream.leave())
  await until(() => stream.events.length === 7, 'all groups are streamed')
  const waiting = two.poll(20)
  show(it, 3, `${APPLE}@SMART`)
  t.match((await waiting).body.rows, [{ operation: 'modify', rowRef: '3', symbol: 'AAPL' }])
  await shows(one, 3, `${APPLE}@SMART`)
  await until(() => stream.events.length === 8, 'the change is streamed')
  t.match(stream.events.at(-1), { type: 'modify', event: { rowRef: '3', conId: APPLE } })
  const answer = await fetch(`${it.url}${url}`, { headers: { accept: 'application/atom+xml' } })
  t.equal((await answer.text()).match(/<entry>/g)?.length, 7)
  show(it, 3, 'none')
  await shows(one, 3, 'none')
  t.match(one.rows.get('3'), { conId: null, contract: null })
  t.equal(asked(it, 'queryDisplayGroups'), 1)
  t.equal(asked(it, 'subscribeToGroupEvents'), 7)
})

t.test('a contract that IB cannot name is told as it is', async (t) => {
  const it = await simulated(t)
  show(it, 1, '999999999@SMART')
  const reader = poller(it)
  const { body } = await reader.subscribe()
  t.equal(body.state, 'live')
  t.match(reader.rows.get('1'), { conId: 999_999_999, symbol: null, contract: null })
})

t.test('what changed while the link was lost is told after it', async (t) => {
  const it = await simulated(t)
  const reader = poller(it)
  await reader.subscribe()
  it.simulator.drop(0, 200)
  show(it, 4, `${APPLE}@SMART`)
  await until(async () => {
    await reader.poll()
    return reader.marks.length === 2
  }, 'the gap is closed')
  t.strictSame(reader.marks, ['gap.opened', 'gap.closed'])
  t.match(reader.rows.get('4'), { symbol: 'AAPL' })
  t.equal(reader.rows.size, 7)
})

t.test('groups that nobody reads are given up', async (t) => {
  const it = await simulated(t, { environment: { FEED_LINGER_SECONDS: '0' } })
  const reader = poller(it)
  await reader.subscribe()
  await reader.end()
  await until(() => asked(it, 'unsubscribeFromGroupEvents') === 7, 'all seven')
})

const refusal = { status: 501, body: { code: 'REQUEST_NOT_IMPLEMENTED' } }

t.test('a gateway that has no groups is no TWS: the subscription says so', async (t) => {
  const it = await instanced(t)
  it.gateway.on(QUERY, (client, fields) => client.say(67, 1, fields[2] ?? '', ''))
  t.match(await poller(it).subscribe(), refusal)
  // silence says the same
  it.gateway.on(QUERY, () => undefined)
  const { status, body } = await poller(it).subscribe()
  t.match({ status, body }, refusal)
  t.match(body.detail, /TWS/)
  t.equal(it.gateway.count(SUBSCRIBE), 0)
})

t.test('a group that is refused ends all, and they are asked for again', async (t) => {
  const it = await instanced(t)
  const say = (client: Parsed, fields: readonly string[], text: string) =>
    client.say(68, 1, fields[2] ?? '', text)
  it.gateway.on(QUERY, (client, fields) => client.say(67, 1, fields[2] ?? '', '1|2'))
  it.gateway.on(SUBSCRIBE, (client, fields) =>
    fields[3] === '2'
      ? client.say(4, 2, fields[2] ?? '', 321, 'no such group', '')
      : say(client, fields, 'none'),
  )
  t.match(await poller(it).subscribe(), { status: 400, body: { code: 'IB_REQUEST_INVALID' } })
  it.gateway.on(SUBSCRIBE, (client, fields) => say(client, fields, 'none'))
  const reader = poller(it)
  t.match(await reader.subscribe(), { status: 200, body: { state: 'live', rowsCount: 2 } })
})
