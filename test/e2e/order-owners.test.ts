import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const resting = { symbol: 'MSFT', action: 'BUY', totalQuantity: 5, orderType: 'LMT', lmtPrice: 1.5 }
const clients = Array.from({ length: 8 }, (_, clientId) => clientId)
const VICTIM = 5

t.test(
  'changes and cancels reach the owner for every one of eight, and are 503 while it is down',
  async (t) => {
    const system = await startSystem(t)
    const send = callerOf(() => system.url)
    const place = async (clientId: number): Promise<string> => {
      const { status, body } = await send('POST', `/clients/${clientId}/order`, resting)
      t.match({ status, body }, { status: 201, body: { clientId } })
      return body.id
    }
    const orders = await Promise.all(clients.map(place))
    for (const [clientId, id] of orders.entries()) {
      const changed = await send('PUT', `/order/${id}`, { lmtPrice: 1.6 })
      t.match(changed, { status: 200, body: { id, clientId, lmtPrice: 1.6 } })
      t.equal(changed.headers.get('ibrest-client-id'), String(clientId))
      const named = await send('POST', '/order', { orderId: id, lmtPrice: 1.7 })
      t.match(named, { status: 200, body: { id, clientId, lmtPrice: 1.7 } })
      const cancelled = await send('DELETE', `/order/${id}`)
      t.match(cancelled, { status: 200, body: { id, clientId, state: 'canceled' } })
      t.equal(cancelled.headers.get('ibrest-client-id'), String(clientId))
    }
    t.same((await send('GET', '/order')).body, [])

    const others = await Promise.all(clients.map(place))
    // who dies now cannot log in again, and stays down
    await system.control('POST', '/faults', { fault: 'refuse' })
    process.kill((await system.instance(VICTIM)).pid, 'SIGKILL')
    await until(async () => (await system.pool()).down === 1, 'one client down')
    const orphan = others[VICTIM]
    for (const call of [
      () => send('PUT', `/order/${orphan}`, { lmtPrice: 1.6 }),
      () => send('POST', '/order', { orderId: orphan, lmtPrice: 1.6 }),
      () => send('DELETE', `/order/${orphan}`),
      () => send('GET', `/order/${orphan}`),
    ]) {
      const { status, headers, body } = await call()
      t.equal(status, 503)
      t.ok(Number(headers.get('retry-after')) >= 1)
      t.match(body, { code: 'PROXY_OWNER_DOWN', client_id: VICTIM, retryable: true })
    }
    for (const [clientId, id] of others.entries()) {
      if (clientId === VICTIM) continue
      t.equal((await send('PUT', `/order/${id}`, { lmtPrice: 1.6 })).status, 200, id)
      t.equal((await send('DELETE', `/order/${id}`)).status, 200, id)
    }
    const completed = await send('GET', '/order/completed')
    t.equal(completed.headers.get('ibrest-missing-clients'), String(VICTIM))
    t.match(
      completed.body.find(({ clientId }: { clientId: number | null }) => clientId === null),
      { id: null, orderId: null, state: 'canceled' },
      'nobody is there to name its orders',
    )

    await system.control('DELETE', '/faults')
    await until(async () => (await system.pool()).usable === 8, 'it is back', 20_000)
    t.match(await send('PUT', `/order/${orphan}`, { lmtPrice: 1.8 }), {
      status: 200,
      body: { id: orphan, lmtPrice: 1.8 },
    })
    t.match(await send('DELETE', `/order/${orphan}`), { status: 200, body: { id: orphan } })
  },
)
