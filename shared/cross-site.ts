import type { IncomingHttpHeaders } from 'node:http'

/** Methods that change nothing (RFC 9110 §9.2.1); what they answer, a page of another site cannot read. */
const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS'])
const NONE: ReadonlySet<string> = new Set()
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])

/**
 * Whether a browser makes this call for a page of another site, which could place an order with the reach of whoever
 * looks at that page: browsers say so in `Sec-Fetch-Site`, older ones by an `Origin` that is not the host called. A
 * WebSocket counts, since any page may read what it brings. Programs send neither field. Pages of the allowed origins are none
 * of another site.
 */
export function isCrossSite(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  allowedOrigins: ReadonlySet<string> = NONE,
): boolean {
  if (SAFE.has(method) && headers.upgrade === undefined) return false
  const { origin, host } = headers
  if (origin !== undefined && allowedOrigins.has(origin)) return false
  const site = headers['sec-fetch-site']
  if (typeof site === 'string') return !OWN_SITE.has(site)
  return origin !== undefined && URL.parse(origin)?.host !== host
}
