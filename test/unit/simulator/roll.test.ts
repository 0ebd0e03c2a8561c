import t from 'tap'
import { Roll } from '../../../simulator/roll.ts'
import { ManualClock } from './manual-clock.ts'

t.test('an id belongs to one client until it is gone', (t) => {
  const roll = new Roll(new ManualClock())
  const [first, second] = [{ clientId: 1 }, { clientId: 1 }]
  t.equal(roll.admit(first), 'admitted')
  t.equal(roll.admit(second), 'in use')
  roll.forget(second)
  t.equal(roll.get(1), first, 'who was not let in cannot let go')
  roll.forget(first)
  t.equal(roll.admit(second), 'admitted')
  t.end()
})

t.test('thirty-two clients are let in at once', (t) => {
  const roll = new Roll(new ManualClock())
  for (let clientId = 0; clientId < 32; clientId += 1) {
    t.equal(roll.admit({ clientId }), 'admitted')
  }
  t.equal(roll.admit({ clientId: 32 }), 'full')
  t.equal(roll.all.length, 32)
  t.end()
})

t.test('the id of a dead client stays locked for its time, or until it is freed', (t) => {
  const clock = new ManualClock()
  const roll = new Roll<{ clientId: number }>(clock)
  roll.linger([1, 2], 100)
  roll.linger([2], 200)
  roll.linger([3], 0)
  t.same(roll.taken, [1, 2])
  t.equal(roll.admit({ clientId: 1 }), 'in use')
  clock.pass(100)
  t.same(roll.taken, [2], 'counted from the last time it was locked')
  roll.free()
  t.equal(roll.admit({ clientId: 2 }), 'admitted')
  t.equal(clock.waiting, 0)
  t.end()
})
