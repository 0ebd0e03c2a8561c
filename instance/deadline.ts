import type { IncomingHttpHeaders } from 'node:http'
import { timeoutOf } from '../shared/deadline.ts'

/** Left for the answer's way back, so that a caller hears the true reason and not its own timeout; ms. */
const MARGIN_MS = 50

/**
 * How long the gateway may take for a call, ms from its arrival: a little less than the caller's patience, of which
 * the proxy passes on what is left.
 * @throws Problem REQUEST_INVALID when X-Deadline-Ms is no positive number
 */
export function patienceOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const ms = timeoutOf(headers, defaultMs)
  return Math.max(ms / 2, ms - MARGIN_MS)
}

/** Whether a caller states a preference, such as `return=minimal` (RFC 7240). */
export function prefers(headers: IncomingHttpHeaders, preference: string): boolean {
  const stated = String(headers.prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
  return stated.some((each) => each.replaceAll(' ', '') === preference)
}
