import type { Gateway } from '../gateway.ts'
import type { Order } from '../trading/order.ts'
import { ControlError, needed, number, oneOf, readBody, text, whole } from './body.ts'
import { executionDocuments, orderDocument, orderDocuments } from './documents.ts'
import type { Route } from './route.ts'

const MAX_QUANTITY = 1e9
const MAX_PRICE = 1e9

function orderNamed({ world }: Gateway, key = ''): Order {
  const [clientId, orderId] = key.split('.').map(Number)
  const order = world.desk.order(clientId ?? -1, orderId ?? -1)
  if (order === undefined) throw new ControlError(404, `there is no order ${key}`)
  return order
}

/** Orders: a look at them, and what the market, the exchange or a person at TWS does with them. */
export const orderRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/orders',
    does: 'every order of this run, in every state, with its family',
    serve: (gateway) => ({ body: orderDocuments(gateway) }),
  },
  {
    method: 'POST',
    path: '/orders',
    takes:
      '{"account", "symbol" or "conId", "action", "quantity", "orderType", "lmtPrice", "auxPrice", "tif"}',
    does: 'an order placed by hand in TWS',
    serve: ({ world }, body) => {
      const read = readBody(body, {
        account: text(20),
        symbol: text(30),
        conId: whole(1, 0x7fff_ffff),
        action: oneOf('BUY', 'SELL'),
        quantity: number(0.0001, MAX_QUANTITY),
        orderType: text(20),
        lmtPrice: number(-MAX_PRICE, MAX_PRICE),
        auxPrice: number(-MAX_PRICE, MAX_PRICE),
        tif: text(10),
      })
      const order = {
        ...read,
        action: needed(read.action, 'action'),
        quantity: needed(read.quantity, 'quantity'),
        orderType: read.orderType ?? (read.lmtPrice === undefined ? 'MKT' : 'LMT'),
      }
      if (read.symbol === undefined && read.conId === undefined) needed(undefined, 'symbol')
      const placed = world.desk.placeManual(order)
      if ('code' in placed) throw new ControlError(400, `${placed.code}: ${placed.text}`)
      return { status: 201, body: orderDocument(placed) }
    },
  },
  {
    method: 'POST',
    path: '/orders/{clientId}.{orderId}/fill',
    takes: '{"quantity", "price"}',
    does: 'an order trades now: in part or whole, at its limit, at the market or at that price',
    serve: (gateway, body, key) => {
      const { quantity, price } = readBody(body, {
        quantity: number(0.0001, MAX_QUANTITY),
        price: number(-MAX_PRICE, MAX_PRICE),
      })
      const order = orderNamed(gateway, key)
      const { clientId, orderId, remaining, status } = order
      if (!order.isWorking)
        throw new ControlError(409, `order ${key} is ${status}: it cannot trade`)
      if (quantity !== undefined && quantity > remaining) {
        throw new ControlError(400, `quantity: ${remaining} are left`)
      }
      const whyNot = gateway.world.desk.cross(clientId, orderId, quantity, price)
      if (whyNot !== undefined) throw new ControlError(409, whyNot)
      return { body: orderDocument(order) }
    },
  },
  {
    method: 'DELETE',
    path: '/orders/{clientId}.{orderId}',
    takes: '{"reason"}',
    does: 'the exchange cancels an order: its owner hears Cancelled and 202 with the reason',
    serve: (gateway, body, key) => {
      const { reason = 'cancelled by the exchange' } = readBody(body, { reason: text(200) })
      const order = orderNamed(gateway, key)
      if (order.isOver) throw new ControlError(409, `order ${key} is ${order.status} already`)
      gateway.world.desk.withdraw(order.clientId, order.orderId, reason)
      return { body: orderDocument(order) }
    },
  },
  {
    method: 'GET',
    path: '/executions',
    does: 'every trade of this run, with its commission',
    serve: (gateway) => ({ body: executionDocuments(gateway) }),
  },
]
