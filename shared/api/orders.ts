import { Type } from 'typebox'
import { ClientOrderId, Order, OrderRequests } from '../schemas/order.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { requiredUnless, when } from '../schemas/when.ts'
import { operation } from './operation.ts'

const OrderId = Type.String({
  pattern: '^(\\d{1,9}\\.)?-?\\d{1,9}$',
  description: '`3.1042`: order 1042 of client 3; the bare number where only one client has it',
})

/** The path of one order. */
export const orderParams = Type.Object({ id: OrderId })

/** Placed orders: the one that was sent, or a list for a list. */
const Placed = Type.Unsafe<Order | Order[]>(when({ type: 'array' }, Type.Array(Order), Order))

export const listOrders = operation({
  operationId: 'listOrders',
  method: 'GET',
  url: '/order',
  traffic: 'leased',
  keyed: true,
  tag: 'orders',
  summary:
    'Every open order of every client (reqAllOpenOrders); with `clientOrderId` the orders of that name, ended ones too',
  schema: {
    querystring: Type.Object(
      { clientOrderId: Type.Optional(ClientOrderId) },
      { additionalProperties: false },
    ),
    response: { 200: Type.Array(Order) },
  },
})

export const placeOrder = operation({
  operationId: 'placeOrder',
  method: 'POST',
  url: '/order',
  traffic: 'leased',
  keyed: true,
  opens: true,
  tag: 'orders',
  summary: 'Place an order, or a list whose first is the parent of the others (placeOrder)',
  schema: { body: OrderRequests, response: { 201: Placed, 202: Placed } },
})

export const cancelOrders = operation({
  operationId: 'cancelOrders',
  method: 'DELETE',
  url: '/order',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary:
    'Cancel one order by `orderId`, or with `all=true` every order of the login (reqGlobalCancel)',
  schema: {
    querystring: Type.Object(
      {
        orderId: Type.Optional(OrderId),
        clientId: Type.Optional(Type.Integer({ minimum: 0 })),
        all: Type.Optional(Type.Boolean()),
      },
      {
        additionalProperties: false,
        allOf: [requiredUnless('orderId', 'all')],
      },
    ),
    response: {
      200: Type.Unsafe<Order | { cancelled: Order[] }>({
        type: 'object',
        additionalProperties: true,
      }),
      202: Order,
    },
  },
})

export const getOrder = operation({
  operationId: 'getOrder',
  method: 'GET',
  url: '/order/:id',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary: 'One order and what became of it',
  schema: { params: orderParams, response: { 200: Order } },
})

export const cancelOrder = operation({
  operationId: 'cancelOrder',
  method: 'DELETE',
  url: '/order/:id',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary: 'Cancel one order and answer with its final state (cancelOrder)',
  schema: {
    params: orderParams,
    response: { 200: Order, 202: Order, 204: Type.Null(), 404: ProblemDocument },
  },
})

export const listFilledOrders = operation({
  operationId: 'listFilledOrders',
  method: 'GET',
  url: '/order/filled',
  traffic: 'gathered',
  key: 'id',
  tag: 'orders',
  summary: "Filled orders from every instance's ledger",
  schema: {
    querystring: Type.Object({ orderId: Type.Optional(OrderId) }, { additionalProperties: false }),
    response: { 200: Type.Array(Order) },
  },
})

export const orderOperations = [
  listFilledOrders,
  listOrders,
  placeOrder,
  cancelOrders,
  getOrder,
  cancelOrder,
] as const
