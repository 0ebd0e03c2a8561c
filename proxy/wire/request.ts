import type { FastifyRequest } from 'fastify'
import { passedOn } from '../headers.ts'

/** Methods whose request says how long its content is, also when it has none (RFC 9110 §8.6). */
const WITH_CONTENT = new Set(['POST', 'PUT', 'PATCH'])

/**
 * A caller's request as it goes on the wire to an instance: one piece, text where it has no content. Everything in it
 * was judged by Node's parser on its way in, so no line of ours can be one too many.
 */
export function requestOf(
  host: string,
  { method, raw, body }: FastifyRequest,
  ownFields: readonly string[],
): string | Buffer {
  const content = body as Buffer | undefined
  let head = `${method} ${raw.url} HTTP/1.1\r\nhost: ${host}\r\n${linesOf(passedOn(raw.headers))}${linesOf(ownFields)}`
  if (content !== undefined) head += `content-length: ${content.length}\r\n`
  else if (WITH_CONTENT.has(method)) head += 'content-length: 0\r\n'
  head += '\r\n'
  return content === undefined ? head : Buffer.concat([Buffer.from(head, 'latin1'), content])
}

function linesOf(fields: readonly string[]): string {
  let lines = ''
  for (let index = 0; index + 1 < fields.length; index += 2)
    lines += `${fields[index]}: ${fields[index + 1]}\r\n`
  return lines
}
