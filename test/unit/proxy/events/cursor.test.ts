import t from 'tap'
import { formatCursor, formatPosition, parseCursor } from '../../../../proxy/events/cursor.ts'

const now = new Date('2026-11-20T12:00:00.000Z')

t.test('a cursor names a position per client, and comes back as it went', async (t) => {
  const at = new Date(1_763_640_000_000)
  const text = formatCursor([12, 0, at, 7])
  t.equal(text, '12.0.@1763640000000.7')
  t.same(parseCursor(text, 4, now), [12, 0, at, 7])
})

t.test(
  'clients it does not mention are read from their beginning, others may come back: theirs are kept',
  async (t) => {
    t.same(parseCursor('5', 3, now), [5, 0, 0])
    t.same(parseCursor('5.6.7', 2, now), [5, 6, 7])
    t.equal(parseCursor(Array(33).fill('1').join('.'), 2, now), undefined, 'more than there can be')
  },
)

t.test('a moment and now are positions of every client', async (t) => {
  t.same(parseCursor('now', 2, now), [now, now])
  const moment = '2026-11-19T08:30:00Z'
  t.same(parseCursor(moment, 2, now), [new Date(moment), new Date(moment)])
  t.equal(formatPosition(new Date(moment)), '2026-11-19T08:30:00.000Z')
  t.equal(formatPosition(4), '4')
})

t.test('anything else is none', async (t) => {
  for (const text of ['', 'soon', '1.x', '-1', '1..2', '@', '2026-13-45', '1e3'])
    t.equal(parseCursor(text, 2, now), undefined, text)
})
