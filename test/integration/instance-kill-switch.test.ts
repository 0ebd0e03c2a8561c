import { join } from 'node:path'
import t from 'tap'
import { type Reached, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const rests = {
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 10, account: 'DU1' },
  ...{ orderType: 'LMT', lmtPrice: 1 },
}

function send({ call }: Reached, method: string, path: string, body?: object) {
  return call(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
}

const refused = {
  answer: { status: 403 },
  body: { code: 'INSTANCE_ORDERS_PAUSED', retryable: true, reason: 'fat finger' },
}

t.test(
  'while it is thrown nothing opens or changes an order; cancels, reads and previews pass',
  async (t) => {
    const system = await simulated(t)
    const placed = (await system.order(rests)).body
    const { answer, body } = await send(system, 'POST', '/clients/pause-orders', {
      reason: 'fat finger',
    })
    t.equal(answer.status, 200)
    t.match(body, { paused: true, at: Number, reason: 'fat finger' })
    t.same((await system.status()).orders, body)
    t.equal(await system.metric('ibrest_orders_paused'), 1)

    t.match(await system.order(rests), refused)
    t.match(await system.order([rests, rests]), refused)
    t.match(await system.order(rests, { 'idempotency-key': 'new' }), refused)
    t.match(await send(system, 'PUT', `/order/${placed.id}`, { lmtPrice: 2 }), refused)
    const smart = { symbol: 'AAPL', orderType: 'MKT', targetPosition: 5, account: 'DU1' }
    t.match(await send(system, 'POST', '/order/smart', smart), refused)
    t.equal(await system.metric('ibrest_orders_refused_total{client_id="0",guard="paused"}'), 5)

    t.equal((await system.call('/order')).body.length, 1, 'nothing was sent')
    t.equal((await send(system, 'POST', '/order/preview', rests)).answer.status, 200)
    t.equal((await send(system, 'DELETE', `/order/${placed.id}`)).answer.status, 200)

    const resumed = await send(system, 'POST', '/clients/resume-orders')
    t.match(resumed, { answer: { status: 200 }, body: { paused: false, reason: null } })
    t.ok(resumed.body.at > body.at)
    t.equal(await system.metric('ibrest_orders_paused'), 0)
    t.equal((await system.order(rests, { 'idempotency-key': 'new' })).answer.status, 201)
  },
)

t.test('a position is not closed while it is thrown', async (t) => {
  const system = await simulated(t)
  await system.order({ ...rests, orderType: 'MKT', lmtPrice: undefined })
  const held = async () => (await system.call('/account/positions')).body[0]
  const position = await until(held, 'a position')
  await send(system, 'POST', '/clients/pause-orders', { reason: 'fat finger' })
  const path = `/account/positions/${position.contract.conId}`
  t.match(await send(system, 'DELETE', path), refused)
})

t.test('a key whose outcome is known is still answered', async (t) => {
  const system = await simulated(t)
  const key = { 'idempotency-key': 'a' }
  const placed = await system.order(rests, key)
  await send(system, 'POST', '/clients/pause-orders')
  const again = await system.order(rests, key)
  t.equal(again.answer.status, 201)
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body.id, placed.body.id)
})

t.test('the later word stands, and one from a day that has not come is refused', async (t) => {
  const system = await simulated(t)
  const at = Date.now() + 1000
  await send(system, 'POST', '/clients/pause-orders', { at, reason: 'later' })
  const older = await send(system, 'POST', '/clients/resume-orders', { at: at - 1 })
  t.match(older, { answer: { status: 200 }, body: { paused: true, at, reason: 'later' } })
  t.match((await send(system, 'POST', '/clients/resume-orders')).body, {
    paused: false,
    at: at + 1,
  })
  for (const [bad, field, code] of [
    [{ at: Date.now() + 200_000_000 }, 'at', 'too_large'],
    [{ at: 0 }, 'at', 'too_small'],
    [{ reason: 'x'.repeat(201) }, 'reason', 'too_large'],
    [{ resaon: 'x' }, 'resaon', 'not_allowed'],
  ] as const) {
    t.match(await send(system, 'POST', '/clients/pause-orders', bad), {
      answer: { status: 422 },
      body: { errors: [{ field, code }] },
    })
  }
  t.notOk((await system.status()).orders.paused)
})

t.test('it survives a restart', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const first = await simulated(t, { config: { ledgerPath } })
  await send(first, 'POST', '/clients/pause-orders', { reason: 'fat finger' })
  await first.instance.stop()
  const second = await simulated(t, { config: { ledgerPath } })
  t.match(await second.order(rests), refused)
})
