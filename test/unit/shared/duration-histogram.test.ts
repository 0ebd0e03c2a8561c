import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import t from 'tap'
import { DurationHistogram } from '../../../shared/duration-histogram.ts'

const BUCKETS = [0.001, 0.0025, 0.1, 1, 60] as const
const common = { name: 'waited_seconds', help: 'How long calls waited' }

const seconds = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(0, ...BUCKETS, 61),
)

t.test('it is told as prom-client tells the same observations', async (t) => {
  const labels = ['method', 'code'] as const
  const seen = fc.array(
    fc.record({
      method: fc.constantFrom('GET', 'POST'),
      code: fc.constantFrom('200', '503'),
      seconds,
    }),
  )
  await fc.assert(
    fc.asyncProperty(seen, async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()]
      const own = new DurationHistogram({
        ...{ ...common, labelNames: labels, buckets: BUCKETS, registers: [ours] },
      })
      const known = new Histogram({
        ...{ ...common, labelNames: labels, buckets: [...BUCKETS], registers: [theirs] },
      })
      const children = new Map<string, (seconds: number) => void>()
      for (const { method, code, seconds } of observations) {
        const name = `${method} ${code}`
        const child = children.get(name) ?? own.child(method, code)
        children.set(name, child)
        child(seconds)
        known.observe({ method, code }, seconds)
      }
      t.equal(await ours.metrics(), await theirs.metrics())
    }),
  )
})

t.test('without labels it is there before anything was counted', async (t) => {
  const [ours, theirs] = [new Registry(), new Registry()]
  const observe = new DurationHistogram({ ...common, buckets: BUCKETS, registers: [ours] }).child()
  const known = new Histogram({ ...common, buckets: [...BUCKETS], registers: [theirs] })
  t.equal(await ours.metrics(), await theirs.metrics())
  observe(0.5)
  known.observe(0.5)
  t.equal(await ours.metrics(), await theirs.metrics())
})
