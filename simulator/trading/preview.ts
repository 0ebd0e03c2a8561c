import type { PreviewRow } from '../wire/order-messages.ts'
import type { Market } from '../world/market.ts'
import type { Account, Holding } from './account.ts'
import { commissionOf } from './charges.ts'
import type { Order } from './order.ts'

/** What an order would cost and bind, as openOrder tells it (facts §4.9). */
export type Preview = PreviewRow

function wouldHold(order: Order): Holding[] {
  const quantity = order.remaining * (order.isBuy ? 1 : -1)
  return order.legs.length === 0
    ? [{ instrument: order.instrument, quantity }]
    : order.legs.map(({ instrument, ratio }) => ({ instrument, quantity: quantity * ratio }))
}

/** Why the account cannot carry an order, or undefined when it can. What makes a position smaller is always allowed. */
export function shortfall(order: Order, account: Account): string | undefined {
  const before = account.balance()
  const after = account.balance(wouldHold(order))
  if (after.initialMargin <= before.initialMargin) return undefined
  if (after.initialMargin <= after.netLiquidation) return undefined
  return (
    `the equity with loan value [${before.netLiquidation.toFixed(2)} USD] ` +
    `must exceed the initial margin [${after.initialMargin.toFixed(2)} USD]`
  )
}

function usd(value: number): number {
  return Number(value.toFixed(2))
}

/** Margin and commission of an order that is only asked about. */
export function previewOf(order: Order, account: Account, market: Market): Preview {
  const before = account.balance()
  const after = account.balance(wouldHold(order))
  const commission = wouldHold(order).reduce(
    (sum, { instrument, quantity }) =>
      sum +
      commissionOf({
        instrument,
        quantity: Math.abs(quantity),
        price: order.row.lmtPrice ?? market.last(instrument),
        month: account.tradedThisMonth(instrument.secType),
      }),
    0,
  )
  const equity = before.netLiquidation
  return {
    initMarginBefore: usd(before.initialMargin),
    maintMarginBefore: usd(before.maintenanceMargin),
    equityWithLoanBefore: usd(equity),
    initMarginChange: usd(after.initialMargin - before.initialMargin),
    maintMarginChange: usd(after.maintenanceMargin - before.maintenanceMargin),
    equityWithLoanChange: usd(-commission),
    initMarginAfter: usd(after.initialMargin),
    maintMarginAfter: usd(after.maintenanceMargin),
    equityWithLoanAfter: usd(equity - commission),
    commission: usd(commission),
    minCommission: undefined,
    maxCommission: undefined,
    commissionCurrency: order.instrument.currency,
    warningText: shortfall(order, account) ?? '',
  }
}
