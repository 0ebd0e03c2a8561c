import type { PacingRule } from './rules.ts'

/** What is left of one limit. */
export interface Standing {
  readonly rule: PacingRule
  readonly remaining: number
  /** until there is more; null: as soon as something ends */
  readonly resetSeconds: number | null
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) for every limit, and the three older
 * fields for the one of which the smallest part is left (D.2). One that any question exhausts by being sent is left out.
 */
export function rateFields(standings: readonly Standing[]): Record<string, string> {
  const told = standings.filter(({ rule }) => rule.per !== 'question')
  const [first] = told
  if (first === undefined) return {}
  const part = ({ remaining, rule }: Standing) => remaining / rule.quota
  const scarcest = told.reduce((least, one) => (part(one) < part(least) ? one : least), first)
  return {
    'ratelimit-policy': told.map(({ rule }) => policyOf(rule)).join(', '),
    ratelimit: told.map(leftOf).join(', '),
    'ratelimit-limit': String(scarcest.rule.quota),
    'ratelimit-remaining': String(scarcest.remaining),
    'ratelimit-reset': String(scarcest.resetSeconds ?? 0),
  }
}

function leftOf({ rule, remaining, resetSeconds }: Standing): string {
  return `"${rule.name}";r=${remaining}${resetSeconds === null ? '' : `;t=${resetSeconds}`}`
}

function policyOf({ name, quota, windowSeconds }: PacingRule): string {
  return `"${name}";q=${quota}${windowSeconds === null ? '' : `;w=${windowSeconds}`}`
}
