import t from 'tap'
import { startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

t.test(
  'a caller that leaves mid-call never lets a second call into the busy instance',
  async (t) => {
    const system = await startSystem(t, { poolSize: 1 })
    await system.control('POST', '/faults', {
      fault: 'late',
      match: { message: 'positionEnd' },
      delayMs: 1200,
      count: 1,
    })
    const gone = new AbortController()
    const first = fetch(`${system.url}/account/positions?fresh=true`, {
      signal: gone.signal,
    }).catch(() => 'left')
    await until(async () => (await system.instance(0)).inflight === 1, 'the instance at work')
    gone.abort()
    t.equal(await first, 'left')
    const second = await fetch(`${system.url}/account/summary?tags=NetLiquidation`)
    t.equal(second.status, 200)
    const { overlaps, refused } = await system.instance(0)
    t.same({ overlaps, refused }, { overlaps: 0, refused: 0 }, 'the second never reached it before')
  },
)

t.test('an order whose caller leaves is placed all the same, once', async (t) => {
  const system = await startSystem(t, { poolSize: 1 })
  await system.control('POST', '/faults', {
    fault: 'late',
    match: { message: 'openOrder' },
    delayMs: 600,
    count: 1,
  })
  const gone = new AbortController()
  const placing = fetch(`${system.url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      symbol: 'MSFT',
      action: 'BUY',
      totalQuantity: 5,
      orderType: 'LMT',
      lmtPrice: 1.5,
    }),
    signal: gone.signal,
  }).catch(() => 'left')
  await until(async () => (await system.instance(0)).inflight === 1, 'the instance at work')
  gone.abort()
  t.equal(await placing, 'left')
  await until(async () => (await system.instance(0)).inflight === 0, 'the instance done')
  const open = (await (await fetch(`${system.url}/order`)).json()) as object[]
  t.equal(open.length, 1)
})
