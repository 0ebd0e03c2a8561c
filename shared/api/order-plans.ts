import { Type } from 'typebox'
import { listingFields } from '../schemas/listing.ts'
import { EndedPlan, OcaPlan, OcaRequest, SplitPlan, SplitRequest } from '../schemas/order-plan.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { inParts, operation } from './operation.ts'
import { orderParams } from './orders.ts'

export const placeOca = operation({
  operationId: 'placeOca',
  method: 'POST',
  url: '/order/oca',
  traffic: 'leased',
  keyed: true,
  idempotency: 'orders',
  opens: true,
  patient: true,
  tag: 'orders',
  summary:
    'Place the first order of a list, and the others as one OCA group once it has filled, also after the answer',
  ib: { request: ['placeOrder'], callbacks: ['openOrder', 'orderStatus', 'error'], end: null },
  schema: { body: OcaRequest, response: { 201: OcaPlan, 202: OcaPlan } },
})

export const listOca = operation({
  operationId: 'listOca',
  method: 'GET',
  url: '/order/oca',
  traffic: 'gathered',
  key: 'id',
  list: { summary: ['id', 'state', 'reason'] },
  tag: 'orders',
  summary: "Opening orders and the OCA groups that follow them, from every instance's ledger",
  schema: {
    querystring: Type.Object({ ...listingFields }, { additionalProperties: false }),
    response: inParts(Type.Array(OcaPlan)),
  },
})

export const getOca = operation({
  operationId: 'getOca',
  method: 'GET',
  url: '/order/oca/:id',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary: 'How an opening order and its OCA group stand',
  schema: { params: orderParams, response: { 200: OcaPlan, 404: ProblemDocument } },
})

export const cancelOca = operation({
  operationId: 'cancelOca',
  method: 'DELETE',
  url: '/order/oca/:id',
  traffic: 'owned',
  owner: 'orderId',
  idempotency: 'answer',
  tag: 'orders',
  summary: 'Give up an OCA group that has not been sent, and cancel its opening order',
  ib: { request: ['cancelOrder'], callbacks: ['orderStatus', 'error'], end: null },
  schema: {
    params: orderParams,
    response: { 200: OcaPlan, 202: OcaPlan, 404: ProblemDocument, 409: ProblemDocument },
  },
})

export const endPlans = operation({
  operationId: 'endPlans',
  method: 'DELETE',
  url: '/order/plans',
  traffic: 'gathered',
  key: 'id',
  tag: 'orders',
  summary:
    'Give up everything that is still to follow an order, at every client; orders are left alone',
  schema: { response: { 200: Type.Array(EndedPlan) } },
})

export const placeSplit = operation({
  operationId: 'placeSplit',
  method: 'POST',
  url: '/order/split',
  traffic: 'leased',
  keyed: true,
  idempotency: 'orders',
  opens: true,
  patient: true,
  tag: 'orders',
  summary: 'Place a large order in slices, one after the other, also after the answer',
  ib: { request: ['placeOrder'], callbacks: ['openOrder', 'orderStatus', 'error'], end: null },
  schema: { body: SplitRequest, response: { 201: SplitPlan, 202: SplitPlan } },
})

export const listSplits = operation({
  operationId: 'listSplits',
  method: 'GET',
  url: '/order/split',
  traffic: 'gathered',
  key: 'id',
  list: { summary: ['id', 'state', 'planned', 'nextAt', 'reason'] },
  tag: 'orders',
  summary: "Orders that are sent in slices, from every instance's ledger",
  schema: {
    querystring: Type.Object({ ...listingFields }, { additionalProperties: false }),
    response: inParts(Type.Array(SplitPlan)),
  },
})

export const getSplit = operation({
  operationId: 'getSplit',
  method: 'GET',
  url: '/order/split/:id',
  traffic: 'owned',
  owner: 'orderId',
  tag: 'orders',
  summary: 'How the slices of a large order stand',
  schema: { params: orderParams, response: { 200: SplitPlan, 404: ProblemDocument } },
})

export const cancelSplit = operation({
  operationId: 'cancelSplit',
  method: 'DELETE',
  url: '/order/split/:id',
  traffic: 'owned',
  owner: 'orderId',
  idempotency: 'answer',
  tag: 'orders',
  summary: 'Send no more slices, and cancel those that still work',
  ib: { request: ['cancelOrder'], callbacks: ['orderStatus', 'error'], end: null },
  schema: {
    params: orderParams,
    response: { 200: SplitPlan, 202: SplitPlan, 404: ProblemDocument, 409: ProblemDocument },
  },
})

export const orderPlanOperations = [
  endPlans,
  placeOca,
  listOca,
  getOca,
  cancelOca,
  placeSplit,
  listSplits,
  getSplit,
  cancelSplit,
] as const
