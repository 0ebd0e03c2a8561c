import t from 'tap'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

let system: System
t.before(async () => {
  system = await startSystem(t, { poolSize: 3 })
})

type Json = Record<string, unknown>

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`${system.url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Json,
  }
}

const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
/** far from the market, so that it rests */
const resting = { symbol: 'MSFT', action: 'BUY', totalQuantity: 5, orderType: 'LMT', lmtPrice: 1.5 }

t.test(
  'a market order is 201 with Location, fills, and stands in fills, executions, commissions and positions',
  async (t) => {
    const placed = await send('POST', '/order', market)
    t.equal(placed.status, 201)
    const id = String(placed.body.id)
    t.match(id, /^[0-2]\.\d+$/)
    t.equal(placed.headers.get('location'), `/order/${id}`)
    t.match(placed.body, {
      clientId: Number,
      orderId: Number,
      permId: Number,
      action: 'BUY',
      totalQuantity: 10,
    })
    const order = await until(async () => {
      const { body } = await send('GET', `/order/${id}`)
      return body.status === 'Filled' && body
    }, 'the order filled')
    t.match(order, { id, state: 'executed', filled: 10, remaining: 0, avgFillPrice: Number })

    const filled = (await send('GET', '/order/filled')).body as unknown as Json[]
    t.ok(filled.some((row) => row.id === id))
    const executions = (await send('GET', '/executions?symbol=AAPL')).body as unknown as Json[]
    const own = executions.filter((row) => row.id === id)
    t.equal(
      own.reduce((sum, row) => sum + Number(row.shares), 0),
      10,
    )
    t.equal(
      new Set(executions.map(({ execId }) => execId)).size,
      executions.length,
      'each execution once',
    )
    t.match(own[0], {
      side: 'BOT',
      commission: Number,
      commissionCurrency: 'USD',
      datetime: /Z$/,
      timestamp: Number,
    })
    const commissions = (await send('GET', '/executions/commissions')).body as unknown as Json[]
    t.ok(own.every(({ execId }) => commissions.some((row) => row.execId === execId)))
    const positions = (await send('GET', '/account/positions')).body as unknown as {
      contract: Json
      position: number
    }[]
    t.ok(positions.some(({ contract, position }) => contract.symbol === 'AAPL' && position === 10))
    t.match(await send('DELETE', `/order/${id}`), {
      status: 400,
      body: { status: 400, detail: String },
    })
  },
)

t.test(
  'a resting order is listed for everyone and cancelled through its owner, named in any of four ways',
  async (t) => {
    const ways = [
      (id: string) => `/order/${id}`,
      (id: string) => `/order?orderId=${id}`,
      (id: string) => `/order?orderId=${id.split('.')[1]}&clientId=${id.split('.')[0]}`,
      (id: string) => `/clients/${id.split('.')[0]}/order/${id}`,
    ]
    for (const way of ways) {
      const placed = await send('POST', '/order', resting)
      t.match(placed, {
        status: 201,
        body: { status: 'Submitted', state: 'placed', filled: 0, lmtPrice: 1.5 },
      })
      const id = String(placed.body.id)
      for (let call = 0; call < 3; call += 1) {
        const open = (await send('GET', '/order')).body as unknown as Json[]
        t.ok(
          open.some((row) => row.id === id),
          'whoever is asked shows it',
        )
      }
      const cancelled = await send('DELETE', way(id))
      t.match(cancelled, { status: 200, body: { id, status: /Cancelled$/, state: 'canceled' } })
      t.equal(cancelled.headers.get('ibrest-client-id'), id.split('.')[0])
      t.match(await send('DELETE', way(id)), { status: 409 })
    }
  },
)

t.test(
  'a bare order number works while only one client has it, and names the candidates when several have',
  async (t) => {
    const placeAt = async (client: number) => {
      const { body } = await send('POST', `/clients/${client}/order`, resting)
      return { id: String(body.id), number: Number(body.orderId) }
    }
    // one client gets further than any other has got in these tests
    let far = await placeAt(1)
    while (far.number < 30) {
      t.match(await send('DELETE', `/order/${far.id}`), { status: 200 })
      far = await placeAt(1)
    }
    t.match(await send('DELETE', `/order/${far.number}`), { status: 200, body: { id: far.id } })
    // another meets it: whoever is behind goes on
    let near = await placeAt(2)
    far = await placeAt(1)
    while (near.number !== far.number) {
      const behind = near.number < far.number ? near : far
      t.match(await send('DELETE', `/order/${behind.id}`), { status: 200 })
      if (behind === near) near = await placeAt(2)
      else far = await placeAt(1)
    }
    const { status, body } = await send('DELETE', `/order/${near.number}`)
    t.equal(status, 409)
    t.match(body, { code: 'PROXY_AMBIGUOUS_ORDER', candidates: [far.id, near.id] })
    t.match(await send('DELETE', '/order?all=true'), { status: 200 })
    t.same((await send('GET', '/order')).body, [])
  },
)

t.test('an order nobody has is 404', async (t) => {
  for (const id of ['0.987654', '987654', '99.1'])
    t.equal((await send('GET', `/order/${id}`)).status, 404, id)
  t.equal((await send('DELETE', '/order/1.987654')).status, 404)
})

t.test('wrong orders are refused by field before anything is sent', async (t) => {
  const { status, body } = await send('POST', '/order', {
    symbol: 5,
    totalQuantity: -3,
    orderType: 'LMT',
    tif: 'SOON',
  })
  t.equal(status, 422)
  const errors = body.errors as { field: string; code: string; endpoint: string }[]
  t.same(errors.map(({ field, code }) => `${field}:${code}`).sort(), [
    'action:missing',
    'lmtPrice:missing',
    'symbol:not_string',
    'tif:not_allowed',
    'totalQuantity:is_negative',
    'totalQuantity:not_positive',
  ])
  t.ok(errors.every(({ endpoint }) => endpoint === '/order'))
  t.match(await send('POST', '/order', { ...market, symbol: 'NOSUCH' }), {
    status: 422,
    body: { errorCode: 200 },
  })
  t.match(
    await send('POST', '/order', { ...market, symbol: 'EUR', secType: 'CASH', totalQuantity: 1.5 }),
    {
      status: 422,
      body: { errors: [{ field: 'totalQuantity', code: 'not_integer' }] },
    },
  )
  t.same((await send('GET', '/order')).body, [])
})

t.test('a list is a bracket: one parent, its children naming it, sent together', async (t) => {
  const exit = { symbol: 'MSFT', action: 'SELL', totalQuantity: 5 }
  const bracket = [
    resting,
    { ...exit, orderType: 'LMT', lmtPrice: 9000 },
    { ...exit, orderType: 'STP', auxPrice: 1 },
  ]
  const { status, body, headers } = await send('POST', '/order', bracket)
  const orders = body as unknown as Json[]
  t.ok([201, 202].includes(status), JSON.stringify(body))
  t.equal(orders.length, 3)
  const [parent, ...children] = orders
  t.ok(children.every(({ parentId }) => parentId === parent?.orderId))
  t.same(
    orders.map(({ clientId }) => clientId),
    Array(3).fill(parent?.clientId),
    'one owner',
  )
  t.equal(headers.get('location'), `/order/${parent?.id}`)
  await send('DELETE', `/order/${parent?.id}`)
  await until(
    async () => ((await send('GET', '/order')).body as unknown as Json[]).length === 0,
    'parent and children gone',
  )
})
