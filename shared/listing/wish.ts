import type { IncomingHttpHeaders } from 'node:http'
import { problem } from '../problem.ts'
import { type Listing, PAGE_SIZE } from '../schemas/listing.ts'
import type { FieldError } from '../schemas/problem.ts'
import { fieldsOf } from '../service.ts'

/** What rows a caller wants of a list, and how much of each. Moments in seconds since 1970. */
export interface ListWish {
  /** asked by a `Range` field: what cannot be satisfied is 416, what can 206 (RFC 9110 §14) */
  readonly isRange: boolean
  readonly window: Window | undefined
  readonly pages: Pages | undefined
  readonly pageSize: number
  readonly maxRows: number | undefined
  readonly isSummary: boolean
}

/** Both ends belong to it. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** Both ends belong to them; the first page is 1. */
export interface Pages {
  readonly first: number
  readonly last: number
}

const SECONDS = /^\d{1,11}(\.\d{1,9})?$/

/** A moment in whatever spelling, s; NaN for none. */
function momentOf(text: string): number {
  if (SECONDS.test(text)) return Number(text)
  const isZoned = !text.includes('T') || /(Z|[+-]\d{2}:?\d{2})$/.test(text)
  return Date.parse(isZoned ? text : `${text}Z`) / 1000
}

const MOMENT = '(\\d{1,11}(?:\\.\\d{1,9})?|\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z)'
const WINDOW = new RegExp(`^${MOMENT}?\\s*-\\s*${MOMENT}?$`)
const PAGES = /^(\d{1,7})(?:\s*-\s*(\d{1,7}))?$/

function windowIn(spec: string): Window | undefined {
  const match = WINDOW.exec(spec)
  if (match === null || (match[1] === undefined && match[2] === undefined)) return undefined
  const from = match[1] === undefined ? Number.NEGATIVE_INFINITY : momentOf(match[1])
  const to = match[2] === undefined ? Number.POSITIVE_INFINITY : momentOf(match[2])
  return from <= to ? { from, to } : undefined
}

function pagesIn(spec: string): Pages | undefined {
  const match = PAGES.exec(spec)
  if (match === null) return undefined
  const first = Number(match[1])
  const last = match[2] === undefined ? first : Number(match[2])
  return first >= 1 && first <= last ? { first, last } : undefined
}

/**
 * What `Range` asks: `timestamp=a-b` and `page=n` or `page=a-b`, in one field or two, which arrive as one (S4.24). Units
 * that are not known, or that the list has not, are as if they were not there (RFC 9110 §14.2).
 * @throws Problem REQUEST_RANGE for what stands after a known unit and is no range
 */
export function readRange(
  text: string,
  hasTime: boolean,
): Pick<ListWish, 'window' | 'pages'> | undefined {
  let window: Window | undefined
  let pages: Pages | undefined
  for (const part of text.split(',')) {
    const [, unit, spec = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(part) ?? []
    if (unit === 'page') {
      pages = pagesIn(spec)
      if (pages === undefined) throw noRange(part, 'page=2 or page=2-4')
    } else if (unit === 'timestamp' && hasTime) {
      window = windowIn(spec)
      if (window === undefined) throw noRange(part, 'timestamp=1767225600-1767312000, in seconds')
    }
  }
  return window === undefined && pages === undefined ? undefined : { window, pages }
}

function noRange(part: string, right: string) {
  return problem('REQUEST_RANGE', { detail: `${part.trim()} is no range; write ${right}` })
}

/** One call, as far as it says which rows it wants. */
export interface Wishing {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly query: Listing
  readonly endpoint: string
}

/**
 * What rows a call wants; undefined: the list as it is. `Range` goes before the query.
 * @throws Problem REQUEST_RANGE, REQUEST_INVALID for a moment that is none and for what this list has not
 */
export function wishOf(
  { method, headers, query, endpoint }: Wishing,
  hasTime: boolean,
): ListWish | undefined {
  const { range } = headers
  // RFC 9110 §14.2 and §13.1.5: only with GET, and no answer of ours has a strong validator
  const isHeard = range !== undefined && method === 'GET' && headers['if-range'] === undefined
  const ranged = isHeard ? readRange(String(range), hasTime) : undefined
  const { page, pageSize, maxRows, view } = query
  const window = ranged?.window ?? windowOf(query, endpoint, hasTime)
  const pages =
    ranged?.pages ??
    (page === undefined && pageSize === undefined
      ? undefined
      : { first: page ?? 1, last: page ?? 1 })
  const isSummary = view === 'summary'
  if (window === undefined && pages === undefined && maxRows === undefined && !isSummary)
    return undefined
  return {
    isRange: ranged !== undefined,
    ...{ window, pages, maxRows, isSummary },
    pageSize: pageSize ?? PAGE_SIZE,
  }
}

function windowOf({ from, to }: Listing, endpoint: string, hasTime: boolean): Window | undefined {
  if (from === undefined && to === undefined) return undefined
  const given = Object.entries({ from, to }).filter(([, text]) => text !== undefined)
  const errors = given.flatMap(([field, text]): FieldError[] => {
    const at = { endpoint, field }
    if (!hasTime)
      return [{ ...at, code: 'not_allowed', detail: `${field}: these rows have no time` }]
    if (Number.isNaN(momentOf(String(text))))
      return [{ ...at, code: 'bad_format', detail: `${field} ${text} is no moment` }]
    return []
  })
  if (errors.length > 0) throw problem('REQUEST_INVALID', fieldsOf(errors))
  return {
    from: from === undefined ? Number.NEGATIVE_INFINITY : momentOf(from),
    to: to === undefined ? Number.POSITIVE_INFINITY : momentOf(to),
  }
}
