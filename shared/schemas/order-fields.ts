import { Type } from 'typebox'
import { OneOf } from './value.ts'
import { forbid, when } from './when.ts'

const LARGEST = 1e12
/** 2147483647 on the wire means "not set". */
const LARGEST_INTEGER = 2_147_483_646

const price = Type.Number({ minimum: -LARGEST, maximum: LARGEST })
const amount = Type.Number({ minimum: 0, maximum: LARGEST })
const above = Type.Number({ exclusiveMinimum: 0, maximum: LARGEST })
const offset = price
const flag = Type.Boolean()
const size = Type.Integer({ minimum: 0, maximum: LARGEST_INTEGER })
const whole = Type.Integer({ minimum: -LARGEST_INTEGER, maximum: LARGEST_INTEGER })

/** IB refuses every other character (error 579), and a NUL would begin a field of its own. */
function text(maxLength: number) {
  return Type.String({ maxLength, pattern: '^[ -~]*$', description: 'printable ASCII only' })
}
function word(maxLength: number) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[ -~]*$',
    description: 'printable ASCII only',
  })
}

const CLOCK = '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d'
const IB_MOMENT = `\\d{8}(-| {1,2})${CLOCK}( [ -~]{1,40})?`
const ISO_MOMENT = `\\d{4}-\\d{2}-\\d{2}T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:?\\d{2})?`
const moment = Type.String({
  maxLength: 64,
  pattern: `^(${IB_MOMENT}|${ISO_MOMENT})$`,
  description:
    'ISO 8601, yyyyMMdd-HH:mm:ss (UTC) or yyyyMMdd HH:mm:ss with a zone; UTC without one',
})
const momentOrDay = Type.String({
  maxLength: 64,
  pattern: `^(\\d{8}|\\d{4}-\\d{2}-\\d{2}|${IB_MOMENT}|${ISO_MOMENT})$`,
  description:
    'ISO 8601, yyyyMMdd-HH:mm:ss (UTC) or yyyyMMdd HH:mm:ss with a zone, UTC without one; or a day',
})

/** The request's members that say a time, which is sent to IB in its own spelling. */
export const TIME_FIELDS = [
  'goodAfterTime',
  'goodTillDate',
  'activeStartTime',
  'activeStopTime',
  'manualOrderTime',
] as const

const Tag = Type.Object({ tag: word(64), value: text(256) }, { additionalProperties: false })
const plain = { type: ['string', 'number', 'boolean'], maxLength: 256, pattern: '^[ -~]*$' }
const MAX_PARAMETERS = 64

/** IB's list of tag and value, or an object; numbers and truth values are written as IB does. */
const Parameters = Type.Unsafe<
  { tag: string; value: string | number | boolean }[] | Record<string, string | number | boolean>
>(
  when(
    { type: 'array' },
    {
      type: 'array',
      maxItems: MAX_PARAMETERS,
      items: {
        type: 'object',
        properties: { tag: Tag.properties.tag, value: plain },
        required: ['tag', 'value'],
        additionalProperties: false,
      },
    },
    {
      type: 'object',
      maxProperties: MAX_PARAMETERS,
      propertyNames: { pattern: '^[ -~]{1,64}$' },
      additionalProperties: plain,
    },
  ),
)

/** Each kind of condition: IB's number for it, and what it cannot do without (facts §1.4). */
export const CONDITIONS = {
  Price: { number: 1, needs: ['isMore', 'price', 'conId'], may: ['exchange', 'triggerMethod'] },
  Time: { number: 3, needs: ['isMore', 'time'], may: [] },
  Margin: { number: 4, needs: ['isMore', 'percent'], may: [] },
  Execution: { number: 5, needs: ['secType', 'symbol'], may: ['exchange'] },
  Volume: { number: 6, needs: ['isMore', 'volume', 'conId'], may: ['exchange'] },
  PercentChange: { number: 7, needs: ['isMore', 'changePercent', 'conId'], may: ['exchange'] },
} as const
export type ConditionType = keyof typeof CONDITIONS

const conditionProperties = {
  isMore: Type.Optional(Type.Boolean({ description: 'at or above; otherwise at or below' })),
  price: Type.Optional(price),
  time: Type.Optional(moment),
  percent: Type.Optional(whole),
  volume: Type.Optional(size),
  changePercent: Type.Optional(price),
  conId: Type.Optional(Type.Integer({ minimum: 1, maximum: LARGEST_INTEGER })),
  exchange: Type.Optional(word(64)),
  triggerMethod: Type.Optional(Type.Integer({ minimum: 0, maximum: 8 })),
  secType: Type.Optional(word(16)),
  symbol: Type.Optional(word(32)),
}

const conditionRules = Object.entries(CONDITIONS).map(([type, { needs, may }]) => {
  const known: readonly string[] = [...needs, ...may]
  const others = Object.keys(conditionProperties).filter((name) => !known.includes(name))
  return when(
    { properties: { type: { const: type } }, required: ['type'] },
    { required: needs, ...forbid(others, `does not belong to a condition of type ${type}`) },
  )
})

const Condition = Type.Object(
  {
    type: OneOf(Object.keys(CONDITIONS) as ConditionType[]),
    conjunction: Type.Optional(
      OneOf(['and', 'or'], { description: 'how it is joined to the next one; default and' }),
    ),
    ...conditionProperties,
  },
  { additionalProperties: false, allOf: conditionRules },
)

/** Every field of an order that IB knows by the same name and kind: sent as it is. */
export const plainFields = {
  lmtPrice: price,
  auxPrice: price,
  account: word(32),
  orderRef: text(40),
  ocaGroup: text(64),
  ocaType: Type.Integer({ minimum: 0, maximum: 3 }),
  outsideRth: flag,
  includeOvernight: flag,
  hidden: flag,
  allOrNone: flag,
  blockOrder: flag,
  sweepToFill: flag,
  displaySize: size,
  minQty: size,
  triggerMethod: Type.Integer({ minimum: 0, maximum: 8 }),
  overridePercentageConstraints: flag,
  notHeld: flag,
  solicited: flag,
  randomizeSize: flag,
  randomizePrice: flag,
  optOutSmartRouting: flag,
  cashQty: above,
  discretionaryAmt: amount,
  discretionaryUpToLimitPrice: flag,
  nbboPriceCap: price,
  usePriceMgmtAlgo: flag,
  duration: size,
  postToAts: size,
  autoCancelParent: flag,
  advancedErrorOverride: text(256),
  // pegs, offsets and trails
  percentOffset: Type.Number({ minimum: -100, maximum: 100 }),
  trailStopPrice: price,
  trailingPercent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }),
  lmtPriceOffset: offset,
  startingPrice: price,
  stockRefPrice: price,
  delta: Type.Number({ minimum: -100, maximum: 100 }),
  stockRangeLower: price,
  stockRangeUpper: price,
  referenceContractId: Type.Integer({ minimum: 1, maximum: LARGEST_INTEGER }),
  isPeggedChangeAmountDecrease: flag,
  peggedChangeAmount: price,
  referenceChangeAmount: price,
  referenceExchangeId: word(64),
  minTradeQty: size,
  minCompeteSize: size,
  competeAgainstBestOffset: amount,
  midOffsetAtWhole: price,
  midOffsetAtHalf: price,
  auctionStrategy: Type.Integer({ minimum: 0, maximum: 3 }),
  // volatility
  volatility: above,
  volatilityType: Type.Integer({ minimum: 1, maximum: 2, description: '1 daily, 2 annual' }),
  continuousUpdate: Type.Integer({ minimum: 0, maximum: 1 }),
  referencePriceType: Type.Integer({ minimum: 1, maximum: 2, description: '1 average, 2 best' }),
  deltaNeutralOrderType: word(16),
  deltaNeutralAuxPrice: price,
  deltaNeutralConId: size,
  deltaNeutralSettlingFirm: text(64),
  deltaNeutralClearingAccount: text(64),
  deltaNeutralClearingIntent: text(16),
  deltaNeutralOpenClose: OneOf(['O', 'C', '?']),
  deltaNeutralShortSale: flag,
  deltaNeutralShortSaleSlot: Type.Integer({ minimum: 0, maximum: 2 }),
  deltaNeutralDesignatedLocation: text(64),
  // scale
  scaleInitLevelSize: Type.Integer({ minimum: 1, maximum: LARGEST_INTEGER }),
  scaleSubsLevelSize: size,
  scalePriceIncrement: above,
  scalePriceAdjustValue: price,
  scalePriceAdjustInterval: size,
  scaleProfitOffset: price,
  scaleAutoReset: flag,
  scaleInitPosition: whole,
  scaleInitFillQty: size,
  scaleRandomPercent: flag,
  scaleTable: text(1024),
  // hedge
  hedgeType: OneOf(['D', 'B', 'F', 'P'], { description: 'delta, beta, currency, pair' }),
  hedgeParam: word(32),
  dontUseAutoPriceForHedge: flag,
  // adjusted stops
  adjustedOrderType: OneOf(['STP', 'STP LMT', 'TRAIL', 'TRAIL LIMIT']),
  triggerPrice: price,
  adjustedStopPrice: price,
  adjustedStopLimitPrice: price,
  adjustedTrailingAmount: price,
  adjustableTrailingUnit: OneOfNumbers([0, 100], '0 an amount, 100 per cent'),
  // algorithms
  algoStrategy: word(64),
  algoId: word(64),
  // conditions
  conditionsIgnoreRth: flag,
  conditionsCancelOrder: flag,
  // advisers, models, clearing, regulation
  faGroup: word(64),
  faMethod: word(32),
  faPercentage: word(16),
  modelCode: text(64),
  openClose: OneOf(['O', 'C']),
  shortSaleSlot: Type.Integer({ minimum: 0, maximum: 2 }),
  designatedLocation: word(64),
  exemptCode: whole,
  rule80A: text(4),
  settlingFirm: text(64),
  clearingAccount: text(64),
  clearingIntent: OneOf(['IB', 'Away', 'PTA']),
  isOmsContainer: flag,
  extOperator: text(64),
  manualOrderIndicator: Type.Integer({ minimum: 0, maximum: 1 }),
  customerAccount: text(64),
  professionalCustomer: flag,
  mifid2DecisionMaker: text(64),
  mifid2DecisionAlgo: text(64),
  mifid2ExecutionTrader: text(64),
  mifid2ExecutionAlgo: text(64),
} as const

function OneOfNumbers(numbers: readonly number[], description: string) {
  return Type.Unsafe<number>({ type: 'integer', enum: numbers, description })
}

/** The fields that are sent in another shape than they are given. */
export const shapedFields = {
  goodAfterTime: moment,
  goodTillDate: momentOrDay,
  activeStartTime: moment,
  activeStopTime: moment,
  manualOrderTime: moment,
  algoParams: Parameters,
  smartComboRoutingParams: Parameters,
  orderComboLegs: Type.Array(
    Type.Object({ price: Type.Optional(price) }, { additionalProperties: false }),
    { minItems: 1, maxItems: 8 },
  ),
  conditions: Type.Array(Condition, { minItems: 1, maxItems: 20 }),
  softDollarTier: Type.Object({ name: word(64), value: word(64) }, { additionalProperties: false }),
  deltaNeutralContract: Type.Object(
    {
      conId: Type.Integer({ minimum: 1, maximum: LARGEST_INTEGER }),
      delta: price,
      price,
    },
    { additionalProperties: false },
  ),
} as const
