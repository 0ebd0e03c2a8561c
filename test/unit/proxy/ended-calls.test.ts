import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { EndedCall } from '../../../proxy/call-log.ts'
import { EndedCalls } from '../../../proxy/ended-calls.ts'

function ended(at: number): EndedCall {
  const call = { id: `${at}`, method: 'GET', route: '/order', status: 200, code: undefined }
  const times = { clientId: 1, beforeMs: 0, isPaced: false, queueMs: 0, ms: 1 }
  return { at, call: { ...call, ...times }, given: {}, address: '', headers: [] }
}

t.test('who settles finds every call counted once, in the sequence of their ends', async (t) => {
  const counted: number[] = []
  const calls = new EndedCalls(({ at }) => counted.push(at))
  for (let at = 0; at < 5; at += 1) calls.add(ended(at))
  calls.settle()
  calls.settle()
  t.same(counted, [0, 1, 2, 3, 4])
})

t.test('while nobody looks no more than a few wait, and no answer waits for them', async (t) => {
  let counted = 0
  const calls = new EndedCalls(() => {
    counted += 1
  })
  for (let at = 0; at < 1000; at += 1) {
    const before = counted
    calls.add(ended(at))
    t.equal(counted, before)
    await turn()
    if (at + 1 - counted > 100) t.fail(`${at + 1 - counted} wait`)
  }
  t.ok(counted >= 900)
})
