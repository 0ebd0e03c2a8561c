import t from 'tap'
import { Broadcast, MAX_READERS } from '../../../../proxy/status-page/broadcast.ts'

/** A broadcast whose clock ticks by hand. */
function broadcast() {
  const timers = new Set<() => void>()
  const tick = () => {
    for (const run of timers) run()
  }
  const made = { snapshots: 0, mark: 'a', timers, tick }
  const told = new Broadcast({
    snapshot: () => {
      made.snapshots += 1
      return `snapshot ${made.snapshots}`
    },
    mark: () => made.mark,
    every: (_, run) => {
      timers.add(run)
      return () => timers.delete(run)
    },
  })
  return Object.assign(made, { told })
}

function reader() {
  const taken: string[] = []
  const made = { taken, isEnded: false, take: (text: string) => void taken.push(text) }
  return Object.assign(made, {
    end: () => {
      made.isEnded = true
    },
  })
}

t.test('while nobody reads nothing is read and no timer runs', async (t) => {
  const made = broadcast()
  t.equal(made.timers.size, 0)
  const [first, second] = [made.told.enter(reader()), made.told.enter(reader())]
  t.equal(made.timers.size, 1, 'one for all')
  first()
  t.equal(made.timers.size, 1)
  second()
  t.equal(made.timers.size, 0)
  t.equal(made.snapshots, 2)
  made.told.enter(reader())
  t.equal(made.timers.size, 1, 'it begins again with the next')
})

t.test(
  'a reader has the present at once, then every second, and a change before that',
  async (t) => {
    const made = broadcast()
    const one = reader()
    made.told.enter(one)
    t.same(one.taken, ['snapshot 1'])
    for (let look = 0; look < 3; look += 1) made.tick()
    t.equal(one.taken.length, 1)
    made.tick()
    t.equal(one.taken.length, 2)
    made.mark = 'b'
    made.tick()
    t.equal(one.taken.length, 3, 'something has happened')
  },
)

t.test('all readers have the same text, made once', async (t) => {
  const made = broadcast()
  const readers = [reader(), reader(), reader()]
  for (const one of readers) made.told.enter(one)
  made.mark = 'b'
  made.tick()
  t.equal(made.snapshots, 4)
  for (const { taken } of readers) t.equal(taken.at(-1), 'snapshot 4')
})

t.test('there is room for so many readers and no more, and for none at the end', async (t) => {
  const { told, timers } = broadcast()
  const readers = Array.from({ length: MAX_READERS }, reader)
  const leaves = readers.map((one) => told.enter(one))
  t.notOk(told.hasRoom)
  leaves[0]?.()
  t.ok(told.hasRoom)
  told.stop()
  t.notOk(told.hasRoom)
  t.equal(timers.size, 0)
  t.equal(readers.filter(({ isEnded }) => isEnded).length, MAX_READERS - 1)
})
