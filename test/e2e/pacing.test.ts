import t from 'tap'
import type { ProxyStatus } from '../../shared/schemas/client.ts'
import { startSystem } from '../rig/system.ts'

const POOL = 4
/** The burst takes what IB's rules make it take, beside the start of a whole system. */
t.setTimeout(120_000)

type Counts = Record<string, { in: Record<string, number> }>

t.test('a burst of small bars from everybody at once never breaks a rule of IB', async (t) => {
  // the simulator's rules are IB's own, and count all clients of the login together
  const system = await startSystem(t, { poolSize: POOL })
  const headers = { 'x-deadline-ms': '10000' }
  const questions = ['AAPL', 'MSFT', 'IBM'].flatMap((symbol) =>
    Array.from({ length: 11 }, (_, index) => {
      const whatToShow = index % 5 === 4 ? 'BID_ASK' : 'TRADES'
      return `/history/${symbol}?barSizeSetting=5%20secs&durationStr=${60 + index}%20S&whatToShow=${whatToShow}`
    }),
  )
  // everything three times: twice as it comes, once as somebody who trusts no cache
  const calls = questions.flatMap((path) => [
    fetch(system.url + path, { headers }),
    fetch(system.url + path, { headers }),
    fetch(system.url + path, { headers: { ...headers, 'cache-control': 'no-cache' } }),
  ])
  const answers = await Promise.all(
    calls.map(async (call) => {
      const answer = await call
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    }),
  )
  const served = answers.filter(({ status }) => status === 200)
  const paced = answers.filter(({ body }) => body.code === 'PROXY_PACED')
  t.equal(served.length + paced.length, calls.length, 'every call is answered or honestly refused')
  t.notOk(answers.some(({ body }) => body.code === 'IB_HISTORY_PACING'))
  for (const { body } of paced)
    t.match(body, { status: 429, retryable: true, policy: /^ib-history/ })
  t.ok(served.every(({ body }) => Array.isArray(body.bars)))

  const counts = (await system.control('GET', '/messages')) as Counts
  const requests = Object.values(counts).reduce(
    (sum, { in: taken }) => sum + (taken.reqHistoricalData ?? 0),
    0,
  )
  t.ok(requests > 0 && requests <= 60, `${requests} requests reached the gateway`)
  const { pacing } = (await system.pool()) as ProxyStatus
  t.match(pacing[0], { name: 'ib-history', quota: 60, waiting: 0 })
  t.ok((pacing[0]?.remaining ?? 60) <= 60 - requests)
})
