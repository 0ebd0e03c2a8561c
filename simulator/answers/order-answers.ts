import type { Execution } from '../trading/execution.ts'
import type { Order } from '../trading/order.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { dayOf, parseTime, startOfDay } from '../world/zone.ts'
import { type Answer, answer, type Client, tradingAnswer } from './answer.ts'
import {
  commissionRow,
  completedOrderRow,
  executionRow,
  openOrderRow,
  orderStatusRow,
} from './order-rows.ts'

function midnight(client: Client): number {
  const { homeZone } = client.world
  return startOfDay(homeZone, dayOf(homeZone, client.world.now()))
}

/** Shows an order to a client that asked; its id counts as seen from then on (facts §3.2). */
function show(client: Client, order: Order): void {
  const about = { orderId: order.orderId }
  client.world.desk.noteShown(client.clientId, order.orderId)
  client.send(messages.openOrder, openOrderRow(order), about)
  client.send(messages.orderStatus, orderStatusRow(order), about)
}

function showAll(client: Client, isWanted: (order: Order) => boolean): void {
  for (const order of client.world.desk.orders) {
    if (order.isWorking && isWanted(order)) show(client, order)
  }
}

function showOpen(client: Client, isWanted: (order: Order) => boolean): void {
  showAll(client, isWanted)
  client.send(messages.openOrderEnd, {})
}

/** Shows a client its open orders without being asked, as some gateways do at login (facts §1.1). */
export function showOwnOrders(client: Client): void {
  showAll(client, (order) => order.clientId === client.clientId)
}

interface ExecutionFilter {
  readonly clientId?: number | undefined
  readonly account: string
  readonly time: string
  readonly symbol: string
  readonly secType: string
  readonly exchange: string
  readonly side: string
}

function sideOf(text: string): string {
  return { BUY: 'BOT', SELL: 'SLD', SSHORT: 'SLD' }[text] ?? text
}

function fits(filter: ExecutionFilter, since: number): (execution: Execution) => boolean {
  const { account, symbol, secType, exchange, side } = filter
  const clientId = filter.clientId ?? 0
  return (execution) => {
    const { order, instrument } = execution
    return (
      execution.time >= since &&
      // both libraries mean "any" by an empty or zero client id
      (clientId === 0 || order.clientId === clientId) &&
      (account === '' || order.account === account) &&
      (symbol === '' || instrument.symbol === symbol) &&
      (secType === '' || instrument.secType === secType) &&
      (exchange === '' || execution.exchange === exchange || order.row.exchange === exchange) &&
      (side === '' || execution.side === sideOf(side.toUpperCase()))
    )
  }
}

/** Orders: place, change, cancel, and what is open, done and traded. */
export const orderAnswers: readonly Answer[] = [
  tradingAnswer(requests.placeOrder, (client, row) =>
    client.world.desk.place(client.clientId, row),
  ),
  tradingAnswer(requests.cancelOrder, (client, { orderId }) =>
    client.world.desk.cancel(client.clientId, orderId),
  ),
  tradingAnswer(requests.reqGlobalCancel, (client) => client.world.desk.cancelAll()),
  answer(requests.reqOpenOrders, (client) => {
    // client 0 binds what was placed by hand by asking for it (facts §3.2)
    if (client.clientId === 0 && !client.isReadOnly) client.world.desk.bindManual()
    showOpen(client, (order) => order.clientId === client.clientId)
  }),
  answer(requests.reqAllOpenOrders, (client) => showOpen(client, () => true)),
  tradingAnswer(requests.reqAutoOpenOrders, (client, { autoBind }) => {
    if (client.clientId !== 0) {
      client.error(-1, 327, 'Only the default client (i.e 0) can auto bind orders')
      return
    }
    client.world.desk.bindManual(autoBind)
    showOpen(client, (order) => order.clientId === 0)
  }),
  answer(requests.reqCompletedOrders, (client) => {
    const since = midnight(client)
    const { desk, homeZone } = client.world
    for (const order of desk.orders) {
      if (order.isOver && (order.completedAt ?? 0) >= since) {
        client.send(messages.completedOrder, completedOrderRow(order, homeZone))
      }
    }
    client.send(messages.completedOrdersEnd, {})
  }),
  answer(requests.reqExecutions, (client, filter) => {
    const { reqId } = filter
    const { desk, homeZone } = client.world
    const from = filter.time === '' ? 0 : (parseTime(filter.time, homeZone) ?? 0)
    const isWanted = fits(filter, Math.max(midnight(client), from))
    const mine = ({ order }: Execution) =>
      client.seesAllExecutions || order.clientId === client.clientId
    const found = desk.executions.filter((one) => isWanted(one) && mine(one))
    for (const execution of found) {
      const about = { orderId: execution.order.orderId }
      client.send(messages.execDetails, executionRow(execution, reqId, homeZone), about)
    }
    client.send(messages.execDetailsEnd, { reqId })
    for (const { execId, order } of found) {
      const commission = desk.commissions.get(execId)
      if (commission === undefined) continue
      const about = { orderId: order.orderId }
      client.send(messages.commissionReport, commissionRow(commission), about)
    }
  }),
]
