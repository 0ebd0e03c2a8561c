import type { Order, OrderStatus } from '../../shared/schemas/order.ts'
import { readGatewayTime } from './instants.ts'

/** Shares of an order are told in millionths; one that is begun is never told as none, nor an unfinished one as whole. */
const MILLION = 1_000_000

/** An order with such a status trades, or is over: it rests for no hour. */
const AWAKE: ReadonlySet<OrderStatus> = new Set([
  'Submitted',
  'Filled',
  'Cancelled',
  'ApiCancelled',
  'Inactive',
])

/** What share of an order is filled: 0 to 1, and `null` when all of it is (S4.33). */
export function filledFractionOf(
  order: Pick<Order, 'status' | 'totalQuantity' | 'filled' | 'remaining'>,
): number | null {
  if (order.status === 'Filled') return null
  const filled = order.filled ?? 0
  // an order of an amount of money has no total of its own
  const total = order.totalQuantity || filled + (order.remaining ?? 0)
  if (filled === 0 || total === 0) return 0
  const millionths = Math.round((filled / total) * MILLION)
  return Math.min(MILLION - 1, Math.max(1, millionths)) / MILLION
}

/** When an order that rests until its hour is expected to clear (S4.34): UTC, ISO 8601; `null` for any other. */
export function clearOf(order: Pick<Order, 'status' | 'goodAfterTime' | 'filled'>): string | null {
  const { status, goodAfterTime, filled } = order
  if (goodAfterTime === null || filled || AWAKE.has(status)) return null
  return readGatewayTime(goodAfterTime)?.datetime ?? null
}

/** Members that orders written down by earlier versions of this program have not. */
type Newer = 'clientOrderId' | 'requestedOrderType' | 'filledFraction' | 'clear'

/** An order as it was written down, whatever version wrote it: with every member that an order has now. */
export function wholeOrder(written: Omit<Order, Newer> & Partial<Pick<Order, Newer>>): Order {
  return {
    clientOrderId: null,
    requestedOrderType: null,
    filledFraction: filledFractionOf(written),
    clear: clearOf(written),
    ...written,
  }
}
