import { onGrid } from '../world/instrument.ts'
import type { Market } from '../world/market.ts'
import type { Span } from '../world/path.ts'
import type { Order } from './order.ts'

/** The highest and lowest trade since the last look. */
interface Range {
  readonly high: number
  readonly low: number
  readonly last: number
}

/** +1 where a rising price reaches the trigger: a stop of a buyer, a touch of a seller. */
function direction(order: Order): 1 | -1 {
  const { trigger } = order.type
  const follows = trigger === 'stop' || trigger === 'trail'
  return order.isBuy === follows ? 1 : -1
}

function reached(order: Order, { high, low }: Range, price: number): boolean {
  return direction(order) > 0 ? high >= price - 1e-9 : low <= price + 1e-9
}

/** How far a trailing trigger stays away from the market, at that price. */
function distance({ row }: Order, price: number): number {
  const percent = row.trailingPercent ?? 0
  return percent > 0 ? (price * percent) / 100 : (row.auxPrice ?? 0)
}

/** Where the trailing trigger of an order stands that has just come: where it says, or its distance from the market. */
function firstStop(order: Order, last: number): number {
  const { trailStopPrice } = order.row
  if (trailStopPrice !== undefined && trailStopPrice > 0) return trailStopPrice
  return onGrid(order.instrument, last + direction(order) * distance(order, last))
}

/** Moves a trailing trigger after the market, never back, and tells whether the market has come to it. */
function trails(order: Order, range: Range): boolean {
  const stop = order.row.trailStopPrice ?? 0
  // what was reached before the trigger moved comes first
  if (reached(order, range, stop)) return true
  const towards = direction(order)
  const best = towards > 0 ? range.low : range.high
  const moved = onGrid(order.instrument, best + towards * distance(order, best))
  const nearer = towards > 0 ? Math.min(stop, moved) : Math.max(stop, moved)
  if (nearer !== stop) order.row = { ...order.row, trailStopPrice: nearer }
  return reached(order, { high: range.last, low: range.last, last: range.last }, nearer)
}

/** The limit a trailing limit order has when its stop is reached: so far beyond the stop as it was told. */
function trailingLimit({ row, isBuy }: Order, stop: number): number | undefined {
  const offset = row.lmtPriceOffset ?? (row.lmtPrice && Math.abs(stop - row.lmtPrice))
  return offset === undefined ? row.lmtPrice : stop + (isBuy ? 1 : -1) * offset
}

/** Sets a trailing trigger where it begins, and the limit that goes with it. */
export function startTrailing(order: Order, market: Market): void {
  const { trigger } = order.type
  if (trigger !== 'trail' && trigger !== 'trail touch') return
  const stop = firstStop(order, market.last(order.instrument))
  const limit = trailingLimit(order, stop)
  const lmtPriceOffset =
    order.row.lmtPriceOffset ?? (limit === undefined ? undefined : Math.abs(limit - stop))
  order.row = { ...order.row, trailStopPrice: stop, lmtPriceOffset }
}

/**
 * Whether the market has come to the trigger of an order: what was traded since the last look counts, and the last
 * trade. An adjustable stop turns into its other self first (facts §1.4, 111–118).
 */
export function isTriggered(order: Order, market: Market, since: Span | undefined): boolean {
  const last = market.last(order.instrument)
  const range = {
    last,
    high: Math.max(last, since?.high ?? last),
    low: Math.min(last, since?.low ?? last),
  }
  adjust(order, range, market)
  switch (order.type.trigger) {
    case 'stop':
    case 'touch':
      return reached(order, range, order.row.auxPrice ?? 0)
    case 'trail':
    case 'trail touch':
      if (!trails(order, range)) return false
      order.anchor = trailingLimit(order, order.row.trailStopPrice ?? last)
      return true
    default:
      return true
  }
}

function adjust(order: Order, range: Range, market: Market): void {
  const { row } = order
  const { adjustedOrderType: to, triggerPrice } = row
  if (to === '' || to === 'None' || triggerPrice === undefined) return
  // a stop is adjusted when the market has gone its way: up for a seller
  if (order.isBuy ? range.low > triggerPrice : range.high < triggerPrice) return
  const trailing = to.startsWith('TRAIL')
  const amount = row.adjustedTrailingAmount
  const inPercent = row.adjustableTrailingUnit === 1
  order.row = {
    ...row,
    orderType: to,
    adjustedOrderType: '',
    auxPrice: trailing ? (inPercent ? undefined : amount) : row.adjustedStopPrice,
    trailingPercent: trailing && inPercent ? amount : undefined,
    trailStopPrice: trailing ? row.adjustedStopPrice : undefined,
    lmtPrice: row.adjustedStopLimitPrice ?? row.lmtPrice,
  }
  startTrailing(order, market)
}
