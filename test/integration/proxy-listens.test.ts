import t from 'tap'
import { pooled } from '../rig/pooled.ts'
import { proxied } from '../rig/proxied.ts'
import { sendJson } from '../rig/stub-instance.ts'
import { until } from '../rig/until.ts'

/** Far beyond any test: what is known sooner was not asked for at an interval. */
const NEVER = { PROBE_INTERVAL_MS: '60000' }
/** How long the gateway keeps a dropped client from logging in again: long enough to be seen. */
const STAYS_AWAY_MS = 300

t.test(
  'a slot is down as soon as its instance has lost the gateway, and back as soon as it has it',
  async (t) => {
    const { proxy, simulator } = await pooled(t, 2, NEVER)
    const { pool } = proxy
    simulator.drop(1, STAYS_AWAY_MS)
    await until(() => pool.members[1]?.isUp === false, 'down without a call or a probe')
    t.equal(pool.isUp(0), true)
    t.ok(pool.status().clients[1]?.reason)
    await until(() => pool.status().idle === 2, 'back without a probe')
    simulator.drop(1, STAYS_AWAY_MS)
    await until(() => pool.members[1]?.isUp === false, 'down a second time')
    await until(() => pool.status().idle === 2, 'back a second time')
  },
)

t.test('instances are asked a few at a time, not all at once', async (t) => {
  const { stubs } = await proxied(t, 8, { PROBE_INTERVAL_MS: '1600' })
  const asked = () => stubs.map(({ probes }) => probes.length)
  t.same(asked(), [1, 1, 1, 1, 1, 1, 1, 1], 'but for the first time')
  const areAskedAgain = (times: number[]) => times.every((each) => each === 2)
  await until(() => areAskedAgain(asked().slice(0, 4)), 'the first are asked again')
  t.same(asked(), [2, 2, 2, 2, 1, 1, 1, 1])
  await until(() => areAskedAgain(asked()), 'and the others, before the first have their next turn')
})

t.test(
  'one that does not answer is not asked again meanwhile, and keeps nobody else waiting',
  async (t) => {
    const { stubs } = await proxied(t, 2, { PROBE_INTERVAL_MS: '100', PROBE_TIMEOUT_MS: '60000' })
    const [silent, other] = stubs
    if (silent === undefined || other === undefined) return
    silent.answerClients = () => undefined
    const before = silent.probes.length
    await until(() => silent.probes.length > before, 'it is asked')
    const asked = silent.probes.length
    const times = other.probes.length
    await until(() => other.probes.length >= times + 5, 'the other is asked as before')
    t.equal(silent.probes.length, asked)
  },
)

t.test('a slot is down as soon as its instance is told to stop', async (t) => {
  const { proxy, instances } = await pooled(t, 2, NEVER)
  await instances[1]?.instance.stop()
  await until(() => proxy.pool.members[1]?.isUp === false, 'down without a probe')
})

t.test(
  'an instance that waits for its gateway is not kept from ending by those who listen',
  async (t) => {
    const { proxy, instances, simulator } = await pooled(t, 1, NEVER)
    await simulator.close()
    await until(() => proxy.pool.isUp(0) === false, 'down')
    await instances[0]?.instance.stop()
    t.pass('ended')
  },
)

t.test('a stranger who names no state is only asked short questions', async (t) => {
  const { stubs, status } = await proxied(t, 1)
  const [stub] = stubs
  if (stub === undefined) return
  stub.usable = false
  await until(async () => (await status()).usable === 0, 'down at an interval')
  stub.usable = true
  await until(async () => (await status()).usable === 1, 'back at an interval')
  t.ok(stub.probes.length > 2)
  t.same(
    stub.probes.filter(({ prefer }) => prefer !== undefined),
    [],
  )
})

t.test('one that names a state but does not wait is not asked again and again', async (t) => {
  const { stubs } = await proxied(t, 1, { PROBE_INTERVAL_MS: '200' })
  const [stub] = stubs
  if (stub === undefined) return
  stub.answerClients = (response) => {
    response.setHeader('ibrest-state', 'always the same')
    sendJson(response, 200, {})
  }
  await until(() => stub.probes.filter(({ prefer }) => prefer !== undefined).length >= 2, 'asked')
  const short = stub.probes.filter(({ prefer }) => prefer === undefined).length
  const long = stub.probes.length - short
  t.ok(long <= short, 'one long question for each short one')
})
