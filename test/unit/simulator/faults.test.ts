import t from 'tap'
import { farmData } from '../../../simulator/faults/farm-data.ts'
import type { Effect, Event, Passing } from '../../../simulator/faults/fault.ts'
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
    ...['code-1100', 'code-1101', 'code-1102', 'lost-ack', 'fill-before-status', 'status-twice'],
    ...['id-rollback', 'pace', 'farm-down', 'halt', 'drop-client'],
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

t.test(
  'numbers that make no sense, and details a fault does not take, are refused by name',
  (t) => {
    const { faults: set } = faults()
    for (const [wrong, message] of [
      [{ fault: 'late', delayMs: -1 }, /^delayMs/],
      [{ fault: 'late', delayMs: 1.5 }, /^delayMs/],
      [{ fault: 'late', count: 0 }, /^count/],
      [{ fault: 'late', probability: 1.1 }, /^probability/],
      [{ fault: 'late', probability: Number.NaN }, /^probability/],
      [{ fault: 'late', farm: 'usfarm' }, /^farm/],
      [{ fault: 'restart', lingerMs: -1 }, /^lingerMs/],
      [{ fault: 'id-rollback', by: 0 }, /^by/],
      [{ fault: 'farm-down', farm: 'ufarm' }, /ufarm/],
      [{ fault: 'farm-down', count: 1 }, /count/],
      [{ fault: 'halt' }, /symbol/],
      [{ fault: 'drop-client' }, /clientId/],
    ] as const) {
      t.throws(() => set.add(wrong), { name: 'FaultError', message })
    }
    t.same(set.active, [], 'nothing of it is set')
    t.end()
  },
)

t.test('a probability is drawn from the seed: the same run strikes the same messages', (t) => {
  const run = (seed: number) => {
    const { faults: set } = faults(seed)
    set.add({ fault: 'silent', probability: 0.3 })
    return Array.from({ length: 1000 }, () => set.effectOn(out('position')) !== undefined)
  }
  t.same(run(7), run(7))
  t.notSame(run(7), run(8))
  const struck = run(7).filter(Boolean).length
  t.ok(struck > 240 && struck < 360, `${struck} of 1000`)
  t.end()
})

t.test('a draw that misses does not count, and leaves the message to the next fault', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'silent', count: 1, probability: 0 })
  set.add({ fault: 'twice', count: 1 })
  t.same(set.effectOn(out('position')), { kind: 'twice' })
  t.match(set.active, [{ fault: 'silent', left: 1, struck: 0 }])
  t.end()
})

t.test('a notice is told as often and as late as it was asked for', (t) => {
  const { faults: set, events, clock } = faults()
  set.add({ fault: 'code-1100', count: 2, delayMs: 100 })
  t.same(events, [])
  clock.pass(100)
  t.match(events, [{ code: 1100 }, { code: 1100 }])
  set.add({ fault: 'code-1102', delayMs: 100 })
  set.remove()
  clock.pass(200)
  t.notMatch(events, [{}, {}, { code: 1102 }], 'taken back before it came')
  t.equal(clock.waiting, 0)
  t.end()
})

t.test('a farm that is down holds, refuses or silences what it serves until it is back', (t) => {
  const { faults: set, events, clock } = faults()
  const asks = (name: string): Passing => ({ clientId: 1, name, direction: 'in' })
  const { id } = set.add({ fault: 'farm-down', farm: 'usfarm' })
  set.add({ fault: 'farm-down', farm: 'ushmds', delayMs: 50 })
  t.match(events, [
    { farm: 'usfarm', isDown: true },
    { farm: 'ushmds', isDown: true },
  ])
  t.throws(() => set.add({ fault: 'farm-down' }), { message: /already/ })
  t.ok(set.hasDown('usfarm'))
  t.same(set.effectOn(out('tickPrice')), { kind: 'silent' })
  t.equal(set.effectOn(out('orderStatus')), undefined)
  t.match(set.effectOn(asks('reqHistoricalData')), { kind: 'error', code: 162 })
  const served: string[] = []
  for (const name of ['reqMktData', 'cancelMktData']) {
    const effect = set.effectOn(asks(name)) as Effect & { kind: 'hold' }
    t.equal(effect.kind, 'hold')
    effect.keep(() => served.push(name))
  }
  t.same(served, [])
  set.remove(id)
  t.same(served, ['reqMktData', 'cancelMktData'], 'in their sequence')
  clock.pass(50)
  t.match(events.slice(2), [
    { farm: 'usfarm', isDown: false },
    { farm: 'ushmds', isDown: false },
  ])
  t.equal(set.effectOn(asks('reqHistoricalData')), undefined)
  t.ok(set.isIdle)
  t.end()
})

t.test('every message a farm serves is one that exists', (t) => {
  const { faults: set } = faults()
  for (const { held, refused, silent } of Object.values(farmData)) {
    for (const message of [...held, ...refused, ...silent]) {
      t.ok(set.add({ fault: 'silent', match: { message } }), message)
    }
  }
  t.end()
})

t.test('fill-before-status holds what is told of an order until its execution or its end', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'fill-before-status', count: 2 })
  const sent: string[] = []
  const tell = (orderId: number, name: string) => {
    const effect = set.effectOn(out(name, { orderId, pushed: true }))
    if (effect?.kind === 'hold') effect.keep(() => sent.push(name))
    else sent.push(name)
    if (effect?.kind === 'followed') effect.follow()
  }
  for (const orderId of [1, 2, 3]) {
    set.effectOn({ clientId: 1, name: 'placeOrder', direction: 'in', orderId })
  }
  for (const name of ['openOrder', 'orderStatus', 'execDetails', 'openOrder']) tell(1, name)
  t.same(sent.splice(0), ['execDetails', 'openOrder', 'orderStatus', 'openOrder'])
  for (const name of ['openOrder', 'orderStatus', 'error']) tell(2, name)
  t.same(sent.splice(0), ['openOrder', 'orderStatus', 'error'], 'it never comes to a fill')
  for (const name of ['openOrder', 'execDetails']) tell(3, name)
  t.same(sent.splice(0), ['openOrder', 'execDetails'], 'a third order is not struck')
  t.end()
})

t.test('an id is rolled back to 1, or by so many, and never below 1', (t) => {
  const { faults: set } = faults()
  const rolled = (orderId: number) => {
    const effect = set.effectOn(out('nextValidId')) as Effect & { kind: 'rewrite' }
    return effect.rewrite({ orderId })
  }
  set.add({ fault: 'id-rollback' })
  t.same(rolled(40), { orderId: 1 })
  set.add({ fault: 'id-rollback', by: 3, count: 2 })
  t.same([rolled(40), rolled(2)], [{ orderId: 37 }, { orderId: 1 }])
  t.equal(set.effectOn(out('nextValidId')), undefined)
  t.end()
})

t.test('pace answers requests with the error that belongs to them', (t) => {
  const { faults: set } = faults()
  set.add({ fault: 'pace', match: { clientId: 1 } })
  const asks = (name: string, clientId = 1) => set.effectOn({ clientId, name, direction: 'in' })
  t.match(asks('reqHistoricalData'), { kind: 'error', code: 162, text: /pacing violation/ })
  t.match(asks('reqPositions'), { kind: 'error', code: 100, text: /Max rate/ })
  t.equal(asks('reqPositions', 2), undefined)
  t.equal(set.effectOn(out('position')), undefined)
  t.end()
})
