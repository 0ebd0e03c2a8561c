import type { Market } from '../world/market.ts'
import type { Span } from '../world/path.ts'
import type { Order } from './order.ts'

/** What one side of the market offers an order now. */
interface Offer {
  /** what a buyer pays or a seller gets */
  readonly price: number
  /** the best price there was since the last look, for an order that rests */
  readonly best: number
}

/** Bid and ask of a combination: what its legs cost together. */
function combinationPrice(order: Order, market: Market): number {
  let sum = 0
  for (const { instrument, ratio } of order.legs) {
    const quote = market.quote(instrument)
    const buys = ratio > 0 === order.isBuy
    sum += ratio * (buys ? quote.ask : quote.bid)
  }
  return Number(sum.toFixed(8))
}

function offerFor(order: Order, market: Market, since: Span | undefined): Offer {
  if (order.legs.length > 0) {
    const price = combinationPrice(order, market)
    return { price, best: price }
  }
  const { instrument, isBuy } = order
  const { bid, ask } = market.quote(instrument)
  const away = instrument.halfSpread * instrument.minTick
  if (isBuy) return { price: ask, best: Math.min(ask, since ? since.low + away : ask) }
  return { price: bid, best: Math.max(bid, since ? since.high - away : bid) }
}

/** Whether the market has reached the stop price of an order. */
export function isTriggered(order: Order, market: Market, since: Span | undefined): boolean {
  const stop = order.row.auxPrice ?? 0
  const last = market.last(order.instrument)
  return order.isBuy
    ? Math.max(last, since?.high ?? last) >= stop
    : Math.min(last, since?.low ?? last) <= stop
}

/**
 * The price at which the whole order trades now, or undefined while the market does not reach it. A limit that is crossed
 * at once gets the price of the market; one that rested gets its own.
 */
export function matchPrice(
  order: Order,
  market: Market,
  since: Span | undefined,
): number | undefined {
  const { price, best } = offerFor(order, market, since)
  if (order.legs.length === 0 && price <= 0) return undefined
  if (!order.row.orderType.endsWith('LMT')) return price
  const limit = order.row.lmtPrice ?? 0
  const reaches = (offered: number) =>
    order.isBuy ? offered <= limit + 1e-9 : offered >= limit - 1e-9
  // the legs of a combination trade at what they cost, so the whole does too
  if (since === undefined || order.legs.length > 0) return reaches(price) ? price : undefined
  return reaches(best) ? limit : undefined
}
