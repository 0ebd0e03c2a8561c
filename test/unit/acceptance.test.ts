import t from 'tap'
import { acceptanceIds, unnamedIds } from '../rig/acceptance.ts'

t.test('every requirement of the API layer has a test that names it', async (t) => {
  t.ok(acceptanceIds.length > 50)
  t.same(unnamedIds(), [])
})
