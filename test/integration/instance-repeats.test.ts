import { join } from 'node:path'
import t from 'tap'
import { type Reached, reach, type Simulated, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const account = 'DU1'
const order = {
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 50 },
  account,
}
const wish = { symbol: 'AAPL', orderType: 'MKT', targetPosition: 100, account }
const key = (name: string) => ({ 'idempotency-key': name })

function send(
  { call }: Reached,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  return call(path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]
const isReplayed = (answer: Response) => answer.headers.get('idempotency-replayed') === 'true'

t.test('POST /order with orderId changes that order, and places none', async (t) => {
  const it = await simulated(t)
  const { body: placed, answer: first } = await it.order(order)
  const etag = first.headers.get('etag') ?? ''
  const changed = await it.order({ orderId: placed.id, lmtPrice: 51 }, { 'if-match': etag })
  t.equal(changed.answer.status, 200)
  t.match(changed.body, { id: placed.id, lmtPrice: 51, permId: placed.permId })
  t.not(changed.answer.headers.get('etag'), etag)
  const stale = await it.order({ orderId: placed.id, lmtPrice: 52 }, { 'if-match': etag })
  t.equal(stale.answer.status, 412)
  const { orderId } = placed
  for (const [lmtPrice, name] of [
    [53, { orderId }],
    [54, { orderId: String(orderId), clientId: 0 }],
    [55, { orderId, clientId: '0' }],
  ] as const)
    t.match(await it.order({ ...name, lmtPrice }), { answer: { status: 200 }, body: { lmtPrice } })
  const whole = await it.order({ ...order, ...{ orderId, secType: 'STK', lmtPrice: 56 } })
  t.match(whole, { answer: { status: 200 }, body: { lmtPrice: 56 } }, 'all fields sent again')
  const byQuery = await send(it, 'POST', `/order?orderId=${placed.id}&lmtPrice=57&totalQuantity=9`)
  t.match(byQuery, { answer: { status: 200 }, body: { lmtPrice: 57, totalQuantity: 9 } })
  t.equal(inTheMarket(it).length, 1)
})

t.test('what names an order in a wrong way is refused, and never placed', async (t) => {
  const it = await simulated(t)
  const { body: placed } = await it.order(order)
  for (const [body, status] of [
    [{ ...order, orderId: 4711 }, 404],
    [{ ...order, orderId: '3.1' }, 421],
    [{ ...order, orderId: placed.id, clientId: 3 }, 422],
    [{ ...order, orderId: 'x' }, 422],
    [{ ...order, orderId: null }, 422],
    [{ ...order, orderId: 1.5 }, 422],
    [{ orderId: placed.id }, 422],
    [{ orderId: placed.id, clientOrderId: 'another' }, 422],
    [{ orderId: placed.id, action: 'SELL' }, 422],
  ] as const)
    t.equal((await it.order(body)).answer.status, status, JSON.stringify(body))
  const list = await it.order([order, { ...order, orderId: placed.id }])
  t.equal(list.answer.status, 422)
  t.match(list.body.errors, [{ field: '1.orderId', code: 'not_allowed' }])
  for (const name of [`orderId=${placed.id}`, 'clientOrderId=mine']) {
    const beside = await send(it, 'POST', `/order?${name}`, order)
    t.equal(beside.answer.status, 422, 'beside a body the query names nothing')
    t.match(beside.body.errors, [{ code: 'not_allowed' }])
  }
  t.equal(inTheMarket(it).length, 1)
})

t.test('a change under a key is made once, and its answer given again', async (t) => {
  const it = await simulated(t)
  const { body: placed } = await it.order(order)
  const path = `/order/${placed.id}`
  const first = await send(it, 'PUT', path, { lmtPrice: 51 }, key('one'))
  t.equal(first.answer.status, 200)
  t.notOk(isReplayed(first.answer))
  await send(it, 'PUT', path, { lmtPrice: 60 })
  const again = await send(it, 'PUT', path, { lmtPrice: 51 }, key('one'))
  t.equal(again.answer.status, 200)
  t.ok(isReplayed(again.answer))
  t.same(again.body, first.body)
  for (const name of ['etag', 'location'])
    t.equal(again.answer.headers.get(name), first.answer.headers.get(name), name)
  t.equal((await it.call(path)).body.lmtPrice, 60, 'nothing was sent again')
  t.match(await send(it, 'PUT', path, { lmtPrice: 52 }, key('one')), {
    answer: { status: 422 },
    body: { code: 'REQUEST_KEY_REUSED' },
  })
  const alias = { orderId: placed.id, lmtPrice: 61 }
  t.equal((await it.order(alias, key('one'))).answer.status, 200, 'another path, another key')
  t.ok(isReplayed((await it.order(alias, key('one'))).answer))
  t.equal((await send(it, 'PUT', path, { lmtPrice: 1 }, key('x y'))).answer.status, 422)
})

t.test('a cancel under a key is told as it was the first time', async (t) => {
  const it = await simulated(t)
  for (const way of [
    (id: string) => `/order/${id}`,
    (id: string) => `/order?orderId=${id}`,
    () => '/order?all=true',
  ]) {
    const { body: placed } = await it.order(order)
    const path = way(placed.id)
    const first = await send(it, 'DELETE', path, undefined, key(placed.id))
    const again = await send(it, 'DELETE', path, undefined, key(placed.id))
    t.same([first.answer.status, again.answer.status], [200, 200])
    t.notOk(isReplayed(first.answer))
    t.ok(isReplayed(again.answer))
    t.same(again.body, first.body)
    if (path.startsWith('/order/'))
      t.equal((await send(it, 'DELETE', path)).answer.status, 409, 'without the key it is over')
  }
  const { body: placed } = await it.order(order)
  const minimal = { ...key('m'), prefer: 'return=minimal' }
  for (let call = 0; call < 2; call += 1) {
    const { answer } = await send(it, 'DELETE', `/order/${placed.id}`, undefined, minimal)
    t.equal(answer.status, 204)
  }
  const gone = await send(it, 'DELETE', `/order/${placed.id}`, undefined, key('late'))
  const still = await send(it, 'DELETE', `/order/${placed.id}`, undefined, key('late'))
  t.same([gone.answer.status, still.answer.status], [409, 409])
  t.ok(isReplayed(still.answer))
  t.equal(still.body.code, gone.body.code)
})

t.test('while the first call runs the second is told so; what is open runs again', async (t) => {
  const it = await simulated(t)
  const { body: placed } = await it.order(order)
  const path = `/order/${placed.id}`
  it.simulator.faults.add({ fault: 'silent', match: { message: 'openOrder' }, count: 1 })
  const slow = { ...key('one'), 'x-deadline-ms': '600' }
  const changed = () => inTheMarket(it)[0]?.row.lmtPrice === 51
  const first = send(it, 'PUT', path, { lmtPrice: 51 }, slow)
  await until(changed, 'the change has arrived')
  t.match(await send(it, 'PUT', path, { lmtPrice: 51 }, key('one')), {
    answer: { status: 409 },
    body: { code: 'REQUEST_KEY_IN_USE', retryable: true },
  })
  t.equal((await first).answer.status, 202)
  const again = await send(it, 'PUT', path, { lmtPrice: 51 }, key('one'))
  t.equal(again.answer.status, 200)
  t.notOk(isReplayed(again.answer), 'the first had no answer to give again')
  t.ok(isReplayed((await send(it, 'PUT', path, { lmtPrice: 51 }, key('one'))).answer))
})

const held = async ({ call }: Simulated) =>
  (await call(`/account/positions?account=${account}`)).body[0]?.position

t.test('a target under a key is reckoned once, whatever the position is now', async (t) => {
  const it = await simulated(t)
  const first = await send(it, 'POST', '/order/smart', wish, key('one'))
  t.equal(first.answer.status, 201)
  t.match(first.body, {
    position: 0,
    working: 0,
    targetPosition: 100,
    order: { totalQuantity: 100 },
  })
  await until(async () => (await held(it)) === 100, 'the target')
  t.equal((await it.order({ ...order, action: 'SELL', orderType: 'MKT' })).answer.status, 201)
  await until(async () => (await held(it)) === 90, 'something sold')
  const again = await send(it, 'POST', '/order/smart', wish, key('one'))
  t.equal(again.answer.status, 201)
  t.ok(isReplayed(again.answer))
  t.same(again.body, first.body)
  t.equal(again.answer.headers.get('location'), `/order/${first.body.order.id}`)
  t.equal(inTheMarket(it).length, 2)
  const other = await send(it, 'POST', '/order/smart', { ...wish, targetPosition: 5 }, key('one'))
  t.match(other, { answer: { status: 422 }, body: { code: 'REQUEST_KEY_REUSED' } })
  const rest = { ...wish, orderType: 'LMT', lmtPrice: 50 }
  t.match((await send(it, 'POST', '/order/smart', rest, key('two'))).body.order, {
    totalQuantity: 10,
  })
  const counted = await send(it, 'POST', '/order/smart', rest, key('three'))
  t.match(
    counted,
    { answer: { status: 200 }, body: { order: null, working: 10 } },
    'marks are read',
  )
  t.equal((await send(it, 'DELETE', '/order?all=true')).answer.status, 200)
  const nothing = await send(it, 'POST', '/order/smart', rest, key('three'))
  t.ok(isReplayed(nothing.answer), 'nothing to send is an answer too')
  t.same(nothing.body, counted.body)
})

t.test('closing under a key closes one position once', async (t) => {
  const it = await simulated(t)
  const path = '/account/positions/265598'
  const none = await send(it, 'DELETE', path, undefined, key('early'))
  t.equal(none.answer.status, 404)
  await send(it, 'POST', '/order/smart', wish)
  await until(async () => (await held(it)) === 100, 'a position')
  t.match(await send(it, 'DELETE', path, undefined, key('early')), {
    answer: { status: 404 },
    body: { code: 'INSTANCE_NO_POSITION' },
  })
  const first = await send(it, 'DELETE', path, undefined, key('one'))
  t.match(first, { answer: { status: 200 }, body: { position: 100, order: { action: 'SELL' } } })
  await until(async () => (await held(it)) === undefined, 'no position')
  await send(it, 'POST', '/order/smart', { ...wish, targetPosition: 7 })
  await until(async () => (await held(it)) === 7, 'another position')
  const again = await send(it, 'DELETE', path, undefined, key('one'))
  t.equal(again.answer.status, 200)
  t.ok(isReplayed(again.answer))
  t.same(again.body, first.body)
  t.equal(await held(it), 7)
})

t.test('a target whose answer was lost is told in full when it is asked for again', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'reset', match: { message: 'openOrder' }, count: 1 })
  const first = await send(it, 'POST', '/order/smart', wish, key('one'))
  t.equal(first.answer.status, 202)
  await until(() => it.instance.link.isUsable, 'the next login')
  const again = await until(async () => {
    const asked = await send(it, 'POST', '/order/smart', wish, key('one'))
    return asked.answer.status === 201 && asked
  }, 'what became of it')
  t.ok(isReplayed(again.answer))
  const { order: known, ...about } = first.body
  t.match(again.body, { ...about, order: { id: known.id } })
  t.equal(inTheMarket(it).length, 1)
})

t.test('another process tells what the one before came to, word for word', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const one = await simulated(t, { config: { ledgerPath } })
  const { body: placed } = await one.order(order)
  const path = `/order/${placed.id}`
  const changed = await send(one, 'PUT', path, { lmtPrice: 51 }, key('one'))
  const reached = await send(one, 'POST', '/order/smart', wish, key('one'))
  one.simulator.faults.add({ fault: 'lost-ack' })
  const rest = { ...wish, targetPosition: 150, orderType: 'LMT', lmtPrice: 50 }
  const slow = { ...key('two'), 'x-deadline-ms': '300' }
  const open = await send(one, 'POST', '/order/smart', rest, slow)
  t.same([changed.answer.status, reached.answer.status, open.answer.status], [200, 201, 202])
  await one.instance.stop()
  const two = await reach(one.simulator.port, { config: { ledgerPath } })
  t.teardown(() => two.instance.stop())
  t.same((await send(two, 'PUT', path, { lmtPrice: 51 }, key('one'))).body, changed.body)
  t.same((await send(two, 'POST', '/order/smart', wish, key('one'))).body, reached.body)
  const known = await send(two, 'POST', '/order/smart', rest, key('two'))
  t.equal(known.answer.status, 201)
  const { order: sent, ...about } = open.body
  t.match(known.body, { ...about, order: { id: sent.id, state: 'placed' } })
  t.equal(inTheMarket(one).length, 3)
})
