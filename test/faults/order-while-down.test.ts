import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { AS_PROXY, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

const order = { symbol: 'MSFT', action: 'BUY', totalQuantity: 5, orderType: 'LMT', lmtPrice: 1.5 }

t.setTimeout(60_000)

t.test(
  'orders that come while no session is there are refused at once and never sent, and a key is free again',
  async (t) => {
    const system = await startSystem(t, { poolSize: 2 })
    const send = callerOf(() => system.url)
    const straight = callerOf(() => system.instanceUrl(1))
    const booked = async () => (await system.control('GET', '/orders')) as { orderRef: string }[]
    const key = { 'idempotency-key': 'while-down' }
    const named = { ...order, clientOrderId: 'named-while-down' }
    // a gateway that lets nobody in comes back when the test says so, and not by the clock
    await system.control('POST', '/faults', { fault: 'refuse' })
    await system.control('POST', '/faults', { fault: 'restart', delayMs: 100, lingerMs: 0 })
    await until(async () => (await system.pool()).usable === 0, 'no instance usable')

    const refused = [
      await send('POST', '/order', order),
      await send('POST', '/order', order, key),
      await send('POST', '/order', named),
      await send('POST', '/order?bracket=false', [order, order]),
      await send('POST', '/order/oca', [order, order], { 'idempotency-key': 'oca-while-down' }),
      await send('POST', '/order/split', { ...order, slices: 2 }),
    ]
    for (const { status, body, headers } of refused) {
      t.equal(status, 503)
      t.match(body, { code: /^PROXY_(NO_INSTANCE|OWNER_DOWN)$/, retryable: true })
      t.ok(Number(headers.get('retry-after')) >= 1)
    }
    for (const headers of [{}, key]) {
      const { status, body } = await straight('POST', '/order', order, {
        ...AS_PROXY,
        ...headers,
      })
      t.equal(status, 503)
      t.match(body, { code: 'INSTANCE_NOT_READY', retryable: true })
    }
    t.equal((await system.pool()).usable, 0, 'all of that before anybody was back')

    await system.control('DELETE', '/faults')
    await until(async () => (await system.pool()).usable === 2, 'all usable again', 20_000)
    t.same((await send('GET', '/order')).body, [])
    t.same(await booked(), [], 'the gateway has never seen any of them')

    const first = await send('POST', '/order', order, key)
    const again = await send('POST', '/order', order, key)
    t.same([first.status, again.status], [201, 201])
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.equal(again.body.id, first.body.id)
    t.equal((await send('POST', '/order', named)).status, 201)
    t.equal((await send('POST', '/order', named)).status, 201)
    t.equal((await booked()).length, 2, 'each of the two once')
  },
)
