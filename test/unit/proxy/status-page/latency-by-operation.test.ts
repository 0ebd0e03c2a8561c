import t from 'tap'
import type { CallRecord } from '../../../../proxy/call-log.ts'
import { LatencyByOperation } from '../../../../proxy/status-page/latency-by-operation.ts'
import { stagesIn } from '../../../../proxy/status-page/stages.ts'

const START = Date.UTC(2026, 0, 5, 12)
const call = (ms: number, more: Partial<CallRecord> = {}): CallRecord => ({
  ...{ id: 'a', method: 'GET', route: '/order', status: 200, code: undefined, clientId: 3 },
  ...{ beforeMs: 0, isPaced: false, queueMs: 0, ms, ...more },
})
const silent = stagesIn([])

t.test('S1.11 quantiles of each stage are within 5 % of the truth', async (t) => {
  const latency = new LatencyByOperation()
  for (let ms = 1; ms <= 1000; ms += 1)
    latency.observe(START, call(ms + 500, { queueMs: 500 }), { pace: 0, ib: ms / 2, encode: 1 })
  const [row] = latency.view(START, { stage: 'ib' })
  t.match(row, { operation: 'listOrders', clientId: null, stage: 'ib', calls: 1000, within: null })
  for (const [told, truth] of [
    [row?.p50Ms, 250],
    [row?.p90Ms, 450],
    [row?.p95Ms, 475],
    [row?.p99Ms, 495],
  ] as const)
    t.ok(Math.abs((told ?? 0) / truth - 1) < 0.05, `${told} of ${truth}`)
  t.same(
    latency.view(START, {}).map(({ stage }) => stage),
    ['total', 'queue', 'pace', 'ib', 'encode', 'overhead'],
    'no budget counts it',
  )
  const [within] = latency.view(START, { stage: 'total', withinMs: 1000 })
  t.ok(Math.abs((within?.within ?? 0) - 0.5) < 0.05, 'half of them took no more than a second')
})

t.test('clients are told apart where that is wanted', async (t) => {
  const latency = new LatencyByOperation()
  latency.observe(START, call(1), silent)
  latency.observe(START, call(100, { clientId: 5, method: 'HEAD' }), silent)
  const told = (wish: object) =>
    latency.view(START, { stage: 'total', ...wish }).map(({ clientId, calls }) => [clientId, calls])
  t.same(told({}), [[null, 2]])
  t.same(told({ byClient: true }), [
    [3, 1],
    [5, 1],
  ])
  t.same(told({ clientId: 5 }), [[5, 1]])
  t.same(told({ operation: 'placeOrder' }), [])
})

t.test('what ended over five minutes ago is forgotten, and its place is taken', async (t) => {
  const latency = new LatencyByOperation()
  const calls = (at: number) => latency.view(at, { stage: 'total' })[0]?.calls ?? 0
  latency.observe(START, call(1), silent)
  t.equal(calls(START + 5 * 60_000), 1)
  t.equal(calls(START + 6 * 60_000), 0)
  latency.observe(START + 6 * 60_000, call(1), silent)
  t.equal(calls(START + 6 * 60_000), 1)
})

t.test('what an instance tells is read, and nothing is made of what it does not', async (t) => {
  const timing = 'pace;dur=0.25, ib;dur=12.5, encode;dur=0.03'
  t.same(stagesIn(['etag', '"a"', 'server-timing', timing]), { pace: 0.25, ib: 12.5, encode: 0.03 })
  t.same(stagesIn(['server-timing', 'ib;dur=nothing, pace;dur=-1']), silent)
})
