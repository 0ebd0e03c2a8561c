import t from 'tap'
import {
  isNewer,
  MAX_AHEAD_MS,
  NEVER_THROWN,
  readState,
  thrown,
} from '../../../shared/kill-switch.ts'

const paused = { paused: true, at: 1000, reason: 'fat finger' }
const resumed = { paused: false, at: 1000, reason: null }

t.test('the later word replaces the earlier, and of two at one moment the one that pauses', (t) => {
  t.ok(isNewer(paused, NEVER_THROWN))
  t.ok(isNewer({ ...resumed, at: 1001 }, paused))
  t.notOk(isNewer({ ...resumed, at: 999 }, paused))
  t.ok(isNewer(paused, resumed))
  t.notOk(isNewer(resumed, paused))
  t.notOk(isNewer(paused, paused))
  t.end()
})

t.test('whoever merges the same words in any order comes to the same one', (t) => {
  const words = [NEVER_THROWN, paused, resumed, { ...paused, at: 900 }]
  const merged = (all: typeof words) =>
    all.reduce((known, word) => (isNewer(word, known) ? word : known))
  for (const turn of words.keys())
    t.same(merged([...words.slice(turn), ...words.slice(0, turn)]), paused)
  t.same(merged([...words].reverse()), paused)
  t.end()
})

t.test('a word thrown now is later than the last one, whatever the clock says', (t) => {
  t.same(thrown(true, 'why', NEVER_THROWN, 5000), { paused: true, reason: 'why', at: 5000 })
  t.equal(thrown(false, null, { ...paused, at: 7000 }, 5000).at, 7001)
  t.end()
})

t.test('what is no word, or comes from a day that has not come, is none', (t) => {
  t.same(readState(paused, 2000), paused)
  t.same(readState({ ...paused, reason: 5 }, 2000), { ...paused, reason: null })
  for (const said of [undefined, null, {}, 'paused', { ...paused, at: '1' }, { ...paused, at: -1 }])
    t.equal(readState(said, 2000), undefined)
  t.equal(readState({ ...paused, at: 2001 + MAX_AHEAD_MS }, 2000), undefined)
  t.end()
})
