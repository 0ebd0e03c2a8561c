import { setImmediate as turn } from 'node:timers/promises'
import { stringify } from 'csv-stringify/sync'
import type { TSchema } from 'typebox'

/** RFC 4180, with its header line. */
export const CSV_TYPE = 'text/csv'
/** The same, as it is written on an answer. */
export const CSV_CONTENT = 'text/csv; charset=utf-8; header=present'

/** Rows that are written before others have their turn: about a millisecond's work. */
const ROWS_PER_TURN = 500

interface ObjectSchema {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, ObjectSchema>>
}

/** The columns of rows of a schema: their members, nested ones dotted; lists have no column. */
export function columnsOf(row: TSchema, before = ''): string[] {
  return Object.entries((row as ObjectSchema).properties ?? {}).flatMap(([name, member]) => {
    if (member.type === 'array') return []
    return member.properties === undefined
      ? [`${before}${name}`]
      : columnsOf(member as TSchema, `${before}${name}.`)
  })
}

function cellOf(row: unknown, path: readonly string[]): unknown {
  let value = row
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name]
  return value ?? null
}

/**
 * Rows as CSV with these columns, a few hundred in a turn of the event loop: absent values are empty, a text that a
 * spreadsheet would run as a formula stands behind an apostrophe.
 */
export async function csvOf(rows: readonly unknown[], columns: readonly string[]): Promise<string> {
  const paths = columns.map((column) => column.split('.'))
  const written = (lines: unknown[][]) =>
    stringify(lines, {
      record_delimiter: 'windows',
      escape_formulas: true,
      cast: { boolean: String },
    })
  let text = written([[...columns]])
  for (let at = 0; at < rows.length; at += ROWS_PER_TURN) {
    if (at > 0) await turn()
    const some = rows.slice(at, at + ROWS_PER_TURN)
    text += written(some.map((row) => paths.map((path) => cellOf(row, path))))
  }
  return text
}
