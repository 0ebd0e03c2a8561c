import { type Static, Type } from 'typebox'
import { Order, OrderRequest, OrderRequests } from './order.ts'
import { NullableNumber, NullableString } from './value.ts'
import { when } from './when.ts'

const { action, totalQuantity, orderType, ...optional } = OrderRequest.properties

/** What a caller sends to change an order: the fields that change, or all of them; the rest stays as it was asked for. */
export const OrderChange = Type.Object(
  {
    ...optional,
    action: Type.Optional(action),
    totalQuantity: Type.Optional(totalQuantity),
    orderType: Type.Optional(orderType),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type OrderChange = Static<typeof OrderChange>

const orderIdText = {
  pattern: '^(\\d{1,9}\\.)?-?\\d{1,9}$',
  description: '`3.1042`: order 1042 of client 3; the bare number where only one client has it',
}

/** The number of an order as callers write it. */
export const OrderId = Type.String(orderIdText)
const LARGEST_ORDER_ID = 999_999_999

/** A change whose order is named beside the changed fields, as IB's own placeOrder does it (S0.s6). */
export const NamedChange = Type.Object(
  {
    ...OrderChange.properties,
    orderId: Type.Unsafe<string | number>({
      type: ['string', 'integer'],
      ...orderIdText,
      minimum: -LARGEST_ORDER_ID,
      maximum: LARGEST_ORDER_ID,
    }),
    clientId: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type NamedChange = Static<typeof NamedChange>

/** What `POST /order` takes: orders to place, or with `orderId` the change of one. */
export const OrdersOrChange = Type.Unsafe<OrderRequest | OrderRequest[] | NamedChange>(
  when({ type: 'object', required: ['orderId'] }, NamedChange, OrderRequests),
)

/** What an order would bind and cost, as IB's what-if tells it. Margins in the account's currency. */
export const Preview = Type.Object({
  account: NullableString,
  initMarginBefore: NullableNumber,
  initMarginChange: NullableNumber,
  initMarginAfter: NullableNumber,
  maintMarginBefore: NullableNumber,
  maintMarginChange: NullableNumber,
  maintMarginAfter: NullableNumber,
  equityWithLoanBefore: NullableNumber,
  equityWithLoanChange: NullableNumber,
  equityWithLoanAfter: NullableNumber,
  commission: NullableNumber,
  minCommission: NullableNumber,
  maxCommission: NullableNumber,
  commissionCurrency: NullableString,
  warningText: NullableString,
})
export type Preview = Static<typeof Preview>

const { comboLegs: _legs, parentId: _parent, transmit: _transmit, ...aimed } = optional

/** What a caller sends to hold so much of a contract: the order's fields without side and quantity. */
export const SmartOrder = Type.Object(
  {
    ...aimed,
    targetPosition: Type.Number({
      minimum: -1e9,
      maximum: 1e9,
      description: 'negative for a short position, 0 for none',
    }),
    orderType,
  },
  { additionalProperties: false },
)
export type SmartOrder = Static<typeof SmartOrder>

/** What was done to reach a position: one order for the difference, or none. */
export const Aimed = Type.Object({
  order: Type.Unsafe<Order | null>({ anyOf: [Order, { type: 'null' }] }),
  account: Type.String(),
  conId: Type.Integer(),
  position: Type.Number({ description: 'as it was found' }),
  working: Type.Number({ description: 'what earlier orders of this kind will still add to it' }),
  targetPosition: Type.Number(),
})
export type Aimed = Static<typeof Aimed>
