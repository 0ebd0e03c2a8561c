import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, FIELD, openOrder, stockDetails } from '../rig/fake-messages.ts'
import { instanced, type Reached, simulated } from '../rig/instanced.ts'

const AAPL = { symbol: 'AAPL', account: 'DU1' }
const buys = { ...AAPL, action: 'BUY', orderType: 'LMT', lmtPrice: 10 }

function send({ call }: Reached, method: string, path: string, body?: object) {
  return call(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
}

function tooLarge(field: string, code = 'too_large') {
  return { answer: { status: 422 }, body: { code: 'REQUEST_INVALID', errors: [{ field, code }] } }
}

t.test(
  'one order has so much quantity at most, also in a list, after a change, for a position',
  async (t) => {
    const system = await simulated(t, { environment: { ORDER_MAX_QUANTITY: '100' } })
    const placed = await system.order({ ...buys, totalQuantity: 100 })
    t.equal(placed.answer.status, 201)
    const refused = await system.order({ ...buys, totalQuantity: 101 })
    t.match(refused, tooLarge('totalQuantity'))
    t.match(refused.body.detail, /101.*100 at most/)
    const small = { ...buys, totalQuantity: 1 }
    t.match(
      await system.order([small, { ...small, totalQuantity: 500 }]),
      tooLarge('1.totalQuantity'),
    )
    const path = `/order/${placed.body.id}`
    t.match(await send(system, 'PUT', path, { totalQuantity: 200 }), tooLarge('totalQuantity'))
    t.equal((await send(system, 'PUT', path, { totalQuantity: 50 })).answer.status, 200)
    const smart = { ...AAPL, orderType: 'MKT', targetPosition: -150 }
    t.match(await send(system, 'POST', '/order/smart', smart), tooLarge('totalQuantity'))
    const cash = { ...AAPL, action: 'BUY', orderType: 'MKT', cashQty: 1e7 }
    t.match(await system.order(cash), tooLarge('cashQty'), 'by its price')
    const preview = { ...buys, totalQuantity: 1000 }
    t.equal((await send(system, 'POST', '/order/preview', preview)).answer.status, 200)
    const key = { 'idempotency-key': 'a' }
    t.match(await system.order({ ...buys, totalQuantity: 101 }, key), tooLarge('totalQuantity'))
    t.equal((await system.order(small, key)).answer.status, 201, 'the key is still free')
    t.equal((await system.call('/order')).body.length, 2, 'nothing else was sent')
  },
)

t.test('one order is worth so much at most: at its own price, or at the market', async (t) => {
  const system = await simulated(t, { environment: { ORDER_MAX_NOTIONAL: '10000' } })
  const order = (more: object) => system.order({ ...AAPL, action: 'BUY', ...more })
  const limit = { orderType: 'LMT', lmtPrice: 10 }
  t.equal((await order({ ...limit, totalQuantity: 1000 })).answer.status, 201)
  t.match(await order({ ...limit, totalQuantity: 1001 }), tooLarge('totalQuantity'))
  t.match(await order({ orderType: 'MKT', totalQuantity: 200 }), tooLarge('totalQuantity'))
  t.equal((await order({ orderType: 'MKT', totalQuantity: 5 })).answer.status, 201)
  const stop = { orderType: 'STP', auxPrice: 500 }
  t.match(await order({ ...stop, totalQuantity: 21 }), tooLarge('totalQuantity'))
  t.equal((await order({ ...stop, totalQuantity: 20 })).answer.status, 201)
  const trail = { orderType: 'TRAIL', auxPrice: 1 }
  t.match(await order({ ...trail, totalQuantity: 200 }), tooLarge('totalQuantity'), 'a distance')
  const sells = { action: 'SELL', orderType: 'LMT', lmtPrice: 1 }
  t.match(await order({ ...sells, totalQuantity: 200 }), tooLarge('totalQuantity'), 'sold for more')
  t.match(await order({ orderType: 'MKT', cashQty: 10_001 }), tooLarge('cashQty'))
})

t.test('a multiplier counts, and each leg of a combination', async (t) => {
  const system = await simulated(t, { environment: { ORDER_MAX_NOTIONAL: '10000' } })
  const found = await system.call('/contract?symbol=ES&secType=FUT&exchange=CME')
  const [contract] = found.body
  const future = { conId: contract.conId, symbol: 'ES', secType: 'FUT', exchange: 'CME' }
  const order = { ...future, account: 'DU1', action: 'BUY', orderType: 'LMT' }
  t.equal(contract.multiplier, '50')
  t.match(
    await system.order({ ...order, lmtPrice: 201, totalQuantity: 1 }),
    tooLarge('totalQuantity'),
  )
  t.equal((await system.order({ ...order, lmtPrice: 200, totalQuantity: 1 })).answer.status, 201)
  const leg = { exchange: 'SMART', ratio: 1 }
  const pair = {
    ...{ symbol: 'AAPL', secType: 'BAG', exchange: 'SMART', account: 'DU1', action: 'BUY' },
    ...{ orderType: 'LMT', lmtPrice: 0.01, totalQuantity: 100 },
    comboLegs: [
      { ...leg, symbol: 'AAPL', action: 'BUY' },
      { ...leg, symbol: 'MSFT', action: 'SELL' },
    ],
  }
  t.match(await system.order(pair), tooLarge('totalQuantity'))
  t.equal((await system.order({ ...pair, totalQuantity: 1 })).answer.status, 201)
})

t.test('an order whose worth nobody can tell is not sent', async (t) => {
  const system = await instanced(t, { environment: { ORDER_MAX_NOTIONAL: '10000' } })
  const { gateway } = system
  gateway
    .on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) =>
      api.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
    )
    .on(IN.REQ_MKT_DATA, (api, [, , reqId = '']) =>
      api.say(...error(Number(reqId), 354, 'Requested market data is not subscribed')),
    )
    .on(IN.PLACE_ORDER, (api, fields) =>
      api.say(...openOrder({ orderId: Number(fields[FIELD.orderId]), action: 'BUY', quantity: 1 })),
    )
  const refused = await system.order({ ...AAPL, action: 'BUY', orderType: 'MKT', totalQuantity: 1 })
  t.match(refused, tooLarge('lmtPrice', 'not_allowed'))
  t.match(refused.body.detail, /no price of AAPL can be had/)
  t.equal(gateway.count(IN.PLACE_ORDER), 0)
  t.equal((await system.order({ ...buys, totalQuantity: 1 })).answer.status, 201)
})

t.test('without limits no price is asked for', async (t) => {
  const system = await simulated(t)
  const bought = await system.order({
    ...AAPL,
    action: 'BUY',
    orderType: 'MKT',
    totalQuantity: 1000,
  })
  t.equal(bought.answer.status, 201)
  const asked = 'ibrest_ib_request_duration_seconds_count{client_id="0",op="marketSnapshot"'
  t.ok(Number.isNaN(await system.metric(asked)))
})
