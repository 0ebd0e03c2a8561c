import t from 'tap'
import { callerOf } from '../rig/caller.ts'
import { SocketReader } from '../rig/event-readers.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

let system: System
t.before(async () => {
  system = await startSystem(t, { poolSize: 3 })
})

const send = callerOf(() => system.url)
const account = 'DU1000001'
const euros = { symbol: 'EUR', secType: 'CASH', currency: 'USD', exchange: 'IDEALPRO' }
const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT', account }
/** far from the market, so that it rests */
const resting = { ...market, symbol: 'MSFT', orderType: 'LMT', lmtPrice: 1.5 }
const hour = '2035-03-05T15:30:00.000Z'

async function rest(more: object = {}): Promise<string> {
  const { status, body } = await send('POST', '/order', { ...resting, ...more })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body.id
}

async function filled(id: string) {
  return await until(async () => {
    const { body } = await send('GET', `/order/${id}`)
    return body.state === 'executed' && body
  }, `order ${id} filled`)
}

async function held(symbol: string): Promise<number> {
  const { body } = await send('GET', `/account/positions?account=${account}`)
  const found = body.find(
    (each: { contract: { symbol: string } }) => each.contract.symbol === symbol,
  )
  return found?.position ?? 0
}

t.test('S2.9 an order for 10 EURUSD is 201 and says where it is', async (t) => {
  const wish = { ...euros, action: 'BUY', totalQuantity: 10, orderType: 'MKT', account }
  const { status, headers, body } = await send('POST', '/order', wish)
  t.equal(status, 201)
  t.equal(headers.get('location'), `/order/${body.id}`)
  t.match(body, { totalQuantity: 10, contract: { symbol: 'EUR', currency: 'USD' } })
  t.match(await filled(body.id), { filled: 10 })
})

t.test('S2.10 a symbol that is not supported is 422 and is told so', async (t) => {
  const { status, body } = await send('POST', '/order', { ...market, symbol: 'NOSUCH' })
  t.equal(status, 422)
  t.match(body, { code: 'IB_UNKNOWN_CONTRACT', errorCode: 200, detail: /no security definition/i })
})

t.test('S2.11 a symbol of the wrong type is 422: it should be a valid string', async (t) => {
  const { status, body } = await send('POST', '/order', { ...market, symbol: 5 })
  t.equal(status, 422)
  t.match(body.errors, [
    { field: 'symbol', code: 'not_string', detail: /should be a valid string/ },
  ])
})

t.test('S2.12 a negative quantity is 422: it must be greater than zero', async (t) => {
  const { status, body } = await send('POST', '/order', { ...market, totalQuantity: -1 })
  t.equal(status, 422)
  t.ok(
    body.errors.some(
      ({ field, code, detail }: Record<string, string>) =>
        field === 'totalQuantity' &&
        code === 'not_positive' &&
        /greater than zero/.test(detail ?? ''),
    ),
  )
})

t.test('S2.13 a quantity that is no whole number is 422: it must be an integer', async (t) => {
  const { status, body } = await send('POST', '/order', { ...market, ...euros, totalQuantity: 1.5 })
  t.equal(status, 422)
  t.match(body.errors, [
    { field: 'totalQuantity', code: 'not_integer', detail: /must be an integer/ },
  ])
})

t.test('S2.14 an order is read by its id', async (t) => {
  const id = await rest()
  t.match(await send('GET', `/order/${id}`), { status: 200, body: { id } })
})

t.test('S2.15 an id nobody knows is 404: the order does not exist', async (t) => {
  for (const id of ['0.987654', '987654', '99.1']) {
    const { status, body } = await send('GET', `/order/${id}`)
    t.equal(status, 404, id)
    t.match(body.detail, /does not exist/)
  }
})

t.test('S2.16 all orders are a list with every id in it', async (t) => {
  const ids = [await rest(), await rest()]
  const { status, body } = await send('GET', '/order')
  t.equal(status, 200)
  const listed = body.map(({ id }: { id: string }) => id)
  t.ok(ids.every((id) => listed.includes(id)))
})

t.test('S2.17 cancelling is 200 with the order as it ended', async (t) => {
  const id = await rest()
  t.match(await send('DELETE', `/order/${id}`), { status: 200, body: { id, state: 'canceled' } })
})

t.test('S2.18 cancelling an id nobody knows is 404', async (t) => {
  for (const id of ['0.987654', '987654']) {
    const { status, body } = await send('DELETE', `/order/${id}`)
    t.equal(status, 404)
    t.match(body.detail, /does not exist/)
  }
})

t.test('S2.19 cancelling what is executed is 400: it has already been executed', async (t) => {
  const { body: placed } = await send('POST', '/order', market)
  await filled(placed.id)
  const { status, body } = await send('DELETE', `/order/${placed.id}`)
  t.equal(status, 400)
  t.match(body, { code: 'INSTANCE_ORDER_EXECUTED', title: /already been executed/ })
})

t.test('S4.31 PUT changes an order, and POST that names it does the same (S0.s6)', async (t) => {
  const id = await rest()
  t.match(await send('PUT', `/order/${id}`, { lmtPrice: 1.6 }), {
    status: 200,
    body: { id, lmtPrice: 1.6 },
  })
  const before = (await send('GET', '/order')).body.length
  t.match(await send('POST', '/order', { ...resting, orderId: id, lmtPrice: 1.7 }), {
    status: 200,
    body: { id, lmtPrice: 1.7 },
  })
  const [clientId, orderId] = id.split('.').map(Number)
  const named = { orderId, clientId, totalQuantity: 7 }
  t.match(await send('POST', '/order', named), { status: 200, body: { id, totalQuantity: 7 } })
  t.equal((await send('GET', '/order')).body.length, before, 'none was placed')
  t.equal((await send('POST', '/order', { ...resting, orderId: 987_654 })).status, 404)
  t.equal((await send('GET', '/order')).body.length, before)
})

t.test(
  'S4.32 one order is told as it was submitted, with its price when it is filled',
  async (t) => {
    const id = await rest()
    t.match(await send('GET', `/order/${id}`), {
      status: 200,
      body: { id, request: resting, fills: [], avgFillPrice: null, filledFraction: 0 },
    })
    const { body: placed } = await send('POST', '/order', market)
    const done = await filled(placed.id)
    t.same(done.request, market)
    t.match(done, { avgFillPrice: Number, filledFraction: null, clear: null })
    const shares = done.fills.reduce(
      (sum: number, fill: { shares: number }) => sum + fill.shares,
      0,
    )
    t.equal(shares, 10)
    const priced = await until(async () => {
      const { body } = await send('GET', `/order/${placed.id}`)
      return body.commission !== null && body
    }, 'the commission')
    t.match(priced, { commissionCurrency: 'USD', fills: [{ commission: Number }] })
  },
)

t.test('S4.33 what is filled in part says which share of it, and nothing when whole', async (t) => {
  const id = await rest({ totalQuantity: 8 })
  const fill = (quantity: number) => system.control('POST', `/orders/${id}/fill`, { quantity })
  await fill(2)
  const begun = await until(async () => {
    const { body } = await send('GET', `/order/${id}`)
    return body.filled > 0 && body
  }, 'a part of it')
  t.match(begun, { state: 'partially_executed', remaining: 6, filledFraction: 0.25 })
  t.match(begun.fills, [{ shares: 2, price: 1.5 }])
  await fill(6)
  t.match(await filled(id), { remaining: 0, filledFraction: null, avgFillPrice: 1.5 })
})

t.test('S4.34 what is not filled at once says when it is expected to clear', async (t) => {
  const wish = { ...market, goodAfterTime: '20350305 10:30:00 US/Eastern' }
  const waited = await send('POST', '/order', wish)
  t.match(waited, { status: 201, body: { clear: hour, filledFraction: 0 } }, 'taken by IB')
  const open = await send('POST', '/order', wish, { prefer: 'respond-async' })
  t.equal(open.status, 202)
  t.equal(open.headers.get('location'), `/order/${open.body.id}`)
  t.equal(open.body.clear, hour)
  t.equal((await send('GET', `/order/${open.body.id}`)).body.clear, hour)
  t.equal((await send('POST', '/order', resting, { prefer: 'respond-async' })).body.clear, null)
})

t.test(
  'S4.35 and S4.36 what is missing or wrong is 422 with a code of a closed list',
  async (t) => {
    const missing = await send('POST', '/order', { symbol: 'AAPL', action: 'BUY', account })
    t.match(missing, { status: 422, body: { message: 'Missing parameter' } })
    t.match(
      new Set(missing.body.errors.map(({ code }: { code: string }) => code)),
      new Set(['missing']),
    )
    for (const [wrong, field, code] of [
      [{ totalQuantity: 'many' }, 'totalQuantity', 'not_numeric'],
      [{ totalQuantity: 0 }, 'totalQuantity', 'is_zero'],
      [{ totalQuantity: -1 }, 'totalQuantity', 'is_negative'],
      [{ totalQuantity: -1 }, 'totalQuantity', 'not_positive'],
      [{ orderType: 'LMT', lmtPrice: 'x' }, 'lmtPrice', 'not_numeric'],
      [{ account: 'DU7' }, 'account', 'not_found'],
      [{ tif: 'SOON' }, 'tif', 'not_allowed'],
    ] as const) {
      const { status, body } = await send('POST', '/order', { ...market, ...wrong })
      t.match({ status, message: body.message }, { status: 422, message: 'Invalid parameter' })
      const found = body.errors.find((each: Record<string, string>) => each.code === code)
      t.match(found, { endpoint: '/order', field, code }, `${field} ${code}`)
    }
  },
)

t.test('S4.37 the reply to a list of orders is an array (C7)', async (t) => {
  for (const path of ['/order', '/order/filled', '/order/completed'])
    t.ok(Array.isArray((await send('GET', path)).body), path)
})

t.test('S4.38 cancelling is 204 for who prefers a minimal answer (C2)', async (t) => {
  const id = await rest()
  const { status, body } = await send('DELETE', `/order/${id}`, undefined, {
    prefer: 'return=minimal',
  })
  t.equal(status, 204)
  t.equal(body, undefined)
  t.match((await send('GET', `/order/${id}`)).body, { state: 'canceled' })
})

t.test('completed orders of every client are told once each, by their owners', async (t) => {
  const ids: string[] = []
  for (const clientId of [0, 1, 2]) {
    const { body } = await send('POST', `/clients/${clientId}/order`, resting)
    await send('DELETE', `/order/${body.id}`)
    ids.push(body.id)
  }
  const byHand = { account, symbol: 'AAPL', action: 'BUY', quantity: 3, orderType: 'MKT' }
  await system.control('POST', '/orders', byHand)
  const isByHand = (row: { totalQuantity: number }) => row.totalQuantity === 3
  const { status, body } = await until(async () => {
    const told = await send('GET', '/order/completed')
    return told.body.some(isByHand) && told
  }, 'an order made in TWS completed')
  t.equal(status, 200)
  const own = body.filter(({ id }: { id: string | null }) => id !== null && ids.includes(id))
  t.equal(own.length, 3)
  t.match(body.find(isByHand), { id: null, clientId: null, orderId: null, state: 'executed' })
  t.equal(new Set(body.map(({ permId }: { permId: number }) => permId)).size, body.length)
  for (const row of own) {
    t.equal(row.id, `${row.clientId}.${row.orderId}`)
    t.match(row, { state: 'canceled', totalQuantity: 10, completedAt: /Z$/, lmtPrice: 1.5 })
  }
  const times = body.map(({ completedAt }: { completedAt: string }) => completedAt)
  t.same(times, [...times].sort().reverse(), 'newest first')
})

t.test('S1.N2 place, status, modify, cancel', async (t) => {
  const id = await rest()
  t.match((await send('GET', `/order/${id}`)).body, { status: 'Submitted', state: 'placed' })
  t.match(await send('PUT', `/order/${id}`, { totalQuantity: 3 }), { body: { totalQuantity: 3 } })
  t.match(await send('DELETE', `/order/${id}`), { status: 200, body: { state: 'canceled' } })
})

t.test('S1.N2 a basket is a list of orders that stand alone', async (t) => {
  const basket = [resting, { ...resting, symbol: 'AAPL', parentId: 0 }]
  const { status, body } = await send('POST', '/order', basket)
  t.equal(status, 201)
  t.match(body, [{ parentId: null }, { parentId: null }])
  await send('DELETE', `/order/${body[0].id}`)
  t.match((await send('GET', `/order/${body[1].id}`)).body, { state: 'placed' }, 'the other stays')
})

t.test(
  'S1.N2 smart orders reach a position, open-position tells it, close-position ends it',
  async (t) => {
    const wish = { symbol: 'NVDA', orderType: 'MKT', account, targetPosition: 30 }
    const key = { 'idempotency-key': 'smart-1' }
    const both = await Promise.all([
      send('POST', '/order/smart', wish),
      send('POST', '/order/smart', wish),
    ])
    t.same(both.map(({ status }) => status).sort(), [200, 201], 'two at the same moment send once')
    t.ok(both.every(({ headers }) => headers.get('ibrest-client-id') === '0'))
    await until(async () => (await held('NVDA')) === 30, 'the target')
    const less = { ...wish, targetPosition: 20 }
    const first = await send('POST', '/order/smart', less, key)
    t.match(first, { status: 201, body: { order: { action: 'SELL', totalQuantity: 10 } } })
    await until(async () => (await held('NVDA')) === 20, 'the other target')
    await send('POST', '/order/smart', { ...wish, targetPosition: 25 })
    await until(async () => (await held('NVDA')) === 25, 'a third')
    const again = await send('POST', '/order/smart', less, key)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.same(again.body, first.body)
    const path = `/account/positions/${first.body.conId}?account=${account}`
    t.match(await send('DELETE', path), { status: 200, body: { order: { totalQuantity: 25 } } })
    await until(async () => (await held('NVDA')) === 0, 'no position')
    t.equal((await send('DELETE', path)).status, 404)
  },
)

t.test('S1.N2 cancel-all leaves no order open, and a repetition is told the same', async (t) => {
  await rest()
  const key = { 'idempotency-key': 'panic-1' }
  const first = await send('DELETE', '/order?all=true', undefined, key)
  t.match(first, { status: 200, body: { remaining: [] } })
  t.same((await send('GET', '/order')).body, [])
  const kept = await rest()
  const again = await send('DELETE', '/order?all=true', undefined, key)
  t.same(again.body, first.body)
  t.match((await send('GET', '/order')).body, [{ id: kept }])
})

t.test('S2.20, S2.21, S2.22 a WebSocket tells Placed, Executed and Canceled', async (t) => {
  const reader = new SocketReader(`${system.url}/ws`)
  await reader.opened
  const told = (id: string) =>
    reader.messages.filter(({ orderId }) => orderId === id).map(({ status }) => status)
  const { body: bought } = await send('POST', '/order', market)
  const id = await rest()
  await send('DELETE', `/order/${id}`)
  await until(() => told(bought.id).length === 2 && told(id).length === 2, 'all four messages')
  t.same(told(bought.id), ['Placed', 'Executed'])
  t.same(told(id), ['Placed', 'Canceled'])
  await reader.leave()
})

t.test('S1.N2 split sends a large order in slices', async (t) => {
  const { status, body } = await send('POST', '/order/split', { ...market, splitSize: 4 })
  t.equal(status, 201)
  t.match(body, { state: 'done', planned: 3, nextAt: null })
  t.same(
    body.orders.map(({ totalQuantity }: { totalQuantity: number }) => totalQuantity),
    [4, 4, 2],
  )
})

t.test('S0.s9 the opening order fills, then the others go out as one OCA group', async (t) => {
  const exit = { ...market, action: 'SELL' }
  const list = [
    market,
    { ...exit, orderType: 'LMT', lmtPrice: 5000 },
    { ...exit, orderType: 'STP', auxPrice: 1 },
  ]
  const { status, body } = await send('POST', '/order/oca', list)
  t.equal(status, 201)
  t.match(body, { state: 'done', open_resp: { state: 'executed' } })
  for (const member of body.close_resp)
    t.match(member, { ocaGroup: body.id, ocaType: 1, state: 'placed' })
  t.equal(body.close_resp.length, 2)
})

t.test('every answer about orders says whose money it moves', async (t) => {
  for (const [method, path, body] of [
    ['POST', '/order', { ...market, totalQuantity: 1 }],
    ['POST', '/order', {}],
    ['GET', '/order', undefined],
    ['GET', '/order/filled', undefined],
    ['GET', '/order/1.999999', undefined],
  ] as const) {
    const { headers } = await send(method, path, body)
    t.equal(headers.get('trading-mode'), 'simulated', `${method} ${path}`)
  }
})
