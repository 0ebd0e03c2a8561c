import { Type } from 'typebox'
import { AccountFilter, listingFields, SymbolFilter } from '../schemas/listing.ts'
import { ClientOrderId, CompletedOrder, Order, OrderDetail } from '../schemas/order.ts'
import { OrderId, OrdersOrChange } from '../schemas/order-change.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { OneOf } from '../schemas/value.ts'
import { requiredUnless, when } from '../schemas/when.ts'
import { inParts, operation } from './operation.ts'

/** The path of one order. */
export const orderParams = Type.Object({ id: OrderId })

/** What placing an order may wait for: that IB has it, or that it has come to an end. */
export const UNTIL = ['acknowledged', 'filled'] as const

/** What a summary tells of an order. */
const ORDER_SUMMARY = [
  'id',
  'state',
  'status',
  'account',
  'contract.symbol',
  'contract.secType',
  'action',
  'totalQuantity',
  'orderType',
  'lmtPrice',
  'filled',
  'remaining',
  'avgFillPrice',
  'updatedAt',
  'timestamp',
] as const

/** Placed orders: the one that was sent, or a list for a list. */
const Placed = Type.Unsafe<Order | Order[]>(when({ type: 'array' }, Type.Array(Order), Order))

export const listOrders = operation({
  operationId: 'listOrders',
  method: 'GET',
  url: '/order',
  traffic: 'leased',
  keyed: true,
  list: { time: ['timestamp', 'updatedAt'], summary: ORDER_SUMMARY },
  tag: 'orders',
  summary:
    'Every open order of every client; with `clientOrderId` the orders of that name, ended ones too',
  ib: {
    request: ['reqAllOpenOrders'],
    callbacks: ['openOrder', 'orderStatus'],
    end: 'openOrderEnd',
  },
  schema: {
    querystring: Type.Object(
      {
        clientOrderId: Type.Optional(ClientOrderId),
        account: AccountFilter,
        symbol: SymbolFilter,
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(Order)),
  },
})

export const placeOrder = operation({
  operationId: 'placeOrder',
  method: 'POST',
  url: '/order',
  traffic: 'leased',
  keyed: true,
  ownerInBody: true,
  idempotency: 'orders',
  patient: 'until',
  opens: true,
  tag: 'orders',
  summary:
    'Place an order, a list whose first is the parent of the others, or with `bracket=false` unrelated ones; with `orderId` change that order',
  ib: { request: ['placeOrder'], callbacks: ['openOrder', 'orderStatus', 'error'], end: null },
  schema: {
    querystring: Type.Object(
      {
        bracket: Type.Optional(
          Type.Boolean({
            description: 'false: the orders of a list have no parent and release themselves',
          }),
        ),
        until: Type.Optional(
          OneOf(UNTIL, {
            description: 'what is waited for inside the deadline, default acknowledged',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    body: OrdersOrChange,
    response: { 200: Order, 201: Placed, 202: Placed },
  },
})

export const cancelOrders = operation({
  operationId: 'cancelOrders',
  method: 'DELETE',
  url: '/order',
  traffic: 'owned',
  owner: 'orderId',
  endsPlans: true,
  idempotency: 'answer',
  tag: 'orders',
  summary:
    'Cancel one order by `orderId`, or with `all=true` every order of the login and all that would still follow one',
  ib: {
    request: ['cancelOrder', 'reqGlobalCancel'],
    callbacks: ['orderStatus', 'error'],
    end: null,
  },
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
  summary: 'One order: as it stands, what was asked for, its fills',
  schema: { params: orderParams, response: { 200: OrderDetail } },
})

export const cancelOrder = operation({
  operationId: 'cancelOrder',
  method: 'DELETE',
  url: '/order/:id',
  traffic: 'owned',
  owner: 'orderId',
  idempotency: 'answer',
  tag: 'orders',
  summary: 'Cancel one order and answer with its final state',
  ib: { request: ['cancelOrder'], callbacks: ['orderStatus', 'error'], end: null },
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
  list: { time: ['timestamp', 'updatedAt'], summary: ORDER_SUMMARY },
  tag: 'orders',
  summary: "Filled orders from every instance's ledger",
  schema: {
    querystring: Type.Object(
      {
        orderId: Type.Optional(OrderId),
        account: AccountFilter,
        symbol: SymbolFilter,
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(Order)),
  },
})

export const listCompletedOrders = operation({
  operationId: 'listCompletedOrders',
  method: 'GET',
  url: '/order/completed',
  traffic: 'gathered',
  key: 'permId',
  newestBy: 'completedAt',
  list: {
    time: ['completedAt'],
    summary: [...ORDER_SUMMARY, 'completedAt', 'completedStatus'],
  },
  tag: 'orders',
  summary: "Today's orders that are over, of every client and of TWS",
  ib: { request: ['reqCompletedOrders'], callbacks: ['completedOrder'], end: 'completedOrdersEnd' },
  schema: {
    querystring: Type.Object(
      { account: AccountFilter, symbol: SymbolFilter, ...listingFields },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(CompletedOrder)),
  },
})

export const orderOperations = [
  listFilledOrders,
  listCompletedOrders,
  listOrders,
  placeOrder,
  cancelOrders,
  getOrder,
  cancelOrder,
] as const
