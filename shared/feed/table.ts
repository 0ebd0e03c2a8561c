import { randomBytes } from 'node:crypto'
import { Waiters } from '../waiters.ts'

/** A row's values by the names of its fields. */
export type Fields = Readonly<Record<string, unknown>>

/** Says in a feed from when to when it may lack something, and why. */
export interface Mark {
  readonly type: 'gap.opened' | 'gap.closed'
  /** UTC, ISO 8601 */
  readonly at: string
  readonly reason: string
  readonly sequence: number
}

/** One row, or what is left of one that was removed, and when which of its fields last changed. */
export interface Row {
  readonly rowRef: string
  /** undefined: removed */
  readonly fields: Fields | undefined
  readonly bornAt: number
  /** rows of this table are counted as they come */
  readonly number: number
  readonly changedAt: number
  /** when that was, ms since 1970 */
  readonly at: number
  /** the sequence at which each field last changed */
  readonly versions: Readonly<Record<string, number>>
  /** values this row has had: what a reader saw of it may be fewer */
  readonly updates: number
}

type Held = {
  -readonly [Key in keyof Row]: Key extends 'versions' ? Record<string, number> : Row[Key]
} & {
  /** in which turn, and since which renewal, it was last told */
  turn: number
  renewal: number
  /** up to which sequence a reader can have seen it */
  seenTo: number
  older: Held | undefined
  newer: Held | undefined
}

export interface TableOptions {
  /** the most rows; the oldest leave for new ones */
  readonly capacity: number
  /** rows in the sequence that is theirs; that of their coming otherwise */
  readonly compare?: ((a: Fields, b: Fields) => number) | undefined
}

/** Removed rows and marks that are remembered: a reader further behind begins anew. */
const REMEMBERED = 1000

/**
 * The rows of one feed as they are now, and since when. Nothing is buffered for anybody: a reader says up to where it was
 * told, and every later value can be found, each field with its latest. What changes within one turn of the event loop is
 * one change.
 */
export class Table {
  /** tells this table from every other, also of an earlier run */
  readonly epoch = randomBytes(6).toString('base64url')
  readonly #options: TableOptions
  readonly #rows = new Map<string, Held>()
  readonly #news = new Waiters()
  #marks: Mark[] = []
  /** rows and removed ones by when they last changed */
  #newest: Held | undefined
  readonly #removed: Held[] = []
  #sequence = 0
  #forgotten = 0
  #came = 0
  #overrun = { number: 0, bornAt: 0, at: 0 }
  #peak = 0
  #turn = 0
  #turnBegan = 0
  #renewal = 0
  #isRenewing = false
  #isTurning = false
  #changedAt: Date | undefined
  #ordered: { readonly at: number; readonly rows: readonly Row[] } | undefined

  constructor(options: TableOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#rows.size
  }

  /** Numbers changes; it only rises. */
  get sequence(): number {
    return this.#sequence
  }

  /** Who was told up to here, or less, may lack removals or marks: it begins anew. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Rows that ever came. */
  get came(): number {
    return this.#came
  }

  /** The youngest row that had to leave because there was no more room: its number, where it was born, when it left. */
  get overrun(): { readonly number: number; readonly bornAt: number; readonly at: number } {
    return this.#overrun
  }

  /** The most rows there ever were at once. */
  get peak(): number {
    return this.#peak
  }

  /** When anything was last told, changed or not. */
  get changedAt(): Date | undefined {
    return this.#changedAt
  }

  /** Why the feed may lack something now; undefined while it does not. */
  get gap(): Mark | undefined {
    const last = this.#marks.at(-1)
    return last?.type === 'gap.opened' ? last : undefined
  }

  get(rowRef: string): Row | undefined {
    return this.#rows.get(rowRef)
  }

  /** Adds a row, or changes those of its fields that are given and different. */
  put(rowRef: string, fields: Fields): void {
    this.#changedAt = new Date()
    const held = this.#rows.get(rowRef)
    if (held === undefined) {
      this.#insert(rowRef, fields)
      return
    }
    held.renewal = this.#renewal
    const known = held.fields as Record<string, unknown>
    const changed = Object.keys(fields).filter((name) => !isSame(known[name], fields[name]))
    if (changed.length === 0) return
    const sequence = this.#next()
    if (held.turn !== this.#turn) held.seenTo = this.#turnBegan
    // a value that nobody can have seen any more was one of its own
    const isOverwritten = changed.some((name) => (held.versions[name] ?? 0) > held.seenTo)
    if (held.turn !== this.#turn || isOverwritten) held.updates += 1
    if (isOverwritten) held.seenTo = sequence - 1
    held.turn = this.#turn
    for (const name of changed) {
      known[name] = fields[name]
      held.versions[name] = sequence
    }
    this.#touch(held, sequence)
  }

  #insert(rowRef: string, fields: Fields): void {
    if (this.#rows.size >= this.#options.capacity) this.#makeRoom()
    const sequence = this.#next()
    this.#came += 1
    const versions: Record<string, number> = {}
    for (const name of Object.keys(fields)) versions[name] = sequence
    const held: Held = {
      rowRef,
      fields: { ...fields },
      bornAt: sequence,
      number: this.#came,
      changedAt: sequence,
      at: Date.now(),
      versions,
      updates: 1,
      turn: this.#turn,
      renewal: this.#renewal,
      seenTo: this.#turnBegan,
      older: undefined,
      newer: undefined,
    }
    this.#rows.set(rowRef, held)
    this.#peak = Math.max(this.#peak, this.#rows.size)
    this.#append(held)
  }

  /** The oldest row leaves. In the sequence of their coming readers find that by themselves. */
  #makeRoom(): void {
    const [first] = this.#rows.values()
    if (first === undefined) return
    const { number, bornAt } = first
    this.#overrun = { number, bornAt, at: this.#sequence + 1 }
    if (this.#options.compare === undefined) {
      this.#rows.delete(first.rowRef)
      this.#unlink(first)
    } else {
      this.#drop(first)
    }
  }

  remove(rowRef: string): void {
    const held = this.#rows.get(rowRef)
    if (held !== undefined) this.#drop(held)
  }

  clear(): void {
    for (const held of [...this.#rows.values()]) this.#drop(held)
  }

  /** From now on everything is told again. */
  renew(): void {
    this.#renewal += 1
    this.#isRenewing = true
  }

  /** All has been told since `renew`: what was not is no more. */
  renewed(): void {
    if (!this.#isRenewing) return
    this.#isRenewing = false
    for (const held of [...this.#rows.values()])
      if (held.renewal !== this.#renewal) this.#drop(held)
  }

  /** Opens a gap, or closes it; nothing when it is so already. */
  mark(type: Mark['type'], reason: string): void {
    if ((this.gap !== undefined) === (type === 'gap.opened')) return
    const mark = { type, at: new Date().toISOString(), reason, sequence: this.#next() }
    this.#marks.push(mark)
    if (this.#marks.length <= REMEMBERED) return
    const [lost] = this.#marks.splice(0, 1)
    this.#forgotten = Math.max(this.#forgotten, lost?.sequence ?? 0)
  }

  /** Rows and removed ones that changed after a sequence, in the sequence of their last change. */
  changedSince(sequence: number): Row[] {
    const changed: Row[] = []
    for (let held = this.#newest; held !== undefined; held = held.older) {
      if (held.changedAt <= sequence) break
      changed.push(held)
    }
    return changed.reverse()
  }

  /** Marks after a sequence. */
  marksSince(sequence: number): readonly Mark[] {
    const from = this.#marks.findLastIndex((mark) => mark.sequence <= sequence) + 1
    return from === this.#marks.length ? NONE : this.#marks.slice(from)
  }

  /** All rows in their sequence. */
  rows(): readonly Row[] {
    if (this.#ordered?.at === this.#sequence) return this.#ordered.rows
    const { compare } = this.#options
    const rows: Held[] = [...this.#rows.values()]
    if (compare !== undefined) rows.sort((a, b) => compare(a.fields ?? {}, b.fields ?? {}))
    this.#ordered = { at: this.#sequence, rows }
    return rows
  }

  /** True as soon as something has changed after a sequence; false after so long, ms, or when `gone` aborts. */
  async changed(sequence: number, withinMs: number, gone?: AbortSignal): Promise<boolean> {
    if (this.#sequence > sequence) return true
    return await this.#news.wait(withinMs, gone)
  }

  /** Readers look although no row has changed. */
  wake(): void {
    this.#news.wake()
  }

  #next(): number {
    this.#sequence += 1
    if (!this.#isTurning) {
      this.#isTurning = true
      this.#turnBegan = this.#sequence - 1
      setImmediate(() => {
        this.#isTurning = false
        this.#turn += 1
        this.#news.wake()
      })
    }
    return this.#sequence
  }

  #drop(held: Held): void {
    this.#rows.delete(held.rowRef)
    held.fields = undefined
    held.versions = {}
    this.#touch(held, this.#next())
    this.#removed.push(held)
    if (this.#removed.length <= REMEMBERED) return
    const old = this.#removed.shift() as Held
    this.#forgotten = Math.max(this.#forgotten, old.changedAt)
    this.#unlink(old)
  }

  #touch(held: Held, sequence: number): void {
    held.changedAt = sequence
    held.at = Date.now()
    this.#unlink(held)
    this.#append(held)
  }

  #append(held: Held): void {
    held.older = this.#newest
    held.newer = undefined
    if (this.#newest !== undefined) this.#newest.newer = held
    this.#newest = held
  }

  #unlink({ older, newer }: Held): void {
    if (older !== undefined) older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}

const NONE: readonly Mark[] = []

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return JSON.stringify(a) === JSON.stringify(b)
}
