import t from 'tap'
import { Admission } from '../../../instance/admission.ts'

t.test('no more leased calls come in than there are slots', async (t) => {
  const admission = new Admission(2)
  const first = admission.enter()
  admission.enter()
  t.throws(() => admission.enter(), { code: 'INSTANCE_BUSY', status: 503, retryable: true })
  t.equal(admission.refused, 1)
  first.endAnswer()
  t.doesNotThrow(() => admission.enter())
})

t.test('a place is kept until work and answer have both ended', async (t) => {
  const admission = new Admission(1)
  const place = admission.enter()
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
  admission.enter().endAnswer()
  t.equal(admission.inflight, 0)
})

t.test('overlaps are counted where the work runs, whatever the gate believes', async (t) => {
  const admission = new Admission(1)
  const place = admission.enter()
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
  const place = admission.enter()
  let closed = false
  const closing = admission.close().then(() => {
    closed = true
  })
  t.throws(() => admission.enter(), { code: 'INSTANCE_SHUTTING_DOWN', status: 503 })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(closed, false)
  place.endAnswer()
  await closing
  t.equal(closed, true)
})
