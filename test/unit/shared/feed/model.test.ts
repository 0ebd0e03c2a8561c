import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { type Fields, Table } from '../../../../shared/feed/table.ts'
import { type Changes, View, type Wishes } from '../../../../shared/feed/view.ts'

t.setTimeout(240_000)

const RUNS = 1500
const CAPACITY = 6
const NAMES = ['x', 'y', 'z'] as const

/** One row as the model knows it: a row that comes again is another one. */
interface Life {
  readonly number: number
  readonly rowRef: string
  readonly fields: Record<string, number>
  /** the step at which each field last changed */
  readonly changed: Record<string, number>
  renewal: number
}

type Step =
  | { readonly do: 'put'; readonly rowRef: string; readonly fields: Record<string, number> }
  | { readonly do: 'remove'; readonly rowRef: string }
  | { readonly do: 'clear' | 'turn' | 'renew' | 'renewed' }
  | { readonly do: 'mark'; readonly type: 'gap.opened' | 'gap.closed' }
  | { readonly do: 'open'; readonly wishes: Wishes }
  | { readonly do: 'take' | 'more' | 'cut'; readonly reader: number }
  | { readonly do: 'page'; readonly reader: number; readonly viewNumber: number }
  | { readonly do: 'show'; readonly reader: number; readonly fields: readonly string[] }

/** A plain table: an array of rows in the sequence of their coming. */
class Model {
  lives: Life[] = []
  came = 0
  step = 0
  renewal = 0
  overrun = 0
  peak = 0
  marks: { readonly type: string; readonly step: number }[] = []
  readonly isSorted: boolean

  constructor(isSorted: boolean) {
    this.isSorted = isSorted
  }

  get isInGap(): boolean {
    return this.marks.at(-1)?.type === 'gap.opened'
  }

  get rows(): Life[] {
    if (!this.isSorted) return this.lives
    return this.lives.toSorted((a, b) => (a.fields.x ?? 0) - (b.fields.x ?? 0))
  }

  put(rowRef: string, fields: Record<string, number>): void {
    const known = this.lives.find((each) => each.rowRef === rowRef)
    if (known !== undefined) {
      known.renewal = this.renewal
      for (const [name, value] of Object.entries(fields)) {
        if (known.fields[name] === value) continue
        known.fields[name] = value
        known.changed[name] = this.step
      }
      return
    }
    if (this.lives.length === CAPACITY) this.overrun = this.lives.shift()?.number ?? 0
    this.came += 1
    const changed = Object.fromEntries(Object.keys(fields).map((name) => [name, this.step]))
    const renewal = this.renewal
    this.lives.push({ number: this.came, rowRef, fields: { ...fields }, changed, renewal })
    this.peak = Math.max(this.peak, this.lives.length)
  }

  mark(type: string): void {
    if (this.isInGap !== (type === 'gap.opened')) this.marks.push({ type, step: this.step })
  }
}

/** A reader that does as it is told, and what it must have by then. */
class Reader {
  view: View
  wishes: Wishes
  held = new Map<string, Fields>()
  /** the rows it must have, in the sequence in which it had them */
  expected: Life[] = []
  fields: readonly string[]
  added: string[] = []
  more = 0
  readAt = -1
  came = 0
  hasBegun = false
  mayReset = false
  readonly #table: Table
  readonly #model: Model

  constructor(table: Table, model: Model, wishes: Wishes) {
    this.#table = table
    this.#model = model
    this.wishes = wishes
    this.view = new View(table, wishes)
    this.fields = wishes.fields ?? NAMES
  }

  /** Its connection is cut, and made again: another view goes on from its cursor. */
  cut(): void {
    // what it wants is the same before and after
    if (this.added.length > 0) this.take()
    const { cursor } = this.view
    const { peak, overrun } = this.#model
    const { maxRows, viewNumber } = this.wishes
    this.mayReset ||= peak > maxRows || viewNumber !== undefined || overrun > 0
    this.wishes = { ...this.wishes, fields: this.fields }
    this.view = new View(this.#table, this.wishes)
    this.more = 0
    if (this.hasBegun) this.view.resume(cursor)
  }

  take(): void {
    const changes = this.view.take()
    if (changes.isReset) this.#forget()
    this.#expect()
    this.#judgeMarks(changes)
    const before = new Map(this.held)
    this.#apply(changes)
    this.#judge(before, changes)
    this.readAt = this.#model.step
    this.came = this.#model.came
    this.hasBegun = true
    this.added = []
    this.more = 0
  }

  /** Only where it cannot be known what it had is it told everything anew. */
  #forget(): void {
    if (!this.mayReset) throw new Error('a needless reset')
    this.mayReset = false
    this.held.clear()
    this.expected = []
    this.hasBegun = false
    this.readAt = -1
  }

  #expect(): void {
    const { rows, lives, overrun } = this.#model
    const { maxRows, maxView, movingView, viewNumber } = this.wishes
    if (viewNumber !== undefined) {
      this.expected = rows.slice((viewNumber - 1) * maxRows, viewNumber * maxRows)
      return
    }
    let has = this.expected.filter((life) => lives.includes(life))
    if (this.hasBegun) {
      for (const life of lives.filter(({ number }) => number > this.came)) {
        if (has.length >= maxView && !movingView) continue
        const oldest = Math.min(...has.map(({ number }) => number))
        if (has.length >= maxView) has = has.filter(({ number }) => number !== oldest)
        has.push(life)
      }
    }
    const room = Math.min(
      this.hasBegun ? this.more : Math.max(maxRows, this.more),
      maxView - has.length,
    )
    const others = rows.filter((life) => !has.includes(life))
    this.expected = [...has, ...others.slice(0, Math.max(0, room))]
    if (overrun > this.#model.came) throw new Error('the model is wrong')
  }

  #judgeMarks({ marks, isReset, missed }: Changes): void {
    const model = this.#model
    const missing = this.hasBegun ? Math.max(0, model.overrun - this.came) : 0
    if (missed !== missing) throw new Error(`missed ${missed}, not ${missing}`)
    const told = marks.map(({ type }) => type)
    const since = model.marks.filter(({ step }) => step > this.readAt).map(({ type }) => type)
    const now = model.isInGap ? ['gap.opened'] : []
    const due = isReset ? (model.isInGap ? now : ['gap.opened', 'gap.closed']) : since
    const right = this.hasBegun || isReset ? due : now
    if (told.join() !== right.join()) throw new Error(`marks ${told}, not ${right}`)
  }

  #apply({ rows }: Changes): void {
    for (const { operation, rowRef, fields } of rows) {
      const has = this.held.get(rowRef)
      if ((operation === 'insert') !== (has === undefined))
        throw new Error(`${operation} of ${rowRef}`)
      if (operation === 'delete' && Object.keys(fields).length > 0)
        throw new Error('a delete tells its handle alone')
      if (operation === 'delete') this.held.delete(rowRef)
      else this.held.set(rowRef, { ...has, ...fields })
    }
  }

  #judge(before: ReadonlyMap<string, Fields>, { rows }: Changes): void {
    const shown = ({ fields }: Life) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => this.fields.includes(name)))
    const right = this.expected.map((life) => [life.rowRef, shown(life)] as const)
    const plain = (pairs: Iterable<readonly [string, Fields]>) =>
      JSON.stringify(
        [...pairs]
          .map(([rowRef, fields]) => [
            rowRef,
            // what is not told any more is the reader's to keep or drop
            Object.entries(fields)
              .filter(([name]) => this.fields.includes(name))
              .sort(),
          ])
          .sort(),
      )
    if (plain(this.held) !== plain(right))
      throw new Error(`has ${plain(this.held)}, not ${plain(right)}`)
    for (const { operation, rowRef, fields } of rows) {
      if (operation !== 'modify' || !before.has(rowRef)) continue
      const life = this.expected.find((each) => each.rowRef === rowRef)
      const due = Object.keys(life?.fields ?? {}).filter(
        (name) =>
          this.fields.includes(name) &&
          ((life?.changed[name] ?? 0) > this.readAt || this.added.includes(name)),
      )
      if (Object.keys(fields).sort().join() !== due.sort().join())
        throw new Error(`${rowRef}: ${Object.keys(fields)} told, ${due} changed`)
    }
  }
}

const rowRef = fc.constantFrom(...'abcdefgh')
const reader = fc.nat({ max: 5 })
const fields = fc.dictionary(fc.constantFrom(...NAMES), fc.nat({ max: 3 }), { minKeys: 1 })
const names = fc.subarray([...NAMES], { minLength: 1 })
const wishes = fc
  .record({
    fields: fc.option(names, { nil: undefined }),
    maxRows: fc.integer({ min: 1, max: 7 }),
    grown: fc.nat({ max: 4 }),
    movingView: fc.boolean(),
    viewNumber: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 3 }),
  })
  .map(({ grown, ...rest }) => ({ ...rest, maxView: rest.maxRows + grown }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('put' as const), rowRef, fields }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), rowRef }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('clear', 'turn', 'renew', 'renewed') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      type: fc.constantFrom('gap.opened', 'gap.closed'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), wishes }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('take', 'more', 'cut'), reader }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('page' as const),
      reader,
      viewNumber: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('show' as const), reader, fields: names }) },
) as fc.Arbitrary<Step>

async function play(steps: readonly Step[], isSorted: boolean): Promise<void> {
  const model = new Model(isSorted)
  const compare = (a: Fields, b: Fields) => Number(a.x ?? 0) - Number(b.x ?? 0)
  const table = new Table({ capacity: CAPACITY, ...(isSorted && { compare }) })
  const readers: Reader[] = []
  for (const each of steps) {
    model.step += 1
    const of = 'reader' in each ? readers[each.reader % readers.length] : undefined
    switch (each.do) {
      case 'put':
        table.put(each.rowRef, each.fields)
        model.put(each.rowRef, each.fields)
        break
      case 'remove':
        table.remove(each.rowRef)
        model.lives = model.lives.filter((life) => life.rowRef !== each.rowRef)
        break
      case 'clear':
        table.clear()
        model.lives = []
        break
      case 'renew':
        table.renew()
        model.renewal += 1
        break
      case 'renewed':
        table.renewed()
        model.lives = model.lives.filter(({ renewal }) => renewal === model.renewal)
        break
      case 'mark':
        table.mark(each.type, 'for a test')
        model.mark(each.type)
        break
      case 'turn':
        await turn()
        break
      case 'open':
        readers.push(new Reader(table, model, each.wishes))
        break
      case 'take':
        of?.take()
        break
      case 'cut':
        of?.cut()
        break
      case 'more':
        if (of?.view.more() === true) of.more += of.wishes.maxRows
        break
      case 'page':
        if (of?.wishes.viewNumber === undefined) break
        of.wishes = { ...of.wishes, viewNumber: each.viewNumber }
        of.view.turnTo(each.viewNumber)
        break
      case 'show':
        if (of === undefined) break
        of.added = [...of.added, ...each.fields.filter((name) => !of.fields.includes(name))]
        of.view.show(
          each.fields,
          each.fields.filter((name) => !of.fields.includes(name)),
        )
        of.fields = each.fields
        break
    }
  }
  for (const each of readers) {
    each.take()
    if (each.view.hasNews) throw new Error('all is told')
    const { rows, marks, missed, isReset } = each.view.take()
    if (rows.length + marks.length + missed > 0 || isReset) throw new Error('something is retold')
  }
}

for (const isSorted of [false, true]) {
  const what = isSorted ? 'a sorted table' : 'a table in the sequence of coming'
  t.test(
    `whoever does as told has the view of ${what}, exactly`,
    { timeout: 240_000 },
    async () => {
      const steps = fc.array(step, { maxLength: 60, size: 'max' })
      await fc.assert(
        fc.asyncProperty(steps, (all) => play(all, isSorted)),
        { numRuns: RUNS },
      )
    },
  )
}
