import type { IncomingHttpHeaders } from 'node:http'
import { MAX_TIMEOUT_MS } from './config.ts'
import { refuseFields } from './fields.ts'

/** Left for the answer's way back, so that a caller hears the true reason and not its own timeout; ms. */
const MARGIN_MS = 50

const PREFER_WAIT = /(?:^|[,;\s])wait\s*=\s*"?(\d+(?:\.\d+)?)"?/i

/**
 * How long the gateway may take for a call, ms from its arrival: `X-Deadline-Ms` is what the proxy has left of the
 * caller's patience, else `Prefer: wait=N` seconds (RFC 7240), else the default; never above the cap (S0.12).
 * @throws Problem REQUEST_INVALID when X-Deadline-Ms is no positive number
 */
export function patienceOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const ms = Math.min(askedMs(headers) ?? defaultMs, MAX_TIMEOUT_MS)
  return Math.max(ms / 2, ms - MARGIN_MS)
}

function askedMs(headers: IncomingHttpHeaders): number | undefined {
  const given = headers['x-deadline-ms']
  if (given !== undefined) {
    const ms = Number(given)
    if (ms > 0) return ms
    const detail = 'X-Deadline-Ms must be a number of milliseconds above zero'
    throw refuseFields('*', [{ field: 'X-Deadline-Ms', code: 'not_numeric', detail }])
  }
  const wait = headers.prefer === undefined ? null : PREFER_WAIT.exec(String(headers.prefer))
  return wait === null ? undefined : Math.max(1, Number(wait[1]) * 1000)
}

/** Whether a caller states a preference, such as `return=minimal` (RFC 7240). */
export function prefers(headers: IncomingHttpHeaders, preference: string): boolean {
  const stated = String(headers.prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
  return stated.some((each) => each.replaceAll(' ', '') === preference)
}
