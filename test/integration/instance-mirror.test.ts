import t from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { execution, position } from '../rig/fake-messages.ts'
import { type Answered, instanced, type Reached, reach, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

type Simulated = Awaited<ReturnType<typeof simulated>>
type Rig = Parameters<typeof simulated>[0]

const account = 'DU1'
const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT', account }
const POSITIONS = '/account/positions'
const byHand = { account, symbol: 'AAPL', action: 'BUY', quantity: 5, orderType: 'MKT' } as const

const sourceOf = ({ answer }: Answered) => answer.headers.get('ibrest-source')
const quantities = ({ body }: Answered) => body.map((row: { position: number }) => row.position)

/** An instance at a simulated gateway, its mirror whole. */
async function mirrored(t: Rig, wishes: Parameters<typeof simulated>[1] = {}): Promise<Simulated> {
  const system = await simulated(t, wishes)
  await whole(system)
  return system
}

async function whole({ call }: Reached): Promise<void> {
  for (const path of [POSITIONS, '/executions'])
    await until(async () => sourceOf(await call(path)) === 'mirror', `${path} is mirrored`)
}

/** Messages of client 0 that came to the gateway. */
function messagesOf({ simulator }: Simulated): Record<string, number> {
  return { ...simulator.tally.toJSON()[0]?.in }
}

async function executed(system: Reached, more: object = {}): Promise<void> {
  const { answer, body } = await system.call('/order?until=filled', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...buy, ...more }),
  })
  if (answer.status !== 201 || body.state !== 'executed') throw new Error(JSON.stringify(body))
}

/** Another client of the same gateway, in the same process. */
async function neighbour(t: Rig, { simulator }: Simulated, clientId: number): Promise<Reached> {
  const other = await reach(simulator.port, { config: { clientId } })
  t.teardown(() => other.instance.stop())
  return other
}

t.test('reads cost no message, and say the same as a fresh question', async (t) => {
  const system = await mirrored(t)
  const { call } = system
  await executed(system)
  await executed(system, { symbol: 'MSFT', account: 'DU2' })
  await whole(system)
  const before = messagesOf(system)
  for (let read = 0; read < 30; read += 1) {
    t.equal(sourceOf(await call(POSITIONS)), 'mirror')
    t.equal(sourceOf(await call('/executions')), 'mirror')
  }
  t.strictSame(messagesOf(system), before)
  for (const path of [POSITIONS, '/executions']) {
    const told = await call(path)
    t.match(told.answer.headers.get('age'), /^\d$/)
    const asOf = told.answer.headers.get('ibrest-as-of') ?? ''
    t.equal(new Date(asOf).toISOString(), asOf)
    const fresh = await call(`${path}?fresh=true`)
    t.equal(sourceOf(fresh), 'gateway')
    t.equal(fresh.answer.headers.get('age'), '0')
    t.strictSame(told.body, fresh.body)
  }
})

t.test('an account that is named gets its own rows only', async (t) => {
  const system = await mirrored(t)
  await executed(system)
  await executed(system, { totalQuantity: 3, account: 'DU2' })
  await whole(system)
  t.strictSame(quantities(await system.call(`${POSITIONS}?account=DU1`)), [10])
  t.strictSame(quantities(await system.call(`${POSITIONS}?acctCode=DU2`)), [3])
  t.equal((await system.call(`${POSITIONS}?account=DU9`)).answer.status, 422)
})

t.test('who is told of a fill finds it in the positions and the executions', async (t) => {
  const system = await mirrored(t)
  for (let round = 1; round <= 20; round += 1) {
    await executed(system)
    t.strictSame(quantities(await system.call(POSITIONS)), [round * 10])
    t.equal((await system.call('/executions')).body.length, round)
  }
  await executed(system, { action: 'SELL', totalQuantity: 200 })
  t.strictSame((await system.call(POSITIONS)).body, [], 'what is closed is gone')
})

t.test('a fill of another client is in both, at once', async (t) => {
  const system = await mirrored(t)
  const other = await neighbour(t, system, 4)
  for (let round = 1; round <= 10; round += 1) {
    await executed(other)
    t.strictSame(quantities(await system.call(POSITIONS)), [round * 10])
    t.equal((await system.call('/executions')).body.length, round, 'this gateway lists them all')
  }
  await whole(system)
})

t.test('a trade by hand in TWS is in both', async (t) => {
  const system = await mirrored(t)
  system.simulator.world.desk.placeManual(byHand)
  await until(async () => quantities(await system.call(POSITIONS))[0] === 5, 'the position')
  t.match((await system.call('/executions')).body, [{ shares: 5 }])
  t.equal(sourceOf(await system.call(POSITIONS)), 'mirror')
})

t.test('commissions of fills just made are there as with a fresh question', async (t) => {
  const system = await mirrored(t)
  await executed(system)
  const told = await system.call('/executions')
  t.equal(sourceOf(told), 'mirror')
  t.match(told.body, [{ commission: Number, commissionCurrency: 'USD' }])
})

t.test(
  'fresh=true and Cache-Control: no-cache ask IB, and the subscription lives on',
  async (t) => {
    const system = await mirrored(t)
    const { call, simulator } = system
    const headers = { 'cache-control': 'no-cache' }
    for (const path of [POSITIONS, '/executions']) {
      t.equal(sourceOf(await call(`${path}?fresh=true`)), 'gateway')
      t.equal(sourceOf(await call(path, { headers })), 'gateway')
      t.equal(sourceOf(await call(`${path}?fresh=false`)), 'mirror')
    }
    t.match((await call(`${POSITIONS}?fresh=perhaps`)).body.errors, [{ field: 'fresh' }])
    const asked = messagesOf(system)
    t.match(asked, { reqPositions: 3, cancelPositions: 2 }, 'one ends before the next begins')
    simulator.world.desk.placeManual(byHand)
    await until(async () => quantities(await call(POSITIONS))[0] === 5, 'it was pushed')
    t.equal(messagesOf(system).reqPositions, 3)
  },
)

t.test('questions at once, fresh and not, all have the truth', async (t) => {
  const system = await mirrored(t, { config: { slots: 20 } })
  await executed(system)
  const paths = Array.from({ length: 20 }, (_, each) =>
    each % 2 ? POSITIONS : `${POSITIONS}?fresh=true`,
  )
  for (const told of await Promise.all(paths.map((path) => system.call(path))))
    t.strictSame(quantities(told), [10])
})

t.test('a fill whose position is not pushed is not hidden: IB is asked', async (t) => {
  const system = await mirrored(t)
  system.simulator.faults.add({ fault: 'silent', match: { message: 'position' }, count: 1 })
  await executed(system)
  const told = await system.call(POSITIONS)
  t.strictSame(quantities(told), [10])
  t.equal(sourceOf(told), 'gateway')
  t.equal(sourceOf(await system.call(POSITIONS)), 'mirror', 'and then it is known')
})

t.test('a push that is lost is found by reading again, counted and put right', async (t) => {
  const system = await mirrored(t, { environment: { MIRROR_RECHECK_SECONDS: '0.3' } })
  const drift = 'ibrest_mirror_drift_total{client_id="0",what="positions"}'
  const other = await neighbour(t, system, 4)
  t.equal(await system.metric(drift), 0)
  const match = { message: 'position', clientId: 0 }
  system.simulator.faults.add({ fault: 'silent', match, count: 1 })
  await executed(other)
  await until(async () => (await system.metric(drift)) === 1, 'the drift')
  const told = await system.call(POSITIONS)
  t.strictSame(quantities(told), [10])
  t.equal(sourceOf(told), 'mirror')
})

t.test('a fill that was not told is not hidden: its position gives it away', async (t) => {
  const system = await mirrored(t)
  system.simulator.faults.add({ fault: 'silent', match: { message: 'execDetails' }, count: 1 })
  await system.order(buy)
  await until(async () => quantities(await system.call(POSITIONS))[0] === 10, 'the position')
  t.match((await system.call('/executions')).body, [{ shares: 10 }])
  await whole(system)
})

t.test('a gateway that lists own fills only is asked once after a trade of others', async (t) => {
  const system = await mirrored(t, { simulator: { executions: 'own' } })
  const other = await neighbour(t, system, 4)
  await executed(other)
  await until(async () => quantities(await system.call(POSITIONS))[0] === 10, 'the position')
  const { reqExecutions = 0 } = messagesOf(system)
  for (const source of ['gateway', 'mirror', 'mirror']) {
    const told = await system.call('/executions')
    t.equal(sourceOf(told), source)
    t.strictSame(told.body, [])
  }
  t.equal(messagesOf(system).reqExecutions, reqExecutions + 1)
})

t.test('a gateway that is gone is told as such, and what it did meanwhile is read', async (t) => {
  const system = await mirrored(t)
  const { simulator, call } = system
  await executed(system)
  await whole(system)
  simulator.restart(300)
  await until(() => !system.instance.link.isUsable, 'the gateway is lost')
  t.equal((await call(POSITIONS)).answer.status, 503)
  t.equal((await call('/executions')).answer.status, 503)
  simulator.world.desk.placeManual(byHand)
  await until(async () => (await call(POSITIONS)).answer.status === 200, 'it is back')
  t.strictSame(quantities(await call(POSITIONS)), [15], 'never the old one')
  t.equal((await call('/executions')).body.length, 2)
  await whole(system)
})

for (const code of [1101, 1102]) {
  t.test(`cut off from IB it does not answer; after ${code} all is read again`, async (t) => {
    const system = await mirrored(t)
    const { simulator, call } = system
    simulator.notify(1100, 'Connectivity between IBKR and Trader Workstation has been lost.')
    await until(() => !system.instance.link.isUsable, 'cut off')
    t.equal((await call(POSITIONS)).answer.status, 503)
    const { reqPositions } = messagesOf(system)
    simulator.notify(code, 'Connectivity has been restored')
    await until(() => system.instance.link.isUsable, 'restored')
    simulator.world.desk.placeManual(byHand)
    await until(async () => quantities(await call(POSITIONS))[0] === 5, 'the position')
    await whole(system)
    t.ok((messagesOf(system).reqPositions ?? 0) > (reqPositions ?? 0), 'it subscribed anew')
  })
}

t.test('switched off, IB is asked every time and nothing stays subscribed', async (t) => {
  const system = await simulated(t, { environment: { MIRROR: 'off' } })
  await executed(system)
  for (let read = 1; read <= 3; read += 1) {
    const told = await system.call(POSITIONS)
    t.equal(sourceOf(told), 'gateway')
    t.equal(told.answer.headers.get('age'), '0')
    t.strictSame(quantities(told), [10])
    t.match(messagesOf(system), { reqPositions: read })
  }
  await until(() => messagesOf(system).cancelPositions === 3, 'each was cancelled')
  t.equal(sourceOf(await system.call('/executions')), 'gateway')
})

t.test('what is reckoned for an order is asked of IB, and the mirror goes on', async (t) => {
  const system = await mirrored(t)
  await executed(system)
  const { reqPositions = 0 } = messagesOf(system)
  const { body } = await system.call('/order/smart', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'AAPL', account, targetPosition: 25, orderType: 'MKT' }),
  })
  t.match(body, { position: 10, order: { totalQuantity: 15 } })
  t.equal(messagesOf(system).reqPositions, reqPositions + 1)
  await until(async () => quantities(await system.call(POSITIONS))[0] === 25, 'the next one')
  await whole(system)
})

const on = { environment: { MIRROR: 'on' } }

t.test('half an answer is none: positions are mirrored from its end on', async (t) => {
  const { call, gateway } = await instanced(t, on)
  await until(() => gateway.count(IN.REQ_POSITIONS) === 1, 'the subscription')
  gateway.say(...position('DU1', 7))
  const read = call(POSITIONS)
  await until(async () => (await call('/beacon')).answer.status === 200, 'a moment')
  t.equal(gateway.count(IN.REQ_POSITIONS), 1, 'one at a time')
  gateway.on(IN.REQ_POSITIONS, (api) => api.sayAll(position('DU1', 8), [62, 1]))
  gateway.say(62, 1)
  t.strictSame(quantities(await read), [8])
  t.equal(gateway.count(IN.CANCEL_POSITIONS), 1)
  t.equal(sourceOf(await call(POSITIONS)), 'mirror')
})

t.test(
  'a gateway that never ends its positions costs one session, not one after another',
  async (t) => {
    const { call, gateway, status } = await instanced(t, {
      ...on,
      config: {
        requestTimeoutMs: 100,
        limits: {
          connectTimeoutMs: 5000,
          greetingTimeoutMs: 5000,
          quietMs: 15_000,
          silentMs: 5000,
          staleHoldMs: 50,
        },
      },
    })
    await until(async () => (await status()).reconnects === 1, 'a new session')
    await until(async () => (await status()).connected, 'logged in again')
    t.equal(gateway.count(IN.REQ_POSITIONS), 1, 'it is left to callers')
    gateway.on(IN.REQ_POSITIONS, (api) => api.sayAll(position('DU1', 9), [62, 1]))
    t.equal(sourceOf(await call(POSITIONS)), 'gateway')
    t.equal(sourceOf(await call(POSITIONS)), 'mirror')
    t.equal((await status()).reconnects, 1)
  },
)

/** A gateway that holds so much for everybody who asks. */
async function holding(quantity: number): Promise<FakeGateway> {
  const gateway = await new FakeGateway().start()
  return gateway.on(IN.REQ_POSITIONS, (api) => api.sayAll(position('DU1', quantity), [62, 1]))
}

t.test('while a gap is open IB is asked', async (t) => {
  const system = await instanced(t, { ...on, gateway: await holding(9) })
  const { call, gateway, instance } = system
  await whole(system)
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, () => undefined)
  gateway.drop()
  await until(() => !instance.link.isUsable, 'the gateway is lost')
  await until(() => instance.link.isUsable, 'logged in again')
  for (let read = 0; read < 3; read += 1) {
    t.equal(sourceOf(await call(POSITIONS)), 'gateway')
    t.equal(sourceOf(await call('/executions')), 'gateway')
  }
  gateway.say(53, 1)
  await whole(system)
})

t.test('a fill told twice, its position told twice, an end nobody asked for', async (t) => {
  const system = await instanced(t, { ...on, gateway: await holding(100) })
  const { call, gateway } = system
  await whole(system)
  const asked = gateway.count(IN.REQ_POSITIONS)
  for (let time = 0; time < 2; time += 1)
    gateway.say(...execution({ execId: '1.1', orderId: 5, shares: 20 }))
  for (let time = 0; time < 2; time += 1) gateway.say(...position('DU1', 120))
  gateway.say(62, 1)
  await until(async () => (await call('/executions')).body.length === 1, 'the fill')
  t.strictSame(quantities(await call(POSITIONS)), [120])
  t.equal(sourceOf(await call(POSITIONS)), 'mirror')
  t.equal(gateway.count(IN.REQ_POSITIONS), asked, 'nothing had to be asked')
})
