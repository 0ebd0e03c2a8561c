import { Order, OrderRequest } from '../schemas/order.ts'
import { OrderChange, Preview } from '../schemas/order-change.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'
import { orderParams } from './orders.ts'

export const changeOrder = operation({
  operationId: 'changeOrder',
  method: 'PUT',
  url: '/order/:id',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary: 'Change an order; `If-Match` with its ETag makes sure it is as you know it (placeOrder)',
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
  summary: 'What an order would bind and cost; nothing is placed (placeOrder with whatIf)',
  schema: { body: OrderRequest, response: { 200: Preview } },
})

export const orderChangeOperations = [changeOrder, previewOrder] as const
