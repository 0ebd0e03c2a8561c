import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { BLOWS } from '../rig/mayhem.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const rests = {
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 1 },
  ...{ orderType: 'LMT', lmtPrice: 1 },
}

async function uptimeOf({ url }: System): Promise<number | undefined> {
  const answer = await fetch(`${url}/beacon`).catch(() => undefined)
  return ((await answer?.json()) as { uptimeSeconds: number } | undefined)?.uptimeSeconds
}

t.test(
  'a pause outlives instances and the proxy; cancels pass; after it orders are taken again',
  async (t) => {
    const system = await startSystem(t, { poolSize: 3 })
    const call = callerOf(() => system.url)
    const placed = await call('POST', '/order', rests)
    t.equal(placed.status, 201)
    t.equal(placed.headers.get('trading-mode'), 'simulated')

    const thrown = await call('POST', '/clients/pause-orders', { reason: 'fat finger' })
    t.match(thrown.body, { paused: true, clients: { told: [0, 1, 2], untold: [] } })
    const { paused, at, reason } = thrown.body
    const refused = await call('POST', '/order', rests)
    t.match(refused, { status: 403, body: { reason: 'fat finger', retryable: true } })
    t.equal(refused.headers.get('trading-mode'), 'simulated')
    t.equal((await call('DELETE', `/order/${placed.body.id}`)).status, 200)

    const { pid } = await system.instance(1)
    process.kill(pid, 'SIGKILL')
    await until(async () => {
      const status = await system.instance(1).catch(() => undefined)
      return status?.connected === true && status.pid !== pid && status
    }, 'client 1 back')
    t.same((await system.instance(1)).orders, { paused, at, reason })
    t.match(await call('POST', '/order', rests), { status: 403 })

    const uptime = (await uptimeOf(system)) ?? 0
    await BLOWS['proxy killed']?.(system, () => 0)
    await until(async () => ((await uptimeOf(system)) ?? uptime) < uptime, 'a new proxy')
    await until(async () => (await system.pool()).usable === 3, 'its pool')
    t.same((await system.pool()).orders, { paused, at, reason })
    t.match(await call('POST', '/order', rests), { status: 403 })
    t.same((await call('GET', '/order')).body, [], 'nothing was sent')

    const resumed = await call('POST', '/clients/resume-orders')
    t.match(resumed.body, { paused: false, clients: { told: [0, 1, 2] } })
    t.equal((await call('POST', '/order', rests)).status, 201)
  },
)
