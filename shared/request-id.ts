import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A caller's own request id is kept when it is a plain token, so that logs of both sides can be joined. */
const REQUEST_ID = /^[\w.:-]{1,64}$/

/** Tells this run of this process from every other. */
const RUN = randomBytes(9).toString('base64url')
let requests = 0

/** The id a caller gave its call, where that can be kept. */
export function givenRequestId(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : undefined
}

/** An id no other call of this or any other process has. */
export function nextRequestId(): string {
  requests += 1
  return `${RUN}-${requests.toString(36)}`
}
