import { multiplierOf } from '../world/instrument.ts'
import type { Order } from './order.ts'
import type { PricingWorld } from './pricing.ts'

/** Kinds of hedge that are traded: delta, beta, currency, pair (facts §1.6, 76). */
export const HEDGES = ['D', 'B', 'F', 'P'] as const

/** How many units a hedging child trades when its parent has been filled, whole units. */
export function hedgeQuantity(child: Order, parent: Order, { market }: PricingWorld): number {
  const price = market.last(parent.instrument)
  const traded = parent.filled * multiplierOf(parent.instrument)
  switch (child.row.hedgeType) {
    case 'D':
      return Math.round(traded * Math.abs(market.greeks(parent.instrument)?.delta ?? 1))
    case 'B': {
      const beta = Number(child.row.hedgeParam || 1)
      const value = traded * price * beta
      return Math.round(value / (market.last(child.instrument) * multiplierOf(child.instrument)))
    }
    case 'F':
      return Math.round(traded * price)
    case 'P':
      return Math.round(parent.filled * Number(child.row.hedgeParam || 1))
    default:
      return 0
  }
}
