import t from 'tap'
import { startSystem } from '../rig/system.ts'

t.setTimeout(60_000)

t.test('long histories arrive whole and in order, however large', async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  // the second is more than the proxy holds at once
  for (const days of [14, 41]) {
    const path = `/history/AAPL?durationStr=${days}%20D&barSizeSetting=1%20min`
    const answer = await fetch(system.url + path, { headers: { 'cache-control': 'no-cache' } })
    t.equal(answer.status, 200)
    t.match(answer.headers.get('content-type'), /^application\/json/)
    const { bars } = (await answer.json()) as { bars: { timestamp: number; open: number }[] }
    t.ok(bars.length >= days * 24 * 60, `${bars.length} bars of ${days} days`)
    const first = Math.ceil((bars[0]?.timestamp ?? 0) / 60) * 60
    const wanted = Array.from({ length: bars.length }, (_, index) => first + index * 60)
    t.strictSame(
      bars.map(({ timestamp }) => timestamp),
      wanted,
    )
    t.ok(bars.every(({ open }) => open > 0))
  }
})
