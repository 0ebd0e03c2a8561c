import type { Execution } from '../../shared/schemas/execution.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { GatewayEvents } from './events.ts'
import { withOpenOrder, withStatus } from './order-documents.ts'
import { itself, list, type Query } from './query.ts'
import { type Completion, completedOrderOf, executionOf } from './translate-order.ts'

/** Orders by who they belong to; those without a number by IB's permanent one. */
type OrdersSeen = Map<string, Order>

function openOrder(bag: OrdersSeen, args: GatewayEvents['openOrder']): 'more' {
  const { clientId = 0, permId = 0, whatIf } = args[2]
  // asked about, not placed
  if (whatIf === true) return 'more'
  const key = `${clientId}.${args[0] === 0 ? `p${permId}` : args[0]}`
  bag.set(key, withOpenOrder(bag.get(key), args))
  return 'more'
}

function orderStatus(bag: OrdersSeen, args: GatewayEvents['orderStatus']): 'more' {
  const [orderId, , , , , permId = 0, , , clientId = 0] = args
  const key = `${clientId}.${orderId === 0 ? `p${permId}` : orderId}`
  const known = bag.get(key)
  // a status of an order that is not in the list is a push of something else
  if (known !== undefined) bag.set(key, withStatus(known, args))
  return 'more'
}

const openOrderReads = { openOrder, orderStatus, openOrderEnd: (): 'end' => 'end' }

/** Open orders of every client and of TWS; binds none (facts §3.2). */
export const allOpenOrders: Query<void, OrdersSeen, Order[]> = {
  name: 'allOpenOrders',
  answeredBy: 'kind',
  begin: () => new Map(),
  start: (api) => void api.reqAllOpenOrders(),
  cancel: null,
  reads: openOrderReads,
  answer: (bag) => [...bag.values()],
}

/** Open orders of this client; as client 0 it also binds those made in TWS. */
export const openOrders: Query<void, OrdersSeen, Order[]> = {
  ...allOpenOrders,
  name: 'openOrders',
  start: (api) => void api.reqOpenOrders(),
}

/** Today's orders that are over; they carry no client and no number, only the permanent one (facts §1.5). */
export const completedOrders: Query<void, Completion[], Completion[]> = {
  name: 'completedOrders',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqCompletedOrders(false),
  cancel: null,
  reads: {
    completedOrder: (bag, args) => {
      bag.push(completedOrderOf(args))
      return 'more'
    },
    completedOrdersEnd: () => 'end',
  },
  answer: itself,
}

/** Today's fills as far as the gateway shows them to this client; filtered here, not there (facts §3.2). */
export const executions: Query<void, Execution[], Execution[]> = {
  name: 'executions',
  answeredBy: 'reqId',
  begin: list,
  start: (api, reqId) => void api.reqExecutions(reqId, {}),
  cancel: null,
  reads: {
    execDetails: (bag, [, contract, execution]) => {
      bag.push(executionOf(contract, execution))
      return 'more'
    },
    execDetailsEnd: () => 'end',
  },
  answer: itself,
}

/** The lowest order id the gateway takes from this client; it is told to the ids as it comes. */
export const nextValidId: Query<void, number[], number> = {
  name: 'nextValidId',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqIds(),
  cancel: null,
  reads: {
    nextValidId: (bag, [orderId]) => {
      bag.push(orderId)
      return 'end'
    },
  },
  answer: ([orderId = 0]) => orderId,
}
