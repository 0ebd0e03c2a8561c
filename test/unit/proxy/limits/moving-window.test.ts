import fc from 'fast-check'
import t from 'tap'
import { MovingWindow, WindowsByCaller } from '../../../../proxy/limits/moving-window.ts'
import { rateOf } from '../../../../proxy/limits/rate.ts'

t.test(
  'no window, wherever it begins, holds more than the quota, and none is refused in vain',
  (t) => {
    const calls = fc.array(
      fc.record({ after: fc.nat(40), wanted: fc.integer({ min: 1, max: 4 }) }),
      {
        maxLength: 300,
      },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), calls, (quota, calls) => {
        const window = new MovingWindow({ quota, windowMs: 100 })
        const taken: number[] = []
        let now = 0
        for (const { after, wanted } of calls) {
          now += after
          const inWindow = taken.filter((moment) => moment > now - 100).length
          const isIn = window.take(now, wanted)
          if (isIn !== inWindow + wanted <= quota) return false
          if (isIn) for (let each = 0; each < wanted; each += 1) taken.push(now)
          if (window.remaining(now) !== quota - inWindow - (isIn ? wanted : 0)) return false
        }
        return true
      }),
    )
    t.end()
  },
)

t.test('what does not fit fits when the time it was told has passed, and not before', (t) => {
  const window = new MovingWindow({ quota: 3, windowMs: 1000 })
  for (const at of [0, 400, 800]) t.ok(window.take(at))
  t.notOk(window.take(900))
  t.equal(window.waitMs(900), 100)
  t.equal(window.waitMs(900, 2), 500)
  t.notOk(window.take(999))
  t.ok(window.take(1000))
  t.end()
})

t.test('a caller with another limit has done what it has done', (t) => {
  const windows = new WindowsByCaller(2)
  const of = (quota: number) => windows.of('a', { quota, windowMs: 1000 }, 0)
  for (let count = 0; count < 5; count += 1) t.ok(of(5).take(0))
  t.equal(of(8).remaining(0), 3)
  t.equal(of(2).remaining(0), 0)
  t.end()
})

t.test('callers beyond those that are kept share one window, until somebody is forgotten', (t) => {
  const windows = new WindowsByCaller(2)
  const takes = (caller: string, now = 0) =>
    windows.of(caller, { quota: 1, windowMs: 60_000 }, now).take(now)
  t.ok(takes('a') && takes('b') && takes('c'))
  t.notOk(takes('d'))
  t.notOk(takes('a'), 'nobody is forgotten by a crowd')
  t.ok(takes('d', 60_000))
  t.ok(takes('a', 60_000))
  t.end()
})

t.test('a rate is written with its unit', (t) => {
  t.same(rateOf('50/s'), { quota: 50, windowMs: 1000 })
  t.same(rateOf('5/m'), { quota: 5, windowMs: 60_000 })
  t.same(rateOf('60/h'), { quota: 60, windowMs: 3_600_000 })
  t.same(rateOf('1/d'), { quota: 1, windowMs: 86_400_000 })
  t.equal(rateOf('off'), undefined)
  t.end()
})
