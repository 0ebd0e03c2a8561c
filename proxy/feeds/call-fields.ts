import type { FastifyRequest } from 'fastify'
import { OUT_OF_LINES } from '../../shared/schemas/feed.ts'
import { passedOn } from '../headers.ts'
import type { Declined } from './following.ts'
import type { Asked } from './owners.ts'

const SSE_TYPE = 'text/event-stream'

/** Whether a caller wants server-sent events. */
export function isStream({ headers, method }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes(SSE_TYPE)
}

/** A handle as its caller wrote it; whether it can stand, an instance judges. */
export function refIn(
  { headers, query, params }: FastifyRequest,
  whose: 'source' | 'subscription',
) {
  const given =
    headers[`${whose}-ref`] ??
    headers[`${whose}_ref`] ??
    (query as Record<string, unknown>)[`${whose}Ref`] ??
    (params as Record<string, unknown>)[`${whose}Ref`]
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** What a caller's body says, where it can be read; an instance judges it. */
export function bodyOf({ body }: FastifyRequest): object {
  if (!Buffer.isBuffer(body) || body.length === 0) return {}
  try {
    const read: unknown = JSON.parse(body.toString())
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}

/** How many lines an instance says it has given up. */
export function endedIn(body: unknown): number {
  return Array.isArray(body) ? Number((body[0] as { ended?: unknown } | undefined)?.ended) : 0
}

/** Whether an instance was told that there are no more lines. */
export function isFull(body: Buffer | string): boolean {
  try {
    return OUT_OF_LINES.has((JSON.parse(body.toString()) as { code: string }).code)
  } catch {
    return false
  }
}

/** A call's header fields as they go on to an instance. */
export function onwards(
  request: FastifyRequest,
  timeoutMs: number,
  without: readonly string[] = [],
): string[] {
  const given = { ...request.headers }
  for (const name of without) delete given[name]
  return [
    ...passedOn(given),
    'x-request-id',
    request.id,
    'x-deadline-ms',
    String(Math.floor(timeoutMs)),
  ]
}

/** How long an instance may take. */
export function deadline({ timeoutMs }: Asked): Record<string, string> {
  return { 'x-deadline-ms': String(Math.floor(timeoutMs)) }
}

/** Flat header fields as a record. */
export function recordOf(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let index = 0; index + 1 < flat.length; index += 2)
    record[flat[index] as string] = flat[index + 1] as string
  return record
}

/** One of flat header fields. */
export function fieldOf(flat: readonly string[], name: string): string | undefined {
  const at = flat.findIndex((text, index) => index % 2 === 0 && text === name)
  return at < 0 ? undefined : flat[at + 1]
}

/** Header fields of an answer that belong to its body. */
export function fieldsOf(headers: Declined['headers']): Record<string, string> {
  const wanted = ['content-type', 'retry-after', 'vary', 'cache-control']
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
