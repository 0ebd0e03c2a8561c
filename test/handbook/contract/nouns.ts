import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Analysis } from '../../../instance/analysis.ts'
import { operations } from '../../../shared/api/index.ts'

const SCHEMAS = join(import.meta.dirname, '../../../shared/schemas')

/** What is shorter stands where it is used: a reader need not follow it elsewhere. */
const LONG_ENOUGH = 250

/** Schemas by their JSON: the name each has in the contract's components. */
export type Nouns = ReadonlyMap<string, { readonly name: string; readonly schema: object }>

function isSchema(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return 'if' in value || 'anyOf' in value || typeof (value as { type?: unknown }).type === 'string'
}

/** Every noun that `shared/schemas` exports, and what each feed tells. */
export async function readNouns(): Promise<Nouns> {
  const nouns = new Map<string, { name: string; schema: object }>()
  const note = (name: string, schema: unknown) => {
    const text = JSON.stringify(schema)
    if (isSchema(schema) && text.length >= LONG_ENOUGH && !nouns.has(text))
      nouns.set(text, { name, schema })
  }
  for (const file of readdirSync(SCHEMAS).sort()) {
    if (!file.endsWith('.ts')) continue
    const module = (await import(join(SCHEMAS, file))) as Record<string, unknown>
    for (const [name, value] of Object.entries(module))
      if (/^[A-Z][a-z]/.test(name)) note(name, value)
  }
  note('Analysis', Analysis)
  for (const { feed, method, schema } of operations) {
    if (feed === undefined || method !== 'POST') continue
    const name = `${feed.name[0]?.toUpperCase()}${feed.name.slice(1)}`
    note(`${name}Update`, schema.response[200])
    note(`${name}Request`, schema.body)
  }
  return nouns
}

/** A schema as it stands in the contract: nouns in it are named and not repeated. */
export function named(schema: unknown, nouns: Nouns, isNounItself = false): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map((each) => named(each, nouns))
  const noun = isNounItself ? undefined : nouns.get(JSON.stringify(schema))
  if (noun !== undefined) return { $ref: `#/components/schemas/${noun.name}` }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, named(value, nouns)]),
  )
}
