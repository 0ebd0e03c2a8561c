import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { callerOf, type Send } from '../rig/caller.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'
import { messageIn, type Wire, wireTo } from '../rig/wire.ts'

const POSITION = 61
const held = '/account/positions?fresh=true'
/** soon enough for a gateway that never says the rest */
const impatient = { 'x-deadline-ms': '1500' }

const simulator = new Gateway({ port: 0 })
let wire: Wire
let system: System
let send: Send
t.setTimeout(120_000)
t.before(async () => {
  await simulator.listen()
  t.teardown(() => simulator.close())
  wire = await wireTo(t, simulator.port)
  system = await startSystem(t, {
    poolSize: 1,
    env: { IBGW_HOST: '127.0.0.1', IBGW_PORT: String(wire.port) },
  })
  send = callerOf(() => system.url)
  const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
  t.match((await send('POST', '/order?until=filled', buy)).body, { state: 'executed' })
})

/** A login later than so many: everything is as it was. */
async function recovered(reconnects: number): Promise<void> {
  await until(async () => (await system.instance(0)).reconnects > reconnects, 'a session made anew')
  await until(async () => (await system.pool()).usable === 1, 'usable again')
  const { status, body } = await send('GET', held)
  t.equal(status, 200)
  t.match(body, [{ position: 10, contract: { symbol: 'AAPL', secType: 'STK', currency: 'USD' } }])
  t.equal(body.length, 1)
  t.match(await system.instance(0), { connected: true, overlaps: 0 })
}

t.test(
  'a message cut off by the end of its connection is told as lost, and never as an answer',
  async (t) => {
    for (const message of ['position', 'positionEnd', 'reqPositions']) {
      const { reconnects } = await system.instance(0)
      simulator.faults.add({ fault: 'torn', match: { message } })
      const { status, body } = await send('GET', held)
      t.equal(status, 502, message)
      t.match(body, { code: 'INSTANCE_SESSION_LOST', detail: /positions/, retryable: true })
      await recovered(reconnects)
    }
  },
)

for (const [how, lie, status, code] of [
  ['a byte too short', (length: number) => length - 1, 502, 'INSTANCE_SESSION_LOST'],
  ['some bytes too long', (length: number) => length + 5, 502, 'INSTANCE_SESSION_LOST'],
  ['too long for all that follows', () => 1_000_000, 504, 'INSTANCE_QUERY_TIMEOUT'],
  ['longer than any message', () => 0x7fff_ffff, 502, 'INSTANCE_SESSION_LOST'],
  ['zero', () => 0, 502, 'INSTANCE_SESSION_LOST'],
  ['below zero', () => 0xffff_fffc, 502, 'INSTANCE_SESSION_LOST'],
] as const) {
  t.test(
    `a length that lies (${how}) ends the session, and never makes a wrong object`,
    async (t) => {
      const { reconnects } = await system.instance(0)
      wire.spoilUntil((bytes) => {
        const at = messageIn(bytes, POSITION)
        if (at >= 0) bytes.writeUInt32BE(lie(bytes.readUInt32BE(at)), at)
        return { bytes, isDone: at >= 0 }
      })
      const { status: answered, body } = await send('GET', held, undefined, impatient)
      t.equal(answered, status)
      t.match(body, { code, detail: /positions/, retryable: true })
      await recovered(reconnects)
    },
  )
}
