import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, FIELD, limit, market, openOrder, stockDetails } from '../rig/fake-messages.ts'
import { instanced } from '../rig/instanced.ts'

t.test(
  'a list is a family: children name their parent, and only the last one releases it',
  async (t) => {
    const { order, gateway } = await instanced(t)
    gateway.on(IN.PLACE_ORDER, (api, fields) => {
      if (fields[FIELD.transmit] !== '1') return
      const last = Number(fields[FIELD.orderId])
      for (const orderId of [last - 2, last - 1, last])
        api.say(
          ...openOrder({
            orderId,
            status: 'PreSubmitted',
            parentId: orderId === last - 2 ? 0 : last - 2,
          }),
        )
    })
    const exit = { symbol: 'AAPL', action: 'SELL', totalQuantity: 100 }
    const { answer, body } = await order([
      limit,
      { ...exit, orderType: 'LMT', lmtPrice: 160 },
      { ...exit, orderType: 'STP', auxPrice: 140 },
    ])
    t.equal(answer.status, 201)
    const [parent, profit, stop] = body
    t.equal(answer.headers.get('location'), `/order/${parent.id}`)
    t.match([profit, stop], [{ parentId: parent.orderId }, { parentId: parent.orderId }])
    const sent = gateway.received.filter(([message]) => Number(message) === IN.PLACE_ORDER)
    t.strictSame(
      sent.map((fields) => fields[FIELD.transmit]),
      ['0', '0', '1'],
    )
    t.strictSame(
      sent.map((fields) => Number(fields[FIELD.orderId])),
      [parent.orderId, parent.orderId + 1, parent.orderId + 2],
    )
    t.strictSame(
      sent.map((fields) => Number(fields[FIELD.parentId])),
      [0, parent.orderId, parent.orderId],
    )
  },
)

t.test('when one of a list is refused, the answer still names every order', async (t) => {
  const { order, gateway } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, fields) => {
    const orderId = Number(fields[FIELD.orderId])
    if (fields[FIELD.transmit] === '1')
      api.say(...error(orderId, 201, 'Order rejected - reason: x'))
    else api.say(...openOrder({ orderId, status: 'PreSubmitted' }))
  })
  const { answer, body } = await order([limit, { ...limit, action: 'SELL' }])
  t.equal(answer.status, 422)
  t.match(body.orders, [{ state: 'placed' }, { state: 'rejected' }])
  t.match(body.detail, /Order 0\.\d+: Order rejected/)
})

t.test('an order may come as query arguments', async (t) => {
  const { call, gateway } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const query = 'symbol=EUR&secType=CASH&action=BUY&totalQuantity=20000&orderType=LMT&lmtPrice=1.1'
  const { answer } = await call(`/order?${query}`, { method: 'POST' })
  t.equal(answer.status, 201)
  const sent = gateway.last(IN.PLACE_ORDER) ?? []
  t.equal(sent[FIELD.exchange], 'IDEALPRO')
  t.equal(sent[FIELD.limit], '1.1')
})

t.test('wrong orders name every field, and nothing reaches the wire', async (t) => {
  const { order, gateway, call } = await instanced(t)
  const none = await call('/order', { method: 'POST' })
  t.equal(none.answer.status, 422)
  const wrong = await order({ symbol: 'AAPL', action: 'HOLD', totalQuantity: 0, orderType: 'LMT' })
  t.equal(wrong.answer.status, 422)
  const codes = wrong.body.errors.map(
    ({ field, code }: { field: string; code: string }) => `${field} ${code}`,
  )
  t.same(
    new Set(codes),
    new Set(['action not_allowed', 'totalQuantity is_zero', 'lmtPrice missing']),
  )
  const account = await order([limit, { ...limit, account: 'DU9' }])
  t.match(account.body.errors, [{ field: '1.account', code: 'not_found' }])
  const broken = await call('/order', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  t.equal(broken.answer.status, 400)
  t.equal(gateway.count(IN.PLACE_ORDER), 0)
})

t.test('a fraction is allowed only where the contract is traded in fractions', async (t) => {
  const { order, gateway } = await instanced(t)
  let increment: string | number = 1
  gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '', , symbol = '']) =>
    api.sayAll(stockDetails(reqId, { symbol, sizeIncrement: increment }), [52, 1, reqId]),
  )
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const whole = await order({ ...market, totalQuantity: 0.5 })
  t.equal(whole.answer.status, 422)
  t.match(whole.body.errors, [{ field: 'totalQuantity', code: 'not_integer' }])
  increment = 0.0001
  const { answer } = await order({ ...market, symbol: 'TSLA', totalQuantity: 0.5 })
  t.equal(answer.status, 201)
  t.equal(gateway.last(IN.PLACE_ORDER)?.[FIELD.quantity], '0.5')
})

t.test('legs of a combo are looked up; an unknown one is named', async (t) => {
  const { order, gateway } = await instanced(t)
  gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '', , symbol]) => {
    if (symbol === 'NOPE') api.say(...error(Number(reqId), 200, 'No security definition'))
    else
      api.sayAll(
        stockDetails(reqId, { symbol: symbol ?? '', conId: symbol === 'IBM' ? 8314 : 4815 }),
        [52, 1, reqId],
      )
  })
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const bag = { ...limit, symbol: 'IBM,MSFT', secType: 'BAG', totalQuantity: 1 }
  const leg = { ratio: 1, action: 'BUY' }
  const good = await order({
    ...bag,
    comboLegs: [
      { ...leg, symbol: 'IBM' },
      { ratio: 1, action: 'SELL', conId: 99 },
    ],
  })
  t.equal(good.answer.status, 201)
  const sent = gateway.last(IN.PLACE_ORDER) ?? []
  t.strictSame(
    sent.slice(35, 39),
    ['2', '8314', '1', 'BUY'],
    'two legs, the first found by its symbol',
  )
  const bad = await order({
    ...bag,
    comboLegs: [
      { ...leg, symbol: 'IBM' },
      { ...leg, symbol: 'NOPE' },
    ],
  })
  t.equal(bad.answer.status, 422)
  t.match(bad.body.errors, [{ field: 'comboLegs.1', code: 'not_found' }])
})
