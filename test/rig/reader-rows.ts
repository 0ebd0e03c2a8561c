import type { Parsed } from './parsed.ts'

/** What a reader of a feed has, if it does as it is told: rows by their handles. */
export class ReaderRows {
  readonly rows = new Map<string, Parsed>()
  readonly marks: string[] = []
  /** handles of the rows that ever came */
  readonly inserted: string[] = []

  /** Takes an answer to POST or GET. */
  take(update: Parsed): void {
    if (update.reset) this.rows.clear()
    for (const row of update.rows) this.told(row.operation, row)
    for (const { type } of update.marks) this.marks.push(type)
  }

  /** Takes one event of a stream. */
  told(type: string, data: Parsed): void {
    if (type === 'reset') this.rows.clear()
    if (type.startsWith('gap.')) this.marks.push(type)
    const { operation, rowRef, conflated: _, ...fields } = data
    if (operation === 'insert') {
      if (this.rows.has(rowRef)) throw new Error(`${rowRef} was inserted twice`)
      this.rows.set(rowRef, fields)
      this.inserted.push(rowRef)
    } else if (operation === 'modify') {
      if (!this.rows.has(rowRef)) throw new Error(`${rowRef} was modified, though never inserted`)
      this.rows.set(rowRef, { ...this.rows.get(rowRef), ...fields })
    } else if (operation === 'delete') this.rows.delete(rowRef)
  }

  /** One after the other, sorted by their handles. */
  get all(): readonly (readonly [rowRef: string, fields: Parsed])[] {
    return [...this.rows].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  }
}
