import t from 'tap'
import { freshnessOf, leastFresh } from '../../../proxy/freshness.ts'

const at = (second: number) => `2026-01-05T15:30:0${second}.000Z`

t.test('an answer that says nothing of its freshness has none', async (t) => {
  t.equal(freshnessOf({ age: '3' }), undefined)
  t.strictSame(freshnessOf({ age: '3', 'ibrest-as-of': at(1), 'ibrest-source': 'mirror' }), {
    age: '3',
    asOf: at(1),
    source: 'mirror',
  })
})

t.test('answers joined are as old as the oldest, and mirrored where one of them is', async (t) => {
  t.strictSame(leastFresh([undefined, undefined]), {})
  t.strictSame(
    leastFresh([
      { age: '0', asOf: at(5), source: 'mirror' },
      undefined,
      { age: '12', asOf: at(1), source: 'mirror' },
      { age: '3', asOf: at(3), source: 'gateway' },
    ]),
    { age: '12', 'ibrest-as-of': at(1), 'ibrest-source': 'mirror' },
  )
  t.strictSame(
    leastFresh([
      { age: '0', asOf: at(2), source: 'gateway' },
      { age: '0', asOf: at(1), source: 'gateway' },
    ]),
    { age: '0', 'ibrest-as-of': at(1), 'ibrest-source': 'gateway' },
  )
})
