import t from 'tap'
import { acceptanceIds, OWED, unnamedIds } from '../rig/acceptance.ts'

t.test(
  'every requirement has a test that names it, but for those that are still owed',
  async (t) => {
    const unnamed = unnamedIds()
    t.comment(`without a test: ${unnamed.join(' ') || 'none'}`)
    const paid = [...OWED].filter((id) => !unnamed.includes(id))
    t.comment(`owed no more, to be struck out of OWED: ${paid.join(' ') || 'none'}`)
    t.same(
      unnamed.filter((id) => !OWED.has(id)),
      [],
      'a requirement has lost its test',
    )
    t.same(
      [...OWED].filter((id) => !acceptanceIds.includes(id)),
      [],
      'nothing is owed that nobody asked for',
    )
  },
)
