import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import {
  commission,
  completedOrder,
  execution,
  limit,
  openOrder,
  orderStatus,
} from '../rig/fake-messages.ts'
import { type Instanced, instanced, reach, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

/** A resting order of an instance whose gateway has no fills to tell. */
async function resting(t: Parameters<typeof instanced>[0], body: object = limit) {
  const system = await instanced(t)
  const { gateway } = system
  gateway.on(IN.PLACE_ORDER, (api, fields) =>
    api.say(...openOrder({ orderId: Number(fields[1]), permId: 77, orderType: 'LMT', limit: 150 })),
  )
  tellsFills(system, [])
  const { body: order } = await system.order(body)
  const detail = async () => (await system.call(`/order/${order.id}`)).body
  return { ...system, order, orderId: order.orderId as number, detail }
}

function tellsFills({ gateway }: Pick<Instanced, 'gateway'>, fills: readonly object[]) {
  gateway.on(IN.REQ_EXECUTIONS, (api, fields) => {
    const reqId = Number(fields[2])
    for (const fill of fills as { execId: string; orderId: number }[]) {
      api.say(...execution({ ...fill, reqId }))
      api.say(...commission(fill.execId, 1.5))
    }
    api.say(55, 1, reqId)
  })
}

t.test('one order is told with what was asked for and its fills, oldest first', async (t) => {
  const { gateway, order, orderId, detail } = await resting(t, { ...limit, hidden: true })
  t.match(order, { filledFraction: 0, clear: null })
  t.notHas(order, 'fills', 'the answer to placing is the plain order')
  const before = await detail()
  t.same(before.request, { ...limit, hidden: true })
  t.match(before, { ...order, fills: [], commission: null, updatedAt: String })
  const at = (clock: string) => `20260105-${clock}`
  gateway.say(
    ...execution({ execId: 'b.01', orderId, shares: 30, total: 50, time: at('15:31:00') }),
  )
  gateway.say(
    ...execution({ execId: 'a.01', orderId, shares: 25, total: 25, time: at('15:30:00') }),
  )
  gateway.say(
    ...execution({ execId: 'a.02', orderId, shares: 20, total: 20, time: at('15:30:00') }),
  )
  gateway.say(...execution({ execId: 'c.01', orderId: orderId + 1, shares: 5, total: 5 }))
  gateway.say(...commission('a.02', 1.1))
  const half = await until(async () => {
    const now = await detail()
    return now.fills[0]?.commission === 1.1 && now
  }, 'the fills')
  t.match(half, { filled: 50, filledFraction: 0.5, commission: null })
  t.match(half.fills, [
    { execId: 'a.02', shares: 20, commission: 1.1, commissionCurrency: 'USD' },
    { execId: 'b.01', shares: 30, commission: null },
  ])
  t.equal(half.fills.length, 2, 'the corrected fill and another order’s are not among them')
  gateway.say(...commission('b.01', 2.2))
  const whole = await until(async () => {
    const now = await detail()
    return now.commission !== null && now
  }, 'the sum')
  t.match(whole, { commission: 3.3, commissionCurrency: 'USD' })
})

t.test('fills the ledger lacks are asked for, once', async (t) => {
  const system = await resting(t)
  const { gateway, orderId, detail } = system
  gateway.say(...orderStatus({ orderId, status: 'Filled', filled: 100, average: 150 }))
  const asked = gateway.count(IN.REQ_EXECUTIONS)
  const first = await until(async () => {
    const now = await detail()
    return now.status === 'Filled' && now
  }, 'the fill')
  t.match(first, { fills: [], filledFraction: null, commission: null })
  await detail()
  t.equal(gateway.count(IN.REQ_EXECUTIONS), asked + 1, 'the gateway has said that it has none')
  tellsFills(system, [{ execId: 'a.01', orderId }])
  gateway.drop()
  await until(async () => (await detail()).fills.length === 1, 'the next login knows it')
  t.match(await detail(), { commission: 1.5, fills: [{ execId: 'a.01', commission: 1.5 }] })
})

t.test('the tag of an order in full is the one a change must match', async (t) => {
  const { call, order } = await resting(t)
  const etag = (await call(`/order/${order.id}`)).answer.headers.get('etag') ?? ''
  const change = {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'if-match': etag },
    body: JSON.stringify({ lmtPrice: 150 }),
  }
  t.equal((await call(`/order/${order.id}`, change)).answer.status, 200)
})

t.test('an order that was not placed here has no request', async (t) => {
  const system = await instanced(t)
  const { gateway, call } = system
  tellsFills(system, [])
  gateway.say(...openOrder({ orderId: 41 }))
  const found = await until(async () => {
    const { answer, body } = await call('/order/0.41')
    return answer.status === 200 && body
  }, 'an order of before')
  t.match(found, { id: '0.41', request: null, fills: [] })
})

t.test(
  'completed orders are told newest first: own ones in full, others without a name',
  async (t) => {
    const system = await resting(t, { ...limit, orderRef: 'mine' })
    const { gateway, order, orderId, call } = system
    gateway.on(IN.REQ_COMPLETED_ORDERS, (api) =>
      api.sayAll(
        completedOrder({ permId: 5, status: 'Cancelled', filled: 0 }),
        completedOrder({ permId: 77, status: 'Filled', filled: 100 }),
        [102],
      ),
    )
    gateway.say(...execution({ execId: 'a.01', orderId, shares: 40, total: 40, price: 149 }))
    const { answer, body } = await until(async () => {
      const told = await call('/order/completed')
      return told.body.length === 2 && told
    }, 'both')
    t.equal(answer.status, 200)
    const own = body.find(({ permId }: { permId: number }) => permId === 77)
    t.match(own, {
      ...{ id: order.id, clientId: 0, orderId, status: 'Filled', state: 'executed' },
      ...{ totalQuantity: 100, filled: 100, remaining: 0, filledFraction: null },
      ...{ orderRef: 'mine', completedAt: '2026-01-05T20:30:00.000Z' },
      completedStatus: 'Filled Size: 100',
    })
    const foreign = body.find(({ permId }: { permId: number }) => permId === 5)
    t.match(foreign, {
      ...{ id: null, clientId: null, orderId: null, status: 'Cancelled', state: 'canceled' },
      ...{ action: 'BUY', orderType: 'LMT', lmtPrice: 150, account: 'DU1', filledFraction: 0 },
      contract: { symbol: 'AAPL' },
    })
    t.match(
      await call(`/order/${order.id}`),
      { body: { status: 'Filled' } },
      'and is known to be over',
    )
    t.equal((await call('/order/completed?all=1')).answer.status, 422)
    t.equal((await call('/order/completed', { method: 'DELETE' })).answer.status, 405)
  },
)

t.test('completed orders at the simulator come newest first', async (t) => {
  const { call, order } = await simulated(t)
  const rest = { ...limit, lmtPrice: 1, account: 'DU1' }
  const ids: string[] = []
  for (const clientOrderId of ['one', 'two', 'three']) {
    const { body } = await order({ ...rest, clientOrderId })
    ids.unshift(body.id)
    await call(`/order/${body.id}`, { method: 'DELETE' })
  }
  const { body } = await call('/order/completed')
  t.same(new Set(body.map(({ id }: { id: string }) => id)), new Set(ids))
  const times = body.map(({ completedAt }: { completedAt: string }) => completedAt)
  t.same(times, [...times].sort().reverse())
  t.match(body[0], { clientOrderId: String, totalQuantity: 100, remaining: 100, lmtPrice: 1 })
})

t.test('orders that an earlier version wrote down are told whole', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const one = await simulated(t, { config: { ledgerPath } })
  const { body } = await one.order(
    { ...limit, lmtPrice: 1, account: 'DU1' },
    { 'idempotency-key': 'k' },
  )
  await one.instance.stop()
  const newer = ['clientOrderId', 'requestedOrderType', 'filledFraction', 'clear']
  const database = new DatabaseSync(ledgerPath)
  for (const name of newer) {
    database.exec(`UPDATE orders SET document = json_remove(document, '$.${name}')`)
    database.exec(`UPDATE keys SET answer = json_remove(answer, '$.orders[0].${name}')`)
  }
  database.exec(
    `UPDATE orders SET status = 'Filled', document = json_set(document, '$.status', 'Filled')`,
  )
  database.close()
  const two = await reach(one.simulator.port, { config: { ledgerPath }, impatient: true })
  t.teardown(() => two.instance.stop())
  const filled = await two.call('/order/filled')
  t.match(filled.body, [{ id: body.id, clientOrderId: null, filledFraction: null, clear: null }])
  await until(() => two.instance.link.isUsable, 'logged in')
  const replayed = await two.order(
    { ...limit, lmtPrice: 1, account: 'DU1' },
    { 'idempotency-key': 'k' },
  )
  t.equal(replayed.answer.status, 201)
  t.same(replayed.body, body)
})

t.test('S4.27 orders are listed by account and by contract', async (t) => {
  const { call, order } = await simulated(t)
  const rest = { ...limit, lmtPrice: 1 }
  const ids = async (path: string) =>
    (await call(path)).body.map(({ id }: { id: string }) => id).sort()
  const one = (await order({ ...rest, account: 'DU1' })).body.id
  const other = (await order({ ...rest, account: 'DU2', symbol: 'MSFT' })).body.id
  t.same(await ids('/order'), [one, other].sort())
  t.same(await ids('/order?account=DU1'), [one])
  t.same(await ids('/order?account=DU2&symbol=MS*'), [other])
  t.same(await ids('/order?account=DU2&symbol=AAPL'), [])
  const unknown = await call('/order?account=DU3')
  t.equal(unknown.answer.status, 422, 'an empty list would say that there is nothing')
  t.match(unknown.body.errors, [{ field: 'account', code: 'not_found' }])
  await call(`/order/${one}`, { method: 'DELETE' })
  t.same(await ids('/order/completed?account=DU1'), [one])
  t.same(await ids('/order/completed?account=DU2'), [])
  t.same(await ids('/order/filled?account=DU1'), [])
})

t.test(
  'an order of which nobody knows the account may be of any: it stays in the list',
  async (t) => {
    const { call, gateway } = await instanced(t)
    const foreign = { clientId: 7, status: 'Submitted' }
    gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) => {
      api.say(...openOrder({ ...foreign, orderId: 5, permId: 5, account: '' }))
      api.say(...openOrder({ ...foreign, orderId: 6, permId: 6, account: 'DU9' }))
      api.say(53, 1)
    })
    const { body } = await call('/order?account=DU1')
    t.match(body, [{ id: '7.5', account: null }])
  },
)
