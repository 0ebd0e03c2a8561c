import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { ClientStatus } from '../../shared/schemas/client.ts'
import { insist, type Verdict } from '../rig/persistent-caller.ts'
import { Balancer, Replaceable, statusOf } from '../rig/replaceable.ts'
import { freePorts, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const INSTANCES = 3
const READERS = 12
const TRADERS = 4
/** Between two calls of one caller, ms: load, but not so much that a new process cannot start. */
const THINKING_MS = 100
/** An order's last word, however long its owner is away, ms. */
const PATIENCE_MS = 60_000

t.setTimeout(240_000)

t.test(
  'every instance and every proxy is replaced under load: no read fails, no order is lost or placed twice',
  async (t) => {
    const system = await startSystem(t, { poolSize: INSTANCES })
    const instances = Array.from({ length: INSTANCES }, (_, n) => system.instanceUrl(n)).join(',')
    const { proxy, instances: other } = await freePorts(1)
    const proxies = [proxy, other].map((port) => new Replaceable(port, instances))
    t.teardown(() => Promise.all(proxies.map((each) => each.stop())))
    const balancer = new Balancer(proxies)
    t.teardown(() => balancer.stop())
    await until(() => balancer.ready === proxies.length, 'both proxies ready', 30_000)

    const agent = new Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    const failures: string[] = []
    const verdicts: Verdict[] = []
    let answered = 0
    let isOver = false
    const read = async () => {
      while (!isOver) {
        try {
          const status = await statusOf(agent, `${balancer.next().url}/account/positions`)
          if (status !== 200) failures.push(`status ${status}`)
        } catch (error) {
          failures.push(String(error))
        }
        answered += 1
        await pause(THINKING_MS)
      }
    }
    const trade = async (trader: number) => {
      for (let turn = 1; !isOver; turn += 1) {
        const wish = {
          headers: { 'idempotency-key': `drill-${trader}-${turn}` },
          body: { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' },
        }
        verdicts.push(await insist(() => balancer.next().url, wish, PATIENCE_MS))
        await pause(THINKING_MS)
      }
    }
    const load = [
      ...Array.from({ length: READERS }, read),
      ...Array.from({ length: TRADERS }, (_, trader) => trade(trader)),
    ]
    const progress = async () => {
      const [reads, orders] = [answered, verdicts.length]
      await until(
        () => answered > reads + 3 * READERS && verdicts.length > orders + TRADERS,
        'calls are answered',
        60_000,
      )
    }
    const atProxies = async (act: string, clientId: number) => {
      for (const { url } of proxies) {
        const answer = await fetch(`${url}/clients/${clientId}/${act}`, { method: 'POST' })
        if (!answer.ok) throw new Error(`${act}: ${await answer.text()}`)
      }
    }
    const seen = async (clientId: number, fits: (client: ClientStatus) => boolean) => {
      const pools = await Promise.all(proxies.map((each) => each.pool()))
      return pools.every((pool) => {
        const client = pool?.clients[clientId]
        return client !== undefined && fits(client)
      })
    }
    await progress()

    for (let clientId = 0; clientId < INSTANCES; clientId += 1) {
      await atProxies('drain', clientId)
      await until(() => seen(clientId, ({ state }) => state === 'drained'), 'drained', 30_000)
      const { pid } = await system.instance(clientId)
      process.kill(pid, 'SIGTERM')
      await until(
        async () => {
          const now = await system.instance(clientId).catch(() => undefined)
          return now !== undefined && now.pid !== pid && now.connected
        },
        'a new instance logged in',
        60_000,
      )
      await atProxies('resume', clientId)
      await until(() => seen(clientId, ({ state }) => state !== 'down'), 'usable again', 30_000)
      await progress()
    }
    for (const each of proxies) {
      t.equal(await each.stop(), 0)
      await progress()
      each.start()
      await until(() => balancer.ready === proxies.length, 'both proxies ready', 60_000)
      await progress()
    }
    isOver = true
    await Promise.all(load)

    t.same(failures, [], 'no read failed')
    t.ok(verdicts.length > 0 && verdicts.every(({ status }) => status === 201))
    const booked = (await system.control('GET', '/orders')) as { orderRef: string }[]
    t.same(
      booked.map(({ orderRef }) => orderRef).sort(),
      verdicts.map(({ body }) => body.orderRef).sort(),
      'the gateway has each order once',
    )
    const filled = (await system.control('GET', '/executions')) as unknown[]
    t.equal(filled.length, verdicts.length, 'and filled each once')
  },
)
