import t from 'tap'
import { AS_PROXY, type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

let system: System
t.before(async () => {
  system = await startSystem(t, { poolSize: 3 })
})

const order = { symbol: 'MSFT', action: 'BUY', totalQuantity: 5, orderType: 'LMT', lmtPrice: 1.5 }

async function openOrders(): Promise<object[]> {
  return (await (await fetch(`${system.url}/order`)).json()) as object[]
}

t.test(
  'while the gateway is gone calls get 503 at once with a reason, and all recovers by itself',
  async (t) => {
    await system.control('POST', '/faults', { fault: 'restart', delayMs: 2500 })
    await until(async () => (await system.pool()).usable === 0, 'no instance usable')

    const clients = await fetch(`${system.url}/clients`)
    t.equal(clients.status, 503)
    const { clients: each } = (await clients.json()) as {
      clients: { reason: string; connected: boolean }[]
    }
    t.ok(
      each.every(({ reason, connected }) => !connected && reason.length > 0),
      'each says why',
    )
    t.equal((await fetch(`${system.url}/beacon`)).status, 200, 'the proxy itself lives')

    const begun = performance.now()
    const read = await fetch(`${system.url}/account/positions`)
    t.equal(read.status, 503)
    t.ok(Number(read.headers.get('retry-after')) >= 1)
    t.match(await read.json(), { code: 'PROXY_NO_INSTANCE', retryable: true })
    const placed = await fetch(`${system.url}/order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
    t.equal(placed.status, 503)
    t.ok(performance.now() - begun < 2000, 'at once, not at the deadline')

    await until(async () => (await system.pool()).usable === 3, 'all usable again', 20_000)
    t.equal((await fetch(`${system.url}/account/positions`)).status, 200)
    t.same(await openOrders(), [], 'nothing that was refused was sent after all')
  },
)

t.test(
  'an order sent straight to an instance without a session is refused, and never replayed',
  async (t) => {
    await system.control('POST', '/faults', { fault: 'restart', delayMs: 1500 })
    await until(async () => !(await system.instance(1)).connected, 'the instance cut off')
    await until(async () => (await system.pool()).usable === 0, 'the proxy told')
    const refused = await fetch(`${system.instanceUrl(1)}/order`, {
      method: 'POST',
      headers: { ...AS_PROXY, 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
    t.equal(refused.status, 503)
    t.match(await refused.json(), { code: 'INSTANCE_NOT_READY', retryable: true })
    await until(async () => (await system.pool()).usable === 3, 'all usable again', 20_000)
    t.same(await openOrders(), [])
  },
)

t.test('orders outlive the gateway’s connection and keep their ids', async (t) => {
  const placed = (await (
    await fetch(`${system.url}/order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
  ).json()) as { id: string; permId: number }
  await system.control('POST', '/faults', { fault: 'restart', delayMs: 500 })
  await until(async () => (await system.pool()).usable < 3, 'the connection lost')
  await until(async () => (await system.pool()).usable === 3, 'all usable again', 20_000)
  t.match(await openOrders(), [{ id: placed.id, permId: placed.permId }])
  const cancelled = await fetch(`${system.url}/order/${placed.id}`, { method: 'DELETE' })
  t.match(await cancelled.json(), { id: placed.id, state: 'canceled' })
})
