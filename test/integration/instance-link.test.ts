import t from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { error, openOrder, orderStatus } from '../rig/fake-messages.ts'
import { instanced } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const patient = {
  connectTimeoutMs: 5000,
  greetingTimeoutMs: 5000,
  quietMs: 15_000,
  silentMs: 5000,
  staleHoldMs: 5000,
}

t.test(
  'a gateway that is away is told in words, and everything recovers when it comes back',
  async (t) => {
    const gateway = await new FakeGateway().start()
    await gateway.stop()
    const { call, status } = await instanced(t, { gateway, impatient: true })
    await until(async () => (await status()).reason !== null, 'a reason is known')
    const { answer, body } = await call('/clients')
    t.equal(answer.status, 503)
    t.match(body, { connected: false, reason: /ECONNREFUSED/, hint: /IBGW_PORT/, clientId: 0 })
    const refused = await call('/account/positions')
    t.equal(refused.answer.status, 503)
    t.match(refused.answer.headers.get('retry-after'), /^\d+$/)
    t.match(refused.body, { code: 'INSTANCE_NOT_READY', retryable: true, detail: /ECONNREFUSED/ })
    t.equal((await call('/beacon')).answer.status, 200, 'alive all the same')
    await gateway.start()
    await until(async () => (await call('/clients')).answer.status === 200, 'logged in')
    t.match(await status(), {
      state: 'ready',
      reason: null,
      hint: null,
      accounts: ['DU1'],
      serverVersion: 178,
    })
  },
)

t.test('a client id in use is told so, and tried again until it is free', async (t) => {
  const gateway = await new FakeGateway().start()
  const text = 'Unable to connect as the client id is already in use.'
  gateway.greet = (client) => {
    client.say(...error(-1, 326, text))
    client.socket.end()
  }
  const { status } = await instanced(t, { gateway, impatient: true })
  await until(async () => (await status()).reason?.includes('already in use'), 'the reason')
  t.match(await status(), { connected: false, hint: /Another program/ })
  gateway.greet = (client) => client.sayAll([15, 1, 'DU1'], [9, 1, 5])
  await until(async () => (await status()).connected, 'logged in')
})

t.test('something that accepts and says nothing is not taken for a gateway', async (t) => {
  const gateway = await new FakeGateway().start()
  gateway.hello = () => undefined
  const { status } = await instanced(t, {
    gateway,
    impatient: true,
    config: { limits: { ...patient, connectTimeoutMs: 50 } },
  })
  await until(async () => (await status()).reason?.includes('no answer within'), 'the reason')
  t.equal((await status()).connected, false)
})

t.test('a greeting that stops half-way is no login', async (t) => {
  const gateway = await new FakeGateway().start()
  gateway.greet = (client) => client.say(9, 1, 1)
  const { status } = await instanced(t, {
    gateway,
    impatient: true,
    config: { limits: { ...patient, greetingTimeoutMs: 50 } },
  })
  await until(async () => (await status()).reason?.includes('greeting'), 'the reason')
  t.match((await status()).hint, /second factor/)
})

t.test('a version nobody understands is told so', async (t) => {
  const gateway = await new FakeGateway().start()
  gateway.serverVersion = 300
  const { status } = await instanced(t, { gateway, impatient: true })
  await until(async () => /version/i.test((await status()).reason ?? ''), 'the reason')
  t.match((await status()).hint, /version/)
})

t.test('a gateway that falls silent is left and connected to anew', async (t) => {
  const { gateway, status } = await instanced(t, {
    config: {
      limits: {
        ...patient,
        connectTimeoutMs: 100,
        greetingTimeoutMs: 100,
        quietMs: 50,
        silentMs: 50,
      },
    },
  })
  await until(() => gateway.count(IN.REQ_CURRENT_TIME) > 3, 'it was asked for the time')
  t.match(await status(), { reconnects: 0, connected: true }, 'and it answered every time')
  gateway.on(IN.REQ_CURRENT_TIME, () => undefined)
  await until(async () => (await status()).reconnects > 0, 'a new session')
})

t.test(
  'a lost link to IB (1100) makes the instance unusable until 1102, on the same socket',
  async (t) => {
    const { gateway, call, order, status } = await instanced(t)
    gateway.say(...error(-1, 1100, 'Connectivity between IB and TWS has been lost.'))
    await until(async () => (await status()).state === 'cut-off', 'cut off')
    const { answer, body } = await call('/clients')
    t.equal(answer.status, 503)
    t.match(body, { connected: false, reason: /has been lost/, hint: /lost IB/ })
    const refused = await order({
      symbol: 'AAPL',
      action: 'BUY',
      totalQuantity: 1,
      orderType: 'MKT',
    })
    t.equal(refused.answer.status, 503)
    t.match(refused.body, { code: 'INSTANCE_NOT_READY', retryable: true })
    gateway.say(...error(-1, 1102, 'Connectivity has been restored.'))
    await until(async () => (await status()).connected, 'usable again')
    t.equal(gateway.count(IN.PLACE_ORDER), 0, 'nothing was sent later')
    t.equal((await status()).reconnects, 0)
  },
)

t.test('an unreadable message drops the session, not the process', async (t) => {
  const { gateway, call, status, metric } = await instanced(t)
  gateway.say(...error(7, 201, 'Order rejected', '{not json'))
  await until(async () => (await status()).reconnects === 1, 'a new session')
  t.equal((await call('/beacon')).answer.status, 200)
  gateway.say(9999, 'nobody knows this')
  await until(async () => (await metric('ibrest_decode_errors_total')) > 0, 'it was counted')
  t.equal((await status()).reconnects, 1, 'an unknown message is not fatal')
})

t.test('after a login the instance reads what happened meanwhile', async (t) => {
  const { gateway, call, order, status } = await instanced(t)
  gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => api.say(...openOrder({ orderId: Number(id) })))
  const placed = await order({
    symbol: 'AAPL',
    action: 'BUY',
    totalQuantity: 100,
    orderType: 'MKT',
  })
  t.equal(placed.answer.status, 201)
  const { orderId } = placed.body
  gateway.on(IN.REQ_ALL_OPEN_ORDERS, (api) =>
    api.sayAll(
      openOrder({ orderId, status: 'Submitted' }),
      orderStatus({ orderId, status: 'Submitted', filled: 40, average: 150 }),
      [53, 1],
    ),
  )
  gateway.drop()
  await until(async () => (await status()).reconnects === 1, 'a new session')
  await until(
    async () => (await call(`/order/0.${orderId}`)).body.filled === 40,
    'the partial fill is known',
  )
  t.match((await call(`/order/0.${orderId}`)).body, { state: 'partially_executed', remaining: 60 })
})

t.test('metrics tell the state of the link as a set of 0 and 1', async (t) => {
  const { metric, gateway, status } = await instanced(t)
  t.equal(await metric('ibrest_client_state{client_id="0",state="ready"}'), 1)
  t.equal(await metric('ibrest_client_state{client_id="0",state="waiting"}'), 0)
  gateway.drop()
  await until(async () => (await status()).reconnects === 1, 'a new session')
  t.equal(await metric('ibrest_client_reconnects_total{client_id="0"}'), 1)
})
