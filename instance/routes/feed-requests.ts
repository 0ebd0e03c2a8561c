import { type TObject, type TProperties, Type } from 'typebox'
import type { FeedDeclaration } from '../../shared/api/feed.ts'
import { type FeedCursor, parseFeedCursor } from '../../shared/feed/events.ts'
import type { Wishes } from '../../shared/feed/view.ts'
import { mustFit } from '../../shared/judged.ts'
import { problem } from '../../shared/problem.ts'
import { type FeedAck, MAX_ROWS, SOURCE_REF, viewFields } from '../../shared/schemas/feed.ts'
import type { Subscription } from '../feeds/subscriptions.ts'
import { type Finding, refuseFields } from '../fields.ts'

/** What a reader wrote, in its header, query and body together. */
export interface Written {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly query: Record<string, unknown>
  readonly body?: unknown
}

/** Header fields of a handle; nginx and others drop the spelling with underscores, Genesis has it (S3.6). */
const REF_HEADERS = {
  sourceRef: ['source-ref', 'source_ref'],
  subscriptionRef: ['subscription-ref', 'subscription_ref'],
} as const

/** @throws Problem REQUEST_INVALID for a handle of a wrong form, or two different ones */
export function refOf(
  { headers, query, path }: Written,
  name: keyof typeof REF_HEADERS,
): string | undefined {
  const field = name === 'sourceRef' ? 'Source-Ref' : 'Subscription-Ref'
  const said = [...REF_HEADERS[name].map((header) => headers[header]), query[name]].filter(
    (value) => value !== undefined,
  )
  const [ref] = said
  if (ref === undefined) return undefined
  if (typeof ref !== 'string' || !SOURCE_REF.test(ref))
    throw refuseFields(path, [
      { field, code: 'bad_format', detail: `${field} has 1 to 64 letters, digits and . : _ -` },
    ])
  if (said.some((other) => other !== ref))
    throw refuseFields(path, [
      { field, code: 'not_allowed', detail: `${field} is said twice, and not the same` },
    ])
  return ref
}

/** @throws Problem REQUEST_INVALID for what query and body do not say alike */
function said({ query, body, path }: Written): Record<string, unknown> {
  const inBody = (body ?? {}) as Record<string, unknown>
  const findings = Object.keys(query)
    .filter((name) => name in inBody && !isSame(query[name], inBody[name]))
    .map(
      (field): Finding => ({
        field,
        code: 'not_allowed',
        detail: `${field} is said twice, and not the same`,
      }),
    )
  if (findings.length > 0) throw refuseFields(path, findings)
  return { ...query, ...inBody }
}

/** A list of names may come as one text. */
function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) =>
    (Array.isArray(value) ? value.join(' ') : String(value)).split(/[\s,]+/).join(' ')
  return plain(a) === plain(b)
}

/** What is asked, without how it is to be shown. @throws Problem REQUEST_INVALID */
export function questionOf(
  { question }: FeedDeclaration,
  written: Written,
): Record<string, unknown> {
  const all = said(written)
  const names = Object.keys(question.properties)
  const asked = Object.fromEntries(
    Object.entries(all).filter(([name, value]) => names.includes(name) && value !== undefined),
  )
  mustFit(question, asked, written.path)
  return asked
}

const ViewWishes = Type.Partial(Type.Object(viewFields)) as TObject<TProperties>

/**
 * How it is to be shown; `mostRows` where nothing is said.
 * @throws Problem REQUEST_INVALID
 */
export function wishesOf(declared: FeedDeclaration, written: Written, mostRows = MAX_ROWS): Wishes {
  const all = said(written)
  const given = Object.fromEntries(
    Object.entries(all).filter(([name, value]) => name in viewFields && value !== undefined),
  ) as {
    fields?: unknown
    maxRows?: number
    maxView?: number
    viewNumber?: number
    movingView?: boolean
  }
  mustFit(ViewWishes, given, written.path)
  const { maxView = mostRows, maxRows = maxView, viewNumber, movingView = true } = given
  const fields = fieldsNamed(declared, given.fields, 'fields', written.path)
  return { fields, maxRows: Math.min(maxRows, maxView), maxView, viewNumber, movingView }
}

/** Fields by their names. @throws Problem REQUEST_INVALID for one the rows do not have */
function fieldsNamed(
  { row }: FeedDeclaration,
  text: unknown,
  field: string,
  endpoint: string,
): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names = Array.isArray(text)
    ? (text as string[])
    : String(text)
        .split(/[\s,]+/)
        .filter((name) => name !== '')
  const known = Object.keys(row.properties)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0 && names.length > 0) return names
  const detail =
    names.length === 0
      ? `${field} names no field`
      : `${field}: ${unknown.join(', ')} is none of ${known.join(', ')}`
  throw refuseFields(endpoint, [{ field, code: 'not_found', detail }])
}

/** Changes a subscription as its reader asks. @throws Problem when that cannot be */
export function changed(
  declared: FeedDeclaration,
  subscription: Subscription,
  written: Written,
): FeedAck['change'] {
  const { addFields, dropFields, viewNumber } = said(written) as {
    addFields?: unknown
    dropFields?: unknown
    viewNumber?: number
  }
  const { view, fields, sourceRef } = subscription
  const isOfFields = addFields !== undefined || dropFields !== undefined
  const nack = (detail: string) =>
    problem('INSTANCE_FEED_NACK', { detail, members: { source_ref: sourceRef } })
  if (isOfFields && viewNumber !== undefined)
    throw refuseFields(written.path, [
      {
        field: 'viewNumber',
        code: 'not_allowed',
        detail: 'viewNumber is not allowed beside fields',
      },
    ])
  if (isOfFields) {
    const all = Object.keys(declared.row.properties)
    const before = fields ?? all
    const added = fieldsNamed(declared, addFields, 'addFields', written.path) ?? []
    const dropped = fieldsNamed(declared, dropFields, 'dropFields', written.path) ?? []
    const after = [...new Set([...before, ...added])].filter((name) => !dropped.includes(name))
    if (after.length === 0) throw nack('no field would be left')
    subscription.fields = after
    view.show(
      after,
      added.filter((name) => !before.includes(name)),
    )
    return 'fields'
  }
  if (viewNumber !== undefined) {
    view.turnTo(viewNumber)
    return 'view'
  }
  if (subscription.isPaged)
    throw refuseFields(written.path, [
      {
        field: 'viewNumber',
        code: 'missing',
        detail: 'viewNumber is required: the subscription has pages',
      },
    ])
  if (!view.hasMore) throw nack('The feed has no further rows')
  if (!view.more()) throw nack('The view has as many rows as maxView allows')
  return 'rows'
}

/** Where a stream that was cut off stopped. @throws Problem REQUEST_INVALID */
export function resumedFrom({ headers, query, path }: Written): FeedCursor | undefined {
  const text = headers['last-event-id'] ?? query.cursor
  if (text === undefined || text === '') return undefined
  const cursor = parseFeedCursor(String(text))
  if (cursor === undefined)
    throw refuseFields(path, [
      {
        field: 'Last-Event-ID',
        code: 'bad_format',
        detail: 'Last-Event-ID is no id of this stream',
      },
    ])
  return cursor
}
