import type {
  CommissionReport,
  Contract as IbContract,
  Execution as IbExecution,
  Order as IbOrder,
} from '@stoqey/ib'
import { formatOrderId } from '../../shared/ids.ts'
import type { Commission, Execution } from '../../shared/schemas/execution.ts'
import { ORDER_STATUSES, type Order, type OrderStatus } from '../../shared/schemas/order.ts'
import { orderTypeRule } from '../../shared/schemas/order-types.ts'
import { idOf, numberOf, textOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'
import { readGatewayTime } from './instants.ts'
import { contractOf } from './translate-contract.ts'

const statuses: ReadonlySet<string> = new Set(ORDER_STATUSES)

/** IB's status word; one we have never heard of says nothing. */
export function statusOf(word: string): OrderStatus {
  return statuses.has(word) ? (word as OrderStatus) : 'Unknown'
}

/** IB writes 0 for a price an order does not have; an order that needs the price may well have 0 (combos). */
function orderPriceOf(
  price: number | undefined,
  field: 'lmtPrice' | 'auxPrice',
  orderType: string,
): number | null {
  return orderTypeRule(orderType).needs?.includes(field) ? numberOf(price) : idOf(price)
}

/** What every message about a whole order says of what was asked for. */
function termsOf(contract: IbContract, order: IbOrder) {
  const orderType = order.orderType ?? ''
  return {
    permId: idOf(order.permId),
    account: textOf(order.account),
    contract: contractOf(contract),
    action: textOf(order.action),
    totalQuantity: numberOf(order.totalQuantity),
    orderType: textOf(orderType),
    lmtPrice: orderPriceOf(order.lmtPrice, 'lmtPrice', orderType),
    auxPrice: orderPriceOf(order.auxPrice, 'auxPrice', orderType),
    tif: textOf(order.tif),
    ocaGroup: textOf(order.ocaGroup),
    ocaType: numberOf(order.ocaType),
    orderRef: textOf(order.orderRef),
    outsideRth: order.outsideRth ?? null,
    goodAfterTime: textOf(order.goodAfterTime),
    goodTillDate: textOf(order.goodTillDate),
    trailStopPrice: numberOf(order.trailStopPrice),
    trailingPercent: numberOf(order.trailingPercent),
  } satisfies Partial<Order>
}

/** What an openOrder message says of an order; filled quantities are orderStatus' business. */
export function openOrderOf(args: GatewayEvents['openOrder']) {
  const [orderId, contract, order, state] = args
  return {
    ...termsOf(contract, order),
    clientId: order.clientId ?? 0,
    orderId,
    parentId: idOf(order.parentId),
    status: statusOf(state.status),
    commission: numberOf(state.commission),
    commissionCurrency: textOf(state.commissionCurrency),
    warningText: textOf(state.warningText),
  } satisfies Partial<Order>
}

/** What an orderStatus message says of an order. A price of 0 with nothing filled is none (facts §5). */
export function orderStatusOf(args: GatewayEvents['orderStatus']) {
  const [orderId, status, filled, remaining, average, permId, parentId, last, clientId, whyHeld] =
    args
  const done = numberOf(filled) ?? 0
  return {
    orderId,
    clientId: clientId ?? 0,
    permId: idOf(permId),
    parentId: idOf(parentId),
    status: statusOf(status),
    filled: done,
    remaining: numberOf(remaining),
    avgFillPrice: done === 0 ? null : numberOf(average),
    lastFillPrice: done === 0 ? null : numberOf(last),
    whyHeld: textOf(whyHeld),
  } satisfies Partial<Order>
}

/** A completedOrder message: it carries no client id and no order id (facts §1.5). */
export function completedOrderOf(args: GatewayEvents['completedOrder']) {
  const [contract, order, state] = args
  const terms = termsOf(contract, order)
  const filled = numberOf(order.filledQuantity) ?? 0
  return {
    ...terms,
    status: statusOf(state.status),
    filled,
    // IB writes a total of 0 for what was filled whole
    totalQuantity: terms.totalQuantity || (filled === 0 ? null : filled),
    completedAt: readGatewayTime(state.completedTime ?? '')?.datetime ?? null,
    completedStatus: textOf(state.completedStatus),
  }
}
/** An order that is over, as far as a completedOrder message tells it. */
export type Completion = ReturnType<typeof completedOrderOf>

/** execDetails → ours; the commission is joined on read, as its report comes when it likes. */
export function executionOf(contract: IbContract, execution: IbExecution): Execution {
  const { time = '', orderId = 0, clientId = 0 } = execution
  const instant = readGatewayTime(time)
  return {
    execId: execution.execId ?? '',
    id: orderId === 0 ? null : formatOrderId({ clientId, orderId }),
    clientId,
    orderId,
    permId: idOf(execution.permId),
    acctNumber: execution.acctNumber ?? '',
    exchange: textOf(execution.exchange),
    side: execution.side ?? '',
    shares: numberOf(execution.shares) ?? 0,
    price: numberOf(execution.price) ?? 0,
    cumQty: numberOf(execution.cumQty),
    avgPrice: numberOf(execution.avgPrice),
    time,
    datetime: instant?.datetime ?? null,
    timestamp: instant?.timestamp ?? null,
    liquidation: numberOf(execution.liquidation),
    lastLiquidity: numberOf(execution.lastLiquidity),
    orderRef: textOf(execution.orderRef),
    modelCode: textOf(execution.modelCode),
    contract: contractOf(contract),
    commission: null,
    commissionCurrency: null,
    realizedPNL: null,
  }
}

/** commissionReport → ours, marked with the client that keeps it. */
export function commissionOf(report: CommissionReport, clientId: number): Commission {
  const redemption = idOf(report.yieldRedemptionDate)
  return {
    execId: report.execId ?? '',
    clientId,
    commission: numberOf(report.commission),
    currency: textOf(report.currency),
    realizedPNL: numberOf(report.realizedPNL),
    yield: idOf(report.yield),
    yieldRedemptionDate: redemption === null ? null : String(redemption),
  }
}
