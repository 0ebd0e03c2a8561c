import t from 'tap'
import { ExecutionBook } from '../../../../instance/ib/execution-book.ts'
import type { Execution } from '../../../../shared/schemas/execution.ts'

const fill = (execId: string) => ({ execId }) as Execution

/** A book whose list has been read, and its drift. */
function rig(...listed: string[]) {
  const said = { drift: 0 }
  const book = new ExecutionBook((count) => {
    said.drift += count
  })
  const list = (...ids: string[]) => {
    const question = book.ask()
    for (const id of ids) book.told(fill(id), false)
    book.ended()
    book.listed(question)
  }
  const ids = () => book.fills.map(({ execId }) => execId)
  if (listed.length > 0) list(...listed)
  return { book, said, list, ids }
}

t.test('it is current from the end of a list, then every push adds to it', async (t) => {
  const { book, ids, list, said } = rig()
  t.ok(book.told(fill('a'), true), 'news')
  t.notOk(book.isCurrent)
  list('a', 'b')
  t.ok(book.isCurrent)
  t.ok(book.told(fill('c'), true))
  t.notOk(book.told(fill('c'), true), 'told twice is no news')
  t.strictSame(ids(), ['a', 'b', 'c'])
  t.equal(said.drift, 0)
})

t.test('a fill in a list that was never pushed is drift', async (t) => {
  const { list, said } = rig('a')
  list('a', 'b', 'c')
  t.equal(said.drift, 2)
  list('a', 'b', 'c')
  t.equal(said.drift, 2)
})

t.test('in doubt it is not current until a list asked for since has been read', async (t) => {
  const { book, list, said } = rig('a')
  const early = book.ask()
  book.doubt()
  t.notOk(book.isCurrent)
  book.ended()
  book.listed(early)
  t.notOk(book.isCurrent, 'that one may have left before')
  list('a', 'b')
  t.ok(book.isCurrent)
  t.equal(said.drift, 0, 'the doubt explains it')
})

t.test('what a list lacks is of another day; what is pushed meanwhile stays', async (t) => {
  const { book, ids } = rig('a', 'b')
  const question = book.ask()
  book.told(fill('b'), false)
  book.told(fill('c'), true)
  book.ended()
  book.listed(question)
  t.strictSame(ids(), ['b', 'c'])
})

t.test('forgotten, it knows nothing', async (t) => {
  const { book, ids } = rig('a')
  book.doubt()
  book.forget()
  t.notOk(book.isCurrent)
  t.strictSame(ids(), [])
})
