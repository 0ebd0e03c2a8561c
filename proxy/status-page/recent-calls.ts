import { ANONYMOUS } from '../../shared/order-limits.ts'
import type { CallRecord } from '../call-log.ts'
import { type InstanceStages, SILENT } from './stages.ts'

/** How many calls that have ended are kept, and how many of them the page shows. */
export const KEPT_CALLS = 500
export const RECENT_CALLS = 50

/** What was seen of a call beside how it fared. */
export interface SeenOfCall {
  readonly caller: string
  readonly address: string
  readonly stages: InstanceStages
}

/** A call as it is kept; `at`: when it ended, epoch ms. */
export interface KeptCall extends CallRecord, SeenOfCall {
  readonly number: number
  readonly at: number
}

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

const UNSEEN: SeenOfCall = { caller: ANONYMOUS, address: '', stages: SILENT }

/** The last calls that ended. The newest is written over the oldest, so that none lives on for having been among the last. */
export class RecentCalls {
  readonly #calls: KeptCall[] = []
  #count = 0

  /** A call ended `at`, epoch ms. */
  add(at: number, call: CallRecord, seen = UNSEEN): void {
    const place = this.#calls[this.#count % KEPT_CALLS]
    this.#count += 1
    const kept = { number: this.#count, at, ...call, ...seen }
    if (place === undefined) this.#calls.push(kept)
    else Object.assign(place, kept)
  }

  /** How many have ended since the proxy started. */
  get count(): number {
    return this.#count
  }

  /** Newest first; no more than so many. */
  all(most = KEPT_CALLS): KeptCall[] {
    const found: KeptCall[] = []
    for (let number = this.#count; number > 0 && found.length < most; number -= 1) {
      const kept = this.#calls[(number - 1) % KEPT_CALLS]
      if (kept === undefined || this.#count - number >= KEPT_CALLS) break
      found.push({ ...kept })
    }
    return found
  }

  /** What the page shows, newest first. */
  view(): RecentCall[] {
    return this.all(RECENT_CALLS).map(({ number, at, ...call }) => ({
      ...{ number, at: new Date(at).toISOString() },
      ...told(call),
    }))
  }
}

/** A call and its stages. */
export function told(call: CallRecord): Omit<RecentCall, 'number' | 'at'> {
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

/** A duration as it is told, ms. */
export function hundredths(value: number): number {
  return Math.round(Math.max(0, value) * 100) / 100
}
