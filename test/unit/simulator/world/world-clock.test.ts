import t from 'tap'
import { Beat, MAX_BEATS_PER_STEP } from '../../../../simulator/world/clock.ts'
import {
  ClockError,
  MAX_STEP_MS,
  parseInstant,
  WorldClock,
} from '../../../../simulator/world/world-clock.ts'
import { ManualClock } from '../manual-clock.ts'

const DAY_MS = 86_400_000
const start = Date.UTC(2026, 10, 23, 14, 30)

t.test('without settings the time of the world is the machine’s', (t) => {
  const machine = new ManualClock()
  const clock = new WorldClock({ machine })
  let ran = 0
  clock.after(10, () => {
    ran += 1
  })
  machine.pass(9)
  t.equal(ran, 0)
  machine.pass(1)
  t.equal(ran, 1)
  t.equal(clock.now(), machine.now())
  t.equal(machine.waiting, 0, 'an idle world has no timer')
  t.end()
})

t.test('at a speed of sixty an hour passes in a minute, from the moment it was told', (t) => {
  const machine = new ManualClock()
  const clock = new WorldClock({ machine, start, speed: 60 })
  const heard: number[] = []
  clock.after(30 * 60_000, () => heard.push(clock.now()))
  machine.pass(60_000)
  t.equal(clock.now(), start + 3_600_000)
  t.same(heard, [start + 1_800_000])
  clock.setSpeed(1)
  machine.pass(1000)
  t.equal(clock.now(), start + 3_601_000, 'time does not jump when its speed changes')
  t.end()
})

t.test('a stopped world stands; what is due now happens all the same', (t) => {
  const machine = new ManualClock()
  const clock = new WorldClock({ machine, start, isStopped: true })
  const ran: string[] = []
  clock.after(0, () => {
    ran.push('now')
    clock.after(0, () => ran.push('now again'))
  })
  clock.after(1, () => ran.push('later'))
  machine.pass(DAY_MS)
  t.equal(clock.now(), start)
  t.same(ran, ['now', 'now again'])
  clock.run()
  machine.pass(5)
  t.same(ran, ['now', 'now again', 'later'])
  clock.stop()
  machine.pass(5)
  t.equal(clock.now(), start + 5)
  t.end()
})

t.test(
  'a step runs all that falls due in the sequence of time, each at its own moment',
  async (t) => {
    const clock = new WorldClock({ machine: new ManualClock(), start, isStopped: true })
    const heard: [string, number][] = []
    const tell = (what: string) => () => heard.push([what, clock.now() - start])
    clock.after(3000, tell('third'))
    clock.after(1000, () => {
      heard.push(['first', clock.now() - start])
      clock.after(1000, tell('second, set on the way'))
    })
    clock.after(3000, tell('fourth, of the same moment'))
    clock.after(3001, tell('not yet'))
    const cancel = clock.after(500, tell('cancelled'))
    cancel()
    await clock.stepTo(start + 3000)
    t.same(heard, [
      ['first', 1000],
      ['second, set on the way', 2000],
      ['third', 3000],
      ['fourth, of the same moment', 3000],
    ])
    t.equal(clock.now(), start + 3000)
    t.equal(clock.waiting, 1)
  },
)

t.test('the past, a leap of years and a step within a step are refused', async (t) => {
  const clock = new WorldClock({ machine: new ManualClock(), start, isStopped: true })
  await t.rejects(clock.stepTo(start - 1), ClockError)
  await t.rejects(clock.stepTo(start + MAX_STEP_MS + 1), ClockError)
  clock.after(1, () => undefined)
  const first = clock.stepTo(start + 10)
  clock.after(0, () => undefined)
  await first
  let second: Promise<void> | undefined
  clock.after(1, () => {
    second = clock.stepTo(start + 100)
    second.catch(() => undefined)
  })
  await clock.stepTo(start + 20)
  await t.rejects(second as Promise<void>, ClockError)
})

t.test('a running clock can be stepped, and goes on from there', async (t) => {
  const machine = new ManualClock()
  const clock = new WorldClock({ machine })
  const before = clock.now()
  let ranAt = 0
  clock.after(DAY_MS + 10, () => {
    ranAt = clock.now()
  })
  await clock.stepTo(before + DAY_MS)
  t.equal(ranAt, 0)
  machine.pass(10)
  t.equal(ranAt, before + DAY_MS + 10)
})

t.test(
  'every beat falls in a short step; in a month they are rarer, and the last one is not lost',
  async (t) => {
    const clock = new WorldClock({
      machine: new ManualClock(),
      start: start + 100,
      isStopped: true,
    })
    const beat = new Beat(clock, 250)
    let heard: number[] = []
    beat.listen((now) => heard.push(now))
    await clock.stepTo(start + 60_000)
    t.equal(heard.length, 240)
    t.same(
      heard,
      heard.map((_, place) => start + 250 * (place + 1)),
    )
    heard = []
    await clock.stepTo(start + 30 * DAY_MS + 60_130)
    t.ok(heard.length <= MAX_BEATS_PER_STEP + 2, `${heard.length} beats`)
    t.ok(heard.length > MAX_BEATS_PER_STEP / 2)
    t.equal(heard.at(-1), start + 30 * DAY_MS + 60_000, 'the last whole period before the end')
    heard = []
    await clock.stepTo(start + 30 * DAY_MS + 60_500)
    t.equal(heard.length, 2, 'as often as before')
  },
)

t.test('a clock that was closed has no timers', (t) => {
  const machine = new ManualClock()
  const clock = new WorldClock({ machine })
  clock.after(10, () => t.fail('closed'))
  clock.close()
  t.equal(machine.waiting, 0)
  machine.pass(20)
  t.end()
})

t.test('a start is an ISO time with a zone', (t) => {
  t.equal(parseInstant('2026-11-20T14:30:00Z'), Date.UTC(2026, 10, 20, 14, 30))
  t.equal(parseInstant('2026-11-20T09:30-05:00'), Date.UTC(2026, 10, 20, 14, 30))
  for (const text of ['2026-11-20', '2026-11-20T14:30:00', 'soon', '2026-13-20T14:30:00Z']) {
    t.equal(parseInstant(text), undefined, text)
  }
  t.end()
})
