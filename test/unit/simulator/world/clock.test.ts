import t from 'tap'
import { Beat, every } from '../../../../simulator/world/clock.ts'
import { ManualClock } from '../manual-clock.ts'

t.test('the beat runs only while somebody listens, on whole periods', (t) => {
  const clock = new ManualClock(1_000_100)
  const beat = new Beat(clock, 250)
  const heard: number[] = []
  t.equal(clock.waiting, 0, 'an idle simulator has no timer')
  const stop = beat.listen((now) => heard.push(now))
  const stopOther = beat.listen(() => undefined)
  t.equal(clock.waiting, 1, 'one timer for all')
  clock.pass(600)
  t.same(heard, [1_000_250, 1_000_500])
  stop()
  stop()
  t.equal(clock.waiting, 1)
  stopOther()
  t.equal(clock.waiting, 0)
  t.end()
})

t.test('what repeats stops when it is told to, even from inside', (t) => {
  const clock = new ManualClock(0)
  let runs = 0
  const stop = every(clock, 10, () => {
    runs += 1
    if (runs === 3) stop()
  })
  clock.pass(100)
  t.equal(runs, 3)
  t.equal(clock.waiting, 0)
  t.end()
})
