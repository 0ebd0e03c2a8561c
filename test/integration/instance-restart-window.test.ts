import t from 'tap'
import { simulated } from '../rig/instanced.ts'

const rests = {
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 10, account: 'DU1' },
  ...{ orderType: 'LMT', lmtPrice: 1 },
}

t.test('new orders and changes wait for its end; cancels and reads pass', async (t) => {
  let now = Date.parse('2026-01-18T23:40:00Z')
  const system = await simulated(t, {
    environment: { RESTART_WINDOW: '23:45-00:05 UTC' },
    config: { now: () => now },
  })
  const placed = (await system.order(rests)).body
  t.equal((await system.status()).restartWindow, null)

  now = Date.parse('2026-01-18T23:55:00Z')
  const refused = await system.order(rests)
  t.equal(refused.answer.status, 503)
  t.equal(refused.answer.headers.get('retry-after'), '600')
  t.match(refused.body, {
    code: 'INSTANCE_RESTART_WINDOW',
    retryable: true,
    expected_end: '2026-01-19T00:05:00.000Z',
  })
  const change = await system.call(`/order/${placed.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"lmtPrice":2}',
  })
  t.match(change, { answer: { status: 503 }, body: { code: 'INSTANCE_RESTART_WINDOW' } })
  const guard = 'guard="restart-window"'
  t.equal(await system.metric(`ibrest_orders_refused_total{client_id="0",${guard}}`), 2)
  t.equal(await system.metric('ibrest_restart_window'), 1)
  t.match(await system.status(), {
    connected: true,
    restartWindow: { until: '2026-01-19T00:05:00.000Z' },
  })
  t.equal((await system.call('/order')).body.length, 1)
  t.equal((await system.call(`/order/${placed.id}`, { method: 'DELETE' })).answer.status, 200)

  now = Date.parse('2026-01-19T00:05:00Z')
  t.equal(await system.metric('ibrest_restart_window'), 0)
  t.equal((await system.order(rests)).answer.status, 201)
})
