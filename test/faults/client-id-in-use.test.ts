import t from 'tap'
import { freePorts, System, startSystem } from '../rig/system.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

t.test(
  'a client id somebody else holds keeps its instance down and says so; no other id is tried',
  async (t) => {
    const holder = await startSystem(t, { poolSize: 1 })
    const late = new System(await freePorts(2), tempDir(t), 2, {
      IBGW_HOST: '127.0.0.1',
      IBGW_PORT: String(holder.ports.simulator),
    })
    t.teardown(() => late.stop())
    await until(async () => (await late.pool()).usable === 1, 'client 1 usable', 20_000)
    const status = await until(async () => {
      const seen = await late.instance(0)
      return seen.reason !== null && /in use/i.test(seen.reason) && seen
    }, 'told that the id is in use')
    t.match(status, { connected: false, clientId: 0 })
    t.match((await late.pool()).connected, { 0: false, 1: true })
    t.equal((await fetch(`${late.url}/account/positions`)).status, 200, 'the other client serves')
    const steward = await fetch(`${late.url}/account/update?acctCode=DU1000001`)
    t.equal(steward.status, 503, 'what belongs to client 0 is not given to another')
  },
)
