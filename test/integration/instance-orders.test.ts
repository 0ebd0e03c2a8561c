import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import {
  commission,
  completedOrder,
  error,
  execution,
  FIELD,
  limit,
  market,
  openOrder,
  orderStatus,
} from '../rig/fake-messages.ts'
import { instanced } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

t.test(
  'an acknowledged order is 201 with Location, its owner in its id, and every default said',
  async (t) => {
    const { order, gateway, metric } = await instanced(t)
    gateway.on(IN.PLACE_ORDER, (api, [, id = '']) =>
      api.say(...openOrder({ orderId: Number(id), orderType: 'LMT', limit: 150, permId: 77 })),
    )
    const { answer, body } = await order(limit)
    t.equal(answer.status, 201)
    t.equal(answer.headers.get('location'), `/order/0.${body.orderId}`)
    t.match(body, {
      id: `0.${body.orderId}`,
      clientId: 0,
      permId: 77,
      status: 'Submitted',
      state: 'placed',
    })
    t.match(body, { lmtPrice: 150, totalQuantity: 100, remaining: 100, filled: 0, transmit: true })
    const sent = gateway.last(IN.PLACE_ORDER) ?? []
    t.equal(sent[FIELD.secType], 'STK')
    t.equal(sent[FIELD.exchange], 'SMART')
    t.equal(sent[FIELD.currency], 'USD')
    t.equal(sent[FIELD.transmit], '1')
    t.equal(sent.length, 114, 'a plain order has 114 fields')
    t.equal(
      await metric('ibrest_orders_total{client_id="0",action="place",outcome="acknowledged"}'),
      1,
    )
    t.equal(await metric('ibrest_orders_total{client_id="0",action="place",outcome="lost"}'), 0)
  },
)

t.test('a fill in the same packet is in the answer', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => {
    const orderId = Number(id)
    api.sayAll(
      openOrder({ orderId, status: 'PreSubmitted' }),
      orderStatus({ orderId, status: 'PreSubmitted' }),
      execution({ execId: '0001.01.01', orderId }),
      openOrder({ orderId, status: 'Filled' }),
      orderStatus({ orderId, status: 'Filled', filled: 100, average: 150 }),
      commission('0001.01.01', 1.25),
    )
  })
  const { answer, body } = await order(market)
  t.equal(answer.status, 201)
  t.match(body, {
    status: 'Filled',
    state: 'executed',
    filled: 100,
    remaining: 0,
    avgFillPrice: 150,
    lmtPrice: null,
  })
  t.match((await call('/order/filled')).body, [{ id: body.id, state: 'executed' }])
  t.strictSame((await call('/order/filled?orderId=5.1')).body, [])
  t.match((await call('/executions/commissions')).body, [
    { execId: '0001.01.01', commission: 1.25, clientId: 0 },
  ])
  gateway.on(IN.REQ_EXECUTIONS, (api, [, , reqId = '']) => api.say(55, 1, reqId))
  const fills = (await call('/executions')).body
  t.match(fills, [
    {
      execId: '0001.01.01',
      commission: 1.25,
      side: 'BOT',
      shares: 100,
      datetime: '2026-01-05T15:30:00.000Z',
    },
  ])
  t.equal(fills[0].realizedPNL, null)
  t.strictSame((await call('/executions?side=SELL')).body, [])
  t.equal((await call('/executions?side=BUY&time=20260101-00:00:00')).body.length, 1)
  t.equal((await call('/executions?time=20270101-00:00:00')).body.length, 0)
})

t.test('an execution alone proves a fill', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const { body } = await order(market)
  gateway.say(...execution({ execId: 'a.1', orderId: body.orderId, shares: 60, total: 60 }))
  await until(async () => (await call(`/order/${body.id}`)).body.filled === 60, 'the partial fill')
  t.equal((await call(`/order/${body.id}`)).body.state, 'partially_executed')
  gateway.say(...execution({ execId: 'b.1', orderId: body.orderId, shares: 40, total: 100 }))
  await until(async () => (await call(`/order/${body.id}`)).body.status === 'Filled', 'the fill')
})

t.test("a refused order is a problem with IB's code and text", async (t) => {
  const { order, gateway, metric } = await instanced(t)
  const text = 'The price does not conform to the minimum price variation for this contract.'
  gateway.on(IN.PLACE_ORDER, (api, [, id]) => api.say(...error(Number(id), 110, text)))
  const { answer, body } = await order(limit)
  t.equal(answer.status, 422)
  t.match(body, { code: 'IB_PRICE_INCREMENT', errorCode: 110, errorMsg: text, retryable: false })
  t.match(body.orders, [{ state: 'rejected', errorCode: 110 }])
  t.equal(await metric('ibrest_orders_total{client_id="0",action="place",outcome="refused"}'), 1)
})

t.test('an order IB rejects is 422, whatever order its words come in', async (t) => {
  const { order, gateway } = await instanced(t)
  for (const statusFirst of [true, false]) {
    gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => {
      const status = orderStatus({ orderId: Number(id), status: 'Inactive' })
      const why = error(Number(id), 201, 'Order rejected - reason:Insufficient funds')
      api.sayAll(...(statusFirst ? [status, why] : [why, status]))
    })
    const { answer, body } = await order(market)
    t.equal(answer.status, 422)
    t.match(body, { code: 'IB_ORDER_REJECTED', errorCode: 201, detail: /Insufficient/ })
  }
})

t.test('a code nobody knows is no verdict: the order may live', async (t) => {
  const { order, gateway } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => {
    api.say(...error(Number(id), 10999, 'Something about your order'))
    api.say(...openOrder({ orderId: Number(id) }))
  })
  const { answer, body } = await order(market)
  t.equal(answer.status, 201)
  t.match(body, { state: 'placed', warningText: /Something about/ })
})

t.test('an order the gateway says nothing of is 202 and Unknown, never "not placed"', async (t) => {
  const { order, gateway } = await instanced(t)
  const { answer, body } = await order(market, { prefer: 'wait=0.2' })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('location'), `/order/${body.id}`)
  t.match(body, { status: 'Unknown', state: 'unknown', warningText: /may well have it/ })
  t.equal(gateway.count(IN.PLACE_ORDER), 1)
})

t.test('an order acknowledged only as pending is 202 with what is known', async (t) => {
  const { order, gateway } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) =>
    api.say(...openOrder({ orderId: Number(id), status: 'PendingSubmit' })),
  )
  const { answer, body } = await order(market, { prefer: 'wait=0.2' })
  t.equal(answer.status, 202)
  t.match(body, { status: 'PendingSubmit', state: 'pending', warningText: null })
  const later = { ...limit, goodAfterTime: '20301231-15:00:00' }
  const begun = performance.now()
  t.equal((await order(later)).answer.status, 202)
  t.ok(performance.now() - begun < 5000, 'an order for later is not waited for')
})

t.test('respond-async answers as soon as the order is sent', async (t) => {
  const { order, gateway } = await instanced(t)
  const { answer, body } = await order(market, { prefer: 'respond-async' })
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('preference-applied'), 'respond-async')
  t.match(body, { status: 'PendingSubmit', state: 'pending' })
  await until(() => gateway.count(IN.PLACE_ORDER) === 1, 'it was sent')
})

t.test(
  'a session killed in the middle of an order is 202 and Unknown, and nothing is sent again',
  async (t) => {
    const { order, gateway, status, call } = await instanced(t)
    gateway.on(IN.PLACE_ORDER, () => gateway.drop())
    const { answer, body } = await order(market)
    t.equal(answer.status, 202)
    t.match(body, { status: 'Unknown', state: 'unknown', warningText: /gateway was lost/ })
    gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
      api.sayAll(openOrder({ orderId: body.orderId }), [53, 1]),
    )
    await until(async () => (await status()).reconnects === 1, 'a new session')
    await until(
      async () => (await call(`/order/${body.id}`)).body.status === 'Submitted',
      'it is found to live',
    )
    t.equal(gateway.count(IN.PLACE_ORDER), 1)
  },
)

t.test(
  'an order while the gateway is away is 503, and nothing is on the wire after it came back',
  async (t) => {
    const { order, gateway, instance } = await instanced(t)
    await until(() => gateway.count(IN.REQ_EXECUTIONS) >= 1, 'the first session is at work')
    await gateway.stop()
    await until(() => !instance.link.isUsable, 'the loss was noticed')
    const { answer, body } = await order(market)
    t.equal(answer.status, 503)
    t.match(body, { code: 'INSTANCE_NOT_READY', retryable: true })
    await gateway.start()
    await until(() => instance.link.isUsable, 'logged in again')
    await until(() => gateway.count(IN.REQ_EXECUTIONS) >= 2, 'the new session is at work')
    t.equal(gateway.count(IN.PLACE_ORDER), 0)
  },
)

t.test('placing goes on when its caller leaves, and keeps the instance to itself', async (t) => {
  const { url, gateway, call, metric } = await instanced(t)
  let orderId = 0
  gateway.on(IN.PLACE_ORDER, (_, [, id]) => {
    orderId = Number(id)
  })
  const caller = new AbortController()
  const left = fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(market),
    signal: caller.signal,
  })
  await until(() => orderId !== 0, 'the order was sent')
  caller.abort()
  await t.rejects(left)
  t.equal((await call('/account')).body.code, 'INSTANCE_BUSY')
  gateway.say(...openOrder({ orderId }))
  await until(async () => (await metric('ibrest_client_inflight')) === 0, 'the place is free')
  t.match((await call(`/order/${orderId}`)).body, { state: 'placed' })
  t.equal(await metric('ibrest_leased_overlaps_total'), 0)
})

t.test('open orders are those of every client, told by owner and number', async (t) => {
  const { gateway, call } = await instanced(t)
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(
      openOrder({ orderId: 44, clientId: 3 }),
      orderStatus({ orderId: 44, clientId: 3, status: 'Submitted', filled: 30, average: 150 }),
      openOrder({ orderId: 0, clientId: 0, permId: 5 }),
      [53, 1],
    ),
  )
  const { body } = await call('/order')
  t.match(body, [
    { id: '3.44', filled: 30, state: 'partially_executed' },
    { id: null, permId: 5 },
  ])
})

t.test('the next order number exceeds every number this client was shown', async (t) => {
  const { gateway, call, order } = await instanced(t)
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(openOrder({ orderId: 500, clientId: 3 }), [53, 1]),
  )
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  await call('/order')
  t.equal((await order(limit)).body.orderId, 501)
  gateway.say(9, 1, 20)
  t.equal((await order(limit)).body.orderId, 502, 'a nextValidId that fell back changes nothing')
})

t.test('an order that cannot be written down first is not sent', async (t) => {
  const path = join(tempDir(t), 'ledger.sqlite')
  const { order, gateway, metric } = await instanced(t, { config: { ledgerPath: path } })
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const other = new DatabaseSync(path)
  t.teardown(() => other.close())
  other.exec('BEGIN EXCLUSIVE')
  const { answer, body } = await order(limit)
  t.equal(answer.status, 503)
  t.match(body, { code: 'INSTANCE_LEDGER_FAILED', retryable: false, detail: /Nothing was sent/ })
  t.equal(gateway.count(IN.PLACE_ORDER), 0)
  t.equal(await metric('ibrest_ledger_failures_total'), 1)
  other.exec('COMMIT')
  t.equal((await order(limit)).answer.status, 201)
})

t.test('an order that ended while nobody listened is found among the completed', async (t) => {
  const { order, gateway, call, status } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const { body } = await order(limit)
  gateway.on(IN.REQ_COMPLETED_ORDERS, (api) =>
    api.sayAll(completedOrder({ permId: body.permId, status: 'Filled', filled: 100 }), [102]),
  )
  gateway.drop()
  await until(async () => (await status()).reconnects === 1, 'a new session')
  await until(async () => (await call(`/order/${body.id}`)).body.status === 'Filled', 'its end')
  t.match((await call(`/order/${body.id}`)).body, { state: 'executed', filled: 100, remaining: 0 })
})

t.test('commissions may come before their fill, long after it, or not at all', async (t) => {
  const { gateway, call } = await instanced(t)
  gateway.on(IN.REQ_EXECUTIONS, (api, [, , reqId = '']) =>
    api.sayAll(
      commission('early.01', 1),
      execution({ execId: 'early.01', orderId: 5, reqId: Number(reqId) }),
      execution({ execId: 'never.01', orderId: 5, reqId: Number(reqId) }),
      execution({ execId: 'late.01', orderId: 5, reqId: Number(reqId), clientId: 3 }),
      [55, 1, reqId],
      commission('late.01', 2),
    ),
  )
  const { body } = await call('/executions')
  const known = body.map((fill: { execId: string; commission: number }) => [
    fill.execId,
    fill.commission,
  ])
  t.same(
    new Map(known),
    new Map([
      ['early.01', 1],
      ['never.01', null],
      ['late.01', 2],
    ]),
  )
  t.equal((await call('/executions?clientId=3')).body.length, 1)
})
