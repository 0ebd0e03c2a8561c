import { type Static, Type } from 'typebox'
import { Contract } from './contract.ts'
import { Execution } from './execution.ts'
import type { OrderRequest } from './order-request.ts'
import {
  NullableBoolean,
  NullableInstant,
  NullableInteger,
  NullableNumber,
  NullableString,
  OneOf,
} from './value.ts'

export { ClientOrderId, OrderRequest, OrderRequests } from './order-request.ts'

/** IB's order states (facts §4). */
export const ORDER_STATUSES = [
  'ApiPending',
  'PendingSubmit',
  'PreSubmitted',
  'Submitted',
  'PendingCancel',
  'ApiCancelled',
  'Cancelled',
  'Filled',
  'Inactive',
  'Unknown',
] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** Our plain words for it (C11); `pending` until IB has acknowledged, `unknown` while nobody can say whether it lives. */
export const ORDER_STATES = [
  'pending',
  'unknown',
  'placed',
  'partially_executed',
  'executed',
  'canceled',
  'rejected',
] as const
export type OrderState = (typeof ORDER_STATES)[number]

/** An order as this system shows it: IB's names, our id, its owner and what became of it. */
export const Order = Type.Object({
  id: NullableString,
  clientId: Type.Integer(),
  orderId: Type.Integer(),
  permId: NullableInteger,
  parentId: NullableInteger,
  status: OneOf(ORDER_STATUSES, { description: "IB's own word" }),
  state: OneOf(ORDER_STATES),
  account: NullableString,
  contract: Contract,
  action: NullableString,
  totalQuantity: NullableNumber,
  orderType: NullableString,
  requestedOrderType: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'the type it was placed with, where IB has another word for it (MOO, LOO)',
  }),
  lmtPrice: NullableNumber,
  auxPrice: NullableNumber,
  tif: NullableString,
  filled: NullableNumber,
  remaining: NullableNumber,
  filledFraction: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    description: 'the share that is filled; null when all of it is',
  }),
  avgFillPrice: NullableNumber,
  lastFillPrice: NullableNumber,
  whyHeld: NullableString,
  ocaGroup: NullableString,
  ocaType: NullableInteger,
  orderRef: NullableString,
  clientOrderId: NullableString,
  transmit: NullableBoolean,
  outsideRth: NullableBoolean,
  goodAfterTime: NullableString,
  goodTillDate: NullableString,
  clear: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'when an order that rests until its hour is expected to clear: UTC, ISO 8601',
  }),
  trailStopPrice: NullableNumber,
  trailingPercent: NullableNumber,
  commission: NullableNumber,
  commissionCurrency: NullableString,
  warningText: NullableString,
  errorCode: NullableInteger,
  errorMsg: NullableString,
  updatedAt: NullableInstant,
  timestamp: Type.Optional(
    Type.Unsafe<number | null>({
      type: ['number', 'null'],
      description: 'the same, seconds since 1970 (S4.4); answers kept from before have none',
    }),
  ),
})
export type Order = Static<typeof Order>

/** One order in full: as it stands, what was asked for, and its fills. */
export const OrderDetail = Type.Object({
  ...Order.properties,
  commission: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    description: 'the sum over its fills where every one of them is known',
  }),
  request: Type.Unsafe<OrderRequest | null>({
    type: ['object', 'null'],
    additionalProperties: true,
    description: 'what was last asked for; null for an order that was not placed here',
  }),
  fills: Type.Array(Execution, { description: 'oldest first, corrections applied' }),
  history: Type.Array(
    Type.Object({
      event: Type.String(),
      at: Type.String({ format: 'date-time' }),
      sequence: Type.Integer(),
      state: OneOf(ORDER_STATES),
      status: OneOf(ORDER_STATUSES),
      filled: NullableNumber,
    }),
    { description: 'what it went through, oldest first, as far as events are kept' },
  ),
})
export type OrderDetail = Static<typeof OrderDetail>

/** An order of today that is over; `null` for whose and which it is where no client of ours placed it. */
export const CompletedOrder = Type.Object({
  ...Order.properties,
  clientId: NullableInteger,
  orderId: NullableInteger,
  completedAt: NullableInstant,
  completedStatus: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: "IB's own words on how it ended",
  }),
})
export type CompletedOrder = Static<typeof CompletedOrder>
