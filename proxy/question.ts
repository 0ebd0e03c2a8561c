import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Header fields by which the same path may be answered differently. */
const VARYING = [
  'accept',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'range',
  'if-none-match',
  'if-modified-since',
  'prefer',
] as const

/** What of its header fields an answer may depend on, as one text. */
export function representationOf(headers: IncomingHttpHeaders): string {
  let text = ''
  for (const name of VARYING) {
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
  { raw }: FastifyRequest,
  pinnedTo: number | undefined,
): string | undefined {
  const { method, url, headers } = raw
  if (method !== 'GET' || wantsFresh(headers)) return undefined
  return `${pinnedTo ?? ''} ${url}${representationOf(headers)}`
}
