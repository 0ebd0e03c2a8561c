import t from 'tap'
import type { Lease } from '../../../proxy/lease.ts'
import { fits, Line, type Waiter } from '../../../proxy/line.ts'
import { Slot } from '../../../proxy/slot.ts'

const slot = (clientId: number) => new Slot(clientId, `http://h:${clientId}`, () => undefined)

function waiter(pinnedTo?: number, tried: Slot[] = []): Waiter {
  return {
    callClass: 'read',
    pinnedTo,
    hasTried: (slot) => tried.includes(slot),
    granted: (_: Lease) => undefined,
    refused: () => undefined,
  }
}

t.test('the oldest caller a slot may serve comes first', async (t) => {
  const line = new Line(10)
  const [pinned, first, second] = [waiter(5), waiter(), waiter()]
  for (const each of [pinned, first, second]) line.join(each)
  t.equal(line.shiftFor(slot(1)), first, 'who is pinned elsewhere is passed by')
  t.equal(line.shiftFor(slot(5)), pinned)
  t.equal(line.shiftFor(slot(1)), second)
  t.equal(line.shiftFor(slot(1)), undefined)
})

t.test('a caller is never given a slot it has had', async (t) => {
  const tried = slot(1)
  t.notOk(fits(waiter(undefined, [tried]), tried))
  t.ok(fits(waiter(undefined, [tried]), slot(1)))
})

t.test('a caller may leave from anywhere, once', async (t) => {
  const line = new Line(10)
  const [first, second] = [waiter(), waiter()]
  line.join(first)
  line.join(second)
  t.ok(line.leave(first))
  t.notOk(line.leave(first))
  t.same([...line.waiters()], [second])
})

t.test('it is full at its limit and knows how long its head has waited', async (t) => {
  let now = 100
  const line = new Line(1, () => now)
  t.equal(line.oldestWaitMs, null)
  t.notOk(line.isFull)
  line.join(waiter())
  now = 150
  t.ok(line.isFull)
  t.equal(line.oldestWaitMs, 50)
})
