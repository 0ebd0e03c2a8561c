import { type Instrument, multiplierOf } from '../world/instrument.ts'

function cents(value: number): number {
  return Number(value.toFixed(6))
}

/** Commission of one trade in the currency of its instrument; `already` is what this order has paid so far. */
export function commissionOf(
  instrument: Instrument,
  quantity: number,
  price: number,
  already = 0,
): number {
  const value = Math.abs(quantity * price) * multiplierOf(instrument)
  switch (instrument.secType) {
    case 'STK':
      // one minimum per order, however many trades it takes; never more than 1 % of the value
      return cents(Math.min(Math.max(quantity * 0.005, 1 - already), Math.max(0.01, value * 0.01)))
    case 'OPT':
      return cents(Math.max(quantity * 0.65, 1 - already))
    case 'FUT':
      return cents(quantity * 2.25)
    case 'CASH':
      return cents(Math.max(value * 0.00002, 2 - already))
    case 'CRYPTO':
      return cents(Math.max(value * 0.0018, 1.75 - already))
    case 'BOND':
      return cents(Math.max(value * 0.001, 1 - already))
    case 'FUND':
    case 'IND':
    case 'BAG':
      return 0
  }
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
