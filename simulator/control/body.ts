/** Something is wrong with a request to the side door. */
export class ControlError extends Error {
  readonly status: number
  readonly more: object

  constructor(status: number, message: string, more: object = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

/** A body, or an object in one. */
export type Body = Readonly<Record<string, unknown>>

/** Reads one field: its value, or undefined where it is left out. */
export type Read<Value> = (value: unknown, name: string) => Value

function wrong(name: string, right: string): never {
  throw new ControlError(400, `${name}: ${right}`)
}

/** A number between two. */
export function number(low: number, high: number): Read<number> {
  return (value, name) =>
    typeof value === 'number' && value >= low && value <= high
      ? value
      : wrong(name, `a number from ${low} to ${high} is needed`)
}

/** A whole number between two. */
export function whole(low: number, high: number): Read<number> {
  return (value, name) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : wrong(name, `a whole number from ${low} to ${high} is needed`)
}

/** A text of so many characters at most, and one at least. */
export function text(longest: number): Read<string> {
  return (value, name) =>
    typeof value === 'string' && value !== '' && value.length <= longest
      ? value
      : wrong(name, `a text of 1 to ${longest} characters is needed`)
}

/** One of these words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Read<Word> {
  return (value, name) =>
    words.find((word) => word === value) ?? wrong(name, `one of ${words.join(', ')} is needed`)
}

/** Nothing but true. */
export const yes: Read<true> = (value, name) =>
  value === true ? value : wrong(name, 'true is needed')

/** An object with these fields. */
export function object<Fields extends Readonly<Record<string, Read<unknown>>>>(fields: Fields) {
  return (value: unknown, name: string) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? readBody(value as Body, fields)
      : wrong(name, 'an object is needed')
}

type Values<Fields> = {
  -readonly [Name in keyof Fields]?: Fields[Name] extends Read<infer Value> ? Value : never
}

/**
 * The fields of a body that are there, each checked.
 * @throws ControlError that names a field nobody knows, or one that is wrong
 */
export function readBody<Fields extends Readonly<Record<string, Read<unknown>>>>(
  body: Body,
  fields: Fields,
): Values<Fields> {
  const known = Object.keys(fields)
  const unknown = Object.keys(body).filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const what = known.length === 0 ? 'none is taken' : `known are ${known.join(', ')}`
    throw new ControlError(400, `${unknown.join(', ')}: no such field; ${what}`, { known })
  }
  const read = Object.entries(fields).flatMap(([name, of]) => {
    const value = body[name]
    return value === undefined || value === null ? [] : [[name, of(value, name)]]
  })
  return Object.fromEntries(read) as Values<Fields>
}

/** The value of a field that must be there. */
export function needed<Value>(value: Value | undefined, name: string): Value {
  return value === undefined ? wrong(name, 'it is missing') : value
}
