import type { Commission, Execution } from '../trading/execution.ts'
import type { Order } from '../trading/order.ts'
import type { Preview } from '../trading/preview.ts'
import type { CompletedOrderRow, OpenOrderRow } from '../wire/order-messages.ts'
import { contractOf } from '../world/instrument.ts'
import { timeText } from '../world/zone.ts'

function venueOf(order: Order): string {
  return order.row.exchange || order.instrument.exchange
}

function legsText(order: Order): string {
  return order.legs.map(({ instrument, ratio }) => `${instrument.conId}|${ratio}`).join(',')
}

const unset = undefined
const noPreview = {
  initMarginBefore: unset,
  maintMarginBefore: unset,
  equityWithLoanBefore: unset,
  initMarginChange: unset,
  maintMarginChange: unset,
  equityWithLoanChange: unset,
  initMarginAfter: unset,
  maintMarginAfter: unset,
  equityWithLoanAfter: unset,
  minCommission: unset,
  maxCommission: unset,
  warningText: '',
} as const

/** An order as openOrder tells it (facts §1.4): what the client sent, and what became of it. */
export function openOrderRow(order: Order, preview?: Preview): OpenOrderRow {
  const charged = order.commission > 0
  const { row } = order
  return {
    ...row,
    legs: row.legs ?? [],
    legPrices: row.legPrices ?? [],
    routingParams: row.routingParams ?? [],
    deltaNeutralConId: row.deltaNeutralConId,
    minTradeQty: row.minTradeQty,
    minCompeteSize: row.minCompeteSize,
    competeAgainstBestOffset: row.competeAgainstBestOffset,
    midOffsetAtWhole: row.midOffsetAtWhole,
    midOffsetAtHalf: row.midOffsetAtHalf,
    ...contractOf(order.instrument, venueOf(order)),
    account: order.account,
    tif: row.tif || 'DAY',
    clientId: order.clientId,
    permId: order.permId,
    sharesAllocation: `${order.permId}.0/${order.account}/${order.quantity}`,
    // 0 is how some clients say that they leave it to the gateway
    ocaType: row.ocaType || undefined,
    basisPoints: undefined,
    basisPointsType: undefined,
    comboLegsDescrip: legsText(order),
    status: order.status,
    ...noPreview,
    commission: charged ? order.commission : undefined,
    commissionCurrency: charged ? order.instrument.currency : '',
    softDollarDisplayName: '',
    bondAccruedInterest: '',
    ...preview,
  }
}

/** An order as orderStatus tells it. */
export function orderStatusRow(order: Order) {
  return {
    orderId: order.orderId,
    status: order.status as string,
    filled: order.filled,
    remaining: order.remaining,
    avgFillPrice: order.averagePrice,
    permId: order.permId,
    parentId: order.parentId,
    lastFillPrice: order.lastFillPrice,
    clientId: order.clientId,
    whyHeld: '',
    mktCapPrice: 0,
  }
}

/** A trade as execDetails tells it; `reqId` −1 when it is told unasked. */
export function executionRow(execution: Execution, reqId: number, homeZone: string) {
  const { order } = execution
  return {
    reqId,
    orderId: order.orderId,
    ...contractOf(execution.instrument, execution.exchange),
    execId: execution.execId,
    time: timeText(homeZone, execution.time),
    account: order.account,
    execExchange: execution.exchange,
    side: execution.side as string,
    shares: execution.shares,
    price: execution.price,
    permId: order.permId,
    clientId: order.clientId,
    liquidation: 0,
    cumQty: execution.cumQty,
    avgPrice: execution.avgPrice,
    orderRef: order.row.orderRef,
    evRule: '',
    evMultiplier: '',
    modelCode: order.row.modelCode,
    lastLiquidity: execution.isMaker ? 1 : 2,
    pendingPriceRevision: false,
  }
}

/** What a trade cost, as commissionReport tells it. */
export function commissionRow(commission: Commission) {
  return {
    execId: commission.execId,
    commission: commission.commission,
    currency: commission.currency,
    realizedPNL: commission.realizedPnl,
    yield: undefined,
    yieldRedemptionDate: undefined,
  }
}

/** An order that is over, as completedOrder tells it (facts §1.5): without its id and its client. */
export function completedOrderRow(order: Order, homeZone: string): CompletedOrderRow {
  const { commission, ...told } = openOrderRow(order)
  return {
    ...told,
    autoCancelDate: '',
    // a real gateway tells 0 for what is filled and nothing else
    totalQuantity: order.status === 'Filled' ? 0 : order.quantity,
    filledQuantity: order.filled,
    refFuturesConId: undefined,
    shareholder: 'Not an insider or substantial shareholder',
    imbalanceOnly: false,
    routeMarketableToBbo: false,
    parentPermId: undefined,
    completedTime: order.completedAt === undefined ? '' : timeText(homeZone, order.completedAt),
    completedStatus: order.completedText,
  }
}
