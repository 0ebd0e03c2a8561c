import type { Limits } from './settings.ts'

/** Larger bars are not paced (facts §3.1), ms. */
export const LARGEST_PACED_BAR_MS = 30_000
const BURST_MS = 2000
const BUDGET_MS = 600_000

/** A request for small bars, as far as the rules look at it. */
export interface PacedRequest {
  /** contract, exchange and type of data */
  readonly source: string
  /** all that was asked for: the same text is the same request */
  readonly whole: string
  /** as how many requests it counts: BID_ASK as two */
  readonly weight: number
}

/** The rules for requests of bars of 30 s or less (facts §3.1). A request that breaks one is not counted. */
export class HistoryPacing {
  readonly #limits: Limits
  readonly #horizonMs: number
  #served: (PacedRequest & { readonly at: number })[] = []

  constructor(limits: Limits) {
    this.#limits = limits
    const { historyBudget, historyBurst, historyRepeatMs } = limits
    this.#horizonMs = Math.max(
      historyBudget > 0 ? BUDGET_MS : 0,
      historyBurst > 0 ? BURST_MS : 0,
      historyRepeatMs,
    )
  }

  /** Counts a request at `now` (ms of the machine), or says that it breaks a rule. */
  admits(request: PacedRequest, now: number): boolean {
    const { historyBudget, historyBurst, historyRepeatMs } = this.#limits
    const within = (ms: number) => this.#served.filter(({ at }) => now - at < ms)
    this.#served = within(this.#horizonMs)
    const { source, whole, weight } = request
    const isRepeated = within(historyRepeatMs).some((one) => one.whole === whole)
    const burst = within(BURST_MS).filter((one) => one.source === source)
    const breaks =
      isRepeated ||
      isOver(burst, weight, historyBurst) ||
      isOver(within(BUDGET_MS), weight, historyBudget)
    if (!breaks) this.#served.push({ ...request, at: now })
    return !breaks
  }
}

function isOver(served: readonly PacedRequest[], weight: number, limit: number): boolean {
  return limit > 0 && served.reduce((sum, one) => sum + one.weight, weight) > limit
}
