import fc from 'fast-check'
import t from 'tap'
import { type DepthQuestion, depth } from '../../../../instance/ib/depth-stream.ts'
import type { GatewayEvents } from '../../../../instance/ib/events.ts'
import type { Fullness, Rows } from '../../../../instance/ib/stream.ts'
import type { ContractDetails } from '../../../../shared/schemas/contract.ts'

const RUNS = 2000
const SIDES = ['ask', 'bid'] as const

/** What is told of one line, as IB numbers it. */
interface Word {
  readonly side: number
  readonly position: number
  readonly operation: number
  readonly price: number
  readonly size: number
  readonly maker?: string
}

/** The rows of a feed, as a reader would have them. */
class Sheet implements Rows {
  readonly rows = new Map<string, Readonly<Record<string, unknown>>>()
  put(rowRef: string, fields: Readonly<Record<string, unknown>>): void {
    this.rows.set(rowRef, fields)
  }
  remove(rowRef: string): void {
    this.rows.delete(rowRef)
  }
  clear(): void {
    this.rows.clear()
  }
}

/** A stream of depth that writes into a sheet. */
function streamed(numRows: number, sheet = new Sheet()) {
  const question: DepthQuestion = { details: {} as ContractDetails, numRows, isSmartDepth: true }
  const seen = depth.begin(question)
  return {
    sheet,
    tell: ({ side, position, operation, price, size, maker }: Word): Fullness | undefined => {
      const plain: GatewayEvents['updateMktDepth'] = [1, position, operation, side, price, size]
      if (maker === undefined) return depth.reads.updateMktDepth?.(sheet, plain, seen, question)
      const full: GatewayEvents['updateMktDepthL2'] = [
        ...([1, position, maker, operation, side, price, size] as const),
        true,
      ]
      return depth.reads.updateMktDepthL2?.(sheet, full, seen, question)
    },
    reset: () => depth.notices?.[317]?.(sheet, seen),
  }
}

/** A book as plain as can be: what stands where. */
class Model {
  readonly numRows: number
  lines: [(Word | undefined)[], (Word | undefined)[]] = [[], []]

  constructor(numRows: number) {
    this.numRows = numRows
  }

  tell(word: Word): void {
    const { side, position, operation } = word
    const old = this.lines[side] ?? []
    if (position >= this.numRows) return
    const next: (Word | undefined)[] = []
    for (let at = 0; at < this.numRows; at += 1) {
      if (at < position) next[at] = old[at]
      else if (operation === 0) next[at] = at === position ? word : old[at - 1]
      else if (operation === 1) next[at] = at === position ? word : old[at]
      else next[at] = old[at + 1]
    }
    this.lines[side] = next
  }

  get rows(): Record<string, unknown> {
    return Object.fromEntries(
      this.lines.flatMap((lines, side) =>
        lines.flatMap((word, position) => {
          if (word === undefined) return []
          const { price, size, maker = null } = word
          const name = SIDES[side]
          return [
            [`${name}-${position}`, { side: name, position, price, size, marketMaker: maker }],
          ]
        }),
      ),
    )
  }

  get isFull(): boolean {
    return Object.keys(this.rows).length === 2 * this.numRows
  }
}

const words = fc.array(
  fc.oneof(
    {
      weight: 40,
      arbitrary: fc.record({
        side: fc.integer({ min: 0, max: 1 }),
        position: fc.integer({ min: 0, max: 7 }),
        operation: fc.integer({ min: 0, max: 2 }),
        price: fc.integer({ min: 1, max: 500 }),
        size: fc.integer({ min: 0, max: 9 }),
        maker: fc.constantFrom(undefined, 'NASDAQ', 'ARCA'),
      }),
    },
    { weight: 1, arbitrary: fc.constant('reset' as const) },
  ),
  { maxLength: 60 },
)

t.test('whatever is inserted, changed and deleted where, rows are the book', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), words, (numRows, told) => {
      const { sheet, tell, reset } = streamed(numRows)
      const model = new Model(numRows)
      for (const word of told) {
        if (word === 'reset') {
          reset()
          model.lines = [[], []]
        } else {
          const { maker, ...plain } = word
          const said = maker === undefined ? plain : { ...plain, maker }
          model.tell(said)
          if ((tell(said) === 'whole') !== model.isFull) return false
        }
        const [seen, meant] = [Object.fromEntries(sheet.rows), model.rows]
        if (Object.keys(seen).length !== Object.keys(meant).length) return false
        for (const rowRef of Object.keys(meant))
          if (JSON.stringify(seen[rowRef]) !== JSON.stringify(meant[rowRef])) return false
      }
      return true
    }),
    { numRuns: RUNS },
  )
  t.pass(`${RUNS} books`)
})

const line = { side: 0, operation: 0, size: 1 }

t.test('an insert pushes the others down, a delete pulls them up', async (t) => {
  const { sheet, tell } = streamed(3)
  const prices = () => [0, 1, 2].map((at) => sheet.rows.get(`ask-${at}`)?.price)
  for (const [position, price] of [30, 31, 32].entries()) tell({ ...line, position, price })
  tell({ ...line, position: 1, price: 30.5 })
  t.same(prices(), [30, 30.5, 31], 'the last has left')
  tell({ ...line, operation: 2, position: 0, price: 0 })
  t.same(prices(), [30.5, 31, undefined])
})

t.test('the rows of a stream give way to those of its successor at its first word', async (t) => {
  const first = streamed(2)
  for (const position of [0, 1]) first.tell({ ...line, position, price: 30 + position })
  const second = streamed(2, first.sheet)
  t.equal(first.sheet.rows.size, 2, 'kept until then')
  second.tell({ ...line, side: 1, position: 0, price: 29 })
  t.same([...first.sheet.rows.keys()], ['bid-0'])
})

t.test('what IB cannot mean changes nothing', async (t) => {
  const { sheet, tell } = streamed(2)
  tell({ ...line, position: 0, price: 30 })
  for (const odd of [{ side: 2 }, { operation: 3 }, { position: -1 }, { position: 2 }])
    t.equal(tell({ ...line, position: 0, price: 9, ...odd }), 'part')
  t.same(
    [...sheet.rows.values()],
    [{ side: 'ask', position: 0, price: 30, size: 1, marketMaker: null }],
  )
})
