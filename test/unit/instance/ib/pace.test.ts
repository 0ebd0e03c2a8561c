import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Pace } from '../../../../instance/ib/pace.ts'

t.test('what fits into a second is sent in the same turn', async (t) => {
  const pace = new Pace({ perSecond: 3, now: () => 0 })
  t.teardown(() => pace.clear())
  const sent: number[] = []
  for (const message of [1, 2, 3, 4]) pace.send('read', () => sent.push(message))
  t.same(sent, [1, 2, 3])
  t.equal(pace.waiting, 1)
})

t.test('never more than the rate in any one second, and orders overtake reads', async (t) => {
  let now = 0
  const pace = new Pace({ perSecond: 2, now: () => now })
  const sent: string[] = []
  const at: number[] = []
  const send = (priority: 'order' | 'read', name: string) =>
    pace.send(priority, () => {
      sent.push(name)
      at.push(now)
    })
  send('read', 'r1')
  now = 990
  send('read', 'r2')
  send('read', 'r3')
  send('order', 'o1')
  t.same(sent, ['r1', 'r2'])
  now = 1000
  await pause(30)
  t.same(sent, ['r1', 'r2', 'o1'], 'one place came free, and the order takes it')
  now = 1990
  while (pace.waiting > 0) await pause(5)
  t.same(sent, ['r1', 'r2', 'o1', 'r3'])
  for (const [index, time] of at.entries())
    t.ok(index < 2 || time - (at[index - 2] ?? 0) >= 1000, 'two places apart, a second apart')
})

t.test('what was withdrawn or cleared is never sent', async (t) => {
  const pace = new Pace({ perSecond: 1, now: () => 0 })
  const sent: string[] = []
  pace.send('read', () => sent.push('first'))
  const withdraw = pace.send('read', () => sent.push('withdrawn'))
  withdraw()
  pace.send('order', () => sent.push('cleared'))
  pace.clear()
  t.equal(pace.waiting, 0)
  await pause(20)
  t.same(sent, ['first'])
})
