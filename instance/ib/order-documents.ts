import { formatOrderId } from '../../shared/ids.ts'
import type { Contract, ContractQuery } from '../../shared/schemas/contract.ts'
import type { Execution } from '../../shared/schemas/execution.ts'
import type { Order, OrderRequest, OrderState, OrderStatus } from '../../shared/schemas/order.ts'
import type { OrderEffect } from './codes.ts'
import type { GatewayEvents } from './events.ts'
import { clearOf, filledFractionOf } from './order-figures.ts'
import { openOrderOf, orderStatusOf } from './translate-order.ts'
import { sentWords } from './translate-order-request.ts'

const FINAL: ReadonlySet<OrderStatus> = new Set(['Filled', 'Cancelled', 'ApiCancelled', 'Inactive'])
const ACKNOWLEDGED: ReadonlySet<OrderStatus> = new Set(['PreSubmitted', 'Submitted', 'Filled'])

/** The order is over. */
export function isFinal({ status }: Order): boolean {
  return FINAL.has(status)
}

/** IB has taken the order. */
export function isAcknowledged({ status }: Order): boolean {
  return ACKNOWLEDGED.has(status)
}

/** IB's codes that say an order was turned down, not cancelled. */
const REJECTION = 201

/** Our plain word for where an order stands (C11). */
export function stateOf(order: Pick<Order, 'status' | 'filled' | 'errorCode'>): OrderState {
  switch (order.status) {
    case 'Unknown':
      return order.filled ? 'partially_executed' : 'unknown'
    case 'ApiPending':
    case 'PendingSubmit':
      return order.filled ? 'partially_executed' : 'pending'
    case 'PreSubmitted':
    case 'Submitted':
    case 'PendingCancel':
      return order.filled ? 'partially_executed' : 'placed'
    case 'Filled':
      return 'executed'
    case 'Inactive':
      return 'rejected'
    case 'Cancelled':
    case 'ApiCancelled':
      return order.errorCode === REJECTION ? 'rejected' : 'canceled'
  }
}

const NO_CONTRACT: Contract = {
  conId: 0,
  symbol: '',
  secType: '',
  lastTradeDateOrContractMonth: null,
  strike: null,
  right: null,
  multiplier: null,
  exchange: null,
  primaryExch: null,
  currency: '',
  localSymbol: null,
  tradingClass: null,
}

/** An order of which only its number is known. */
export function blankOrder(clientId: number, orderId: number): Order {
  return {
    id: orderId === 0 ? null : formatOrderId({ clientId, orderId }),
    clientId,
    orderId,
    permId: null,
    parentId: null,
    status: 'Unknown',
    state: 'unknown',
    account: null,
    contract: NO_CONTRACT,
    action: null,
    totalQuantity: null,
    orderType: null,
    requestedOrderType: null,
    lmtPrice: null,
    auxPrice: null,
    tif: null,
    filled: null,
    remaining: null,
    filledFraction: 0,
    avgFillPrice: null,
    lastFillPrice: null,
    whyHeld: null,
    ocaGroup: null,
    ocaType: null,
    orderRef: null,
    clientOrderId: null,
    transmit: null,
    outsideRth: null,
    goodAfterTime: null,
    goodTillDate: null,
    clear: null,
    trailStopPrice: null,
    trailingPercent: null,
    commission: null,
    commissionCurrency: null,
    warningText: null,
    errorCode: null,
    errorMsg: null,
    updatedAt: null,
    timestamp: null,
  }
}

/** The document of an order that is about to be sent: what was asked for, nothing of what became of it. */
export function requestedOrder(
  owner: { readonly clientId: number; readonly orderId: number },
  request: OrderRequest,
  contract: ContractQuery,
  placing: { readonly parentId: number; readonly transmit: boolean },
): Order {
  const sent = sentWords(request)
  return settled({
    ...blankOrder(owner.clientId, owner.orderId),
    parentId: placing.parentId === 0 ? null : placing.parentId,
    // sent, and not yet confirmed
    status: 'PendingSubmit',
    account: request.account ?? null,
    contract: {
      ...NO_CONTRACT,
      conId: contract.conId ?? 0,
      symbol: contract.symbol ?? '',
      secType: contract.secType ?? '',
      lastTradeDateOrContractMonth: contract.lastTradeDateOrContractMonth ?? null,
      strike: contract.strike ?? null,
      right: contract.right?.charAt(0) ?? null,
      multiplier: contract.multiplier ?? null,
      exchange: contract.exchange ?? null,
      primaryExch: contract.primaryExch ?? null,
      currency: contract.currency ?? '',
      localSymbol: contract.localSymbol ?? null,
      tradingClass: contract.tradingClass ?? null,
    },
    action: request.action,
    totalQuantity: request.totalQuantity ?? null,
    orderType: sent.orderType,
    requestedOrderType: sent.orderType === request.orderType ? null : request.orderType,
    lmtPrice: request.lmtPrice ?? null,
    auxPrice: request.auxPrice ?? null,
    tif: sent.tif,
    filled: 0,
    remaining: request.totalQuantity ?? null,
    ocaGroup: request.ocaGroup ?? null,
    ocaType: request.ocaType ?? null,
    orderRef: request.orderRef ?? null,
    clientOrderId: request.clientOrderId ?? null,
    transmit: placing.transmit,
    outsideRth: request.outsideRth ?? null,
    goodAfterTime: sent.goodAfterTime ?? null,
    goodTillDate: sent.goodTillDate ?? null,
    trailStopPrice: request.trailStopPrice ?? null,
    trailingPercent: request.trailingPercent ?? null,
  })
}

/** Makes a document agree with itself: fills that make it whole, what is left, the plain word. */
function settled(order: Order): Order {
  const total = order.totalQuantity ?? 0
  const filled = order.filled ?? 0
  // orderStatus is not guaranteed for every change, executions are (F6)
  const status = total > 0 && filled >= total ? 'Filled' : order.status
  const remaining =
    total > 0 && order.filled !== null ? Math.max(0, total - filled) : order.remaining
  const now = Date.now()
  const updatedAt = new Date(now).toISOString()
  const whole = { ...order, status, remaining, updatedAt, timestamp: now / 1000 }
  return {
    ...whole,
    state: stateOf(whole),
    filledFraction: filledFractionOf(whole),
    clear: clearOf(whole),
  }
}

/** A final state is never left again, except that fills prove an execution (facts §5). */
function nextStatus(known: Order | undefined, said: OrderStatus): OrderStatus {
  if (known === undefined) return said
  if (said === 'Unknown') return known.status
  if (isFinal(known)) return said === 'Filled' ? said : known.status
  return said
}

/** Members that a later message without them must not wipe out. */
export function kept<Part extends Partial<Order>>(part: Part): Partial<Order> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null))
}

/** After an openOrder message; `known` is what was known of the order before. */
export function withOpenOrder(known: Order | undefined, args: GatewayEvents['openOrder']): Order {
  const said = openOrderOf(args)
  const before = known ?? blankOrder(said.clientId, said.orderId)
  return settled({
    ...before,
    ...kept(said),
    // another type has other prices, and those of before are gone
    ...(said.orderType !== before.orderType && {
      lmtPrice: said.lmtPrice,
      auxPrice: said.auxPrice,
    }),
    // a combo's total comes as 0 in some messages
    totalQuantity: said.totalQuantity || before.totalQuantity,
    status: nextStatus(known, said.status),
  })
}

/** After an orderStatus message: what is filled only grows. */
export function withStatus(known: Order | undefined, args: GatewayEvents['orderStatus']): Order {
  const said = orderStatusOf(args)
  const before = known ?? blankOrder(said.clientId, said.orderId)
  const older = said.filled < (before.filled ?? 0)
  const { filled, remaining, avgFillPrice, lastFillPrice, status, ...rest } = said
  return settled({
    ...before,
    ...kept(rest),
    ...(older ? {} : { filled, remaining, ...kept({ avgFillPrice, lastFillPrice }) }),
    whyHeld: said.whyHeld,
    status: nextStatus(known, status),
  })
}

/** After an execution of the order: `cumQty` and `avgPrice` are the order's own totals so far. */
export function withExecution(known: Order, execution: Execution): Order {
  // the legs of a combo are executed too, in quantities of their own
  if (known.contract.secType === 'BAG' && execution.contract.secType !== 'BAG') return known
  const { cumQty, avgPrice, price } = execution
  if (cumQty === null || cumQty <= (known.filled ?? 0)) return known
  return settled({
    ...known,
    permId: known.permId ?? execution.permId,
    account: known.account ?? execution.acctNumber,
    filled: cumQty,
    avgFillPrice: avgPrice ?? known.avgFillPrice,
    lastFillPrice: price,
    // filled says it is alive
    status: known.status === 'Unknown' ? 'Submitted' : known.status,
  })
}

/** After an error that names the order. */
export function withTrouble(
  known: Order,
  trouble: { readonly effect: OrderEffect; readonly code: number; readonly text: string },
): Order {
  const { effect, code, text } = trouble
  if (effect === 'warning')
    return settled({ ...known, warningText: joined(known.warningText, text) })
  if (effect === 'cancelled') return settled({ ...known, status: nextStatus(known, 'Cancelled') })
  const told = { ...known, errorCode: code, errorMsg: text }
  if (effect === 'rejected') return settled({ ...told, status: nextStatus(known, 'Inactive') })
  // an order IB has taken before lives on: what was refused is a change of it
  const alive = isAcknowledged(known) || isFinal(known) || known.status === 'PendingCancel'
  if (effect === 'untouched' || alive) return settled(told)
  return settled({ ...told, status: 'Inactive' })
}

function joined(before: string | null, text: string): string {
  if (before === null || before === text) return text
  return before.includes(text) ? before : `${before}; ${text}`
}

/** Nobody can say any more what became of the order since it was sent. */
export function inDoubt(known: Order, why: string): Order {
  if (isFinal(known)) return known
  const status = isAcknowledged(known) ? known.status : 'Unknown'
  return settled({ ...known, status, warningText: joined(known.warningText, why) })
}

/** It is proven that the gateway never had the order. */
export function neverThere(known: Order, why: string): Order {
  return settled({ ...known, status: 'ApiCancelled', warningText: joined(known.warningText, why) })
}

/** Told by `neverThere`: it ended without ever having got IB's permanent id. */
export function wasNeverThere({ status, permId }: Order): boolean {
  return status === 'ApiCancelled' && permId === null
}

/** IB's code for an order id below one it has seen. */
const DUPLICATE_ID = 103

/** IB did not take the order, for its number alone: nothing speaks against the order itself. */
export function wasOvertaken({ errorCode, permId, status }: Order): boolean {
  return errorCode === DUPLICATE_ID && permId === null && status === 'Inactive'
}
