import t from 'tap'
import { Admission, type Place } from '../../../instance/admission.ts'

/** Lets a call in that need not wait. */
const enter = (admission: Admission) => admission.enter() as Place

t.test(
  'no more leased calls come in than there are slots; who is not let in soon is turned away',
  async (t) => {
    const admission = new Admission(2)
    enter(admission)
    enter(admission)
    await t.rejects(Promise.resolve(admission.enter()), {
      code: 'INSTANCE_BUSY',
      status: 503,
      retryable: true,
    })
    t.equal(admission.refused, 1)
    t.equal(admission.inflight, 2)
  },
)

t.test('who waits at the gate is let in in turn, who has gone is not', async (t) => {
  const admission = new Admission(1)
  const first = enter(admission)
  const order: string[] = []
  const leaving = new AbortController()
  const gone = admission.enter(leaving.signal) as Promise<Place>
  const second = (admission.enter() as Promise<Place>).then((place) => {
    order.push('second')
    return place
  })
  const third = (admission.enter() as Promise<Place>).then((place) => {
    order.push('third')
    return place
  })
  leaving.abort()
  await t.rejects(gone, { code: 'INSTANCE_BUSY' })
  first.endAnswer()
  const place = await second
  t.same(order, ['second'])
  t.equal(admission.inflight, 1)
  place.endAnswer()
  await third
  t.same(order, ['second', 'third'])
})

t.test('a place is kept until work and answer have both ended', async (t) => {
  const admission = new Admission(1)
  const place = enter(admission)
  place.beginWork()
  place.endAnswer()
  t.equal(admission.inflight, 1, 'its caller has gone, its work goes on')
  place.endWork()
  t.equal(admission.inflight, 0)
  place.endWork()
  place.endAnswer()
  t.equal(admission.inflight, 0, 'and it is given back once')
})

t.test('a call that never got to work gives its place back with its answer', async (t) => {
  const admission = new Admission(1)
  enter(admission).endAnswer()
  t.equal(admission.inflight, 0)
})

t.test('overlaps are counted where the work runs, whatever the gate believes', async (t) => {
  const admission = new Admission(1)
  const place = enter(admission)
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  const first = admission.work(place, () => held)
  t.equal(admission.overlaps, 0)
  const second = admission.work(place, async () => undefined)
  t.equal(admission.overlaps, 1)
  go()
  await Promise.all([first, second])
})

t.test('closing lets nobody in and waits for those inside', async (t) => {
  const admission = new Admission(1)
  const place = enter(admission)
  const waiting = t.rejects(admission.enter() as Promise<Place>, { code: 'INSTANCE_SHUTTING_DOWN' })
  let closed = false
  const closing = admission.close().then(() => {
    closed = true
  })
  await waiting
  t.throws(() => admission.enter(), { code: 'INSTANCE_SHUTTING_DOWN', status: 503 })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(closed, false)
  place.endAnswer()
  await closing
  t.equal(closed, true)
})
