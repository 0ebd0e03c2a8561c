import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, FIELD, limit, market, openOrder, orderStatus } from '../rig/fake-messages.ts'
import { instanced, type Reached, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

function preview({ call }: Reached, body: unknown, headers: Record<string, string> = {}) {
  return call('/order/preview', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** PLACE_ORDER's whatIf flag (facts §1.6). */
const WHAT_IF = 84

/** openOrder as it answers a what-if (facts §1.4). */
function whatIf(orderId: number) {
  const fields = openOrder({ orderId, status: 'PreSubmitted', permId: 0 })
  fields[92] = 1
  const money = [100, 90, 5000, 50, 45, -1, 150, 135, 4999, 1.25]
  for (const [index, value] of money.entries()) fields[94 + index] = value
  fields[106] = 'USD'
  fields[107] = 'mind the gap'
  return fields
}

t.test('a preview tells margins and costs, and no order comes of it', async (t) => {
  const system = await instanced(t)
  const { gateway, call, order } = system
  gateway.on(IN.PLACE_ORDER, (api, [, id]) =>
    api.sayAll(
      error(Number(id), 399, 'a warning'),
      whatIf(Number(id)),
      orderStatus({ orderId: Number(id), status: 'PreSubmitted' }),
    ),
  )
  const { answer, body } = await preview(system, { ...limit, transmit: false })
  t.equal(answer.status, 200)
  t.strictSame(body, {
    account: 'DU1',
    initMarginBefore: 100,
    initMarginChange: 50,
    initMarginAfter: 150,
    maintMarginBefore: 90,
    maintMarginChange: 45,
    maintMarginAfter: 135,
    equityWithLoanBefore: 5000,
    equityWithLoanChange: -1,
    equityWithLoanAfter: 4999,
    commission: 1.25,
    minCommission: null,
    maxCommission: null,
    commissionCurrency: 'USD',
    warningText: 'mind the gap; a warning',
  })
  const sent = gateway.last(IN.PLACE_ORDER) ?? []
  t.equal(sent[FIELD.transmit], '1')
  t.equal(sent[WHAT_IF], '1')
  const orderId = Number(sent[FIELD.orderId])
  t.equal((await call(`/order/${orderId}`)).answer.status, 404)
  gateway.on(IN.PLACE_ORDER, (api, [, id]) => api.say(...openOrder({ orderId: Number(id) })))
  const placed = await order(limit)
  t.ok(placed.body.orderId > orderId, 'its number is used up')
  t.not(gateway.last(IN.PLACE_ORDER)?.[WHAT_IF], '1')
})

t.test('a what-if in a list of open orders is none of them', async (t) => {
  const { gateway, call } = await instanced(t)
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(whatIf(70), openOrder({ orderId: 71 }), [53, 1]),
  )
  t.match((await call('/order')).body, [{ orderId: 71 }])
  t.equal((await call('/order')).body.length, 1)
})

t.test('what IB refuses is refused as for an order', async (t) => {
  const system = await instanced(t)
  const text = 'The price does not conform to the minimum price variation for this contract.'
  system.gateway.on(IN.PLACE_ORDER, (api, [, id]) => api.say(...error(Number(id), 110, text)))
  t.match(await preview(system, limit), {
    answer: { status: 422 },
    body: { code: 'IB_PRICE_INCREMENT', errorCode: 110, errorMsg: text },
  })
  t.equal((await preview(system, { ...limit, action: 'HOLD' })).answer.status, 422)
  t.match((await preview(system, { ...limit, account: 'U9' })).body.errors, [
    { endpoint: '/order/preview', field: 'account', code: 'not_found' },
  ])
})

t.test('a preview nobody answers may be asked again', async (t) => {
  const system = await instanced(t)
  const { gateway } = system
  const late = await preview(system, market, { 'x-deadline-ms': '100' })
  t.match(late, { answer: { status: 504 }, body: { retryable: true } })
  const orderId = Number(gateway.last(IN.PLACE_ORDER)?.[FIELD.orderId])
  gateway.say(...whatIf(orderId))
  gateway.on(IN.PLACE_ORDER, () => gateway.drop())
  const lost = await preview(system, market)
  t.match(lost, { answer: { status: 502 }, body: { retryable: true } })
  await until(() => system.instance.link.isUsable, 'the next login')
  t.equal((await system.call(`/order/${orderId}`)).answer.status, 404, 'nor of a late answer')
})

t.test('the simulator tells margins, and nothing is in its book', async (t) => {
  const system = await simulated(t)
  const { answer, body } = await preview(system, { ...market, account: 'DU1' })
  t.equal(answer.status, 200)
  t.match(body, { account: 'DU1', initMarginAfter: Number, commission: Number })
  t.equal(body.commissionCurrency, 'USD')
  t.strictSame((await system.call('/order')).body, [])
  t.strictSame((await system.call('/account/positions')).body, [])
})
