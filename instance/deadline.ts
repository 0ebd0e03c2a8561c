import type { IncomingHttpHeaders } from 'node:http'
import { timeoutOf } from '../shared/deadline.ts'

/**
 * Left for the answer's way back, so that a caller hears the true reason and not its own timeout: a tenth of its patience within
 * these, ms. A busy machine is late by more than the least of them.
 */
const MARGIN_MS = { least: 50, most: 250 }

/**
 * How long the gateway may take for a call, ms from its arrival: a little less than the caller's patience, of which
 * the proxy passes on what is left.
 * @throws Problem REQUEST_INVALID when X-Deadline-Ms is no positive number
 */
export function patienceOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const ms = timeoutOf(headers, defaultMs)
  const margin = Math.min(MARGIN_MS.most, Math.max(MARGIN_MS.least, ms / 10))
  return Math.max(ms / 2, ms - margin)
}

/** Whether a caller states a preference, such as `return=minimal` (RFC 7240). */
export function prefers(headers: IncomingHttpHeaders, preference: string): boolean {
  const stated = String(headers.prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
  return stated.some((each) => each.replaceAll(' ', '') === preference)
}
