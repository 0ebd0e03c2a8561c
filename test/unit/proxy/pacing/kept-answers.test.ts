import t from 'tap'
import { KeptAnswers } from '../../../../proxy/pacing/kept-answers.ts'
import { ManualClock } from '../../simulator/manual-clock.ts'

function answer(text: string) {
  const headers = ['content-type', 'application/json', 'server-timing', 'ib;dur=3', 'etag', '"1"']
  return { answer: { status: 200, headers, body: Buffer.from(text) }, clientId: 3 }
}

t.test('an answer stands as long as it was kept for, and tells its age', async (t) => {
  const clock = new ManualClock()
  const kept = new KeptAnswers(undefined, clock.now)
  kept.keep('q', answer('bars'), 15_000)
  clock.pass(14_999)
  t.match(kept.find('q'), { ageSeconds: 14, kept: { clientId: 3 } })
  t.equal(kept.find('other'), undefined)
  clock.pass(1)
  t.equal(kept.find('q'), undefined)
  t.equal(kept.bytes, 0)
})

t.test('what was said of one call is not kept for the next', async (t) => {
  const kept = new KeptAnswers()
  kept.keep('q', answer('bars'), 15_000)
  t.same(kept.find('q')?.kept.answer.headers, ['content-type', 'application/json', 'etag', '"1"'])
})

t.test('no more is kept than fits; what was not used for longest goes first', async (t) => {
  const kept = new KeptAnswers(10_000)
  const large = 'x'.repeat(3000)
  for (const name of ['a', 'b']) kept.keep(name, answer(large), 15_000)
  kept.find('a')
  kept.keep('c', answer(large), 15_000)
  t.equal(kept.find('b'), undefined)
  t.ok(kept.find('a'))
  t.ok(kept.find('c'))
  kept.keep('whale', answer('x'.repeat(20_000)), 15_000)
  t.equal(kept.find('whale'), undefined)
  t.ok(kept.bytes <= 10_000)
})

t.test('the newest answer takes the place of the one before', async (t) => {
  const kept = new KeptAnswers()
  kept.keep('q', answer('old'), 15_000)
  const { bytes } = kept
  kept.keep('q', answer('new'), 15_000)
  t.equal(kept.find('q')?.kept.answer.body.toString(), 'new')
  t.equal(kept.bytes, bytes)
})
