import type { IncomingHttpHeaders } from 'node:http'
import { problem } from './problem.ts'

/** Hard cap of every deadline, seconds (S0.12). */
export const MAX_TIMEOUT_SECONDS = 60

const MAX_MS = MAX_TIMEOUT_SECONDS * 1000
const PREFER_WAIT = /(?:^|[,;\s])wait\s*=\s*"?(\d+(?:\.\d+)?)"?/i

/**
 * How long a caller wants to wait, ms: `X-Deadline-Ms`, else `Prefer: wait=N` seconds (RFC 7240 §4.3), else the
 * default; never above the cap.
 * @throws Problem REQUEST_INVALID when X-Deadline-Ms is no positive number
 */
export function timeoutOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const asked = headers['x-deadline-ms']
  if (asked !== undefined) {
    const ms = Number(asked)
    if (ms > 0) return Math.min(ms, MAX_MS)
    const detail = 'X-Deadline-Ms must be a number of milliseconds above zero'
    const field = { endpoint: '*', field: 'X-Deadline-Ms', code: 'not_numeric', detail } as const
    throw problem('REQUEST_INVALID', { errors: [field], detail })
  }
  const wait = headers.prefer === undefined ? null : PREFER_WAIT.exec(String(headers.prefer))
  return wait === null ? defaultMs : Math.min(Math.max(1, Number(wait[1]) * 1000), MAX_MS)
}

/** Whether a caller says that it would rather wait for news than hear that there is none (`Prefer: wait=N`). */
export function asksToWait({ prefer }: IncomingHttpHeaders): boolean {
  return PREFER_WAIT.test(String(prefer ?? ''))
}
