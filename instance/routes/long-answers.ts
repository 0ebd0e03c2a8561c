import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { TSchema } from 'typebox'

/** Rows that are written before others have their turn: about a quarter of a millisecond's work. */
const ROWS_PER_TURN = 500

/** What is told of a list's schema. */
interface ListSchema {
  readonly type: 'array'
  readonly items: TSchema
}

function isList(schema: TSchema | undefined): schema is TSchema & ListSchema {
  return (schema as { type?: unknown } | undefined)?.type === 'array'
}

/** Where the rows of an answer are: it is a list, or its last member is one. */
function listIn(
  schema: TSchema,
): { readonly name: string | undefined; readonly list: ListSchema } | undefined {
  if (isList(schema)) return { name: undefined, list: schema }
  const { properties = {} } = schema as { properties?: Record<string, TSchema> }
  const [name, last] = Object.entries(properties).at(-1) ?? []
  return isList(last) ? { name, list: last } : undefined
}

/** What the framework writes by that schema, compiled once. */
function writerOf(reply: FastifyReply, schema: TSchema): (value: unknown) => string {
  // it is typed for objects only, but writes whatever the schema is of
  return reply.compileSerializationSchema(schema as object as Record<string, unknown>) as never
}

/**
 * The text of an answer with many rows, written over several turns of the event loop, so that it never holds up other
 * calls; byte for byte what its schema makes of the whole. Undefined for one that is not long: that is written at once.
 */
export async function writeInTurns(
  answer: unknown,
  schema: TSchema,
  reply: FastifyReply,
): Promise<Buffer | undefined> {
  const found = listIn(schema)
  if (found === undefined || typeof answer !== 'object' || answer === null) return undefined
  const { name, list } = found
  const rows = name === undefined ? answer : (answer as Record<string, unknown>)[name]
  if (!Array.isArray(rows) || rows.length <= ROWS_PER_TURN) return undefined
  const without = name === undefined ? [] : { ...answer, [name]: [] }
  const frame = writerOf(reply, schema)(without)
  const end = name === undefined ? ']' : ']}'
  if (!frame.endsWith(`[${end}`)) return undefined
  const writeRow = writerOf(reply, list.items)
  const parts = [Buffer.from(frame.slice(0, -end.length))]
  for (let at = 0; at < rows.length; at += ROWS_PER_TURN) {
    const text = rows
      .slice(at, at + ROWS_PER_TURN)
      .map((row) => writeRow(row))
      .join(',')
    parts.push(Buffer.from(at === 0 ? text : `,${text}`))
    await turn()
  }
  parts.push(Buffer.from(end))
  return Buffer.concat(parts)
}
