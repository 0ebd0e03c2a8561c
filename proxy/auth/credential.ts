import type { IncomingHttpHeaders } from 'node:http'
import { unbelieved } from './refusals.ts'

/** No key is longer, nor a token. */
const MAX_LENGTH = 2000
/** Names under which keys are sent in a query elsewhere, and the beginning of ours. */
const IN_QUERY = /[?&](x-)?(api[-_]?key|access[-_]?token|token|authorization)=|=ib[krs]_[\w-]{20}/i
/** RFC 7617: the first colon ends the user's name. */
const BASIC = /^[^:]*:(.*)$/s

/**
 * What a call says to prove who it comes from; undefined where it says nothing.
 * @throws Problem REQUEST_UNAUTHORIZED where it is said in a way that cannot be taken
 */
export function credentialIn(url: string, headers: IncomingHttpHeaders): string | undefined {
  if (url.includes('?') && IN_QUERY.test(url))
    throw unbelieved(
      'A key or token stands in the query, where logs keep it: send it in Authorization, and revoke that one',
    )
  const { authorization, 'x-api-key': field } = headers
  const bearer = authorization === undefined ? undefined : bearerIn(authorization)
  if (field !== undefined && bearer !== undefined && field !== bearer)
    throw unbelieved('Authorization and X-API-Key do not say the same')
  const text = bearer ?? field
  if (text === undefined) return undefined
  if (typeof text !== 'string' || text === '' || text.length > MAX_LENGTH) throw unbelieved()
  return text
}

/**
 * What stands in the field. `Basic` is what a browser can be asked for: the key or token is its password, whatever the user is
 * called. @throws Problem REQUEST_UNAUTHORIZED for another scheme
 */
function bearerIn(authorization: string): string {
  const space = authorization.indexOf(' ')
  const scheme = authorization.slice(0, space).toLowerCase()
  const said = authorization.slice(space + 1).trim()
  if (scheme === 'bearer' || scheme === 'token') return said
  const password =
    scheme === 'basic' ? BASIC.exec(Buffer.from(said, 'base64').toString())?.[1] : undefined
  if (password === undefined)
    throw unbelieved('Authorization takes Bearer or token, and a key or an access token')
  return password
}
