/** What stands for "not set" on the wire (facts §1.2). */
export const UNSET_REAL = '1.7976931348623157E308'
export const UNSET_INT = '2147483647'
export const UNSET_LONG = '9223372036854775807'

/** A field that cannot be read: names the field and says why. */
export class FieldError extends Error {
  override readonly name = 'FieldError'
}

type Loose = Record<string, unknown>

/** Hands out the fields of one message, first to last. */
export class FieldReader {
  readonly #fields: readonly string[]
  readonly version: number
  #next: number

  constructor(fields: readonly string[], version: number, start = 0) {
    this.#fields = fields
    this.version = version
    this.#next = start
  }

  get left(): number {
    return this.#fields.length - this.#next
  }

  next(name: string): string {
    const field = this.#fields[this.#next]
    if (field === undefined) throw new FieldError(`the message ends before ${name}`)
    this.#next += 1
    return field
  }
}

/** One or more fields of a message: how they are read into a row and written from it. */
export interface Column<Row extends object> {
  readonly read: (from: FieldReader, row: Loose) => void
  readonly write: (row: Loose, to: string[], version: number) => void
  /** never set: carries the type of what is read */
  readonly row?: Row
}

type Columns = readonly Column<object>[]
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never
type Flat<Row> = { [Key in keyof Row]: Row[Key] }
type Optional<Row> = { [Key in keyof Row]?: Row[Key] | undefined }
/** The row that these columns make. */
export type RowOf<C extends Columns> = Flat<Together<NonNullable<C[number]['row']>>>

function one<Name extends string, Value>(
  name: Name,
  parse: (field: string, name: string) => Value,
  format: (value: Value) => string,
): Column<{ [Key in Name]: Value }> {
  return {
    read: (from, row) => {
      row[name] = parse(from.next(name), name)
    },
    write: (row, to) => to.push(format(row[name] as Value)),
  }
}

function parseNumber(field: string, name: string): number | undefined {
  if (field === '' || field === UNSET_REAL) return undefined
  if (field === 'Infinity' || field === 'Infinite') return Number.POSITIVE_INFINITY
  const value = Number(field)
  if (!Number.isFinite(value)) {
    throw new FieldError(`${name}: "${field.slice(0, 40)}" is not a number`)
  }
  return value === Number.MAX_VALUE ? undefined : value
}

function parseInteger(field: string, name: string): number | undefined {
  if (field === UNSET_INT || field === UNSET_LONG) return undefined
  const value = parseNumber(field, name)
  if (value !== undefined && !Number.isInteger(value)) {
    throw new FieldError(`${name}: "${field}" is not a whole number`)
  }
  return value
}

function parseFlag(field: string, name: string): boolean | undefined {
  if (field === 'true' || field === 'false') return field === 'true'
  const value = parseInteger(field, name)
  return value === undefined ? undefined : value !== 0
}

/** A number as text, in the shortest form that reads back the same. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '0' : String(value)
}

/** Any text; `unset` is written for the empty one. */
export function text<const Name extends string>(name: Name, unset = '') {
  return one(
    name,
    (field) => field,
    (value = '') => (value === '' ? unset : value.replaceAll('\0', '')),
  )
}

/** A whole number that must be there. */
export function id<const Name extends string>(name: Name) {
  return one(
    name,
    (field) => {
      const value = parseInteger(field, name)
      if (value === undefined) throw new FieldError(`${name} is missing`)
      return value
    },
    numberText,
  )
}

/** A whole number, or undefined where it is empty or unset; then `unset` is written. */
export function int<const Name extends string>(name: Name, unset = '') {
  return one(name, parseInteger, (value) => (value === undefined ? unset : numberText(value)))
}

/** A number, or undefined where it is empty or unset; then `unset` is written. */
export function real<const Name extends string>(name: Name, unset = '') {
  return one(name, parseNumber, (value) => (value === undefined ? unset : numberText(value)))
}

/** Yes or no; empty is no. */
export function flag<const Name extends string>(name: Name) {
  return one(
    name,
    (field) => parseFlag(field, name) ?? false,
    (value) => (value ? '1' : '0'),
  )
}

/** Yes, no, or undefined where it is empty; then `unset` is written. */
export function maybe<const Name extends string>(name: Name, unset: string) {
  return one(name, parseFlag, (value) => (value === undefined ? unset : value ? '1' : '0'))
}

/** A field that says nothing: written as shown, ignored when read. */
export function fixed(value: string): Column<object> {
  return { read: (from) => void from.next('a fixed field'), write: (_, to) => to.push(value) }
}

/** Reads several columns one after the other. */
export function readAll(columns: Columns, from: FieldReader, row: Loose): void {
  for (const column of columns) column.read(from, row)
}

function writeAll(columns: Columns, row: Loose, to: string[], version: number): void {
  for (const column of columns) column.write(row, to, version)
}

/** Columns that are there only when what was read before them says so. */
export function when<const C extends Columns>(
  test: (row: Loose) => boolean,
  ...columns: C
): Column<Optional<RowOf<C>>> {
  return {
    read: (from, row) => {
      if (test(row)) readAll(columns, from, row)
    },
    write: (row, to, version) => {
      if (test(row)) writeAll(columns, row, to, version)
    },
  }
}

/** Columns that came with one server version and, where `until` is given, left with another (facts §1.7). */
export function since<const C extends Columns>(
  version: number,
  columns: C,
  until = Number.POSITIVE_INFINITY,
): Column<Optional<RowOf<C>>> {
  return {
    read: (from, row) => {
      if (from.version >= version && from.version < until) readAll(columns, from, row)
    },
    write: (row, to, spoken) => {
      if (spoken >= version && spoken < until) writeAll(columns, row, to, spoken)
    },
  }
}

/** Columns that some clients send and some do not: read when exactly `left` fields remain, never written. */
export function whenLeft<const C extends Columns>(
  left: number,
  ...columns: C
): Column<Optional<RowOf<C>>> {
  return {
    read: (from, row) => {
      if (from.left === left) readAll(columns, from, row)
    },
    write: () => undefined,
  }
}

/** A count, then that many groups. */
export function many<const Name extends string, const C extends Columns>(
  name: Name,
  ...columns: C
): Column<{ [Key in Name]: RowOf<C>[] }> {
  return {
    read: (from, row) => {
      const count = parseInteger(from.next(name), name) ?? 0
      // each group has a field at least: a count beyond that is a lie and must not cost memory
      if (count < 0 || count > from.left) {
        throw new FieldError(`${name}: ${count} groups cannot follow`)
      }
      row[name] = Array.from({ length: count }, () => {
        const group: Loose = {}
        readAll(columns, from, group)
        return group
      })
    },
    write: (row, to, version) => {
      const groups = (row[name] as Loose[] | undefined) ?? []
      to.push(String(groups.length))
      for (const group of groups) writeAll(columns, group, to, version)
    },
  }
}

/** A message: its number, its name, and its fields after the number. */
export interface Layout<Row extends object> {
  readonly id: number
  readonly name: string
  /**
   * Reads the fields after the message number into `row`, to the end.
   * @throws FieldError; what was read before stays in `row`
   */
  read(fields: readonly string[], version: number, row?: object): Row
  /** All fields of the message, its number first. */
  write(row: Row, version: number): string[]
}

/** Makes a message of its columns. */
export function layout<const C extends Columns>(
  id: number,
  name: string,
  ...columns: C
): Layout<RowOf<C>> {
  return {
    id,
    name,
    read(fields, version, row = {}) {
      const from = new FieldReader(fields, version, 1)
      readAll(columns, from, row as Loose)
      if (from.left > 0) throw new FieldError(`${from.left} fields too many`)
      return row as RowOf<C>
    },
    write(row, version) {
      const fields = [String(id)]
      writeAll(columns, row as Loose, fields, version)
      return fields
    },
  }
}
