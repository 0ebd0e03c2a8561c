import t from 'tap'
import type { Event, Passing } from '../../../simulator/faults/fault.ts'
import { Faults, knownFaults } from '../../../simulator/faults.ts'
import { ManualClock } from './manual-clock.ts'

function faults(seed = 7): { faults: Faults; events: Event[]; clock: ManualClock } {
  const events: Event[] = []
  const clock = new ManualClock()
  return {
    faults: new Faults({ clock, seed, happen: (event) => events.push(event) }),
    events,
    clock,
  }
}
const out = (name: string, more: Partial<Passing> = {}): Passing => ({
  ...{ clientId: 1, name, direction: 'out' },
  ...more,
})

t.test('without faults nothing happens to anything', (t) => {
  t.equal(faults().faults.effectOn(out('position')), undefined)
  t.end()
})

t.test('a fault strikes what matches, as often as it was told', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'twice', match: { clientId: 1, message: 'positionEnd' }, count: 2 })
  t.equal(set.effectOn(out('position')), undefined)
  t.equal(set.effectOn(out('positionEnd', { clientId: 2 })), undefined)
  t.same(set.effectOn(out('positionEnd')), { kind: 'twice' })
  t.same(set.active[0], { ...set.active[0], left: 1, struck: 1 })
  t.same(set.effectOn(out('positionEnd')), { kind: 'twice' })
  t.equal(set.effectOn(out('positionEnd')), undefined)
  t.same(set.active, [])
  t.end()
})

t.test('without a name all that is sent is struck, but no request', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'late', delayMs: 50 })
  t.same(set.effectOn(out('error')), { kind: 'late', delayMs: 50 })
  t.equal(set.effectOn({ clientId: 1, name: 'reqPositions', direction: 'in' }), undefined)
  set.add({ fault: 'silent', match: { message: 'reqPositions' } })
  const request = { clientId: 1, name: 'reqPositions', direction: 'in' } as const
  t.same(set.effectOn(request), { kind: 'silent' })
  t.same(set.effectOn(request), { kind: 'silent' }, 'until it is taken back')
  t.end()
})

t.test('no-end leaves out the end of the request that is named, or any end', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'no-end', match: { message: 'reqPositions' } })
  t.equal(set.effectOn(out('accountSummaryEnd')), undefined)
  t.same(set.effectOn(out('positionEnd')), { kind: 'silent' })
  set.add({ fault: 'no-end' })
  t.equal(set.effectOn(out('position')), undefined)
  t.same(set.effectOn(out('accountSummaryEnd')), { kind: 'silent' })
  t.end()
})

t.test(
  'lost-ack silences all that is told unasked about one order, and nothing that is asked',
  (t) => {
    const { faults: set } = faults()
    set.add({ fault: 'lost-ack', match: { clientId: 1 } })
    const place = (orderId: number): Passing => ({
      ...{ clientId: 1, name: 'placeOrder', direction: 'in', orderId },
    })
    t.equal(set.effectOn(place(7)), undefined, 'the order itself arrives')
    t.equal(set.effectOn(place(8)), undefined)
    const told = (orderId: number, pushed: boolean) =>
      set.effectOn(out('openOrder', { orderId, pushed }))
    t.same(told(7, true), { kind: 'silent' })
    t.equal(told(7, false), undefined, 'as an answer it is told')
    t.equal(told(8, true), undefined, 'one order only')
    t.same(told(7, true), { kind: 'silent' }, 'for good')
    set.remove()
    t.equal(told(7, true), undefined)
    t.end()
  },
)

t.test('faults of the whole gateway happen at once', (t) => {
  const { faults: set, events } = faults()
  set.add({ fault: 'restart', delayMs: 10 })
  set.add({ fault: 'code-1100', match: { clientId: 3 } })
  t.match(events, [
    { kind: 'restart', delayMs: 10 },
    { kind: 'notice', code: 1100, clientId: 3 },
  ])
  t.same(set.active, [])
  t.end()
})

t.test('refuse counts connections', (t) => {
  const { faults: set } = faults()
  t.notOk(set.refuses())
  set.add({ fault: 'refuse', count: 2 })
  t.same([set.refuses(), set.refuses(), set.refuses()], [true, true, false])
  t.end()
})

t.test('what nobody knows is refused with the list of what is known', (t) => {
  const { faults: set } = faults()
  t.throws(() => set.add({ fault: 'gremlin' }), {
    name: 'FaultError',
    known: Object.keys(knownFaults),
  })
  t.throws(() => set.add({ fault: 'late', match: { message: 'reqNothing' } }), {
    name: 'FaultError',
  })
  for (const name of [
    ...['late', 'silent', 'twice', 'torn', 'sliced', 'reset', 'refuse', 'no-end', 'restart'],
    ...['code-1100', 'code-1101', 'code-1102', 'lost-ack'],
  ]) {
    t.hasProp(knownFaults, name)
  }
  t.end()
})

t.test('one fault can be taken back by its id', (t) => {
  const { faults: set } = faults()
  const { id } = set.add({ fault: 'silent' })
  set.add({ fault: 'late' })
  t.ok(set.remove(id))
  t.notOk(set.remove(id))
  t.same(
    set.active.map(({ fault }) => fault),
    ['late'],
  )
  t.end()
})
