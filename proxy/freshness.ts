import type { IncomingHttpHeaders } from 'node:http'

/** How fresh an instance says its answer is, word for word. */
export interface Freshness {
  readonly age: string
  /** ISO 8601, UTC */
  readonly asOf: string
  readonly source: string
}

/** What the header of an answer says of its freshness; undefined where it says nothing. */
export function freshnessOf(headers: IncomingHttpHeaders): Freshness | undefined {
  const { age, 'ibrest-as-of': asOf, 'ibrest-source': source } = headers
  if (age === undefined || typeof asOf !== 'string' || typeof source !== 'string') return undefined
  return { age, asOf, source }
}

/** The header fields of several answers joined: as old as the oldest of them, from the mirror if one of them is. */
export function leastFresh(all: readonly (Freshness | undefined)[]): Record<string, string> {
  const told = all.filter((each) => each !== undefined)
  const [oldest] = told.toSorted((one, other) => (one.asOf < other.asOf ? -1 : 1))
  if (oldest === undefined) return {}
  const isMirrored = told.some(({ source }) => source === 'mirror')
  return {
    age: String(Math.max(...told.map(({ age }) => Number(age)))),
    'ibrest-as-of': oldest.asOf,
    'ibrest-source': isMirrored ? 'mirror' : oldest.source,
  }
}
