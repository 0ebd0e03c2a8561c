/** What "not set" looks like (facts §1.2). */
const UNSET: Readonly<Record<string, string>> = {
  U: '1.7976931348623157E308',
  I: '2147483647',
  L: '9223372036854775807',
}

type Value = string | number | boolean | undefined | Row[]
export interface Row {
  [name: string]: Value
}
export interface Sample {
  /** as they stand on the wire */
  readonly fields: string[]
  /** what they mean, by name */
  readonly row: Row
}
/** Values that are wanted: by name, what stands on the wire. */
export type Wanted = Readonly<Record<string, string>>

function closing(tokens: readonly string[], start: number): number {
  let depth = 0
  for (let place = start; place < tokens.length; place += 1) {
    const token = tokens[place] as string
    depth += token.endsWith('[') ? 1 : token === ']' ? -1 : 0
    if (depth === 0) return place
  }
  throw new Error('a group is not closed')
}

function holds(test: string, row: Row, version: number): boolean {
  if (test.startsWith('@')) {
    const [from = '0', to = '9999'] = test.slice(1).split('-')
    return version >= Number(from) && version <= Number(to)
  }
  const [, name = '', sign, wanted = ''] = /^\?(\w+)([=!>])(.*)$/.exec(test) ?? []
  const value = row[name] ?? ''
  if (sign === '>') return Number(value) > Number(wanted)
  return (String(value) === wanted.replace('~', ' ')) === (sign === '=')
}

/** Makes a message of a table row: every field different from every other, so that none can stand in for another. */
export class Sampler {
  readonly #version: number
  readonly #wanted: Wanted
  readonly #bare: boolean
  #drawn = 100

  /** `bare`: whatever can be unset is unset, and nothing is repeated. */
  constructor(version: number, { wanted = {}, bare = false }: { wanted?: Wanted; bare?: boolean }) {
    this.#version = version
    this.#wanted = wanted
    this.#bare = bare
  }

  sample(table: string): Sample {
    const sample: Sample = { fields: [], row: {} }
    this.#walk(
      table.split(' ').filter((token) => token !== ''),
      sample,
    )
    return sample
  }

  #walk(tokens: readonly string[], { fields, row }: Sample): void {
    for (let place = 0; place < tokens.length; place += 1) {
      const token = tokens[place] as string
      if (token.endsWith('[')) {
        const end = closing(tokens, place)
        this.#group(token.slice(0, -1), tokens.slice(place + 1, end), { fields, row })
        place = end
      } else if (token.startsWith('=')) fields.push(token.slice(1))
      else this.#field(token, { fields, row })
    }
  }

  #group(head: string, inner: readonly string[], { fields, row }: Sample): void {
    if (!head.endsWith('*')) {
      if (holds(head, row, this.#version)) this.#walk(inner, { fields, row })
      return
    }
    const groups = Array.from({ length: this.#bare ? 0 : 2 }, (): Row => ({}))
    fields.push(String(groups.length))
    for (const group of groups) this.#walk(inner, { fields, row: group })
    row[head.slice(0, -1)] = groups
  }

  #field(token: string, { fields, row }: Sample): void {
    const [, name = '', kind, unset] = /^(\w+):(\w)(?:=(.*))?$/.exec(token) ?? []
    if (kind === undefined) throw new Error(`"${token}" is no field`)
    if (name in row && name !== '_') {
      // told a second time
      const told = row[name]
      fields.push(told === undefined ? (UNSET[unset ?? ''] ?? unset ?? '') : String(told))
      return
    }
    if (this.#bare && unset !== undefined && !(name in this.#wanted)) {
      fields.push(UNSET[unset] ?? unset)
      row[name] = undefined
      return
    }
    this.#drawn += 1
    const drawn = {
      i: this.#drawn,
      d: this.#drawn + 0.25,
      b: this.#drawn % 2,
      t: `${name}${this.#drawn}`,
    }
    const field = this.#wanted[name] ?? String(drawn[kind as keyof typeof drawn])
    fields.push(field)
    if (name === '_') return
    if (kind === 't') row[name] = field
    else if (kind === 'b') row[name] = field === '1'
    else row[name] = field === '' ? undefined : Number(field)
  }
}
