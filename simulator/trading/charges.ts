import { type Instrument, multiplierOf } from '../world/instrument.ts'

/** What a trade is charged by. */
export interface Charged {
  readonly instrument: Instrument
  readonly quantity: number
  readonly price: number
  /** what the same order has traded and been charged before */
  readonly before?: { readonly quantity: number; readonly commission: number }
  /** shares or contracts of this kind that the account has traded this month, this trade left out */
  readonly month?: number
}

/** A price for each unit, up to so many units a month. */
type Tier = readonly [upTo: number, each: number]

const STOCK_TIERS: readonly Tier[] = [
  [300_000, 0.005],
  [3_000_000, 0.0035],
  [20_000_000, 0.002],
  [100_000_000, 0.0015],
  [Number.POSITIVE_INFINITY, 0.001],
]
const OPTION_TIERS: readonly Tier[] = [
  [10_000, 0.65],
  [50_000, 0.5],
  [100_000, 0.25],
  [Number.POSITIVE_INFINITY, 0.15],
]
const FUTURE_TIERS: readonly Tier[] = [
  [1_000, 2.25],
  [10_000, 1.75],
  [Number.POSITIVE_INFINITY, 1.5],
]
/** The least that an order is charged, USD or the currency of the instrument. */
const LEAST = 1
const LEAST_CURRENCY = 2
/** The most for an order of stocks, as a part of its value. */
const MOST = 0.01

function rounded(value: number): number {
  return Number(value.toFixed(6))
}

/** Units of one month are charged by the tier they fall into, one after the other. */
function byTier(tiers: readonly Tier[], quantity: number, month: number): number {
  let sum = 0
  let from = month
  let left = quantity
  for (const [upTo, each] of tiers) {
    const part = Math.min(left, Math.max(0, upTo - from))
    sum += part * each
    from += part
    left -= part
  }
  return sum
}

/**
 * Commission of one trade in the currency of its instrument: tiered by the volume of the month, with a least amount for
 * the whole order, however many trades it takes.
 */
export function commissionOf({
  instrument,
  quantity,
  price,
  before = { quantity: 0, commission: 0 },
  month = 0,
}: Charged): number {
  const total = before.quantity + quantity
  const value = total * Math.abs(price) * multiplierOf(instrument)
  const start = Math.max(0, month - before.quantity)
  const owed = () => {
    switch (instrument.secType) {
      case 'STK': {
        const charge = Math.max(byTier(STOCK_TIERS, total, start), LEAST)
        return Math.min(charge, Math.max(0.01, value * MOST))
      }
      case 'OPT':
        return Math.max(byTier(OPTION_TIERS, total, start), LEAST)
      case 'FUT':
        return byTier(FUTURE_TIERS, total, start)
      case 'CASH':
        return Math.max(value * 0.00002, LEAST_CURRENCY)
      case 'CRYPTO':
        return Math.max(value * 0.0018, LEAST)
      case 'BOND':
        return Math.max(value * 0.001, LEAST)
      case 'FUND':
      case 'IND':
      case 'BAG':
        return 0
    }
  }
  return rounded(Math.max(0, owed() - before.commission))
}

/** Part of the value of a position that must be there to open it, and to keep it. */
export interface MarginRate {
  readonly initial: number
  readonly maintenance: number
}

/** Margin of a position, as a part of its value. */
export function marginRate(instrument: Instrument, isShort: boolean): MarginRate {
  switch (instrument.secType) {
    case 'STK':
      return isShort ? { initial: 0.3, maintenance: 0.3 } : { initial: 0.25, maintenance: 0.25 }
    case 'FUT':
      return { initial: 0.08, maintenance: 0.07 }
    case 'CASH':
      return { initial: 0.03, maintenance: 0.03 }
    case 'OPT':
      // a bought option is paid in full; a sold one may cost many times what it brought
      return isShort ? { initial: 4, maintenance: 4 } : { initial: 1, maintenance: 1 }
    case 'BOND':
      return { initial: 0.1, maintenance: 0.1 }
    case 'FUND':
    case 'CRYPTO':
      return { initial: 1, maintenance: 1 }
    case 'IND':
    case 'BAG':
      return { initial: 0, maintenance: 0 }
  }
}
