import t from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { error } from '../rig/fake-messages.ts'
import { FeedFollower } from '../rig/feed-follower.ts'
import { AAPL, filledOrder } from '../rig/filled-order.ts'
import { instanced, type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const FEED = '/account/updates/feed'
const ONCE = '/account/update?acctCode='
const DU1 = { acctCode: 'DU1' }
const HOLDING = `portfolio:${AAPL}`

/** Subscriptions and cancels of accounts that came to the gateway. */
function asked({ simulator }: Simulated): number {
  return simulator.tally.toJSON()[0]?.in.reqAccountUpdates ?? 0
}

const followed = ({ simulator }: Simulated) => [...simulator.world.followed]

t.test('a call that wants it once is answered from the feed, and does not end it', async (t) => {
  const system = await simulated(t)
  const reader = await FeedFollower.begin(system, FEED, DU1)
  await filledOrder(system)
  await until(async () => (await reader.poll()).rows.get(HOLDING)?.position === 10, 'the holding')
  const once = await system.call(`${ONCE}DU1`)
  t.equal(once.answer.headers.get('ibrest-source'), 'mirror')
  t.match(once.answer.headers.get('age'), /^\d$/)
  t.match(once.answer.headers.get('ibrest-as-of'), /^\d{4}-/)
  t.equal(asked(system), 1, 'IB was not asked')

  const fresh = await system.call(`${ONCE}DU1&fresh=true`)
  t.equal(fresh.answer.headers.get('ibrest-source'), null)
  const byTag = ({ body }: typeof once) =>
    new Set(
      body.values.map((each: { tag: string; currency: string }) =>
        JSON.stringify([each.tag, each.currency]),
      ),
    )
  t.same(byTag(once), byTag(fresh))
  t.match(once.body, { account: 'DU1', accountTime: String, portfolio: [{ position: 10 }] })
  t.match(fresh.body, { account: 'DU1', accountTime: String, portfolio: [{ position: 10 }] })
  t.equal(asked(system), 3, 'the subscription was ended and asked for anew')
  await reader.poll()
  t.match(reader.marks, [{ type: 'gap.opened', reason: /anew/ }, { type: 'gap.closed' }])
  t.equal(reader.last.state, 'live')

  await filledOrder(system)
  await until(async () => (await reader.poll()).rows.get(HOLDING)?.position === 20, 'it goes on')
  t.strictSame(followed(system), [[0, 'DU1']])
})

t.test('a fill whose holding is not told yet is not hidden: IB is asked', async (t) => {
  const system = await simulated(t)
  await FeedFollower.begin(system, FEED, DU1)
  system.simulator.faults.add({ fault: 'silent', match: { message: 'updatePortfolio' }, count: 1 })
  await filledOrder(system)
  await until(async () => (await system.call('/account/positions')).body.length === 1, 'held')
  t.match((await system.call(`${ONCE}DU1`)).body, { portfolio: [{ position: 10 }] })
})

t.test('calls for one account and another at once are all answered', async (t) => {
  const system = await simulated(t, { config: { slots: 20 } })
  const accounts = Array.from({ length: 12 }, (_, each) => (each % 2 ? 'DU1' : 'DU2'))
  const answers = await Promise.all(accounts.map((account) => system.call(`${ONCE}${account}`)))
  for (const [index, { answer, body }] of answers.entries()) {
    t.equal(answer.status, 200)
    t.equal(body.account, accounts[index])
    t.ok(body.values.length > 50, 'all of it')
  }
  await until(() => followed(system).length === 0, 'nothing stays subscribed')
})

t.test('who subscribes while another account is read once waits for that', async (t) => {
  const system = await simulated(t)
  const late = { fault: 'late', match: { message: 'accountDownloadEnd' }, delayMs: 300, count: 1 }
  system.simulator.faults.add(late)
  const once = system.call(`${ONCE}DU2`)
  await until(() => followed(system).length === 1, 'it is asked')
  const reader = await FeedFollower.begin(system, FEED, DU1)
  t.equal(reader.last.state, 'live')
  t.match((await once).body, { account: 'DU2' })
  t.strictSame(followed(system), [[0, 'DU1']])
})

/** A gateway that begins to tell of an account; `end` completes that. */
async function slowGateway(): Promise<{ gateway: FakeGateway; end: () => void }> {
  const gateway = await new FakeGateway().start()
  let value = 0
  gateway.on(IN.REQ_ACCOUNT_UPDATES, (client, fields) => {
    value += 1
    if (fields[2] === '1') client.say(6, 2, 'NetLiquidation', value, 'USD', 'DU1')
  })
  return { gateway, end: () => gateway.say(54, 1, 'DU1') }
}

t.test(
  'an account that is not told to its end is 504, and its late end ends no half answer',
  async (t) => {
    const { gateway, end } = await slowGateway()
    const { call } = await instanced(t, { gateway })
    const late = await call(`${ONCE}DU1`, { headers: { 'x-deadline-ms': '200' } })
    t.equal(late.answer.status, 504)
    t.match(late.body, {
      code: 'INSTANCE_QUERY_TIMEOUT',
      detail: /accountUpdates/,
      retryable: true,
    })
    const next = call(`${ONCE}DU1`)
    await until(async () => (await call('/beacon')).answer.status === 200, 'a moment')
    t.equal(gateway.count(IN.REQ_ACCOUNT_UPDATES), 1, 'it waits for the same answer')
    end()
    t.match((await next).body, { values: [{ tag: 'NetLiquidation', value: '1' }], portfolio: [] })
  },
)

t.test('the echo of a subscription that was ended does not end the next', async (t) => {
  const { gateway, end } = await slowGateway()
  const { call } = await instanced(t, { gateway })
  const first = call(`${ONCE}DU1`)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 1, 'asked')
  end()
  t.equal((await first).answer.status, 200)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 2, 'ended')
  const second = call(`${ONCE}DU1`)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 3, 'asked again')
  gateway.say(...error(-1, 2100, 'API client has been unsubscribed from account data.'))
  end()
  t.match((await second).body, { values: [{ value: '3' }] })
})

t.test('a link that is lost in the middle of a reading: it is read on the next', async (t) => {
  const { gateway, end } = await slowGateway()
  const { call } = await instanced(t, { gateway })
  const once = call(`${ONCE}DU1`)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 1, 'asked')
  gateway.drop()
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 2, 'asked again')
  end()
  t.match((await once).body, { values: [{ value: '2' }] })
})

t.test('what IB says against the account does not fail another question', async (t) => {
  const { gateway } = await slowGateway()
  const { call } = await instanced(t, { gateway })
  const held = call('/account/positions')
  await until(() => gateway.count(IN.REQ_POSITIONS) === 1, 'positions are asked')
  const once = call(`${ONCE}DU1`)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 1, 'the account too')
  gateway.say(...error(-1, 2101, 'Unable to subscribe to account'))
  t.match((await once).body, { status: 409, code: 'IB_ACCOUNT_LEASE_TAKEN' })
  gateway.say(62, 1)
  t.equal((await held).answer.status, 200)
})

t.test('an error that names nobody refuses an account that has not been told', async (t) => {
  const { gateway } = await slowGateway()
  const { call } = await instanced(t, { gateway })
  const once = call(`${ONCE}DU1`)
  await until(() => gateway.count(IN.REQ_ACCOUNT_UPDATES) === 1, 'asked')
  gateway.say(...error(-1, 321, 'Error validating request: Invalid account code'))
  t.match((await once).body, { code: 'IB_REQUEST_INVALID', errorCode: 321 })
})
