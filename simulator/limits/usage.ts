import type { Clock } from '../world/clock.ts'
import { HistoryPacing, type PacedRequest } from './history-pacing.ts'
import type { Limits } from './settings.ts'
import { Slots } from './slots.ts'

/** Symbol searches of one client that may wait for their turn; more are refused. */
const MAX_SEARCHES_WAITING = 10
/** Histories are paced under this number where all clients share one budget. */
const EVERYBODY = -1

/**
 * What clients use of what the house allows. It outlives their connections, as at IB, and its time is the machine's: the
 * world's may stand still.
 */
export class Usage {
  readonly limits: Limits
  readonly lines: Slots
  readonly depth: Slots
  readonly ticks: Slots
  readonly histories: Slots
  readonly clock: Clock
  readonly #pacing = new Map<number, HistoryPacing>()
  readonly #tickRequests = new Map<string, number>()
  /** when the next search of each client may be answered */
  readonly #searchFrom = new Map<number, number>()

  constructor(limits: Limits, clock: Clock) {
    this.limits = limits
    this.clock = clock
    this.lines = new Slots(limits.marketDataLines)
    this.depth = new Slots(limits.depthRequests)
    this.ticks = new Slots(limits.tickByTickRequests)
    this.histories = new Slots(limits.historiesAtOnce)
  }

  /** Counts a request for small bars, or says that it comes too fast. */
  admitsHistory(clientId: number, request: PacedRequest): boolean {
    const { historyPacing } = this.limits
    if (historyPacing === 'off') return true
    const whose = historyPacing === 'client' ? clientId : EVERYBODY
    let pacing = this.#pacing.get(whose)
    if (pacing === undefined) {
      pacing = new HistoryPacing(this.limits)
      this.#pacing.set(whose, pacing)
    }
    return pacing.admits(request, this.clock.now())
  }

  /** Notes a tick-by-tick request, or says that the last one for the same thing was too short a time ago. */
  admitsTicks(what: string): boolean {
    const now = this.clock.now()
    for (const [key, at] of this.#tickRequests) {
      if (now - at < this.limits.tickByTickRepeatMs) break
      this.#tickRequests.delete(key)
    }
    if (this.#tickRequests.has(what)) return false
    if (this.limits.tickByTickRepeatMs > 0) this.#tickRequests.set(what, now)
    return true
  }

  /** How long the answer to a symbol search has to wait, ms; undefined when too many are waiting already. */
  searchWaitMs(clientId: number): number | undefined {
    const { symbolSearchMs } = this.limits
    const now = this.clock.now()
    const wait = Math.max(0, (this.#searchFrom.get(clientId) ?? now) - now)
    if (wait > MAX_SEARCHES_WAITING * symbolSearchMs) return undefined
    this.#searchFrom.set(clientId, now + wait + symbolSearchMs)
    return wait
  }
}
