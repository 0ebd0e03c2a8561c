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

/**
 * What a read asks, word for word and on whose behalf: callers with the same text may have the same answer. Undefined
 * for what is no read, and for callers who want an answer of their own (`Cache-Control: no-cache`).
 */
export function questionOf(
  { raw }: FastifyRequest,
  pinnedTo: number | undefined,
): string | undefined {
  const { method, url, headers } = raw
  if (method !== 'GET' || /no-cache|no-store/i.test(headers['cache-control'] ?? ''))
    return undefined
  let question = `${pinnedTo ?? ''} ${url}`
  for (const name of VARYING) {
    const value = headers[name]
    if (value !== undefined) question += `\n${name}: ${value}`
  }
  return question
}
