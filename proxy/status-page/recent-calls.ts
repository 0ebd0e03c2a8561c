import type { CallRecord } from '../call-log.ts'

/** How many calls that have ended are kept. */
export const RECENT_CALLS = 50

/** A call that has ended, with where its time went; ms. */
export interface RecentCall {
  /** counts up, so that a reader knows which are new */
  readonly number: number
  /** when it ended */
  readonly at: string
  readonly id: string
  readonly method: string
  readonly route: string
  readonly status: number
  /** why the proxy itself refused it */
  readonly code: string | null
  /** null: no client in particular had it */
  readonly clientId: number | null
  /** waiting for one of the login's limits; null where none counts it */
  readonly pacingMs: number | null
  readonly queueMs: number
  /** at its client and on the way there; null when it never came so far */
  readonly instanceMs: number | null
  readonly totalMs: number
}

/** The last calls that ended. The newest takes the place of the oldest. */
export class RecentCalls {
  readonly #calls: { at: number; call: CallRecord }[] = []
  #count = 0

  /** A call ended `at`, epoch ms. */
  add(at: number, call: CallRecord): void {
    const place = this.#calls[this.#count % RECENT_CALLS]
    this.#count += 1
    if (place === undefined) {
      this.#calls.push({ at, call })
      return
    }
    place.at = at
    place.call = call
  }

  /** How many have ended since the proxy started. */
  get count(): number {
    return this.#count
  }

  /** Newest first. */
  view(): RecentCall[] {
    const shown: RecentCall[] = []
    for (let number = this.#count; number > 0 && shown.length < RECENT_CALLS; number -= 1) {
      const kept = this.#calls[(number - 1) % RECENT_CALLS]
      if (kept === undefined) break
      shown.push({ number, at: new Date(kept.at).toISOString(), ...told(kept.call) })
    }
    return shown
  }
}

function told(call: CallRecord): Omit<RecentCall, 'number' | 'at'> {
  const { id, method, route, status, code, clientId, beforeMs, isPaced, queueMs, ms } = call
  const isServed = clientId !== undefined
  // one that never stood in line has waited for its limits alone
  const waited = isServed || beforeMs > 0 ? beforeMs : ms
  const queue = isServed ? queueMs : isPaced && beforeMs === 0 ? 0 : ms - beforeMs
  return {
    ...{ id, method, route, status },
    code: code ?? null,
    clientId: clientId ?? null,
    pacingMs: isPaced ? hundredths(waited) : null,
    queueMs: hundredths(queue),
    instanceMs: isServed ? hundredths(ms - beforeMs - queueMs) : null,
    totalMs: hundredths(ms),
  }
}

function hundredths(value: number): number {
  return Math.round(Math.max(0, value) * 100) / 100
}
