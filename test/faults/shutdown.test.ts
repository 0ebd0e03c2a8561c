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

t.test('the proxy alone, told to stop, answers all who are there, those in line too', async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  await system.control('POST', '/faults', {
    fault: 'late',
    match: { message: 'positionEnd' },
    delayMs: 200,
    count: 1000,
  })
  const headers = { 'cache-control': 'no-cache' }
  const calls = Array.from({ length: 32 }, () =>
    fetch(`${system.url}/account/positions`, { headers }),
  )
  await until(async () => (await system.pool()).queue.length > 10, 'a line')
  const stopped = system.stop('SIGTERM')
  const answers = await Promise.all(calls)
  t.same(
    answers.map(({ status }) => status),
    calls.map(() => 200),
  )
  t.equal(await stopped, 0)
})
