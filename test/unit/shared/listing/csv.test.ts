import t from 'tap'
import { Type } from 'typebox'
import { columnsOf, csvOf } from '../../../../shared/listing/csv.ts'
import { Position } from '../../../../shared/schemas/account.ts'

t.test('columns are the members of a row, nested ones dotted, lists left out', async (t) => {
  const Row = Type.Object({
    a: Type.Number(),
    b: Type.Object({ c: Type.String() }),
    d: Type.Array(Type.String()),
  })
  t.same(columnsOf(Row), ['a', 'b.c'])
  t.ok(columnsOf(Position).includes('contract.symbol'))
})

t.test('it is RFC 4180: CRLF, quotes where they are needed, absent values empty', async (t) => {
  const rows = [
    { a: 1.5, b: { c: 'say "hi", you' }, e: true },
    { a: null, b: null, e: false },
    { a: -2, b: { c: 'two\r\nlines' } },
  ]
  t.equal(
    await csvOf(rows, ['a', 'b.c', 'e']),
    'a,b.c,e\r\n1.5,"say ""hi"", you",true\r\n,,false\r\n-2,"two\r\nlines",\r\n',
  )
  t.equal(await csvOf([], ['a']), 'a\r\n')
})

t.test(
  'a text that a spreadsheet would run stands behind an apostrophe; numbers do not',
  async (t) => {
    const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx']
    const lines = await csvOf(
      texts.map((text) => ({ text, number: -1 })),
      ['text', 'number'],
    )
    for (const line of lines.trim().split('\r\n').slice(1)) t.match(line, /^"?'.*,-1$/s)
  },
)

t.test('many rows are as few', async (t) => {
  const rows = Array.from({ length: 1234 }, (_, n) => ({ n }))
  const lines = (await csvOf(rows, ['n'])).trim().split('\r\n')
  t.same(lines, ['n', ...rows.map(({ n }) => String(n))])
})
