/** IB marks "not set" by the largest value of a type; longs lose digits on the way here (facts §1.2, F10). */
const UNSET_INTEGER = 2_147_483_647
/** Nothing traded is as large as the unset long (9.22e18) or the unset double (1.8e308). */
const ABSURD = 9.2e18

/** A number as IB sent it, or `null` where it said "not set": unset sentinels, NaN, infinities, nothing at all. */
export function numberOf(value: number | null | undefined): number | null {
  if (value === undefined || value === null || !Number.isFinite(value)) return null
  return value === UNSET_INTEGER || Math.abs(value) >= ABSURD ? null : value
}

/** A whole number, or `null` where IB left it unset; zero counts as unset, as IB numbers nothing with it. */
export function idOf(value: number | null | undefined): number | null {
  const number = numberOf(value)
  return number === 0 ? null : number
}

/** A text, or `null` where IB sent none. */
export function textOf(value: string | null | undefined): string | null {
  return value === undefined || value === null || value === '' ? null : value
}

/** A price or size of a quote: IB says -1 for "no quote" (facts §5), which no market quotes. */
export function quotedOf(value: number | null | undefined): number | null {
  const number = numberOf(value)
  return number === -1 ? null : number
}
