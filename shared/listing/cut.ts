import { problem } from '../problem.ts'
import { LISTING_NAMES } from '../schemas/listing.ts'
import type { ListWish, Window } from './wish.ts'

/** What makes an answer a list that can be asked for in parts. */
export interface ListRule {
  /** the member of the answer that is the list; undefined: the answer itself is */
  readonly member?: string
  /** the member of a row that says when: seconds since 1970, or a UTC text, whose day alone may be known */
  readonly time?: readonly string[]
  /** what a summary tells of a row, dotted for nested members */
  readonly summary: readonly string[]
  /** it also comes as `text/csv` */
  readonly csv?: true
}

type Row = Readonly<Record<string, unknown>>

/** The rows a call gets, and what is said of them in the header. */
export interface Cut {
  readonly status: 200 | 206
  readonly rows: readonly Row[]
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>
}

const DAY = /^(\d{4})(\d{2})(\d{2})$/

/** When a row was, s; undefined for one that does not say. */
function timeOf(row: Row, members: readonly string[]): number | undefined {
  for (const member of members) {
    const value = row[member]
    if (typeof value === 'number') return value
    if (typeof value !== 'string') continue
    const seconds = Date.parse(value.replace(DAY, '$1-$2-$3')) / 1000
    if (!Number.isNaN(seconds)) return seconds
  }
  return undefined
}

/** A summary of a row: no more than these members, which lie as they lay. */
function summaryOf(row: Row, members: readonly string[]): Row {
  const summary: Record<string, unknown> = {}
  for (const path of members) {
    const [name = '', inner] = path.split('.')
    const value = row[name]
    if (inner === undefined) summary[name] = value ?? null
    else {
      const nested = (summary[name] ?? {}) as Record<string, unknown>
      nested[inner] = (value as Row | null | undefined)?.[inner] ?? null
      summary[name] = nested
    }
  }
  return summary
}

/** Rows of a window; those that do not say when are in none. */
function inWindow(
  rows: readonly Row[],
  { from, to }: Window,
  members: readonly string[],
): { readonly rows: readonly Row[]; readonly positions: string } {
  const found: Row[] = []
  let [first, last] = [0, 0]
  for (const [index, row] of rows.entries()) {
    const at = timeOf(row, members)
    if (at === undefined || at < from || at > to) continue
    found.push(row)
    if (first === 0) first = index + 1
    last = index + 1
  }
  return { rows: found, positions: `${first}-${last}/${rows.length}` }
}

/** Takes of a list what is wanted; `query` are the fields of the call, to name other pages by. @throws Problem REQUEST_RANGE */
export function cutList(
  all: readonly Row[],
  wish: ListWish,
  rule: ListRule,
  query: Readonly<Record<string, unknown>>,
): Cut {
  const headers: Record<string, string> = {}
  let rows = all
  if (wish.window !== undefined) {
    const found = inWindow(rows, wish.window, rule.time ?? [])
    rows = found.rows
    if (rows.length > 0) headers['content-range'] = `timestamp ${found.positions}`
    else if (wish.isRange) throw unsatisfiable(`timestamp */${all.length}`, 'no row in that time')
  }
  if (wish.maxRows !== undefined) {
    headers['ibrest-more-rows'] = String(rows.length > wish.maxRows)
    rows = rows.slice(0, wish.maxRows)
  }
  if (wish.pages !== undefined) {
    // an empty list has one page, which is empty
    const count = Math.max(1, Math.ceil(rows.length / wish.pageSize))
    const { first } = wish.pages
    if (first > count)
      throw unsatisfiable(`page */${count}`, `${count === 1 ? 'one page' : `${count} pages`}`)
    const last = Math.min(wish.pages.last, count)
    headers['content-range'] = `page ${first}-${last}/${count}`
    headers.link = linksOf({ first, last, count }, wish, query)
    rows = rows.slice((first - 1) * wish.pageSize, last * wish.pageSize)
  }
  if (wish.isSummary) rows = rows.map((row) => summaryOf(row, rule.summary))
  return { status: wish.isRange ? 206 : 200, rows, headers }
}

function unsatisfiable(contentRange: string, what: string) {
  return problem('REQUEST_RANGE', {
    detail: `There is ${what} (${contentRange})`,
    headers: { 'content-range': contentRange },
  })
}

/** Other pages (RFC 8288), each by a query of its own: relative to whatever path the caller came by. */
function linksOf(
  { first, last, count }: { first: number; last: number; count: number },
  { window, pageSize }: ListWish,
  query: Readonly<Record<string, unknown>>,
): string {
  const kept = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (!LISTING_NAMES.includes(name) || name === 'view' || name === 'maxRows')
      for (const each of [value].flat()) if (each !== undefined) kept.append(name, String(each))
  if (window !== undefined && Number.isFinite(window.from)) kept.set('from', String(window.from))
  if (window !== undefined && Number.isFinite(window.to)) kept.set('to', String(window.to))
  kept.set('pageSize', String(pageSize))
  const link = (page: number, rel: string) => {
    kept.set('page', String(page))
    return `<?${kept}>; rel="${rel}"`
  }
  return [
    link(1, 'first'),
    ...(first > 1 ? [link(first - 1, 'prev')] : []),
    ...(last < count ? [link(last + 1, 'next')] : []),
    link(count, 'last'),
  ].join(', ')
}
