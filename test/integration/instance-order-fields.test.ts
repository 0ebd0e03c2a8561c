import t from 'tap'
import { plainFields, shapedFields } from '../../shared/schemas/order-fields.ts'
import { ORDER_TYPE_NAMES } from '../../shared/schemas/order-types.ts'
import { type Simulated, simulated } from '../rig/instanced.ts'
import type { Ask } from '../rig/order-asks.ts'
import { FIELD_ASKS } from '../rig/order-field-asks.ts'
import { TYPE_ASKS } from '../rig/order-type-asks.ts'

type Row = Readonly<Record<string, unknown>>

const VERSIONS = [178, 193]
const plain = { symbol: 'MSFT', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1 }
/** What a gateway counts by itself. */
const COUNTED = ['orderId', 'ownerId']

function present(row: Row): Row {
  const kept = Object.entries(row).filter(
    ([name, value]) => value !== undefined && !COUNTED.includes(name),
  )
  return Object.fromEntries(kept)
}

/** What reaches the desk of the simulated gateway, by order id: an order it holds changes as it trades (trails). */
function arrivals({ simulator }: Simulated): ReadonlyMap<number, Row> {
  const { desk } = simulator.world
  const rows = new Map<number, Row>()
  const place = desk.place.bind(desk)
  desk.place = (clientId, row) => {
    rows.set(row.orderId, present(structuredClone(row)))
    place(clientId, row)
  }
  return rows
}

/** An option that is listed today. */
async function listedOption({ call }: Simulated): Promise<Row> {
  const { body } = await call('/contract?symbol=AAPL&secType=OPT&right=C')
  const { lastTradeDateOrContractMonth, strike, tradingClass } = body[0]
  return { lastTradeDateOrContractMonth, strike, tradingClass }
}

for (const serverVersion of VERSIONS) {
  t.test(`what a gateway of version ${serverVersion} holds is what was asked for`, async (t) => {
    const system = await simulated(t, {
      simulator: { serverVersion, limits: { messageRate: 'off', openOrdersPerContract: 0 } },
    })
    const { order, simulator } = system
    const arrived = arrivals(system)
    const baseline = arrived.get((await order(plain)).body.orderId)
    const listed = await listedOption(system)
    const asks: readonly Ask[] = [...TYPE_ASKS, ...FIELD_ASKS]
    for (const { title, asked, held = {}, since = 0, untaken = false } of asks) {
      const request = {
        ...plain,
        ...asked,
        ...(asked.secType === 'OPT' && listed),
      }
      const { answer, body } = await order(request)
      const { clientId, orderId } = body.orders?.[0] ?? body
      const { status } = answer
      if (since > serverVersion) {
        const [field] = Object.keys(asked)
        t.match({ status, body }, { status: 422, body: { errors: [{ field }] } }, title)
        continue
      }
      const isHeld = simulator.world.desk.order(clientId, orderId) !== undefined
      t.equal(isHeld, !untaken, `${title} is held: ${body.detail ?? status}`)
      // every field, asked for or not: one that shifts its neighbours would be seen
      t.strictSame(arrived.get(orderId), present({ ...baseline, ...request, ...held }), title)
    }
    t.equal(await system.metric('ibrest_decode_errors_total'), 0, 'and every answer is read')
  })
}

t.test('no order type and no field is left out of that', async (t) => {
  const asked = new Set([...TYPE_ASKS, ...FIELD_ASKS].flatMap(({ asked }) => Object.keys(asked)))
  const fields = [...Object.keys(plainFields), ...Object.keys(shapedFields)]
  t.same(
    fields.filter((name) => !asked.has(name)),
    ['hedgeType', 'hedgeParam'],
    'a hedge has a parent: below',
  )
  const types = new Set(TYPE_ASKS.map(({ asked }) => asked.orderType))
  t.same(
    ORDER_TYPE_NAMES.filter((name) => !types.has(name)),
    [],
  )
})

t.test('a hedge needs a parent, and what it trades is for the parent to say', async (t) => {
  const system = await simulated(t)
  const arrived = arrivals(system)
  const hedge = { symbol: 'AAPL', action: 'SELL', orderType: 'MKT' }
  const alone = await system.order({ ...hedge, hedgeType: 'P', hedgeParam: '2' })
  t.match(alone, {
    answer: { status: 422 },
    body: { errors: [{ field: 'parentId', code: 'missing' }] },
  })
  for (const more of [
    { hedgeType: 'P', hedgeParam: '2' },
    { hedgeType: 'B', hedgeParam: '0.5', dontUseAutoPriceForHedge: true },
    { hedgeType: 'F' },
    { hedgeType: 'D' },
  ]) {
    const { answer, body } = await system.order([plain, { ...hedge, ...more }])
    t.equal(answer.status, 201, `${more.hedgeType}: ${body.detail}`)
    const [parent, child] = body
    t.match(arrived.get(child.orderId), { ...more, parentId: parent.orderId, transmit: true })
    t.notOk('totalQuantity' in (arrived.get(child.orderId) ?? {}))
  }
})

t.test('an order for the opening tells both its words: its own and IB’s', async (t) => {
  const { order, call } = await simulated(t)
  const { body } = await order({ ...plain, orderType: 'LOO' })
  const both = { requestedOrderType: 'LOO', orderType: 'LMT', tif: 'OPG' }
  t.match(body, both)
  t.match((await call(`/order/${body.id}`)).body, both, 'also after the gateway has told it')
  t.equal((await order(plain)).body.requestedOrderType, null)
})

t.test('times are told as they were sent', async (t) => {
  const { order } = await simulated(t)
  const { body } = await order({ ...plain, tif: 'GTD', goodTillDate: '2030-12-31T15:30:00+01:00' })
  t.equal(body.goodTillDate, '20301231-14:30:00')
})
