import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, execution, FIELD, limit, openOrder, orderStatus } from '../rig/fake-messages.ts'
import { type Instanced, instanced, type Reached, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

function put({ call }: Reached, id: string, body: unknown, headers: Record<string, string> = {}) {
  return call(`/order/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** An instance whose gateway takes orders and changes as they come, and one resting limit order of it. */
async function resting(t: Parameters<typeof instanced>[0], body: object = limit) {
  const system = await instanced(t)
  takesAll(system)
  const { answer, body: order } = await system.order(body)
  if (answer.status !== 201) throw new Error(JSON.stringify(order))
  return { ...system, system, id: order.id as string, orderId: order.orderId as number, answer }
}

function takesAll({ gateway }: Instanced): void {
  gateway.on(IN.PLACE_ORDER, (api, fields) => api.say(...openOrder(asSent(fields))))
}

function asSent(fields: readonly string[]) {
  return {
    orderId: Number(fields[FIELD.orderId]),
    quantity: Number(fields[FIELD.quantity]),
    orderType: fields[FIELD.type] ?? '',
    limit: Number(fields[FIELD.limit]),
    permId: 77,
  }
}

t.test('a change is sent whole under the same number, and 200 when IB shows it', async (t) => {
  const { system, gateway, id, orderId } = await resting(t, { ...limit, tif: 'GTC', hidden: true })
  const placed = gateway.last(IN.PLACE_ORDER) ?? []
  const { answer, body } = await put(system, id, { lmtPrice: 151 })
  t.equal(answer.status, 200)
  t.match(body, { id, lmtPrice: 151, totalQuantity: 100, status: 'Submitted', permId: 77 })
  const sent = gateway.last(IN.PLACE_ORDER) ?? []
  t.equal(Number(sent[FIELD.orderId]), orderId)
  t.strictSame(
    sent.filter((_, index) => index !== FIELD.limit),
    placed.filter((_, index) => index !== FIELD.limit),
    'all else is as it was',
  )
  const again = await put(system, id, { totalQuantity: 50 })
  t.match(again.body, { lmtPrice: 151, totalQuantity: 50 }, 'a change builds on the one before')
  t.equal(
    await system.metric('ibrest_orders_total{client_id="0",action="modify",outcome="changed"}'),
    2,
  )
})

t.test('what makes it another order, or an invalid one, is 422 with every field', async (t) => {
  const { system, gateway, id } = await resting(t)
  const sent = gateway.count(IN.PLACE_ORDER)
  const wrong = { action: 'SELL', symbol: 'MSFT', account: 'DU9', orderType: 'STP LMT' }
  const { answer, body } = await put(system, id, wrong)
  t.equal(answer.status, 422)
  t.match(
    new Set(body.errors.map(({ field, code }: Record<string, string>) => `${field} ${code}`)),
    new Set([
      'action not_allowed',
      'symbol not_allowed',
      'account not_allowed',
      'auxPrice missing',
    ]),
  )
  for (const bad of [{}, { lmtPrice: 'x' }, { totalQuantity: 0 }, { nonsense: 1 }, undefined])
    t.equal((await put(system, id, bad)).answer.status, 422)
  t.equal(gateway.count(IN.PLACE_ORDER), sent, 'nothing was sent')
  const same = { ...limit, account: 'DU1', secType: 'STK', currency: 'USD', lmtPrice: 149 }
  t.match(await put(system, id, same), { answer: { status: 200 }, body: { lmtPrice: 149 } })
})

t.test('orders carry an ETag, and a change of an order that moved on is 412', async (t) => {
  const { system, gateway, call, id, orderId, answer: placed } = await resting(t)
  const known = await call(`/order/${id}`)
  const etag = known.answer.headers.get('etag') ?? ''
  t.match(etag, /^"[\w-]{22}"$/)
  t.equal(placed.headers.get('etag'), etag)
  gateway.say(...execution({ execId: 'a.1', orderId, shares: 10, total: 10 }))
  await until(async () => (await call(`/order/${id}`)).body.filled === 10, 'a fill')
  const sent = gateway.count(IN.PLACE_ORDER)
  for (const ifMatch of [etag, '"else"', `W/${etag}`]) {
    const { answer, body } = await put(system, id, { lmtPrice: 1 }, { 'if-match': ifMatch })
    t.equal(answer.status, 412)
    t.match(body, { code: 'INSTANCE_ORDER_CHANGED', order: { filled: 10 } })
  }
  t.equal(gateway.count(IN.PLACE_ORDER), sent, 'nothing was sent')
  const now = (await call(`/order/${id}`)).answer.headers.get('etag') ?? ''
  const done = await put(system, id, { lmtPrice: 2 }, { 'if-match': `"else", ${now}` })
  t.equal(done.answer.status, 200)
  t.not(done.answer.headers.get('etag'), now)
  t.equal((await put(system, id, { lmtPrice: 3 }, { 'if-match': '*' })).answer.status, 200)
})

t.test('a refused change is IB’s word, and the order lives on as it was', async (t) => {
  const { system, gateway, call, id, orderId } = await resting(t)
  const words = [
    [105, 'Order being modified does not match original order.', 409, 'IB_MODIFICATION_REFUSED'],
    [104, 'Cannot modify a filled order.', 409, 'IB_MODIFICATION_REFUSED'],
    [201, 'Order rejected - reason:Insufficient funds', 409, 'IB_MODIFICATION_REFUSED'],
    [110, 'The price does not conform', 422, 'IB_PRICE_INCREMENT'],
  ] as const
  for (const [errorCode, errorMsg, status, code] of words) {
    gateway.on(IN.PLACE_ORDER, (api) => api.say(...error(orderId, errorCode, errorMsg)))
    const { answer, body } = await put(system, id, { lmtPrice: 155 })
    t.equal(answer.status, status)
    t.match(body, { code, errorCode, errorMsg, order: { status: 'Submitted', lmtPrice: 150 } })
    t.match((await call(`/order/${id}`)).body, { state: 'placed', errorCode: null })
  }
  takesAll(system)
  const { body } = await put(system, id, { totalQuantity: 50 })
  t.match(body, { lmtPrice: 150, totalQuantity: 50 }, 'nothing refused comes along')
})

t.test('an order that is over or unknown is not changed, as it is not cancelled', async (t) => {
  const { system, gateway, call, id, orderId } = await resting(t)
  t.match(await put(system, '0.4711', { lmtPrice: 1 }), {
    answer: { status: 404 },
    body: { code: 'INSTANCE_UNKNOWN_ORDER' },
  })
  t.equal((await put(system, '3.1', { lmtPrice: 1 })).answer.status, 421)
  gateway.say(...orderStatus({ orderId, status: 'Filled', filled: 100, average: 150 }))
  await until(async () => (await call(`/order/${id}`)).body.status === 'Filled', 'the fill')
  const sent = gateway.count(IN.PLACE_ORDER)
  t.match(await put(system, id, { lmtPrice: 1 }), {
    answer: { status: 400 },
    body: { code: 'INSTANCE_ORDER_EXECUTED' },
  })
  const other = await system.order(limit)
  gateway.say(...orderStatus({ orderId: other.body.orderId, status: 'Cancelled' }))
  await until(
    async () => (await call(`/order/${other.body.id}`)).body.status === 'Cancelled',
    'the end',
  )
  t.match(await put(system, other.body.id, { lmtPrice: 1 }), {
    answer: { status: 409 },
    body: { code: 'INSTANCE_ORDER_FINISHED' },
  })
  t.equal(gateway.count(IN.PLACE_ORDER), sent + 1, 'only the other order was sent')
})

t.test('an order that is filled before its change arrives is 400', async (t) => {
  const { system, gateway, id, orderId } = await resting(t)
  gateway.on(IN.PLACE_ORDER, (api) =>
    api.sayAll(
      orderStatus({ orderId, status: 'Filled', filled: 100, average: 150 }),
      error(orderId, 104, 'Cannot modify a filled order.'),
    ),
  )
  t.match(await put(system, id, { lmtPrice: 151 }), {
    answer: { status: 400 },
    body: { code: 'INSTANCE_ORDER_EXECUTED' },
  })
})

t.test('a change nobody confirms is 202, said once, and shown when it comes', async (t) => {
  const { system, gateway, call, id, orderId } = await resting(t)
  gateway.on(IN.PLACE_ORDER, (api) => api.say(...openOrder({ orderId, ...old })))
  const sent = gateway.count(IN.PLACE_ORDER)
  const { answer, body } = await put(system, id, { lmtPrice: 152 }, { 'x-deadline-ms': '150' })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('location'), `/order/${id}`)
  t.match(body, { lmtPrice: 150, warningText: /may still be taken/ })
  t.equal(gateway.count(IN.PLACE_ORDER), sent + 1)
  gateway.say(...openOrder({ ...old, orderId, limit: 152 }))
  await until(async () => (await call(`/order/${id}`)).body.lmtPrice === 152, 'the change')
  t.equal((await call(`/order/${id}`)).body.warningText, null)
})

const old = { orderType: 'LMT', limit: 150, permId: 77 }

t.test('a change refused after its caller was told 202 is not built upon', async (t) => {
  const { system, gateway, call, id, orderId } = await resting(t)
  gateway.on(IN.PLACE_ORDER, () => undefined)
  await put(system, id, { lmtPrice: 152 }, { 'x-deadline-ms': '100' })
  gateway.say(...error(orderId, 201, 'Order rejected - reason:late'))
  gateway.say(...openOrder({ ...old, orderId, quantity: 99 }))
  await until(async () => (await call(`/order/${id}`)).body.totalQuantity === 99, 'IB has spoken')
  t.equal((await call(`/order/${id}`)).body.state, 'placed')
  takesAll(system)
  t.match((await put(system, id, { totalQuantity: 50 })).body, { lmtPrice: 150 })
})

t.test('two changes of one order are made one after the other', async (t) => {
  const { system, gateway, id, orderId } = await resting(t)
  gateway.on(IN.PLACE_ORDER, () => undefined)
  const before = gateway.count(IN.PLACE_ORDER)
  const first = put(system, id, { lmtPrice: 151 })
  await until(() => gateway.count(IN.PLACE_ORDER) === before + 1, 'the first change')
  const second = put(system, id, { totalQuantity: 60 })
  const late = await put(system, id, { totalQuantity: 70 }, { 'x-deadline-ms': '100' })
  t.match(late, { answer: { status: 503 }, body: { code: 'INSTANCE_BUSY', retryable: true } })
  t.equal(gateway.count(IN.PLACE_ORDER), before + 1, 'the others wait')
  takesAll(system)
  gateway.say(...openOrder({ ...old, orderId, limit: 151 }))
  t.match((await first).body, { lmtPrice: 151, totalQuantity: 100 })
  t.match((await second).body, { lmtPrice: 151, totalQuantity: 60 })
  t.equal(gateway.count(IN.PLACE_ORDER), before + 2)
})

t.test('an order nobody has confirmed is not changed: that could place it', async (t) => {
  const system = await instanced(t)
  const { gateway, order } = system
  const { body } = await order(limit, { 'x-deadline-ms': '100' })
  t.equal(body.status, 'Unknown')
  t.match(await put(system, body.id, { lmtPrice: 1 }), {
    answer: { status: 409 },
    body: { code: 'INSTANCE_ORDER_UNCONFIRMED' },
  })
  t.equal(gateway.count(IN.PLACE_ORDER), 1)
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(openOrder({ ...old, orderId: body.orderId }), [53, 1]),
  )
  takesAll(system)
  t.equal((await put(system, body.id, { lmtPrice: 149 })).answer.status, 200, 'once it is seen')
})

t.test('an order that is held is released by a change', async (t) => {
  const system = await instanced(t)
  const { gateway, order } = system
  const { body } = await order({ ...limit, transmit: false })
  gateway.on(IN.PLACE_ORDER, (api, fields) => {
    if (fields[FIELD.transmit] === '1') api.say(...openOrder(asSent(fields)))
  })
  const held = await put(system, body.id, { lmtPrice: 140 })
  t.equal(held.answer.status, 202)
  t.equal(gateway.last(IN.PLACE_ORDER)?.[FIELD.transmit], '0', 'a change alone does not release it')
  const { answer, body: released } = await put(system, body.id, { transmit: true })
  t.equal(answer.status, 200)
  t.match(released, { status: 'Submitted', lmtPrice: 140 })
})

t.test('a lost connection leaves the change in doubt, and it is not sent again', async (t) => {
  const { system, gateway, instance, id } = await resting(t)
  gateway.on(IN.PLACE_ORDER, () => gateway.drop())
  const before = gateway.count(IN.PLACE_ORDER)
  const { answer, body } = await put(system, id, { lmtPrice: 151 })
  t.equal(answer.status, 202)
  t.match(body, { lmtPrice: 150, warningText: /lost before it confirmed/ })
  await until(() => instance.link.isUsable, 'the next login')
  t.equal(gateway.count(IN.PLACE_ORDER), before + 1)
})

for (const fault of ['silent', 'reset']) {
  t.test(`a change whose answer is lost (${fault}) is made once in the market`, async (t) => {
    const system = await simulated(t)
    const { simulator, order, call, instance } = system
    const { body } = await order({ ...limit, symbol: 'MSFT', lmtPrice: 1, account: 'DU1' })
    simulator.faults.add({ fault, match: { message: 'openOrder' }, count: 1 })
    const { answer } = await put(system, body.id, { lmtPrice: 2 }, { 'x-deadline-ms': '400' })
    t.equal(answer.status, 202)
    simulator.faults.remove()
    await until(() => instance.link.isUsable, 'the instance is logged in')
    const open = (await call('/order')).body
    t.match(open, [{ id: body.id, permId: body.permId, lmtPrice: 2, totalQuantity: 100 }])
    t.equal(open.length, 1)
    const next = await put(system, body.id, { totalQuantity: 10 })
    t.match(next, { answer: { status: 200 }, body: { lmtPrice: 2, totalQuantity: 10 } })
  })
}

t.test('a change of type, and a filled order, at the simulator', async (t) => {
  const system = await simulated(t)
  const { body } = await system.order({ ...limit, lmtPrice: 1, account: 'DU1' })
  const changed = await put(system, body.id, { orderType: 'MKT' })
  t.equal(changed.answer.status, 200)
  t.match(changed.body, { orderType: 'MKT', lmtPrice: null })
  const seen = async () => (await system.call(`/order/${body.id}`)).body.state
  await until(async () => (await seen()) === 'executed', 'the fill')
  t.equal((await put(system, body.id, { totalQuantity: 200 })).answer.status, 400)
})
