import type { IncomingHttpHeaders } from 'node:http'
import { ANALYZE_HEADER } from '../shared/analysis.ts'
import { FILLS_HEADER, OWN_FIELDS } from '../shared/api/operation.ts'
import { CALLER_HEADER } from '../shared/caller.ts'
import { callerIn } from './auth/caller.ts'

/** What a field can be called (RFC 9110 §5.1). */
export const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Fields of one hop (RFC 9110 §7.6.1), and those this hop writes itself, as whatever begins with OWN_FIELDS. */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'expect',
  'http2-settings',
  'x-deadline-ms',
  'x-request-id',
])
/** What proves who calls is nobody's business behind the gate. */
const CREDENTIALS = new Set(['authorization', 'x-api-key'])
const NOT_PASSED_BACK = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
  'ibrest-client-id',
  FILLS_HEADER,
])

/** Fields a caller declared to be for this hop only. */
function namedByConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close')
    return undefined
  return new Set(connection.toLowerCase().split(/\s*,\s*/))
}

/**
 * A caller's header fields as they go on to an instance: name, value, name, value … Where he has proven who he is, that
 * goes on in the place of the proof.
 */
export function passedOn(given: IncomingHttpHeaders): string[] {
  const headers: string[] = []
  const named = namedByConnection(given.connection)
  const caller = callerIn(given)
  if (caller !== undefined) headers.push(CALLER_HEADER, caller.text)
  for (const name in given) {
    const value = given[name]
    if (value === undefined || NOT_PASSED_ON.has(name)) continue
    // a trial must not become an order on the way
    if (named?.has(name) && name !== ANALYZE_HEADER) continue
    if (caller !== undefined && CREDENTIALS.has(name)) continue
    if (name.startsWith(OWN_FIELDS)) continue
    if (typeof value === 'string') headers.push(name, value)
    else for (const each of value) headers.push(name, each)
  }
  return headers
}

/** On whose behalf the proxy asks something of instances by itself: what they must know of that caller. */
export function onBehalf({
  raw: { headers },
}: {
  readonly raw: { readonly headers: IncomingHttpHeaders }
}): Record<string, string> {
  const caller = callerIn(headers)
  const analyze = headers[ANALYZE_HEADER]
  return {
    ...(analyze !== undefined && { [ANALYZE_HEADER]: String(analyze) }),
    ...(caller !== undefined && { [CALLER_HEADER]: caller.text }),
    ...(caller === undefined &&
      headers.authorization !== undefined && { authorization: headers.authorization }),
  }
}

/** An instance's header fields as they go back to the caller; both: names in lower case, name, value, name, value … */
export function passedBack(given: readonly string[]): string[] {
  const headers: string[] = []
  for (let index = 0; index + 1 < given.length; index += 2) {
    const name = given[index] as string
    if (!NOT_PASSED_BACK.has(name)) headers.push(name, given[index + 1] as string)
  }
  return headers
}

/** A flat list, name, value, name, value …, with these fields added to it. */
export function withFields(
  list: string[],
  fields: Readonly<Record<string, string>> | undefined,
): string[] {
  for (const name in fields) list.push(name, fields[name] as string)
  return list
}

/** Whether a flat list of header fields has one of this name. */
export function hasField(headers: readonly string[], name: string): boolean {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return true
  return false
}
