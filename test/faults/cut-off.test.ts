import t from 'tap'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

t.test(
  'when the gateway loses IB (1100) clients are not usable though the socket lives, until 1102',
  async (t) => {
    const system = await startSystem(t, { poolSize: 2 })
    await system.control('POST', '/faults', { fault: 'code-1100' })
    await until(async () => (await system.pool()).usable === 0, 'no client usable')
    const status = await system.instance(0)
    t.match(status, { connected: false, state: 'cut-off', reason: /IB/ })
    t.equal(status.reconnects, 0, 'the session itself was kept')
    t.equal((await fetch(`${system.url}/account/positions`)).status, 503)
    await system.control('POST', '/faults', { fault: 'code-1102' })
    await until(async () => (await system.pool()).usable === 2, 'usable again')
    t.equal((await fetch(`${system.url}/account/positions`)).status, 200)
  },
)
