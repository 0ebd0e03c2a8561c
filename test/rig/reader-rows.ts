import type { Parsed } from './parsed.ts'

/** What a reader who polls a feed has, if it does as it is told: rows by their handles. */
export class ReaderRows {
  readonly rows = new Map<string, Parsed>()
  readonly marks: string[] = []
  /** handles of the rows that ever came */
  readonly inserted: string[] = []

  /** Takes an answer to POST or GET. */
  take(update: Parsed): void {
    if (update.reset) this.rows.clear()
    for (const row of update.rows) this.#apply(row)
    for (const { type } of update.marks) this.marks.push(type)
  }

  #apply({ operation, rowRef, conflated, ...fields }: Parsed): void {
    if (operation === 'insert') {
      if (this.rows.has(rowRef)) throw new Error(`${rowRef} was inserted twice`)
      this.rows.set(rowRef, fields)
      this.inserted.push(rowRef)
    } else if (operation === 'modify') {
      if (!this.rows.has(rowRef)) throw new Error(`${rowRef} was modified, though never inserted`)
      this.rows.set(rowRef, { ...this.rows.get(rowRef), ...fields })
    } else if (operation === 'delete') this.rows.delete(rowRef)
  }

  /** All of them by their handles. */
  get all(): readonly (readonly [rowRef: string, fields: Parsed])[] {
    return inSequence(this.rows)
  }
}

/** Rows one after the other, by their handles. */
export function inSequence<Row>(
  rows: ReadonlyMap<string, Row>,
): readonly (readonly [string, Row])[] {
  return [...rows].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
}
