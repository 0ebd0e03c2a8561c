import type { IncomingHttpHeaders } from 'node:http'

/** Methods that change nothing (RFC 9110 §9.2.1); what they answer, a page of another site cannot read. */
const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS'])
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])

/**
 * Whether a browser makes this call for a page of another site, which could place an order with the reach of whoever
 * looks at that page: browsers say so in `Sec-Fetch-Site`, older ones by an `Origin` that is not the host called. A
 * WebSocket counts, since any page may read what it brings. Programs send neither field.
 */
export function isCrossSite(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (SAFE.has(method) && headers.upgrade === undefined) return false
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  if (typeof site === 'string') return !OWN_SITE.has(site)
  return origin !== undefined && URL.parse(origin)?.host !== host
}
