import t from 'tap'
import type { Lease } from '../../../proxy/lease.ts'
import { type CallClass, fits, HANDICAPS_MS, Line, type Waiter } from '../../../proxy/line.ts'
import { Slot } from '../../../proxy/slot.ts'

const slot = (clientId: number) => new Slot(clientId, `http://h:${clientId}`, () => undefined)

function waiter(
  pinnedTo?: number,
  tried: Slot[] = [],
  { callClass = 'read', question }: { callClass?: CallClass; question?: string } = {},
): Waiter {
  return {
    ...{ callClass, pinnedTo, question, deadline: 0 },
    hasTried: (slot) => tried.includes(slot),
    granted: (_: Lease) => undefined,
    refused: () => undefined,
    joined: () => undefined,
    answered: () => undefined,
    abandoned: () => undefined,
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

t.test(
  'a cancel is served before an order, an order before a read, a read before history',
  async (t) => {
    const line = new Line(10, () => 100)
    const classes: CallClass[] = ['history', 'read', 'order', 'cancel', 'order']
    const waiters = classes.map((callClass) => waiter(undefined, [], { callClass }))
    for (const each of waiters) line.join(each)
    const served = classes.map(() => line.shiftFor(slot(1)))
    t.same(
      served.map((each) => waiters.indexOf(each as Waiter)),
      [3, 2, 4, 1, 0],
    )
  },
)

t.test('who has waited longer than the others are ahead is served before them', async (t) => {
  let now = 0
  const line = new Line(10, () => now)
  const [read, order] = (['read', 'order'] as const).map((callClass) =>
    waiter(undefined, [], { callClass }),
  ) as [Waiter, Waiter]
  line.join(read)
  now = HANDICAPS_MS.read - HANDICAPS_MS.order + 1
  line.join(order)
  t.equal(line.shiftFor(slot(1)), read)
  t.equal(line.oldestWaitMs, 0)
  t.same([line.count('read'), line.count('order'), line.length], [0, 1, 1])
})

t.test('those who ask the same are taken out together, those who ask alone are not', async (t) => {
  const line = new Line(10)
  const asks = ['a', 'b', 'a', undefined, 'a']
  const waiters = asks.map((question) =>
    waiter(undefined, [], { ...(question !== undefined && { question }) }),
  )
  for (const each of waiters) line.join(each)
  const next = line.shiftFor(slot(1)) as Waiter
  t.same(line.takeAlike(next), [waiters[2], waiters[4]])
  t.same(line.takeAlike(next), [])
  t.same(line.takeAlike(waiters[3] as Waiter), [])
  t.equal(line.length, 2)
})
