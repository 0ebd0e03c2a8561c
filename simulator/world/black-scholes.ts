import type { OptionTerms } from './instrument.ts'

const RATE = 0.04
const DAYS_A_YEAR = 365

/** What the model says of an option. */
export interface Greeks {
  readonly price: number
  readonly delta: number
  readonly gamma: number
  /** per point of volatility */
  readonly vega: number
  /** per day */
  readonly theta: number
}

// Abramowitz and Stegun 7.1.26, good to 1.5e-7
function normalBelow(x: number): number {
  const root = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * root)
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const below = 1 - 0.5 * series * Math.exp(-root * root)
  return x >= 0 ? below : 1 - below
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

/** Years until the end of that day; a moment is left even then. */
export function yearsLeft(expiryDay: number, today: number): number {
  return Math.max(0.02, expiryDay - today + 0.7) / DAYS_A_YEAR
}

/**
 * Black and Scholes for an option without dividends, which may be exercised early and so is worth at least what that
 * brings. Rises with the underlying for C, falls for P.
 */
export function greeksOf(terms: OptionTerms, underlying: number, years: number): Greeks {
  const { strike, right, impliedVol } = terms
  const width = impliedVol * Math.sqrt(years)
  const d1 =
    (Math.log(underlying / strike) + (RATE + (impliedVol * impliedVol) / 2) * years) / width
  const d2 = d1 - width
  const discounted = strike * Math.exp(-RATE * years)
  const decay = (-underlying * density(d1) * impliedVol) / (2 * Math.sqrt(years))
  const gamma = density(d1) / (underlying * width)
  const vega = (underlying * density(d1) * Math.sqrt(years)) / 100
  if (right === 'C') {
    return {
      price: Math.max(
        underlying * normalBelow(d1) - discounted * normalBelow(d2),
        underlying - strike,
        0,
      ),
      delta: normalBelow(d1),
      gamma,
      vega,
      theta: (decay - RATE * discounted * normalBelow(d2)) / DAYS_A_YEAR,
    }
  }
  return {
    price: Math.max(
      discounted * normalBelow(-d2) - underlying * normalBelow(-d1),
      strike - underlying,
      0,
    ),
    delta: normalBelow(d1) - 1,
    gamma,
    vega,
    theta: (decay + RATE * discounted * normalBelow(-d2)) / DAYS_A_YEAR,
  }
}

/** The volatility at which the model gives that price, or undefined where none does. */
export function impliedVolOf(
  terms: OptionTerms,
  price: number,
  underlying: number,
  years: number,
): number | undefined {
  let low = 0.001
  let high = 5
  const priceAt = (impliedVol: number) =>
    greeksOf({ ...terms, impliedVol }, underlying, years).price
  if (price < priceAt(low) || price > priceAt(high)) return undefined
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (priceAt(middle) < price) low = middle
    else high = middle
  }
  return (low + high) / 2
}
