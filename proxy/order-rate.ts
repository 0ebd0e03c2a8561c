import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { ANONYMOUS, limitsOf, type NamedLimits } from '../shared/order-limits.ts'
import { type Problem, problem } from '../shared/problem.ts'
import { callerIn } from './auth/caller.ts'
import { WindowsByCaller } from './limits/moving-window.ts'
import { rateFields, type Standing } from './rate-fields.ts'

const WINDOW_MS = 60_000
/** Callers that are counted apart; those that come when so many are busy share one count. */
export const MAX_CALLERS = 256

/** What became of the wish to send some orders. */
export interface Admitted {
  /** undefined: they may go */
  readonly refusal: Problem | undefined
  /** how much is left; undefined where nothing is limited */
  readonly standing: Standing | undefined
  /** the same as header fields */
  readonly headers: Readonly<Record<string, string>>
}

/** Orders per caller within any minute, counted by the moments at which they came. */
export class OrderRate {
  readonly #limits: NamedLimits
  readonly #now: () => number
  readonly #windows = new WindowsByCaller(MAX_CALLERS)

  constructor(limits: NamedLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  /**
   * Counts so many orders of a caller, unless that would be too many: then none of them. `own` is a limit of its key,
   * in the place of the one for all.
   */
  admit(caller: string, orders = 1, own?: number): Admitted {
    const quota = own ?? limitsOf(this.#limits, caller).perMinute
    if (quota === undefined) return { refusal: undefined, standing: undefined, headers: {} }
    const now = this.#now()
    const window = this.#windows.of(caller, { quota, windowMs: WINDOW_MS }, now)
    const isIn = window.take(now, orders)
    const remaining = window.remaining(now)
    const waitS = Math.max(1, Math.ceil(window.waitMs(now, isIn ? 1 : orders) / 1000))
    const standing: Standing = {
      ...{ name: 'orders', quota, windowSeconds: WINDOW_MS / 1000 },
      ...{ remaining, resetSeconds: waitS },
    }
    const headers = rateFields([standing])
    if (isIn) return { refusal: undefined, standing, headers }
    const refusal = problem('PROXY_ORDER_RATE', {
      detail: `${quota} orders a minute may be sent, ${remaining} are left, and this would be ${orders}. Nothing was sent.`,
      retryAfter: waitS,
      headers,
      retryable: orders <= quota,
      members: { limit: quota, reset_at: Math.ceil(Date.now() / 1000) + waitS },
    })
    return { refusal, standing, headers }
  }
}

/** Who calls: the name of its key or user; without such, what it authorises itself with, never kept as it is. */
export function callerOf(headers: IncomingHttpHeaders): string {
  const caller = callerIn(headers)
  if (caller !== undefined) return caller.name
  const key = headers['x-api-key'] ?? headers.authorization
  if (typeof key !== 'string' || key === '') return ANONYMOUS
  return createHash('sha256').update(key).digest('base64url')
}

/** How many orders a body asks for; what cannot be read is left to an instance, and counts as one. */
export function ordersIn(body: unknown): number {
  if (!Buffer.isBuffer(body) || !/^\s*\[/.test(body.subarray(0, 64).toString('latin1'))) return 1
  try {
    return Math.max(1, (JSON.parse(body.toString()) as unknown[]).length)
  } catch {
    return 1
  }
}
