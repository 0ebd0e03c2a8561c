import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { eventsOf } from '../../../../shared/feed/events.ts'
import { Table } from '../../../../shared/feed/table.ts'
import { View } from '../../../../shared/feed/view.ts'

t.setTimeout(240_000)

const all = { maxRows: 1000, maxView: 1000, movingView: true }
const refs = (view: View) => view.take().rows.map(({ rowRef }) => rowRef)

function filled(rows: number, capacity = 1000): Table {
  const table = new Table({ capacity })
  for (let number = 1; number <= rows; number += 1) table.put(`r${number}`, { number })
  return table
}

t.test('of a tape every row is told once, or counted as missed', async () => {
  const flow = fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 30 })
  for (const isFlowing of [true, false])
    fc.assert(
      fc.property(flow, (steps) => {
        const table = new Table({ capacity: 8 })
        const view = new View(table, { maxRows: 8, maxView: 8, movingView: true, isFlowing })
        let [next, told, missed, isFirst] = [1, 0, 0, true]
        for (const step of [...steps, -1]) {
          for (let count = 0; count < step; count += 1) {
            table.put(`r${next}`, { number: next })
            next += 1
          }
          if (step >= 0) continue
          const changes = view.take()
          const came = changes.rows.filter(({ operation }) => operation === 'insert')
          const numbers = came.map(({ fields }) => Number(fields.number))
          if (isFirst) told = (numbers[0] ?? next) - 1
          isFirst = false
          missed += changes.missed
          if (numbers.some((number, index) => number !== told + missed + index + 1))
            throw new Error(`after ${told} and ${missed}: ${numbers}`)
          told += numbers.length
        }
        if (told + missed !== next - 1) throw new Error(`${told} told, ${missed} missed of ${next}`)
      }),
    )
})

t.test('a tape that flows begins with its latest rows and goes on where it was cut', async (t) => {
  const table = filled(12, 10)
  const wishes = { maxRows: 3, maxView: 3, movingView: true, isFlowing: true }
  const view = new View(table, wishes)
  t.same(refs(view), ['r10', 'r11', 'r12'])
  table.put('r13', { number: 13 })
  const again = new View(table, wishes)
  again.resume(view.cursor)
  for (let number = 14; number <= 20; number += 1) table.put(`r${number}`, { number })
  t.same(refs(again), ['r13', 'r14', 'r15', 'r16', 'r17', 'r18', 'r19', 'r20'])
  table.put('r20', { commission: 1 })
  t.same(again.take().rows, [
    { operation: 'modify', rowRef: 'r20', fields: { commission: 1 }, conflated: 0 },
  ])
  const late = new View(table, wishes)
  for (let number = 21; number <= 40; number += 1) table.put(`r${number}`, { number })
  late.resume(view.cursor)
  t.match(late.take(), { isReset: true, marks: [{ type: 'gap.opened' }, { type: 'gap.closed' }] })
  t.equal(again.take().missed, 10)
})

t.test(
  'who is so far behind that removals are forgotten begins anew, with as many rows',
  async (t) => {
    const table = filled(9)
    const view = new View(table, { ...all, maxRows: 2, maxView: 8 })
    view.take()
    view.more()
    t.equal(view.take().rows.length, 2)
    for (let round = 0; round <= 1000; round += 1) {
      table.put('brief', { round })
      table.remove('brief')
    }
    const { isReset, rows, marks } = view.take()
    t.equal(isReset, true)
    t.same(
      rows.map(({ operation, rowRef }) => `${operation} ${rowRef}`),
      ['insert r1', 'insert r2', 'insert r3', 'insert r4'],
    )
    t.same(
      marks.map(({ type }) => type),
      ['gap.opened', 'gap.closed'],
    )
    t.match(view.take(), { isReset: false, rows: [], marks: [], missed: 0 })
  },
)

t.test('marks that are forgotten are a new beginning too', async (t) => {
  const table = filled(1)
  const view = new View(table, all)
  view.take()
  for (let round = 0; round <= 500; round += 1) {
    table.mark('gap.opened', 'for a test')
    table.mark('gap.closed', 'for a test')
  }
  t.match(view.take(), { isReset: true, rows: [{ rowRef: 'r1' }] })
})

t.test('who goes on is told what was removed meanwhile, and what came again whole', async (t) => {
  const table = filled(3)
  const view = new View(table, all)
  view.take()
  table.remove('r1')
  table.remove('r2')
  table.put('r2', { other: 1 })
  const again = new View(table, all)
  again.resume(view.cursor)
  t.same(
    again.take().rows.map(({ operation, rowRef, fields }) => [operation, rowRef, fields]),
    [
      ['delete', 'r1', {}],
      ['delete', 'r2', {}],
      ['insert', 'r2', { other: 1 }],
    ],
  )
  for (const strange of [view.cursor + 1000, 0]) {
    const other = new View(table, { ...all, maxRows: 2, maxView: 2 })
    other.resume(strange)
    t.equal(other.take().isReset, true, 'nobody knows what it had')
  }
})

t.test('values that came and went are counted, those of one turn are one', async (t) => {
  const table = new Table({ capacity: 1 })
  const view = new View(table, all)
  table.put('q', { bid: 1, ask: 2 })
  view.take()
  const conflated = async (...values: readonly { bid?: number; ask?: number }[][]) => {
    for (const together of values) {
      for (const value of together) table.put('q', value)
      await turn()
    }
    return view.take().rows[0]?.conflated
  }
  await turn()
  t.equal(await conflated([{ bid: 2 }, { ask: 3 }]), 0)
  t.equal(await conflated([{ bid: 3 }], [{ ask: 4 }], [{ bid: 4 }]), 2)
  t.equal(await conflated([{ bid: 5 }, { ask: 5 }, { bid: 6 }, { ask: 6 }]), 1, 'two values')
  t.equal(await conflated([{ bid: 6 }, { ask: 6 }]), undefined, 'the same again is no news')
})

t.test('what changes in one turn wakes its readers once, when all of it is there', async (t) => {
  const table = filled(0)
  let woken = 0
  const waiting = table.changed(0, 5000).then((isNews) => {
    woken += 1
    return [isNews, table.size]
  })
  table.put('a', { x: 1 })
  table.put('b', { x: 1 })
  t.same(await waiting, [true, 2])
  t.equal(woken, 1)
  t.equal(await table.changed(0, 5000), true, 'it has changed already')
  t.equal(await table.changed(table.sequence, 1), false, 'nothing came')
  const gone = new AbortController()
  const left = table.changed(table.sequence, 60_000, gone.signal)
  gone.abort()
  t.equal(await left, false)
})

t.test(
  'all rows told anew are kept, the others go; being told that twice does no harm',
  async (t) => {
    const table = filled(3)
    table.renew()
    table.put('r2', { number: 2 })
    table.put('r4', { number: 4 })
    table.renewed()
    t.same(
      table.rows().map(({ rowRef }) => rowRef),
      ['r2', 'r4'],
    )
    const { sequence } = table
    table.renewed()
    t.equal(table.sequence, sequence)
  },
)

t.test('pages know whether there is another after them', async (t) => {
  const table = filled(5)
  const view = new View(table, { ...all, maxRows: 2, viewNumber: 1 })
  t.same([refs(view), view.hasMore], [['r1', 'r2'], true])
  view.turnTo(3)
  t.same(
    view.take().rows.map(({ operation, rowRef }) => `${operation} ${rowRef}`),
    ['delete r1', 'delete r2', 'insert r5'],
  )
  t.equal(view.hasMore, false)
})

t.test(
  'a thousand readers of a quote, and a hundred thousand changes of a full table',
  async (t) => {
    const quote = new Table({ capacity: 1 })
    quote.put('q', { bid: 0, ask: 0, last: 0 })
    const readers = Array.from({ length: 1000 }, () => new View(quote, all))
    for (const each of readers) each.take()
    for (let bid = 1; bid <= 50; bid += 1) {
      quote.put('q', { bid })
      t.ok(readers.every((each) => each.take().rows.length === 1))
    }
    const table = filled(20_000, 20_000)
    const flowing = new View(table, { ...all, isFlowing: true })
    const view = new View(table, all)
    flowing.take()
    view.take()
    let flown = 0
    for (let number = 1; number <= 100_000; number += 1) {
      table.put(`t${number}`, { number })
      if (number % 10 > 0) continue
      flown += flowing.take().rows.length
      if (view.take().rows.length > 20) t.fail('it is told what has come, and what has left')
    }
    t.equal(flown, 100_000)
  },
)

t.test('events of a batch keep the sequence of a gap, and name where to go on last', async (t) => {
  const mark = (type: 'gap.opened' | 'gap.closed', sequence: number) => ({
    ...{ type, sequence, at: '2026-01-01T00:00:00.000Z', reason: 'for a test' },
  })
  const row = { operation: 'insert', rowRef: 'r', fields: { x: 1 }, conflated: 2 } as const
  const words = (text: string) => text.match(/(?<=^event: ).*/gm) ?? []
  const told = (
    marks: readonly ReturnType<typeof mark>[],
    more: { isReset?: boolean; missed?: number } = {},
  ) => {
    const text = eventsOf(
      { rows: [row], marks, missed: 0, isReset: false, ...more },
      { epoch: 'e', sequence: 7 },
      false,
    )
    t.same(text.match(/^id: .*$/gm), ['id: e.7'], 'once')
    t.match(text.split('\n\n').at(-2), /^id: e\.7\n/, 'with the last')
    return words(text)
  }
  const [opened, closed] = [mark('gap.opened', 1), mark('gap.closed', 2)]
  t.same(told([opened, closed]), ['gap.opened', 'insert', 'gap.closed'])
  t.same(told([closed]), ['insert', 'gap.closed'])
  t.same(told([opened]), ['gap.opened', 'insert'])
  t.same(told([closed, mark('gap.opened', 3)]), ['gap.closed', 'gap.opened', 'insert'])
  t.same(told([opened, closed, opened, closed]), [
    ...['gap.opened', 'gap.closed', 'gap.opened', 'insert', 'gap.closed'],
  ])
  t.same(told([opened, closed], { isReset: true }), [
    ...['gap.opened', 'reset', 'insert', 'gap.closed'],
  ])
  t.same(told([], { missed: 3 }), ['missed', 'insert'])
  const { rows, marks, missed, isReset } = new View(filled(0), all).take()
  t.equal(eventsOf({ rows, marks, missed, isReset }, { epoch: 'e', sequence: 0 }, true), '')
})
