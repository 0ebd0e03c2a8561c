import { FIRST_REQUEST_ID } from '../../shared/ids.ts'
import { Problem } from '../../shared/problem.ts'
import { KNOWN_CODES, type OrderEffect, rowOf, type SessionEffect } from './codes.ts'
import type { GatewayWord } from './events.ts'

/** What is to be done about a word of the gateway. */
export type Verdict =
  | { readonly about: 'notice' }
  | { readonly about: 'session'; readonly effect: SessionEffect }
  | { readonly about: 'query'; readonly fails: boolean }
  /** `only`: the name of the one query it can mean */
  | { readonly about: 'kind'; readonly only?: string }
  | { readonly about: 'order'; readonly effect: OrderEffect }
  | { readonly about: 'decoding' }

/**
 * Decides, delivers nothing. An error with no id can only concern a query that has none (facts §2.2: `-1` also
 * marks notices). An order's unknown code is no verdict on it: it may live, so it only warns (facts §5).
 */
export function classify(word: GatewayWord): Verdict {
  const row = rowOf(word)
  if (row.session !== undefined) return { about: 'session', effect: row.session }
  if (word.code === 505) return { about: 'decoding' }
  if (word.reqId >= FIRST_REQUEST_ID) return { about: 'query', fails: row.notice !== true }
  if (word.reqId !== -1) return { about: 'order', effect: row.order ?? 'warning' }
  if (row.notice === true || !KNOWN_CODES.has(word.code)) return { about: 'notice' }
  return { about: 'kind', ...(row.query !== undefined && { only: row.query }) }
}

/** The name of a code in problems and branches, such as `IB_NO_DATA`. */
export function nameOf(word: Pick<GatewayWord, 'code' | 'text'>): string {
  return rowOf(word).name
}

/** What IB said, as a problem: its own code and text beside ours (D.1). */
export function toProblem(
  word: GatewayWord,
  clientId: number,
  more: { readonly members?: Record<string, unknown>; readonly detail?: string } = {},
): Problem {
  const { name, status, title, retryAfter } = rowOf(word)
  return new Problem(
    name,
    { status, title },
    {
      detail: more.detail ?? word.text,
      ...(retryAfter !== undefined && { retryAfter }),
      members: {
        errorCode: word.code,
        errorMsg: word.text,
        reqId: word.reqId,
        client_id: clientId,
        ...more.members,
      },
    },
  )
}
