import t from 'tap'
import { PositionBook } from '../../../../instance/ib/position-book.ts'
import type { PortfolioItem, Position } from '../../../../shared/schemas/account.ts'
import type { Execution } from '../../../../shared/schemas/execution.ts'

const AAPL = 265598

function position(quantity: number, more: Partial<Position> = {}, conId = AAPL): Position {
  const contract = { conId } as Position['contract']
  return { account: 'DU1', contract, position: quantity, avgCost: 150, ...more }
}

function fill(shares: number, side = 'BOT', contract: object = { conId: AAPL, secType: 'STK' }) {
  return { acctNumber: 'DU1', contract, side, shares } as Execution
}

/** A book that has been told this much, and what it says of its feed. */
function rig(...held: Position[]) {
  const said = { drift: 0, foreign: 0 }
  let now = 0
  const book = new PositionBook({
    onDrift: (count) => {
      said.drift += count
    },
    onForeignChange: () => {
      said.foreign += 1
    },
    now: () => now,
  })
  const answer = (...rows: Position[]) => {
    for (const row of rows) book.told(row)
    book.ended()
  }
  const quantities = () => book.rows.map(({ position: quantity }) => quantity)
  if (held.length > 0) {
    book.ask()
    answer(...held)
  }
  return {
    book,
    said,
    answer,
    quantities,
    later: (ms: number) => {
      now += ms
    },
  }
}

t.test('it is current only from the end of a whole answer', async (t) => {
  const { book, answer, quantities } = rig()
  t.notOk(book.isCurrent, 'before it was asked for')
  book.told(position(5))
  t.notOk(book.isCurrent, 'a push from nowhere is no answer')
  book.ended()
  t.notOk(book.isCurrent, 'nor is an end from nowhere')
  book.ask()
  book.told(position(5))
  t.notOk(book.isCurrent, 'half an answer')
  answer(position(7, { account: 'DU2' }))
  t.ok(book.isCurrent)
  t.strictSame(quantities(), [5, 7])
})

t.test('every push replaces what was held, and 0 is nothing', async (t) => {
  const { book, quantities } = rig(position(5))
  book.told(position(8))
  t.strictSame(quantities(), [8])
  book.told(position(3, {}, 1))
  t.strictSame(quantities(), [8, 3])
  book.told(position(0))
  t.strictSame(quantities(), [3])
  t.ok(book.isCurrent)
})

t.test('accounts do not mix', async (t) => {
  const { book, quantities } = rig(position(5), position(7, { account: 'DU2' }))
  book.told(position(0, { account: 'DU2' }))
  t.strictSame(quantities(), [5])
})

t.test(
  'while it is asked again it is not current, and nothing of before is left after',
  async (t) => {
    const { book, answer, quantities } = rig(position(5), position(9, {}, 1))
    book.ask()
    t.notOk(book.isCurrent)
    t.strictSame(book.rows, [])
    answer(position(5))
    t.strictSame(quantities(), [5])
  },
)

t.test('forgotten, it knows nothing, and an end still under way means nothing', async (t) => {
  const { book } = rig(position(5))
  book.ask()
  book.forget()
  book.told(position(5))
  book.ended()
  t.notOk(book.isCurrent)
  t.notOk(book.isAsked)
})

t.test('a fill of ours makes it stale until its position has come', async (t) => {
  const { book, said } = rig(position(5))
  book.filled(fill(10))
  t.notOk(book.isCurrent)
  book.told(position(15))
  t.ok(book.isCurrent)
  t.equal(said.foreign, 0, 'our fill explains it')
})

t.test('after two fills the position of the first alone is not enough', async (t) => {
  const { book } = rig(position(5))
  book.filled(fill(10))
  book.filled(fill(2, 'SLD'))
  book.told(position(15))
  t.notOk(book.isCurrent)
  book.told(position(13))
  t.ok(book.isCurrent)
})

t.test('a fill whose position came first, or never, is settled by asking', async (t) => {
  const { book, answer, quantities, said } = rig(position(5))
  book.told(position(15))
  book.filled(fill(10))
  t.notOk(book.isCurrent)
  book.ask()
  answer(position(15))
  t.ok(book.isCurrent)
  t.strictSame(quantities(), [15])
  t.equal(said.drift, 0)
})

t.test('a fill during an answer may be missing from it: the next answer has it', async (t) => {
  const { book, answer } = rig(position(5))
  book.ask()
  book.told(position(5))
  book.filled(fill(10))
  book.ended()
  t.notOk(book.isCurrent)
  book.ask()
  answer(position(15))
  t.ok(book.isCurrent)
})

t.test('a combination is held as its legs: its own fill owes no position', async (t) => {
  const { book } = rig(position(5))
  book.filled(fill(1, 'BOT', { conId: 28812380, secType: 'BAG' }))
  t.ok(book.isCurrent)
})

t.test('a change that no fill of ours explains was somebody else trading', async (t) => {
  const { book, said } = rig(position(5))
  book.told(position(5))
  t.equal(said.foreign, 0, 'told twice is no change')
  book.told(position(6))
  t.equal(said.foreign, 1)
})

t.test('what was missed is drift: a quantity, a cost, a row too many, a row too few', async (t) => {
  for (const [before, after] of [
    [[position(5)], [position(6)]],
    [[position(5)], [position(5, { avgCost: 151 })]],
    [[position(5), position(1, {}, 1)], [position(5)]],
    [[position(5)], [position(5), position(1, {}, 1)]],
  ] as const) {
    const { book, answer, said } = rig(...before)
    book.ask()
    answer(...after)
    t.equal(said.drift, 1)
    t.equal(said.foreign, 1)
  }
})

t.test(
  'what is explained is no drift: nothing new, a push in between, a fill just now',
  async (t) => {
    const same = rig(position(5), position(1, {}, 1))
    same.book.ask()
    same.answer(position(1, {}, 1), position(5), position(0, {}, 2))
    t.equal(same.said.drift, 0)

    const pushed = rig(position(5))
    pushed.book.ask()
    pushed.answer(position(6), position(6))
    t.equal(pushed.said.drift, 0)

    const filled = rig(position(5))
    filled.book.filled(fill(10))
    filled.later(900)
    filled.book.ask()
    filled.answer(position(15))
    t.equal(filled.said.drift, 0)
  },
)

t.test('a position that has not followed its fill for a second was lost', async (t) => {
  const { book, answer, said, later } = rig(position(5))
  book.filled(fill(10))
  later(1000)
  book.ask()
  answer(position(15))
  t.equal(said.drift, 1)
  t.equal(said.foreign, 0, 'but it was our own')
})

t.test('a reader is told of every push, and of all there are after each answer', async (t) => {
  const { book, answer } = rig(position(5))
  const told: string[] = []
  const words = ({ contract, position: quantity }: Position) => `${contract.conId} ${quantity}`
  book.readers.add({
    changed: (one) => told.push(words(one)),
    all: (positions) => told.push(`all: ${positions.map(words).join(', ')}`),
    failed: () => told.push('failed'),
  })
  book.told(position(8))
  book.told(position(0))
  book.ask()
  answer(position(3, {}, 1), position(0, {}, 2))
  t.strictSame(told, [`${AAPL} 8`, `${AAPL} 0`, '1 3', '2 0', 'all: 1 3'])
})

t.test('a portfolio agrees when it has what is held, and no fill is owed', async (t) => {
  const item = (quantity: number, more: object = {}) =>
    ({ account: 'DU1', contract: { conId: AAPL }, position: quantity, ...more }) as PortfolioItem
  const { book } = rig(position(5), position(7, { account: 'DU2' }))
  t.ok(book.agrees('DU1', [item(5)]))
  t.ok(book.agrees('DU1', [item(5), item(0, { contract: { conId: 2 } })]), 'closed today')
  t.ok(
    book.agrees('DU1', [item(5), item(9, { contract: { conId: 3, secType: 'CASH' } })]),
    'currencies are held in ways of their own',
  )
  t.notOk(book.agrees('DU1', [item(4)]))
  t.notOk(book.agrees('DU1', []))
  t.notOk(book.agrees('DU1', [item(5), item(1, { contract: { conId: 2 } })]))
  book.filled(fill(3))
  t.notOk(book.agrees('DU1', [item(5)]), 'a fill is known whose position is not')
  t.ok(book.agrees('DU2', [item(7)]), 'of another account')
  book.told(position(8))
  t.ok(book.agrees('DU1', [item(8)]))
  book.forget()
  t.ok(book.agrees('DU1', [item(1)]), 'where nothing is known nothing is against it')
})
