import { type Static, Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from './contract.ts'
import { plainFields, shapedFields } from './order-fields.ts'
import { ORDER_TYPE_NAMES, orderTypeRule, TIMES_IN_FORCE } from './order-types.ts'
import { OneOf } from './value.ts'
import { forbid, requiredUnless, when } from './when.ts'

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
  totalQuantity: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: MAX_QUANTITY })),
  orderType: OneOf(ORDER_TYPE_NAMES),
  tif: Type.Optional(OneOf(TIMES_IN_FORCE, { description: 'default DAY' })),
  clientOrderId: Type.Optional(ClientOrderId),
  transmit: Type.Optional(Type.Boolean({ description: 'default true' })),
  parentId: Type.Optional(Type.Integer({ minimum: 0 })),
  ...Type.Partial(Type.Object(plainFields)).properties,
  ...Type.Partial(Type.Object(shapedFields)).properties,
} as const

function is(field: string, ...values: readonly string[]) {
  return { properties: { [field]: { enum: values } }, required: [field] }
}

/** What follows from an order type. */
const typeRules = ORDER_TYPE_NAMES.flatMap((name) => {
  const { needs = [], oneOf = [], sentAs } = orderTypeRule(name)
  const rules: object[] = []
  if (needs.length > 0) rules.push({ required: needs })
  if (sentAs !== undefined) rules.push({ properties: { tif: { enum: [sentAs.tif] } } })
  for (const [one, other] of oneOf) {
    rules.push(requiredUnless(one, other))
    rules.push(
      when({ required: [one] }, forbid([other], `must not be given beside ${one} for ${name}`)),
    )
  }
  return rules.length === 0 ? [] : [when(is('orderType', name), { allOf: rules })]
})

/** A field of the left means nothing without those of the right. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  hedgeParam: ['hedgeType'],
  algoParams: ['algoStrategy'],
  conditionsIgnoreRth: ['conditions'],
  conditionsCancelOrder: ['conditions'],
  faMethod: ['faGroup'],
  faPercentage: ['faGroup'],
  scaleInitLevelSize: ['scalePriceIncrement'],
  scalePriceIncrement: ['scaleInitLevelSize'],
  scaleSubsLevelSize: ['scalePriceIncrement'],
  scalePriceAdjustValue: ['scalePriceIncrement', 'scalePriceAdjustInterval'],
  scalePriceAdjustInterval: ['scalePriceIncrement', 'scalePriceAdjustValue'],
  scaleProfitOffset: ['scalePriceIncrement'],
  scaleAutoReset: ['scalePriceIncrement'],
  scaleInitPosition: ['scalePriceIncrement'],
  scaleInitFillQty: ['scalePriceIncrement'],
  scaleRandomPercent: ['scalePriceIncrement'],
  deltaNeutralAuxPrice: ['deltaNeutralOrderType'],
  deltaNeutralConId: ['deltaNeutralOrderType'],
  deltaNeutralSettlingFirm: ['deltaNeutralOrderType'],
  deltaNeutralClearingAccount: ['deltaNeutralOrderType'],
  deltaNeutralClearingIntent: ['deltaNeutralOrderType'],
  deltaNeutralOpenClose: ['deltaNeutralOrderType'],
  deltaNeutralShortSale: ['deltaNeutralOrderType'],
  deltaNeutralShortSaleSlot: ['deltaNeutralOrderType'],
  deltaNeutralDesignatedLocation: ['deltaNeutralOrderType'],
  adjustedOrderType: ['triggerPrice', 'adjustedStopPrice'],
  triggerPrice: ['adjustedOrderType'],
  adjustedStopPrice: ['adjustedOrderType'],
  adjustedStopLimitPrice: ['adjustedOrderType'],
  adjustedTrailingAmount: ['adjustedOrderType'],
  adjustableTrailingUnit: ['adjustedOrderType'],
  designatedLocation: ['shortSaleSlot'],
  midOffsetAtWhole: ['midOffsetAtHalf'],
  midOffsetAtHalf: ['midOffsetAtWhole'],
}

/** A value of the left field cannot do without those of the right. */
const CONSEQUENCES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['secType', ['BAG'], ['comboLegs']],
  ['tif', ['GTD'], ['goodTillDate']],
  ['tif', ['Minutes'], ['duration']],
  ['hedgeType', ['B', 'P'], ['hedgeParam']],
  ['adjustedOrderType', ['STP LMT', 'TRAIL LIMIT'], ['adjustedStopLimitPrice']],
  ['adjustedOrderType', ['TRAIL', 'TRAIL LIMIT'], ['adjustedTrailingAmount']],
]

/** Fields that IB hears only where the left one has such a value; elsewhere they would be lost without a word. */
const BELONGINGS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['secType', ['BAG'], ['comboLegs', 'orderComboLegs', 'smartComboRoutingParams']],
  ['exchange', ['IBKRATS'], ['minTradeQty']],
  [
    'orderType',
    ['PEG BENCH'],
    [
      'referenceContractId',
      'isPeggedChangeAmountDecrease',
      'peggedChangeAmount',
      'referenceChangeAmount',
      'referenceExchangeId',
    ],
  ],
  ['orderType', ['PEG BEST'], ['minCompeteSize', 'competeAgainstBestOffset']],
  ['orderType', ['PEG BEST', 'PEG MID'], ['midOffsetAtWhole', 'midOffsetAtHalf']],
]

const fieldRules = [
  ...Object.entries(COMPANIONS).map(([field, others]) =>
    when({ required: [field] }, { required: others }),
  ),
  ...CONSEQUENCES.map(([field, values, required]) => when(is(field, ...values), { required })),
  ...BELONGINGS.map(([field, values, fields]) =>
    when(
      { not: is(field, ...values) },
      forbid(fields, `goes only with ${field} ${values.join(' or ')}`),
    ),
  ),
  // what a hedge trades is known when its parent has filled; a percentage is reckoned by IB
  requiredUnless('totalQuantity', 'cashQty', 'hedgeType', 'faPercentage'),
  when({ required: ['cashQty'] }, forbid(['totalQuantity'], 'must not be given beside cashQty')),
  when(
    { ...is('orderType', 'PEG BEST'), required: ['orderType', 'competeAgainstBestOffset'] },
    forbid(['midOffsetAtWhole', 'midOffsetAtHalf'], 'replaces competeAgainstBestOffset'),
  ),
]

/** What a caller sends to place one order: IB's contract and order fields in one object (S0.s4). */
export const OrderRequest = Type.Object(requestProperties, {
  additionalProperties: false,
  allOf: [...typeRules, ...fieldRules, requiredUnless('symbol', 'conId', 'localSymbol')],
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
