import type { Asked } from '../asked.ts'
import { passedOn } from '../headers.ts'

/** Methods whose request says how long its content is, also when it has none (RFC 9110 §8.6). */
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH'])

/**
 * A caller's request as it goes on the wire to an instance, with what this hop says of it: how long it may still take, ms,
 * and further header lines. One piece, text where it has no content. Everything in it was judged on its way in, by Node's parser
 * or as a plain read, so no line of ours can be one too many.
 */
export function requestOf(
  host: string,
  { id, method, url, headers, body, linesOn }: Asked,
  leftMs: number,
  further: string,
): string | Buffer {
  const content = body as Buffer | undefined
  let head = `${method} ${url} HTTP/1.1\r\nhost: ${host}\r\n${linesOn ?? linesOf(passedOn(headers))}x-request-id: ${id}\r\nx-deadline-ms: ${leftMs}\r\n${further}`
  if (content !== undefined) head += `content-length: ${content.length}\r\n`
  else if (WITH_CONTENT.has(method)) head += 'content-length: 0\r\n'
  head += '\r\n'
  return content === undefined ? head : Buffer.concat([Buffer.from(head, 'latin1'), content])
}

/** Header fields, name, value, name, value …, as lines. */
export function linesOf(fields: readonly string[]): string {
  let lines = ''
  for (let index = 0; index + 1 < fields.length; index += 2)
    lines += `${fields[index]}: ${fields[index + 1]}\r\n`
  return lines
}
