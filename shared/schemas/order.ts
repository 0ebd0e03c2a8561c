import { type Static, Type } from 'typebox'
import { Contract, ContractSymbol, optionalContractFields } from './contract.ts'
import {
  NullableBoolean,
  NullableInstant,
  NullableInteger,
  NullableNumber,
  NullableString,
  OneOf,
} from './value.ts'
import { requiredUnless, when } from './when.ts'

/** IB's order types (S0.s8, extended to the current list), each with the prices it cannot do without. */
export const ORDER_TYPES = {
  MKT: [],
  LMT: ['lmtPrice'],
  STP: ['auxPrice'],
  'STP LMT': ['lmtPrice', 'auxPrice'],
  TRAIL: [],
  'TRAIL LIMIT': [],
  MOC: [],
  LOC: ['lmtPrice'],
  MOO: [],
  LOO: ['lmtPrice'],
  MIT: ['auxPrice'],
  LIT: ['lmtPrice', 'auxPrice'],
  MTL: [],
  'MKT PRT': [],
  'STP PRT': ['auxPrice'],
  MIDPRICE: [],
  REL: [],
  'REL + LMT': [],
  'REL + MKT': [],
  'LMT + MKT': ['lmtPrice'],
  'PASSV REL': [],
  'PEG MKT': [],
  'PEG MID': [],
  'PEG STK': [],
  'PEG BENCH': [],
  'PEG BEST': [],
  'BOX TOP': [],
  'SNAP MKT': [],
  'SNAP MID': [],
  'SNAP PRIM': [],
  VOL: [],
} as const satisfies Record<string, readonly ('lmtPrice' | 'auxPrice')[]>

export const ORDER_TYPE_NAMES = Object.keys(ORDER_TYPES) as (keyof typeof ORDER_TYPES)[]
export const TIMES_IN_FORCE = [
  'DAY',
  'GTC',
  'IOC',
  'GTD',
  'FOK',
  'OPG',
  'DTC',
  'AUC',
  'Minutes',
] as const

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

const price = Type.Number()
const size = Type.Integer({ minimum: 0 })

/** IB caps no order, but a number this large is a slip of the hand, not a trade. */
const MAX_QUANTITY = 1e9

const ComboLeg = Type.Object(
  {
    conId: Type.Optional(Type.Integer({ minimum: 1 })),
    ratio: Type.Integer({ exclusiveMinimum: 0 }),
    action: OneOf(['BUY', 'SELL', 'SSHORT']),
    exchange: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    symbol: Type.Optional(ContractSymbol),
    secType: optionalContractFields.secType,
    currency: optionalContractFields.currency,
    lastTradeDateOrContractMonth: optionalContractFields.lastTradeDateOrContractMonth,
    strike: optionalContractFields.strike,
    right: optionalContractFields.right,
    multiplier: optionalContractFields.multiplier,
    localSymbol: optionalContractFields.localSymbol,
    tradingClass: optionalContractFields.tradingClass,
  },
  { additionalProperties: false },
)

/** A caller's own name for an order: IB keeps it in `orderRef`, and it may be placed under it once (D.3). */
export const ClientOrderId = Type.String({
  pattern: '^[!-~]{1,40}$',
  description:
    '1 to 40 visible ASCII characters, kept in `orderRef`; a second order under it is never placed',
})

const requestProperties = {
  symbol: Type.Optional(ContractSymbol),
  ...optionalContractFields,
  comboLegs: Type.Optional(Type.Array(ComboLeg, { minItems: 1, maxItems: 8 })),
  action: OneOf(['BUY', 'SELL', 'SSHORT']),
  totalQuantity: Type.Number({ exclusiveMinimum: 0, maximum: MAX_QUANTITY }),
  orderType: OneOf(ORDER_TYPE_NAMES),
  lmtPrice: Type.Optional(price),
  auxPrice: Type.Optional(price),
  tif: Type.Optional(OneOf(TIMES_IN_FORCE, { description: 'default DAY' })),
  account: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  orderRef: Type.Optional(Type.String({ maxLength: 40 })),
  clientOrderId: Type.Optional(ClientOrderId),
  transmit: Type.Optional(Type.Boolean({ description: 'default true' })),
  parentId: Type.Optional(Type.Integer({ minimum: 0 })),
  ocaGroup: Type.Optional(Type.String({ maxLength: 64 })),
  ocaType: Type.Optional(Type.Integer({ minimum: 0, maximum: 3 })),
  outsideRth: Type.Optional(Type.Boolean()),
  hidden: Type.Optional(Type.Boolean()),
  allOrNone: Type.Optional(Type.Boolean()),
  blockOrder: Type.Optional(Type.Boolean()),
  sweepToFill: Type.Optional(Type.Boolean()),
  displaySize: Type.Optional(size),
  minQty: Type.Optional(size),
  triggerMethod: Type.Optional(Type.Integer({ minimum: 0, maximum: 8 })),
  percentOffset: Type.Optional(Type.Number()),
  trailStopPrice: Type.Optional(price),
  trailingPercent: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100 })),
  lmtPriceOffset: Type.Optional(Type.Number()),
  discretionaryAmt: Type.Optional(Type.Number({ minimum: 0 })),
  goodAfterTime: Type.Optional(Type.String({ maxLength: 64 })),
  goodTillDate: Type.Optional(Type.String({ maxLength: 64 })),
  cashQty: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  modelCode: Type.Optional(Type.String({ maxLength: 64 })),
} as const

const companions = Object.entries(ORDER_TYPES)
  .filter(([, prices]) => prices.length > 0)
  .map(([orderType, prices]) =>
    when(
      { properties: { orderType: { const: orderType } }, required: ['orderType'] },
      { required: prices },
    ),
  )

/** What a caller sends to place one order: IB's contract and order fields in one object (S0.s4). */
export const OrderRequest = Type.Object(requestProperties, {
  additionalProperties: false,
  allOf: [
    ...companions,
    requiredUnless('symbol', 'conId', 'localSymbol'),
    when(
      { properties: { secType: { const: 'BAG' } }, required: ['secType'] },
      { required: ['comboLegs'] },
    ),
  ],
})
export type OrderRequest = Static<typeof OrderRequest>

/** IB allows 20 working orders per contract and side (facts §3.1); a bracket or basket stays well under that. */
export const MAX_ORDERS_PER_CALL = 20

/** One order, or a list whose first is the parent of the others (S0.s4). */
export const OrderRequests = Type.Unsafe<OrderRequest | OrderRequest[]>(
  when(
    { type: 'array' },
    { type: 'array', items: OrderRequest, minItems: 1, maxItems: MAX_ORDERS_PER_CALL },
    OrderRequest,
  ),
)

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
  lmtPrice: NullableNumber,
  auxPrice: NullableNumber,
  tif: NullableString,
  filled: NullableNumber,
  remaining: NullableNumber,
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
  trailStopPrice: NullableNumber,
  trailingPercent: NullableNumber,
  commission: NullableNumber,
  commissionCurrency: NullableString,
  warningText: NullableString,
  errorCode: NullableInteger,
  errorMsg: NullableString,
  updatedAt: NullableInstant,
})
export type Order = Static<typeof Order>
