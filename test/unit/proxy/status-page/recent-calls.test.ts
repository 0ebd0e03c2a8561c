import t from 'tap'
import type { CallRecord } from '../../../../proxy/call-log.ts'
import {
  KEPT_CALLS,
  RECENT_CALLS,
  RecentCalls,
} from '../../../../proxy/status-page/recent-calls.ts'

const call: CallRecord = {
  ...{ id: 'a', method: 'GET', route: '/account', status: 200, code: undefined, clientId: 3 },
  ...{ beforeMs: 2, isPaced: false, queueMs: 10, ms: 32 },
}
const told = (record: Partial<CallRecord>) => {
  const calls = new RecentCalls()
  calls.add(Date.UTC(2026, 0, 5), { ...call, ...record })
  return calls.view()[0]
}

t.test('the newest come first, and only so many are kept', async (t) => {
  const calls = new RecentCalls()
  t.same(calls.view(), [])
  for (let n = 1; n <= RECENT_CALLS + 7; n += 1) calls.add(n, { ...call, id: String(n) })
  const view = calls.view()
  t.equal(view.length, RECENT_CALLS)
  t.same(
    view.map(({ id }) => id),
    Array.from({ length: RECENT_CALLS }, (_, n) => String(RECENT_CALLS + 7 - n)),
  )
  t.match(view[0], { number: RECENT_CALLS + 7 })
  t.equal(calls.count, RECENT_CALLS + 7)
})

t.test(
  'the newest is written over the oldest, and over nothing that was told before',
  async (t) => {
    const calls = new RecentCalls()
    for (let n = 1; n <= KEPT_CALLS; n += 1) calls.add(n, { ...call, id: String(n) })
    const before = calls.all()
    for (let n = KEPT_CALLS + 1; n <= KEPT_CALLS + 3; n += 1)
      calls.add(n, { ...call, id: String(n), code: 'PROXY_POOL_BUSY' })
    const ids = (kept: typeof before) => kept.map(({ id, number, at }) => [id, number, at])
    const row = (n: number) => [String(n), n, n]
    const newest = (count: number) => Array.from({ length: KEPT_CALLS }, (_, at) => row(count - at))
    t.same(ids(before), newest(KEPT_CALLS))
    t.same(ids(calls.all()), newest(KEPT_CALLS + 3))
    t.equal(calls.all()[3]?.code, undefined)
  },
)

t.test('the stages of a call are told apart', async (t) => {
  t.match(told({}), { pacingMs: null, queueMs: 10, instanceMs: 20, totalMs: 32 })
  t.match(told({ isPaced: true }), { pacingMs: 2, queueMs: 10, instanceMs: 20, totalMs: 32 })
})

t.test('one that was never served waited where it stood', async (t) => {
  const inLine = { clientId: undefined, queueMs: 0, status: 503, code: 'PROXY_POOL_BUSY' }
  t.match(told(inLine), {
    ...{ clientId: null, code: 'PROXY_POOL_BUSY' },
    ...{ pacingMs: null, queueMs: 30, instanceMs: null, totalMs: 32 },
  })
  const forLimits = { clientId: undefined, isPaced: true, beforeMs: 0, queueMs: 0 }
  t.match(told(forLimits), { pacingMs: 32, queueMs: 0, instanceMs: null, totalMs: 32 })
})
