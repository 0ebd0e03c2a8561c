import t from 'tap'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

t.test('stopped under load, running calls finish and everything ends cleanly', async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  await system.control('POST', '/faults', {
    fault: 'late',
    match: { message: 'positionEnd' },
    delayMs: 700,
    count: 2,
  })
  const running = [
    fetch(`${system.url}/account/positions?fresh=true`),
    fetch(`${system.url}/account/positions?fresh=true`),
  ]
  await until(async () => (await system.pool()).busy === 2, 'both busy')
  const stopped = system.stop('SIGTERM')
  t.same(
    (await Promise.all(running)).map(({ status }) => status),
    [200, 200],
  )
  t.equal(await stopped, 0)
  t.notMatch(system.output, /died/)
})
