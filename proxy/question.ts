import type { IncomingHttpHeaders } from 'node:http'
import type { Asked } from './asked.ts'
import { callerIn } from './auth/caller.ts'

/** Header fields by which the same path may be answered differently. */
const VARYING = [
  'accept',
  'accept-encoding',
  'range',
  'if-none-match',
  'if-modified-since',
  'prefer',
] as const

/** What proves who calls; told apart by it where nobody knows whom it belongs to. */
const CREDENTIALS = ['authorization', 'x-api-key'] as const

/** What of its header fields an answer may depend on, as one text. */
export function representationOf(headers: IncomingHttpHeaders): string {
  // callers who see the same may have the same answer, whatever their keys are
  const caller = callerIn(headers)
  let text = caller === undefined ? fieldsOf(headers, CREDENTIALS) : `\nsees ${caller.sees}`
  text += fieldsOf(headers, VARYING)
  return text
}

function fieldsOf(headers: IncomingHttpHeaders, names: readonly string[]): string {
  let text = ''
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) text += `\n${name}: ${value}`
  }
  return text
}

/** Whether a caller wants an answer of its own. */
export function wantsFresh(headers: IncomingHttpHeaders): boolean {
  return /no-cache|no-store/i.test(headers['cache-control'] ?? '')
}

/**
 * What a read asks, word for word and on whose behalf: callers with the same text may have the same answer. Undefined
 * for what is no read, and for callers who want an answer of their own (`Cache-Control: no-cache`).
 */
export function questionOf(
  { method, url, headers }: Pick<Asked, 'method' | 'url' | 'headers'>,
  pinnedTo: number | undefined,
): string | undefined {
  if (method !== 'GET' || wantsFresh(headers)) return undefined
  return `${pinnedTo ?? ''} ${url}${representationOf(headers)}`
}
