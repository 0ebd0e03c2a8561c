import fc from 'fast-check'
import t from 'tap'
import { fitsPattern, isWild, prefixOf } from '../../../shared/wildcard.ts'

t.test('S3.22 * is any text, _ any one character, blank all', async (t) => {
  for (const pattern of ['*', 'A*', '_A*', '', 'AAPL', 'aapl', 'A__L', '*PL', 'A*L', '**'])
    t.ok(fitsPattern('AAPL', pattern), pattern)
  for (const pattern of ['A', '_A', 'B*', 'AAPL_', '*X', 'A*X*', '_'])
    t.notOk(fitsPattern('AAPL', pattern), pattern)
  t.ok(fitsPattern('', '*'))
  t.notOk(fitsPattern('', '_'))
})

t.test('a pattern is known, and so is what it begins with', async (t) => {
  t.same(['', '*', 'A_', 'AAPL'].map(isWild), [true, true, true, false])
  t.same(['AA*', '_A', 'A_B*', 'AAPL', ''].map(prefixOf), ['AA', '', 'A', 'AAPL', ''])
})

t.test('it fits what the same regular expression fits', async (t) => {
  const unit = fc.constantFrom('A', 'B', '.', '*', '_')
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'B', '.'), maxLength: 8 }),
        fc.string({ unit, minLength: 1, maxLength: 8 }),
        (text, pattern) => {
          const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('_', '.')
          return fitsPattern(text, pattern) === new RegExp(`^${source}$`).test(text)
        },
      ),
      { numRuns: 1000 },
    ),
  )
})
