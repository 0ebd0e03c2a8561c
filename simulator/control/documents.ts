import type { Gateway } from '../gateway.ts'
import type { Execution } from '../trading/execution.ts'
import type { Order } from '../trading/order.ts'

function instant(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

/** What time it is in the world, and how it passes. */
export function clockDocument({ worldClock }: Gateway) {
  const { isRunning, speed, waiting, nextAt } = worldClock
  return {
    now: instant(worldClock.now()),
    ...{ isRunning, speed, isStepping: worldClock.step !== undefined },
    timers: waiting,
    nextAt: instant(nextAt),
  }
}

/** Who is connected. */
export function connectionDocuments({ connections }: Gateway) {
  return connections.map(({ clientId, state, version, peer, connectedAt, waitingBytes }) => ({
    ...{ clientId, state, version, peer, waitingBytes },
    since: instant(connectedAt),
  }))
}

/** An order with its family: parent, children, OCA group. */
export function orderDocument(order: Order, children: readonly number[] = []) {
  const { clientId, orderId, permId, account, status, filled, remaining, averagePrice } = order
  const { action, orderType, lmtPrice, auxPrice, tif, orderRef, parentId, ocaGroup } = order.row
  return {
    ...{ clientId, orderId, permId, account, status, filled, remaining, averagePrice },
    lastFillPrice: order.lastFillPrice,
    symbol: order.instrument.symbol,
    conId: order.instrument.conId,
    secType: order.instrument.secType,
    ...{ action, quantity: order.quantity, orderType, lmtPrice, auxPrice, tif, orderRef },
    ...{ parentId: parentId ?? 0, children, ocaGroup, ocaType: order.row.ocaType ?? 0 },
    ...{ isHeld: order.isHeld, isWorking: order.isWorking, isOver: order.isOver },
    commission: order.commission,
    placedAt: instant(order.placedAt),
    completedAt: instant(order.completedAt),
    completedText: order.completedText,
  }
}

/** Every order of this run. */
export function orderDocuments({ world }: Gateway) {
  const children = new Map<string, number[]>()
  for (const { clientId, orderId, parentId } of world.desk.orders) {
    if (parentId === 0) continue
    const parent = `${clientId}.${parentId}`
    children.set(parent, [...(children.get(parent) ?? []), orderId])
  }
  return [...world.desk.orders].map((order) =>
    orderDocument(order, children.get(`${order.clientId}.${order.orderId}`)),
  )
}

function executionDocument({ world }: Gateway, execution: Execution) {
  const { execId, order, instrument, side, shares, price, exchange, time, isSettled } = execution
  const { clientId, orderId, permId, account } = order
  return {
    ...{ execId, clientId, orderId, permId, account },
    ...{ conId: instrument.conId, symbol: instrument.symbol, multiplier: instrument.multiplier },
    ...{ side, shares, price, exchange, time: instant(time), isSettled },
    commission: world.desk.commissions.get(execId)?.commission ?? null,
  }
}

/** Every trade of this run. */
export function executionDocuments(gateway: Gateway) {
  return gateway.world.desk.executions.map((execution) => executionDocument(gateway, execution))
}

/** Cash, positions and figures of every account. */
export function accountDocuments({ world }: Gateway) {
  return [...world.accounts.values()].map((account) => ({
    account: account.name,
    cash: Object.fromEntries(account.currencies.map((name) => [name, account.cash(name)])),
    ...account.balance(),
    positions: account.held.map((held) => ({
      conId: held.instrument.conId,
      symbol: held.instrument.symbol,
      multiplier: held.instrument.multiplier,
      quantity: held.quantity,
      averageCost: held.averageCost,
      price: world.market.last(held.instrument),
      realizedPnl: held.realizedPnl,
    })),
  }))
}
