import t from 'tap'
import { Latency } from '../../../../proxy/status-page/latency.ts'

const START = Date.UTC(2026, 0, 5, 12)

t.test('quantiles of the last minute are within 5 % of the truth', async (t) => {
  const latency = new Latency(START)
  for (let ms = 1; ms <= 1000; ms += 1) latency.observe(START + 10_000 + ms, ms)
  const { p50Ms, p99Ms, lastMinute } = latency.view(START + 12_000)
  t.equal(lastMinute, 1000)
  t.ok(Math.abs((p50Ms ?? 0) / 500 - 1) < 0.05, String(p50Ms))
  t.ok(Math.abs((p99Ms ?? 0) / 990 - 1) < 0.05, String(p99Ms))
})

t.test('what ended over a minute ago is forgotten', async (t) => {
  const latency = new Latency(START)
  latency.observe(START, 5)
  t.equal(latency.view(START + 59_000).lastMinute, 1)
  t.match(latency.view(START + 62_000), { lastMinute: 0, p50Ms: null, p99Ms: null })
  latency.observe(START + 61_000, 7)
  t.equal(latency.view(START + 61_500).lastMinute, 1, 'its place is taken by another')
})

t.test('calls per second are those of the last full seconds', async (t) => {
  const latency = new Latency(START)
  t.equal(latency.view(START + 500).perSecond, null, 'no second is full yet')
  for (let second = 1; second <= 8; second += 1)
    for (let call = 0; call < second; call += 1) latency.observe(START + second * 1000, 1)
  t.equal(latency.view(START + 8500).perSecond, (3 + 4 + 5 + 6 + 7) / 5)
  t.same(latency.view(START + 8500).bySecond.slice(-4), [4, 5, 6, 7])
})

t.test('a call shorter or longer than any bound is counted all the same', async (t) => {
  const latency = new Latency(START)
  for (const ms of [0, 0.01, 10_000_000]) latency.observe(START, ms)
  const { lastMinute, p50Ms, p99Ms } = latency.view(START + 1000)
  t.equal(lastMinute, 3)
  t.ok((p50Ms ?? 1) < 0.11)
  t.ok((p99Ms ?? 0) > 100_000)
})
