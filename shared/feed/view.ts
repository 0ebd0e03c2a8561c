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
  /** of a tape: begins with the latest rows, and then leaves none out, however many there are */
  readonly isFlowing?: boolean | undefined
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

function closed(sequence: number): Mark {
  const reason = 'what happened since then cannot be told'
  return { type: 'gap.closed', at: new Date().toISOString(), reason, sequence }
}

/** What one reader has of a table; each `take` brings it up to date. */
export class View {
  readonly #table: Table
  #fields: ReadonlySet<string> | undefined
  #wishes: Wishes
  /** the rows it has, each with how many values it has had */
  readonly #known = new Map<Row, number>()
  /** of a tape that flows: its first row was born here */
  #from = 0
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
  /** it had its rows in another sequence than they came in: it had asked for more, or they are sorted */
  #isMixed = false
  /** the number of the row it had last */
  #youngest = 0

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

  /** There are rows this view does not have; of pages: after this one. */
  get hasMore(): boolean {
    const { viewNumber, maxRows } = this.#wishes
    return this.#table.size > (viewNumber === undefined ? this.#known.size : viewNumber * maxRows)
  }

  /** A `take` may bring something. */
  get hasNews(): boolean {
    return this.#isAsked || this.#table.sequence > this.#cursor
  }

  /** It is told everything anew with the next `take`. */
  get isReset(): boolean {
    return this.#isReset
  }

  /** Goes on where another reading with the same wishes stopped: it has all there was then. */
  resume(cursor: number): void {
    const table = this.#table
    this.#clear()
    if (!this.#canResume(cursor)) {
      this.restart()
      return
    }
    const since = table.changedSince(cursor)
    if (this.#wishes.isFlowing !== true) {
      const removed = since.filter(({ fields }) => fields === undefined)
      const had = [...table.rows(), ...removed].filter(({ bornAt }) => bornAt <= cursor)
      for (const row of had.sort((a, b) => a.number - b.number))
        this.#know(row, row.changedAt > cursor ? row.updates - 1 : row.updates)
    }
    this.#from = 0
    this.#cursor = cursor
    this.#came = since.reduce(
      (came, { bornAt, number }) => (bornAt > cursor ? Math.min(came, number - 1) : came),
      table.came,
    )
    this.#hasBegun = true
    this.#isAsked = true
    this.#isReset = false
  }

  /** Whether it is known what a reader had who was told up to there: everything, or all the tape. */
  #canResume(cursor: number): boolean {
    const { forgotten, overrun, sequence, peak } = this.#table
    const { isFlowing, maxRows, viewNumber } = this.#wishes
    if (cursor > sequence || cursor < Math.max(forgotten, overrun.bornAt)) return false
    return isFlowing || (peak <= maxRows && viewNumber === undefined && cursor >= overrun.at)
  }

  /** What the reader has belongs to another run of the feed: it is told so, and everything anew. */
  restart(): void {
    // a reader that had asked for more has as much again
    this.#more += this.#known.size
    this.#clear()
    this.#cursor = 0
    this.#hasBegun = false
    this.#isReset = true
    this.#isAsked = true
  }

  #clear(): void {
    this.#known.clear()
    this.#isMixed = false
    this.#youngest = 0
  }

  /** The reader was told that something may be missing; `restart` says that itself. */
  wasCutOff(): void {
    this.#isCutOff = true
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
    if (this.#hasBegun && this.#cursor < table.forgotten) this.restart()
    const since = this.#cursor
    const changes: Changes = {
      rows: this.#rows(since),
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
    this.#more = 0
    return changes
  }

  #rows(since: number): RowChange[] {
    const { viewNumber, isFlowing } = this.#wishes
    if (isFlowing === true) return this.#flowing(since)
    return viewNumber === undefined ? this.#growing(since) : this.#page(since)
  }

  /**
   * A reader that begins hears of a gap that is open, not of those before its time. What lies between a reader's past and
   * now and cannot be told is a gap too, closed with the rows there are.
   */
  #marks(since: number): readonly Mark[] {
    const { gap, sequence } = this.#table
    if (this.#isCutOff) return gap === undefined ? [closed(sequence)] : []
    if (this.#hasBegun) return this.#table.marksSince(since)
    if (gap !== undefined) return [gap]
    if (!this.#isReset) return []
    return [{ ...closed(sequence), type: 'gap.opened' }, closed(sequence)]
  }

  #growing(since: number): RowChange[] {
    const changed = this.#hasBegun ? this.#table.changedSince(since) : []
    const told = this.#leaving(changed)
    const isBorn = (row: Row) => row.bornAt > since && row.fields !== undefined
    for (const row of changed.filter(isBorn).sort((a, b) => a.number - b.number))
      this.#enter(row, told)
    for (const row of changed) {
      if (row.bornAt > since || !this.#known.has(row)) continue
      const change = this.#modify(row, since)
      if (change !== undefined) told.push(change)
    }
    if (this.#added.length > 0) this.#tellAdded(told)
    const { maxRows, maxView } = this.#wishes
    const wanted = this.#hasBegun ? this.#more : Math.max(maxRows, this.#more)
    let room = Math.min(wanted, maxView - this.#known.size)
    if (room <= 0) return told
    for (const row of this.#table.rows()) {
      if (room === 0) break
      if (this.#known.has(row)) continue
      told.push(this.#insert(row))
      room -= 1
    }
    return told
  }

  /** Rows it has that are no more. */
  #leaving(changed: readonly Row[]): RowChange[] {
    const told: RowChange[] = []
    // those without room left without a word, the first to come first
    for (const row of this.#known.keys()) {
      if (row.fields === undefined) continue
      if (this.#table.get(row.rowRef) !== row) told.push(this.#delete(row))
      else if (!this.#isMixed) break
    }
    for (const row of changed)
      if (row.fields === undefined && this.#known.has(row)) told.push(this.#delete(row))
    return told
  }

  /** A row that is new comes in where there is room, or is made. */
  #enter(row: Row, told: RowChange[]): void {
    if (this.#known.size >= this.#wishes.maxView) {
      if (!this.#wishes.movingView) return
      const oldest = this.#oldest()
      if (oldest !== undefined) told.push(this.#delete(oldest))
    }
    told.push(this.#insert(row))
  }

  #oldest(): Row | undefined {
    const [first] = this.#known.keys()
    if (!this.#isMixed) return first
    let oldest = first
    for (const row of this.#known.keys())
      if (oldest === undefined || row.number < oldest.number) oldest = row
    return oldest
  }

  #page(since: number): RowChange[] {
    const { viewNumber = 1, maxRows } = this.#wishes
    const page = this.#table.rows().slice((viewNumber - 1) * maxRows, viewNumber * maxRows)
    const there = new Set(page)
    const told = [...this.#known.keys()]
      .filter((row) => !there.has(row))
      .map((row) => this.#delete(row))
    for (const row of page) {
      const change = this.#known.has(row) ? this.#modify(row, since) : this.#insert(row)
      if (change !== undefined) told.push(change)
    }
    if (this.#added.length > 0) this.#tellAdded(told)
    return told
  }

  /** Nothing is kept of what it has: on a tape that is told by the sequence alone. */
  #flowing(since: number): RowChange[] {
    const table = this.#table
    if (!this.#hasBegun) {
      const latest = table.rows().slice(-this.#wishes.maxRows)
      this.#from = latest[0]?.bornAt ?? 0
      return latest.map((row) => this.#whole(row))
    }
    const told: RowChange[] = []
    const born: Row[] = []
    for (const row of table.changedSince(since)) {
      if (row.bornAt > since) {
        if (row.fields !== undefined) born.push(row)
        continue
      }
      const change = row.bornAt < this.#from ? undefined : this.#changed(row, since, 0)
      if (change !== undefined) told.push(change)
    }
    for (const row of born.sort((a, b) => a.number - b.number)) told.push(this.#whole(row))
    return told
  }

  #know(row: Row, updates: number): void {
    if (!this.#known.has(row)) {
      this.#isMixed ||= row.number < this.#youngest
      this.#youngest = row.number
    }
    this.#known.set(row, updates)
  }

  #whole({ rowRef, fields = {} }: Row): RowChange {
    return { operation: 'insert', rowRef, fields: this.#shown(fields), conflated: 0 }
  }

  #insert(row: Row): RowChange {
    this.#know(row, row.updates)
    return this.#whole(row)
  }

  #modify(row: Row, since: number): RowChange | undefined {
    const { updates } = row
    const conflated = Math.max(0, updates - (this.#known.get(row) ?? updates) - 1)
    this.#know(row, updates)
    return this.#changed(row, since, conflated)
  }

  #changed(row: Row, since: number, conflated: number): RowChange | undefined {
    const { rowRef, fields = {}, versions } = row
    const names = Object.keys(versions).filter(
      (name) => (versions[name] ?? 0) > since && this.#fields?.has(name) !== false,
    )
    if (names.length === 0) return undefined
    const changed = Object.fromEntries(names.map((name) => [name, fields[name]]))
    return { operation: 'modify', rowRef, fields: changed, conflated }
  }

  #delete(row: Row): RowChange {
    this.#known.delete(row)
    return { operation: 'delete', rowRef: row.rowRef, fields: {}, conflated: 0 }
  }

  /** Of every row it had before, the fields it had not. */
  #tellAdded(told: RowChange[]): void {
    const places = new Map(told.map(({ rowRef }, index) => [rowRef, index]))
    for (const { rowRef, fields } of this.#known.keys()) {
      if (fields === undefined) continue
      const place = places.get(rowRef)
      const before = place === undefined ? undefined : told[place]
      if (before?.operation === 'insert') continue
      const names = this.#added.filter(
        (name) => name in fields && this.#fields?.has(name) !== false,
      )
      if (names.length === 0) continue
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
