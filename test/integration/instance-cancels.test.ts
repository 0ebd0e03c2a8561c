import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, openOrder, orderStatus } from '../rig/fake-messages.ts'
import { instanced } from '../rig/instanced.ts'

const limit = {
  symbol: 'AAPL',
  action: 'BUY',
  totalQuantity: 100,
  orderType: 'LMT',
  lmtPrice: 150,
}

t.test('cancelling answers with the final order, or 204 when that is preferred', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  gateway.on(IN.CANCEL_ORDER, (api, [, , id = '']) =>
    api.sayAll(
      orderStatus({ orderId: Number(id), status: 'Cancelled' }),
      error(Number(id), 202, 'Order Canceled - reason:'),
    ),
  )
  const one = (await order(limit)).body
  const { answer, body } = await call(`/order/${one.id}`, { method: 'DELETE' })
  t.equal(answer.status, 200)
  t.match(body, { id: one.id, status: 'Cancelled', state: 'canceled' })
  const again = await call(`/order/${one.id}`, { method: 'DELETE' })
  t.equal(again.answer.status, 409)
  t.equal(again.body.code, 'INSTANCE_ORDER_FINISHED')
  const two = (await order(limit)).body
  const minimal = await call(`/order?orderId=${two.orderId}`, {
    method: 'DELETE',
    headers: { prefer: 'return=minimal' },
  })
  t.equal(minimal.answer.status, 204)
})

t.test('cancelling knows executed, unknown, foreign and unanswered orders apart', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const remove = (id: string, headers: Record<string, string> = {}) =>
    call(`/order/${id}`, { method: 'DELETE', headers })
  const filled = (await order(limit)).body
  gateway.on(IN.CANCEL_ORDER, (api, [, , id = '']) =>
    api.say(...orderStatus({ orderId: Number(id), status: 'Filled', filled: 100, average: 150 })),
  )
  const meanwhile = await remove(filled.id)
  t.equal(meanwhile.answer.status, 400)
  t.equal(meanwhile.body.code, 'INSTANCE_ORDER_EXECUTED')
  t.equal((await remove(filled.id)).answer.status, 400, 'and before')
  gateway.on(IN.CANCEL_ORDER, (api, [, , id]) =>
    api.say(
      ...error(
        Number(id),
        10148,
        'OrderId 5 that needs to be cancelled cannot be cancelled, state: Filled.',
      ),
    ),
  )
  t.equal((await remove((await order(limit)).body.id)).body.code, 'INSTANCE_ORDER_EXECUTED')
  gateway.on(IN.CANCEL_ORDER, (api, [, , id]) =>
    api.say(...error(Number(id), 10147, 'OrderId 5 that needs to be cancelled is not found.')),
  )
  const lost = await remove((await order(limit)).body.id)
  t.equal(lost.answer.status, 404)
  t.match(lost.body, { code: 'INSTANCE_UNKNOWN_ORDER', errorCode: 10147 })
  t.equal((await remove('0.987654')).answer.status, 404)
  const foreign = await remove('3.5')
  t.equal(foreign.answer.status, 421)
  t.equal(foreign.body.code, 'INSTANCE_NOT_OWNER')
  gateway.on(IN.CANCEL_ORDER, () => undefined)
  const open = (await order(limit)).body
  const unanswered = await remove(open.id, { 'x-deadline-ms': '200' })
  t.equal(unanswered.answer.status, 202)
  t.match(unanswered.body, { status: 'PendingCancel', state: 'placed' })
  t.equal((await call('/order', { method: 'DELETE' })).answer.status, 422)
})

t.test('all=true cancels every order and tells how each ended', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const own = (await order(limit)).body
  const foreign = openOrder({ orderId: 44, clientId: 3, permId: 4444 })
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(openOrder({ orderId: own.orderId }), foreign, [53, 1]),
  )
  gateway.on(IN.REQ_GLOBAL_CANCEL, (api) => {
    api.say(...orderStatus({ orderId: own.orderId, status: 'Cancelled' }))
    gateway.on(IN.REQ_ALL_OPEN_ORDERS, (each) => each.say(53, 1))
  })
  const { answer, body } = await call('/order?all=true', { method: 'DELETE' })
  t.equal(answer.status, 200)
  t.match(body.cancelled, [{ id: own.id, status: 'Cancelled' }, { id: '3.44' }])
  t.strictSame(body.remaining, [])
  t.strictSame((await call('/order')).body, [])
})

t.test('a cancel that is refused because one is under way is waited for', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  gateway.on(IN.CANCEL_ORDER, (api, [, , id = '']) => {
    const orderId = Number(id)
    api.sayAll(
      error(orderId, 10148, 'OrderId 5 cannot be cancelled, state: PendingCancel.'),
      orderStatus({ orderId, status: 'PendingCancel' }),
    )
    api.say(...orderStatus({ orderId, status: 'Cancelled' }))
  })
  const { answer } = await call(`/order/${(await order(limit)).body.id}`, { method: 'DELETE' })
  t.equal(answer.status, 200)
})

t.test('a session lost in the middle of a cancel is 202, told as pending', async (t) => {
  const { order, gateway, call } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const { id } = (await order(limit)).body
  gateway.on(IN.CANCEL_ORDER, () => gateway.drop())
  const { answer, body } = await call(`/order/${id}`, { method: 'DELETE' })
  t.equal(answer.status, 202)
  t.match(body, { status: 'PendingCancel', warningText: /may have it/ })
})
