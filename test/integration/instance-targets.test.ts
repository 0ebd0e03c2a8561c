import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { FIELD, openOrder, orderStatus, position, stockDetails } from '../rig/fake-messages.ts'
import { instanced, type Reached, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const AAPL = 265598
const account = 'DU1'

function smart({ call }: Reached, body: unknown, headers: Record<string, string> = {}) {
  return call('/order/smart', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

function close({ call }: Reached, query = '') {
  return call(`/account/positions/${AAPL}${query}`, { method: 'DELETE' })
}

async function holding(t: Parameters<typeof instanced>[0], quantity: number) {
  const system = await instanced(t)
  system.gateway
    .on(IN.REQ_CONTRACT_DATA, (api, fields) =>
      api.sayAll(stockDetails(fields[2] ?? '', {}), [52, 1, fields[2] ?? '']),
    )
    .on(IN.REQ_POSITIONS, (api) => api.sayAll(position(account, quantity), [62, 1]))
    .on(IN.PLACE_ORDER, (api, fields) =>
      api.say(
        ...openOrder({
          orderId: Number(fields[FIELD.orderId]),
          action: fields[FIELD.action] ?? '',
          quantity: Number(fields[FIELD.quantity]),
        }),
      ),
    )
  return system
}

const wish = { symbol: 'AAPL', orderType: 'MKT', targetPosition: 100 }

t.test('a target sends the difference as one order, or nothing', async (t) => {
  for (const [held, targetPosition, action, totalQuantity] of [
    [30, 100, 'BUY', 70],
    [130, 100, 'SELL', 30],
    [30, -10, 'SELL', 40],
    [0, 5, 'BUY', 5],
  ] as const) {
    const system = await holding(t, held)
    const { answer, body } = await smart(system, { ...wish, targetPosition })
    t.equal(answer.status, 201)
    t.equal(answer.headers.get('location'), `/order/${body.order.id}`)
    t.match(body, { order: { action, totalQuantity }, position: held, working: 0, targetPosition })
    t.equal(system.gateway.count(IN.PLACE_ORDER), 1)
  }
  const there = await holding(t, 100)
  t.match(await smart(there, wish), {
    answer: { status: 200 },
    body: { order: null, position: 100, account, conId: AAPL },
  })
  t.equal(there.gateway.count(IN.PLACE_ORDER), 0)
})

t.test('a target asked for again while its order works sends nothing more', async (t) => {
  const system = await holding(t, 30)
  const both = await Promise.all([
    smart(system, wish, { prefer: 'respond-async' }),
    smart(system, wish).then(async (first) =>
      first.answer.status === 503 ? await smart(system, wish) : first,
    ),
  ])
  t.equal(system.gateway.count(IN.PLACE_ORDER), 1, JSON.stringify(both.map(({ body }) => body)))
  t.match(await smart(system, wish), {
    answer: { status: 200 },
    body: { order: null, position: 30, working: 70 },
  })
  t.match((await smart(system, { ...wish, targetPosition: 90 })).body, {
    order: { action: 'SELL', totalQuantity: 10 },
  })
})

t.test('an order in doubt on the way to a target holds up the next', async (t) => {
  const system = await holding(t, 30)
  const { gateway, call } = system
  gateway.on(IN.PLACE_ORDER, () => undefined)
  const first = await smart(system, wish, { 'x-deadline-ms': '200' })
  t.match(first, { answer: { status: 202 }, body: { order: { status: 'Unknown' } } })
  t.match(await smart(system, wish), {
    answer: { status: 409 },
    body: { code: 'INSTANCE_ORDER_UNCONFIRMED', order: { id: first.body.order.id } },
  })
  t.equal(gateway.count(IN.PLACE_ORDER), 1)
  const { orderId, id } = first.body.order
  gateway.say(...orderStatus({ orderId, status: 'Cancelled' }))
  await until(async () => (await call(`/order/${id}`)).body.state === 'canceled', 'the truth')
  await smart(system, wish, { 'x-deadline-ms': '200' })
  t.equal(gateway.count(IN.PLACE_ORDER), 2)
})

t.test('a wrong target is 422 with every field, and nothing is sent', async (t) => {
  const system = await holding(t, 30)
  const { answer, body } = await smart(system, {
    orderType: 'LMT',
    targetPosition: 1,
    account: 'U9',
  })
  t.equal(answer.status, 422)
  t.same(body.errors.map(({ field }: { field: string }) => field).sort(), [
    'account',
    'lmtPrice',
    'symbol',
  ])
  for (const bad of [
    { ...wish, action: 'BUY' },
    { symbol: 'AAPL' },
    { ...wish, targetPosition: 'x' },
  ])
    t.equal((await smart(system, bad)).answer.status, 422)
  t.equal((await close(system, '?orderType=LMT')).answer.status, 422)
  t.equal((await close(system, '?account=U9')).answer.status, 422)
  t.equal(system.gateway.count(IN.PLACE_ORDER), 0)
})

t.test(
  'closing sells what is long, buys what is short, and is 404 without a position',
  async (t) => {
    for (const [held, action] of [
      [30, 'SELL'],
      [-20, 'BUY'],
    ] as const) {
      const system = await holding(t, held)
      const { answer, body } = await close(system)
      t.equal(answer.status, 200)
      t.match(body, { order: { action, totalQuantity: Math.abs(held) }, position: held })
      t.equal(system.gateway.last(IN.PLACE_ORDER)?.[FIELD.type], 'MKT')
      t.match(await close(system), { answer: { status: 200 }, body: { order: null } }, 'only once')
    }
    t.match(await close(await holding(t, 0)), {
      answer: { status: 404 },
      body: { code: 'INSTANCE_NO_POSITION' },
    })
  },
)

t.test('at the simulator a target is reached, moved and closed', async (t) => {
  const system = await simulated(t)
  const { call } = system
  const held = async () => (await call(`/account/positions?account=${account}`)).body[0]?.position
  const missing = await smart(system, wish)
  t.match(missing.body.errors, [{ field: 'account', code: 'missing' }], 'which of two accounts')
  t.equal((await smart(system, { ...wish, account })).answer.status, 201)
  await until(async () => (await held()) === 100, 'the target')
  t.match((await smart(system, { ...wish, account })).body, { order: null, position: 100 })
  t.equal((await smart(system, { ...wish, account, targetPosition: -5 })).answer.status, 201)
  await until(async () => (await held()) === -5, 'the other target')
  t.equal((await close(system)).answer.status, 200)
  await until(async () => (await held()) === undefined, 'no position')
  t.equal((await close(system)).answer.status, 404)
})

t.test('a target whose answer is lost is reached once', async (t) => {
  const system = await simulated(t)
  const { simulator, call, instance } = system
  simulator.faults.add({ fault: 'reset', match: { message: 'openOrder' }, count: 1 })
  const { answer } = await smart(system, { ...wish, account })
  t.equal(answer.status, 202)
  await until(() => instance.link.isUsable, 'the next login')
  const held = async () => (await call(`/account/positions?account=${account}`)).body[0]?.position
  await until(async () => (await held()) === 100, 'the target')
  t.match((await smart(system, { ...wish, account })).body, { order: null, position: 100 })
})
