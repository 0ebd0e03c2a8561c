import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Balancer, Replaceable, statusOf } from '../rig/replaceable.ts'
import { freePorts, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const CALLERS = 64
const INSTANCES = 2
/** A caller thinks so long between two calls, ms: load, but not so much that a new process cannot start. */
const THINKING_MS = 100
// processes are started one after the other, on whatever machine this is
t.setTimeout(60_000)

t.test('one of two proxies is replaced under load, and not one call fails', async (t) => {
  const system = await startSystem(t, { poolSize: INSTANCES })
  const instances = Array.from({ length: INSTANCES }, (_, n) => system.instanceUrl(n)).join(',')
  const ports = await freePorts(1)
  const proxies = [ports.proxy, ports.instances].map((port) => new Replaceable(port, instances))
  const [first] = proxies
  if (first === undefined) return
  t.teardown(() => Promise.all(proxies.map((proxy) => proxy.stop())))
  const balancer = new Balancer(proxies)
  t.teardown(() => balancer.stop())
  await until(() => balancer.ready === 2, 'both ready', 30_000)

  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const failures: string[] = []
  let answered = 0
  let isOver = false
  const calls = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      const { url } = balancer.next()
      try {
        const status = await statusOf(agent, `${url}/account/positions`)
        if (status !== 200) failures.push(`status ${status}`)
      } catch (error) {
        failures.push(String(error))
      }
      answered += 1
      await pause(THINKING_MS)
    }
  })
  await until(() => answered > 200, 'load', 30_000)
  t.equal(await first.stop(), 0)
  const atTheEnd = answered
  await until(() => answered > atTheEnd + 100, 'the other one serves all', 30_000)
  first.start()
  await until(
    async () => ((await first.pool())?.clients ?? []).some((client) => client.calls > 10),
    'the new one serves',
    30_000,
  )
  isOver = true
  await Promise.all(calls)
  t.same(failures, [])
})
