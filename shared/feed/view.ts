import type { Fields, Mark, Row, Table } from './table.ts'

/** What a reader wants to see of a feed (S3.10). */
export interface Wishes {
  /** fields of each row; undefined: all */
  readonly fields?: readonly string[] | undefined
  /** rows given at first and with each request for more; the size of a page */
  readonly maxRows: number
  /** the most rows a view ever has */
  readonly maxView: number
  /** of a full view the oldest rows leave for new ones; otherwise new ones do not come in */
  readonly movingView: boolean
  /** one page of the rows instead of a view that grows; the first is 1 */
  readonly viewNumber?: number | undefined
}

export const OPERATIONS = ['insert', 'modify', 'delete'] as const

/** What happened to one row: inserted whole, modified with the fields that changed, deleted with its handle alone. */
export interface RowChange {
  readonly operation: (typeof OPERATIONS)[number]
  readonly rowRef: string
  readonly fields: Fields
  /** values of this row that came and went since it was last told; 0 for most */
  readonly conflated: number
}

/** All that changed since the last one. */
export interface Changes {
  readonly rows: readonly RowChange[]
  readonly marks: readonly Mark[]
  /** rows that came and went untold, because the table has no more room */
  readonly missed: number
  /** what the reader has is nothing to go by any more: it begins anew with these */
  readonly isReset: boolean
}

const LOST = 'what happened since then cannot be told'

/** What one reader has of a table; each `take` brings it up to date. */
export class View {
  readonly #table: Table
  #fields: ReadonlySet<string> | undefined
  #wishes: Wishes
  /** the rows it has, each with how many values it has had */
  readonly #known = new Map<string, number>()
  #cursor = 0
  /** something is to be told although nothing changed */
  #isAsked = true
  #added: readonly string[] = []
  #more = 0
  #isReset = false
  #isCutOff = false
  #hasBegun = false
  /** rows of the table that had come when it was last told */
  #came = 0

  constructor(table: Table, wishes: Wishes) {
    this.#table = table
    this.#wishes = wishes
    this.#fields = wishes.fields === undefined ? undefined : new Set(wishes.fields)
  }

  /** Up to where it was told. */
  get cursor(): number {
    return this.#cursor
  }

  get size(): number {
    return this.#known.size
  }

  /** There are rows this view does not have. */
  get hasMore(): boolean {
    return this.#table.size > this.#known.size
  }

  /** A `take` may bring something. */
  get hasNews(): boolean {
    return this.#isAsked || this.#table.sequence > this.#cursor
  }

  /** Goes on where another reading stopped: it has all there was then. */
  resume(cursor: number): void {
    const { forgotten, overrun, sequence } = this.#table
    if (cursor > sequence || cursor < Math.max(forgotten, overrun.bornAt)) {
      this.restart()
      return
    }
    for (const { rowRef, bornAt, updates, changedAt } of this.#table.rows())
      if (bornAt <= cursor) this.#known.set(rowRef, changedAt > cursor ? updates - 1 : updates)
    this.#cursor = cursor
    this.#came = overrun.number + this.#known.size
    this.#hasBegun = true
  }

  /** What the reader has belongs to another run of the feed: it is told so, and everything anew. */
  restart(): void {
    this.#isReset = true
  }

  /** The reader was told that something may be missing; `restart` says that itself. */
  wasCutOff(): void {
    this.#isCutOff = true
  }

  /** What the reader has is of no use any more, and it has not been told. */
  get isReset(): boolean {
    return this.#isReset
  }

  /** Other fields; those that are new are told of every row it has. */
  show(fields: readonly string[] | undefined, added: readonly string[]): void {
    this.#fields = fields === undefined ? undefined : new Set(fields)
    this.#added = [...this.#added, ...added]
    this.#isAsked = true
  }

  /** As many rows again, as far as the view may grow; false when it may not. */
  more(): boolean {
    if (this.#known.size + this.#more >= this.#wishes.maxView) return false
    this.#more += this.#wishes.maxRows
    this.#isAsked = true
    return true
  }

  /** Another page. */
  turnTo(viewNumber: number): void {
    this.#wishes = { ...this.#wishes, viewNumber }
    this.#isAsked = true
  }

  /** What has changed since the last time. */
  take(): Changes {
    const table = this.#table
    const since = this.#cursor
    if (this.#hasBegun && since < table.forgotten) {
      this.#known.clear()
      this.#cursor = 0
      this.#hasBegun = false
      this.#isReset = true
      return this.take()
    }
    const changes: Changes = {
      rows: this.#wishes.viewNumber === undefined ? this.#growing(since) : this.#page(since),
      marks: this.#marks(since),
      missed: this.#hasBegun ? Math.max(0, table.overrun.number - this.#came) : 0,
      isReset: this.#isReset,
    }
    this.#cursor = table.sequence
    this.#came = table.came
    this.#hasBegun = true
    this.#isAsked = false
    this.#isReset = false
    this.#isCutOff = false
    this.#added = []
    return changes
  }

  /** What lies between the reader's past and now cannot be told: that is a gap, closed with the rows there are. */
  #marks(since: number): readonly Mark[] {
    const { gap, sequence } = this.#table
    if (!this.#isReset && !this.#isCutOff) {
      if (this.#hasBegun) return this.#table.marksSince(since)
      // what was over before a reader came is not its own
      return gap === undefined ? [] : [gap]
    }
    const lost = { at: new Date().toISOString(), reason: LOST, sequence }
    const opened: Mark[] = this.#isCutOff ? [] : [{ ...lost, type: 'gap.opened' }]
    const closed: Mark[] = gap === undefined ? [{ ...lost, type: 'gap.closed' }] : []
    return [...opened, ...closed]
  }

  #growing(since: number): RowChange[] {
    const told: RowChange[] = []
    for (const rowRef of this.#known.keys()) {
      if (this.#table.get(rowRef) !== undefined) break
      told.push(this.#delete(rowRef))
    }
    if (this.#hasBegun)
      for (const row of this.#table.changedSince(since)) this.#change(row, since, told)
    if (this.#added.length > 0) this.#tellAdded(told)
    let room = this.#hasBegun ? this.#more : this.#wishes.maxRows
    this.#more = 0
    room = Math.min(room, this.#wishes.maxView - this.#known.size)
    if (room > 0) {
      for (const row of this.#table.rows()) {
        if (room === 0) break
        if (this.#known.has(row.rowRef)) continue
        told.push(this.#insert(row))
        room -= 1
      }
    }
    return told
  }

  #change(row: Row, since: number, told: RowChange[]): void {
    const { rowRef, fields, bornAt } = row
    const isKnown = this.#known.has(rowRef)
    if (fields === undefined) {
      if (isKnown) told.push(this.#delete(rowRef))
    } else if (isKnown) {
      const change = this.#modify(row, since)
      if (change !== undefined) told.push(change)
    } else if (bornAt > since) {
      if (this.#known.size >= this.#wishes.maxView) {
        if (!this.#wishes.movingView) return
        const [oldest] = this.#known.keys()
        if (oldest !== undefined) told.push(this.#delete(oldest))
      }
      told.push(this.#insert(row))
    }
  }

  #page(since: number): RowChange[] {
    const { viewNumber = 1, maxRows } = this.#wishes
    const page = this.#table.rows().slice((viewNumber - 1) * maxRows, viewNumber * maxRows)
    const there = new Set(page.map(({ rowRef }) => rowRef))
    const told = [...this.#known.keys()]
      .filter((rowRef) => !there.has(rowRef))
      .map((rowRef) => this.#delete(rowRef))
    for (const row of page) {
      const change = this.#known.has(row.rowRef) ? this.#modify(row, since) : this.#insert(row)
      if (change !== undefined) told.push(change)
    }
    if (this.#added.length > 0) this.#tellAdded(told)
    return told
  }

  #insert({ rowRef, fields = {}, updates }: Row): RowChange {
    this.#known.set(rowRef, updates)
    return { operation: 'insert', rowRef, fields: this.#shown(fields), conflated: 0 }
  }

  #modify(row: Row, since: number): RowChange | undefined {
    const { rowRef, fields = {}, versions, updates } = row
    const names = Object.keys(versions).filter(
      (name) => (versions[name] ?? 0) > since && this.#fields?.has(name) !== false,
    )
    const conflated = Math.max(0, updates - (this.#known.get(rowRef) ?? updates) - 1)
    this.#known.set(rowRef, updates)
    if (names.length === 0) return undefined
    const changed = Object.fromEntries(names.map((name) => [name, fields[name]]))
    return { operation: 'modify', rowRef, fields: changed, conflated }
  }

  #delete(rowRef: string): RowChange {
    this.#known.delete(rowRef)
    return { operation: 'delete', rowRef, fields: {}, conflated: 0 }
  }

  /** Of every row it had before, the fields it had not. */
  #tellAdded(told: RowChange[]): void {
    const places = new Map(told.map(({ rowRef }, index) => [rowRef, index]))
    for (const rowRef of this.#known.keys()) {
      const fields = this.#table.get(rowRef)?.fields
      if (fields === undefined) continue
      const place = places.get(rowRef)
      const before = place === undefined ? undefined : told[place]
      if (before?.operation === 'insert') continue
      const names = this.#added.filter(
        (name) => name in fields && this.#fields?.has(name) !== false,
      )
      const added = Object.fromEntries(names.map((name) => [name, fields[name]]))
      const change: RowChange = {
        operation: 'modify',
        rowRef,
        fields: { ...added, ...before?.fields },
        conflated: before?.conflated ?? 0,
      }
      if (place === undefined) told.push(change)
      else told[place] = change
    }
  }

  #shown(fields: Fields): Fields {
    if (this.#fields === undefined) return { ...fields }
    return Object.fromEntries(
      Object.entries(fields).filter(([name]) => this.#fields?.has(name) === true),
    )
  }
}
