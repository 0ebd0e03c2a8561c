import t from 'tap'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

t.test(
  'an instance killed mid-call costs that caller one 502; nobody else notices; its slot comes back',
  async (t) => {
    const system = await startSystem(t, { poolSize: 3 })
    await system.control('POST', '/faults', {
      fault: 'late',
      match: { message: 'positionEnd', clientId: 1 },
      delayMs: 20_000,
      count: 1,
    })
    const victim = fetch(`${system.url}/clients/1/account/positions?fresh=true`)
    await until(async () => (await system.instance(1)).inflight === 1, 'client 1 at work')
    const others = Array.from(
      { length: 30 },
      async () => (await fetch(`${system.url}/account/positions`)).status,
    )
    process.kill((await system.instance(1)).pid, 'SIGKILL')

    const answer = await victim
    t.equal(answer.status, 502)
    t.match(await answer.json(), { code: 'PROXY_INSTANCE_LOST', client_id: 1, retryable: true })
    t.same([...new Set(await Promise.all(others))], [200])
    await until(async () => (await system.pool()).usable === 3, 'the slot back after the restart')
    t.equal((await fetch(`${system.url}/clients/1/account/positions`)).status, 200)
  },
)
