import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { ANONYMOUS, limitsOf, type NamedLimits } from '../shared/order-limits.ts'
import { type Problem, problem } from '../shared/problem.ts'
import { callerIn } from './auth/caller.ts'
import { rateFields } from './rate-fields.ts'

const WINDOW_MS = 60_000
const WINDOW_S = WINDOW_MS / 1000
/** Callers that are counted apart; those that come when so many are busy share one count. */
export const MAX_CALLERS = 256

/** What became of the wish to send some orders. */
export interface Admitted {
  /** undefined: they may go */
  readonly refusal: Problem | undefined
  /** the header fields that tell how much is left; none where nothing is limited */
  readonly headers: Readonly<Record<string, string>>
}

/** Orders per caller within any minute, counted by the moments at which they came. */
export class OrderRate {
  readonly #limits: NamedLimits
  readonly #now: () => number
  /** moments of the last minute, oldest first; callers who came longest ago first */
  readonly #sent = new Map<string, number[]>()

  constructor(limits: NamedLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  /**
   * Counts so many orders of a caller, unless that would be too many: then none of them. `own` is a limit of its key,
   * in the place of the one for all.
   */
  admit(caller: string, orders = 1, own?: number): Admitted {
    const perMinute = own ?? limitsOf(this.#limits, caller).perMinute
    if (perMinute === undefined) return { refusal: undefined, headers: {} }
    const now = this.#now()
    const sent = this.#momentsOf(caller, now)
    const isIn = sent.length + orders <= perMinute
    if (isIn) for (let count = 0; count < orders; count += 1) sent.push(now)
    const left = Math.max(0, perMinute - sent.length)
    // until there is room for these: so many of the oldest have to be a minute old
    const blocking = isIn
      ? sent[0]
      : sent[Math.min(sent.length, sent.length + orders - perMinute) - 1]
    const waitS = Math.max(1, Math.ceil(((blocking ?? now) + WINDOW_MS - now) / 1000))
    const headers = rateFields([
      {
        ...{ name: 'orders', quota: perMinute, windowSeconds: WINDOW_S },
        ...{ remaining: left, resetSeconds: waitS },
      },
    ])
    if (isIn) return { refusal: undefined, headers }
    const refusal = problem('PROXY_ORDER_RATE', {
      detail: `${perMinute} orders a minute may be sent, ${left} are left, and this would be ${orders}. Nothing was sent.`,
      retryAfter: waitS,
      headers,
      retryable: orders <= perMinute,
    })
    return { refusal, headers }
  }

  #momentsOf(caller: string, now: number): number[] {
    this.#forget(now)
    const known = this.#sent.get(caller)
    const isFull = known === undefined && this.#sent.size >= MAX_CALLERS
    const name = isFull ? ANONYMOUS : caller
    const sent = (this.#sent.get(name) ?? []).filter((moment) => moment > now - WINDOW_MS)
    this.#sent.delete(name)
    this.#sent.set(name, sent)
    return sent
  }

  /** Whoever has sent nothing for a minute need not be known. */
  #forget(now: number): void {
    for (const [caller, sent] of this.#sent) {
      if ((sent.at(-1) ?? 0) > now - WINDOW_MS) return
      this.#sent.delete(caller)
    }
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
