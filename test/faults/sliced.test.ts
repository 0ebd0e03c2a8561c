import t from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { callerOf } from '../rig/caller.ts'
import type { Parsed } from '../rig/parsed.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'
import { wireTo } from '../rig/wire.ts'

const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
/** what is the same whenever it is asked */
const QUESTIONS = [
  '/account/summary?tags=AccountType',
  '/account/positions?fresh=true',
  '/contract?symbol=AAPL',
  '/contract/search?pattern=AA',
  '/history/AAPL?endDateTime=2026-07-01T16:00:00Z&durationStr=1800%20S&barSizeSetting=1%20min',
]

t.setTimeout(90_000)

t.test(
  'whatever the wire cuts the gateway’s words into, down to single bytes, the answers are the same',
  async (t) => {
    const simulator = new Gateway({ port: 0 })
    await simulator.listen()
    t.teardown(() => simulator.close())
    const wire = await wireTo(t, simulator.port)
    const system = await startSystem(t, {
      poolSize: 1,
      env: { IBGW_HOST: '127.0.0.1', IBGW_PORT: String(wire.port) },
    })
    const send = callerOf(() => system.url)
    const answers = async (): Promise<Parsed[]> => {
      const all = []
      for (const question of QUESTIONS) {
        // asked of the gateway, not of the proxy's memory
        const headers = { 'cache-control': 'no-cache', 'x-deadline-ms': '60000' }
        const { status, body } = await send('GET', question, undefined, headers)
        t.equal(status, 200, question)
        all.push(body)
      }
      return all
    }
    const buy = { ...order, orderType: 'MKT', lmtPrice: undefined }
    t.match((await send('POST', '/order?until=filled', buy)).body, { state: 'executed' })
    const whole = await answers()
    const packets = wire.packets

    wire.isSliced = true
    const sliced = await answers()
    t.same(sliced, whole)
    t.ok(wire.packets - packets > 1000, `${wire.packets - packets} packets`)

    wire.cut()
    await until(async () => (await system.instance(0)).reconnects === 1, 'a sliced login', 30_000)
    await until(async () => (await system.pool()).usable === 1, 'usable again', 30_000)
    const { status, body } = await send('POST', '/order', order)
    t.equal(status, 201)
    t.match(body, { state: 'placed', lmtPrice: 5 })
    t.match((await send('GET', '/order')).body, [{ id: body.id, permId: body.permId }])
    t.match((await send('DELETE', `/order/${body.id}`)).body, { state: 'canceled' })
    t.same(await answers(), whole)
    t.equal(await system.metric('ibrest_decode_errors_total', system.instanceUrl(0)), 0)
    t.match(await system.instance(0), { connected: true, reconnects: 1 })
  },
)
