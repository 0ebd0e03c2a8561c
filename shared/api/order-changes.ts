import { Type } from 'typebox'
import { Order, OrderRequest } from '../schemas/order.ts'
import { Aimed, OrderChange, Preview, SmartOrder } from '../schemas/order-change.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'
import { orderParams } from './orders.ts'

export const changeOrder = operation({
  operationId: 'changeOrder',
  method: 'PUT',
  url: '/order/:id',
  traffic: 'owned',
  owner: 'orderId',
  idempotency: 'answer',
  opens: true,
  tag: 'orders',
  summary: 'Change an order; `If-Match` with its ETag makes sure it is as you know it',
  ib: { request: ['placeOrder'], callbacks: ['openOrder', 'orderStatus', 'error'], end: null },
  schema: {
    params: orderParams,
    body: OrderChange,
    response: {
      200: Order,
      202: Order,
      404: ProblemDocument,
      409: ProblemDocument,
      412: ProblemDocument,
    },
  },
})

export const previewOrder = operation({
  operationId: 'previewOrder',
  method: 'POST',
  url: '/order/preview',
  traffic: 'leased',
  tag: 'orders',
  summary: 'What an order would bind and cost; nothing is placed (whatIf)',
  ib: { request: ['placeOrder'], callbacks: ['openOrder', 'error'], end: 'openOrder' },
  schema: { body: OrderRequest, response: { 200: Preview } },
})

export const smartOrder = operation({
  operationId: 'smartOrder',
  method: 'POST',
  url: '/order/smart',
  // reckoned at one client, or two at the same moment could both send the difference
  traffic: 'owned',
  owner: 'steward',
  idempotency: 'orders',
  opens: true,
  tag: 'orders',
  summary: 'Reach a position: sends the difference as one order, or nothing',
  ib: {
    request: ['reqContractDetails', 'reqPositions', 'placeOrder'],
    callbacks: ['position', 'openOrder', 'orderStatus', 'error'],
    end: null,
  },
  schema: { body: SmartOrder, response: { 200: Aimed, 201: Aimed, 202: Aimed } },
})

const { account, orderType, lmtPrice, auxPrice, tif, outsideRth } = OrderRequest.properties

export const closePosition = operation({
  operationId: 'closePosition',
  method: 'DELETE',
  url: '/account/positions/:conId',
  // reckoned at one client, or two at the same moment could both send the difference
  traffic: 'owned',
  owner: 'steward',
  idempotency: 'orders',
  opens: true,
  tag: 'orders',
  summary: 'Close a position with one order, at the market unless told otherwise',
  ib: {
    request: ['reqPositions', 'placeOrder'],
    callbacks: ['position', 'openOrder', 'orderStatus', 'error'],
    end: null,
  },
  schema: {
    params: Type.Object({ conId: Type.Integer({ minimum: 1 }) }),
    querystring: Type.Object(
      { account, orderType: Type.Optional(orderType), lmtPrice, auxPrice, tif, outsideRth },
      { additionalProperties: false },
    ),
    response: { 200: Aimed, 202: Aimed, 404: ProblemDocument },
  },
})

export const orderChangeOperations = [changeOrder, previewOrder, smartOrder, closePosition] as const
