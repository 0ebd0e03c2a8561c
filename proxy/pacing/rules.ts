/** What the proxy is told of the login's limits. */
export interface PacingSettings {
  /** proxies before the same login, which share its limits evenly */
  readonly proxies: number
  /** `off`: history goes out as it is asked for, and no answer is kept */
  readonly history: 'on' | 'off'
  /** requests for bars above 30 s in a minute; IB only slows them down, so 0, none, is usual */
  readonly largeBarsPerMinute: number
  readonly marketDataLines: number
}

/** What a limit of IB counts. */
export type Paced =
  | 'history'
  | 'small bars'
  | 'large bars'
  | 'search'
  | 'snapshot'
  | 'depth'
  | 'tick-by-tick'

/** One limit of IB for a login. */
export interface PacingRule {
  readonly name: string
  readonly counts: Paced
  readonly quota: number
  /** any so many seconds in a row hold no more than the quota; null: as many may be under way at once */
  readonly windowSeconds: number | null
  /** what has a quota to itself */
  readonly per: 'login' | 'contract' | 'question'
}

/** IB's limits (facts §3.1, which has Interactive Brokers' own pages as sources). */
const table = [
  { name: 'ib-history', counts: 'small bars', quota: 60, windowSeconds: 600, per: 'login' },
  // "six or more" in two seconds are too many
  {
    name: 'ib-history-contract',
    counts: 'small bars',
    quota: 5,
    windowSeconds: 2,
    per: 'contract',
  },
  { name: 'ib-history-repeat', counts: 'small bars', quota: 1, windowSeconds: 15, per: 'question' },
  { name: 'ib-history-large', counts: 'large bars', quota: 0, windowSeconds: 60, per: 'login' },
  { name: 'ib-history-open', counts: 'history', quota: 50, windowSeconds: null, per: 'login' },
  { name: 'ib-lines', counts: 'snapshot', quota: 100, windowSeconds: null, per: 'login' },
  { name: 'ib-search', counts: 'search', quota: 1, windowSeconds: 1, per: 'login' },
  { name: 'ib-depth', counts: 'depth', quota: 3, windowSeconds: null, per: 'login' },
  { name: 'ib-ticks', counts: 'tick-by-tick', quota: 5, windowSeconds: null, per: 'login' },
  { name: 'ib-ticks-repeat', counts: 'tick-by-tick', quota: 1, windowSeconds: 15, per: 'contract' },
] as const satisfies readonly PacingRule[]

/** Counted for this long, bars are "small" (facts §3.1), s. */
export const LARGEST_SMALL_BAR_SECONDS = 30

/** What IB is given to recover that has spoken of a pacing violation and not said how long, s (facts §3.1: as between repeats). */
export const PENALTY_SECONDS = 15

function quotaOf(rule: (typeof table)[number], settings: PacingSettings): number {
  const { marketDataLines, largeBarsPerMinute } = settings
  switch (rule.name) {
    case 'ib-lines':
      return marketDataLines
    case 'ib-ticks':
      // five in a hundred lines
      return Math.max(rule.quota, Math.floor(marketDataLines / 20))
    case 'ib-history-large':
      return largeBarsPerMinute
    default:
      return rule.quota
  }
}

/** The limits this proxy keeps: its share of those of the login, at least one of each. */
export function rulesOf(settings: PacingSettings): readonly PacingRule[] {
  return table
    .filter(({ windowSeconds, name }) => {
      const isHistory = name.startsWith('ib-history') && windowSeconds !== null
      return settings.history === 'on' || !isHistory
    })
    .map((rule) => ({ ...rule, quota: quotaOf(rule, settings) }))
    .filter(({ quota }) => quota > 0)
    .map((rule) => ({
      ...rule,
      quota: Math.max(1, Math.floor(rule.quota / settings.proxies)),
    }))
}
