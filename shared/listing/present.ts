import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Operation } from '../api/operation.ts'
import { JSON_TYPE, type Media, mediaFor } from '../media.ts'
import type { Listing } from '../schemas/listing.ts'
import { CSV_CONTENT, CSV_TYPE, columnsOf, csvOf } from './csv.ts'
import { cutList } from './cut.ts'
import { type ListWish, wishOf } from './wish.ts'

/** How a call wants its answer told, where that is not simply all of it as JSON. */
export interface Manner {
  readonly media: Media
  /** undefined: every row, whole */
  readonly wish: ListWish | undefined
}

/** An answer as it is to be told; `text`: written already, in its own type. */
export interface Presented {
  readonly status: number
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>
  readonly answer: unknown
  readonly text: { readonly type: string; readonly content: string } | undefined
}

type Described = Pick<Operation, 'list' | 'produces' | 'schema'>

/**
 * How a call wants its answer; undefined for the usual way. `query` has been judged.
 * @throws Problem REQUEST_NOT_ACCEPTABLE, REQUEST_RANGE, REQUEST_INVALID
 */
export function mannerOf(
  request: FastifyRequest,
  operation: Described,
  query: Listing,
  endpoint: string,
): Manner | undefined {
  const media = mediaFor(request, operation)
  const { method, headers } = request
  const wish =
    operation.list &&
    wishOf({ method, headers, query, endpoint }, operation.list.time !== undefined)
  return media === JSON_TYPE && wish === undefined ? undefined : { media, wish }
}

/** The units in which parts of a list can be asked for (D.4). */
export function acceptRangesOf({ list }: Described): string | undefined {
  if (list === undefined) return undefined
  return list.time === undefined ? 'page' : 'timestamp, page'
}

interface ListSchema {
  readonly items?: TSchema
  readonly properties?: Readonly<Record<string, ListSchema>>
}

const columns = new WeakMap<object, readonly string[]>()

/** The columns of an operation's rows, read from its schema once. */
function columnsFor({ list, schema }: Described): readonly string[] {
  const answer = schema.response[200] as ListSchema | undefined
  const rows = list?.member === undefined ? answer : answer?.properties?.[list.member]
  if (rows?.items === undefined) return []
  const known = columns.get(rows) ?? columnsOf(rows.items)
  columns.set(rows, known)
  return known
}

/** An answer as its caller wants it. @throws Problem REQUEST_RANGE where the list has no such rows */
export async function present(
  answer: unknown,
  operation: Described,
  { media, wish }: Manner,
  query: Readonly<Record<string, unknown>>,
): Promise<Presented> {
  const { list } = operation
  const plain = { status: 200, headers: {}, answer, text: undefined }
  if (list === undefined) return plain
  const { member } = list
  const all = (
    member === undefined ? answer : (answer as Record<string, unknown>)[member]
  ) as Readonly<Record<string, unknown>>[]
  const cut = wish === undefined ? { ...plain, rows: all } : cutList(all, wish, list, query)
  const { status, headers, rows } = cut
  if (media === CSV_TYPE) {
    const told = wish?.isSummary ? list.summary : columnsFor(operation)
    const text = { type: CSV_CONTENT, content: await csvOf(rows, told) }
    return { status, headers, answer: rows, text }
  }
  const whole = member === undefined ? rows : { ...(answer as object), [member]: rows }
  return { status, headers, answer: whole, text: undefined }
}
