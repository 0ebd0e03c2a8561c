/** What is left of one limit. */
export interface Standing {
  readonly name: string
  readonly quota: number
  /** null: as many may be under way at once */
  readonly windowSeconds: number | null
  readonly remaining: number
  /** until there is more; null: as soon as something ends */
  readonly resetSeconds: number | null
}

const NONE: Record<string, string> = Object.freeze({})

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) for every limit, and the three older
 * fields for the one of which the smallest part is left (D.2). Names in lower case.
 */
export function rateFields(standings: readonly Standing[]): Record<string, string> {
  const [first] = standings
  if (first === undefined) return NONE
  // the usual call has one
  let [scarcest, policies, lefts] = [first, policyOf(first), leftOf(first)]
  for (let index = 1; index < standings.length; index += 1) {
    const one = standings[index] as Standing
    policies += `, ${policyOf(one)}`
    lefts += `, ${leftOf(one)}`
    if (partOf(one) < partOf(scarcest)) scarcest = one
  }
  return {
    'ratelimit-policy': policies,
    ratelimit: lefts,
    'ratelimit-limit': String(scarcest.quota),
    'ratelimit-remaining': String(scarcest.remaining),
    'ratelimit-reset': String(scarcest.resetSeconds ?? 0),
  }
}

function partOf({ remaining, quota }: Standing): number {
  return remaining / quota
}

function leftOf({ name, remaining, resetSeconds }: Standing): string {
  return `"${name}";r=${remaining}${resetSeconds === null ? '' : `;t=${resetSeconds}`}`
}

function policyOf({ name, quota, windowSeconds }: Standing): string {
  return `"${name}";q=${quota}${windowSeconds === null ? '' : `;w=${windowSeconds}`}`
}
