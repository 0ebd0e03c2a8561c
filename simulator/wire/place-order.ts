import {
  type Column,
  FieldError,
  fixed,
  flag,
  id,
  int,
  type Layout,
  layout,
  many,
  maybe,
  type RowOf,
  real,
  since,
  text,
  UNSET_INT,
  when,
} from './column.ts'
import { contract12 } from './contract-columns.ts'

const LEGACY_PEGS: Readonly<Record<string, string>> = {
  PEGBENCH: 'PEG BENCH',
  PEGBEST: 'PEG BEST',
  PEGMID: 'PEG MID',
}

function isType(orderType: string): (row: { orderType?: unknown }) => boolean {
  return (row) => (LEGACY_PEGS[String(row.orderType)] ?? row.orderType) === orderType
}

/** True for a combination, whose order carries legs. */
export const isBag = (row: { secType?: unknown }): boolean => row.secType === 'BAG'
const isSet = (name: string) => (row: Record<string, unknown>) =>
  row[name] !== undefined && row[name] !== ''

/** How many fields follow the type and the conjunction of a condition, by type (facts §1.4). */
const CONDITION_FIELDS: Readonly<Record<number, number>> = { 1: 5, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4 }

/** One condition of an order, its fields as they were sent. */
export interface ConditionRow {
  readonly type: number
  /** `a` and, `o` or: how it is joined to the next */
  readonly conjunction: string
  readonly fields: readonly string[]
}

const conditionList: Column<{ conditions: ConditionRow[] }> = {
  read: (from, row) => {
    const count = Number(from.next('conditions'))
    if (!Number.isInteger(count) || count < 0 || count > from.left) {
      throw new FieldError('conditions: not a count')
    }
    row.conditions = Array.from({ length: count }, (): ConditionRow => {
      const type = Number(from.next('condition type'))
      const length = CONDITION_FIELDS[type]
      if (length === undefined) throw new FieldError(`conditions: there is no type ${type}`)
      const conjunction = from.next('conjunction')
      return { type, conjunction, fields: Array.from({ length }, () => from.next('condition')) }
    })
  },
  write: (row, to) => {
    const conditions = (row.conditions as ConditionRow[] | undefined) ?? []
    to.push(String(conditions.length))
    for (const { type, conjunction, fields } of conditions) {
      to.push(String(type), conjunction, ...fields)
    }
  },
}

/** Conditions, and what follows them only when there are any. */
export const conditions = [
  conditionList,
  when(
    (row) => ((row.conditions as ConditionRow[] | undefined)?.length ?? 0) > 0,
    flag('conditionsIgnoreRth'),
    flag('conditionsCancelOrder'),
  ),
] as const

/** The legs of a combination, its leg prices, its routing parameters. */
export const legs = many(
  'legs',
  int('conId', '0'),
  int('ratio', '1'),
  text('action'),
  text('exchange'),
  int('openClose', '0'),
  int('shortSaleSlot', '0'),
  text('designatedLocation'),
  int('exemptCode', '-1'),
)
export const legPrices = many('legPrices', real('price'))
export const routingParams = many('routingParams', text('tag'), text('value'))

/** Follow a scale price increment above zero. */
export const scaleColumns = [
  real('scalePriceAdjustValue'),
  int('scalePriceAdjustInterval'),
  real('scaleProfitOffset'),
  flag('scaleAutoReset'),
  int('scaleInitPosition'),
  int('scaleInitFillQty'),
  flag('scaleRandomPercent'),
] as const
export const hasScale = (row: Record<string, unknown>): boolean =>
  Number(row.scalePriceIncrement ?? 0) > 0

export const hedge = [text('hedgeType'), when(isSet('hedgeType'), text('hedgeParam'))] as const
export const deltaNeutralContract = [
  flag('deltaNeutral'),
  when(
    (row) => row.deltaNeutral === true,
    int('deltaNeutralContractConId', '0'),
    real('deltaNeutralContractDelta', '0'),
    real('deltaNeutralContractPrice', '0'),
  ),
] as const
export const algo = [
  text('algoStrategy'),
  when(isSet('algoStrategy'), many('algoParams', text('tag'), text('value'))),
] as const
export const pegBenchmark = when(
  isType('PEG BENCH'),
  int('referenceContractId', '0'),
  flag('isPeggedChangeAmountDecrease'),
  real('peggedChangeAmount', '0'),
  real('referenceChangeAmount', '0'),
  text('referenceExchangeId'),
)
const midOffsets = [real('midOffsetAtWhole'), real('midOffsetAtHalf')] as const

/** `zeroIncrementHasScale`: one client sends the scale fields even after an increment of 0 (facts §1.6). */
function placeOrderColumns(zeroIncrementHasScale: boolean) {
  return [
    id('orderId'),
    ...contract12,
    text('secIdType'),
    text('secId'),
    text('action'),
    real('totalQuantity'),
    text('orderType'),
    real('lmtPrice'),
    real('auxPrice'),
    text('tif'),
    text('ocaGroup'),
    text('account'),
    text('openClose'),
    int('origin'),
    text('orderRef'),
    flag('transmit'),
    int('parentId'),
    flag('blockOrder'),
    flag('sweepToFill'),
    int('displaySize'),
    int('triggerMethod'),
    flag('outsideRth'),
    flag('hidden'),
    when(isBag, legs, legPrices, routingParams),
    fixed(''),
    real('discretionaryAmt'),
    text('goodAfterTime'),
    text('goodTillDate'),
    text('faGroup'),
    text('faMethod'),
    text('faPercentage'),
    text('modelCode'),
    int('shortSaleSlot'),
    text('designatedLocation'),
    int('exemptCode'),
    int('ocaType'),
    text('rule80A'),
    text('settlingFirm'),
    flag('allOrNone'),
    int('minQty'),
    real('percentOffset'),
    flag('eTradeOnly'),
    flag('firmQuoteOnly'),
    real('nbboPriceCap'),
    int('auctionStrategy'),
    real('startingPrice'),
    real('stockRefPrice'),
    real('delta'),
    real('stockRangeLower'),
    real('stockRangeUpper'),
    flag('overridePercentageConstraints'),
    real('volatility'),
    int('volatilityType'),
    text('deltaNeutralOrderType'),
    real('deltaNeutralAuxPrice'),
    when(
      isSet('deltaNeutralOrderType'),
      int('deltaNeutralConId'),
      text('deltaNeutralSettlingFirm'),
      text('deltaNeutralClearingAccount'),
      text('deltaNeutralClearingIntent'),
      text('deltaNeutralOpenClose'),
      flag('deltaNeutralShortSale'),
      int('deltaNeutralShortSaleSlot'),
      text('deltaNeutralDesignatedLocation'),
    ),
    int('continuousUpdate'),
    int('referencePriceType'),
    real('trailStopPrice'),
    real('trailingPercent'),
    int('scaleInitLevelSize'),
    int('scaleSubsLevelSize'),
    real('scalePriceIncrement'),
    when(
      (row) => hasScale(row) || (zeroIncrementHasScale && row.scalePriceIncrement === 0),
      ...scaleColumns,
    ),
    text('scaleTable'),
    text('activeStartTime'),
    text('activeStopTime'),
    ...hedge,
    flag('optOutSmartRouting'),
    text('clearingAccount'),
    text('clearingIntent'),
    flag('notHeld'),
    ...deltaNeutralContract,
    ...algo,
    text('algoId'),
    flag('whatIf'),
    text('orderMiscOptions'),
    flag('solicited'),
    flag('randomizeSize'),
    flag('randomizePrice'),
    pegBenchmark,
    ...conditions,
    text('adjustedOrderType'),
    real('triggerPrice'),
    real('lmtPriceOffset'),
    real('adjustedStopPrice'),
    real('adjustedStopLimitPrice'),
    real('adjustedTrailingAmount'),
    int('adjustableTrailingUnit'),
    text('extOperator'),
    text('softDollarName'),
    text('softDollarValue'),
    real('cashQty'),
    text('mifid2DecisionMaker'),
    text('mifid2DecisionAlgo'),
    text('mifid2ExecutionTrader'),
    text('mifid2ExecutionAlgo'),
    maybe('dontUseAutoPriceForHedge', ''),
    flag('isOmsContainer'),
    flag('discretionaryUpToLimitPrice'),
    maybe('usePriceMgmtAlgo', ''),
    int('duration'),
    int('postToAts'),
    flag('autoCancelParent'),
    text('advancedErrorOverride'),
    text('manualOrderTime'),
    when((row) => row.exchange === 'IBKRATS', int('minTradeQty')),
    when(
      isType('PEG BEST'),
      int('minCompeteSize'),
      real('competeAgainstBestOffset'),
      when((row) => row.competeAgainstBestOffset === Number.POSITIVE_INFINITY, ...midOffsets),
    ),
    when(isType('PEG MID'), ...midOffsets),
    since(183, [text('customerAccount')]),
    since(184, [flag('professionalCustomer')]),
    since(187, [text('externalUserId'), int('rfqKind', UNSET_INT)], 190),
    since(189, [flag('includeOvernight')]),
    since(192, [int('manualOrderIndicator')]),
  ] as const
}

/** An order as a client sent it. */
export type PlaceOrderRow = RowOf<ReturnType<typeof placeOrderColumns>>

const usual = layout(3, 'placeOrder', ...placeOrderColumns(false))
const withScaleAtZero = layout(3, 'placeOrder', ...placeOrderColumns(true))

/** PLACE_ORDER of facts §1.6: 114 fields at 178 for a plain order, its number included. */
export const placeOrder: Layout<PlaceOrderRow> = {
  ...usual,
  read(fields, version, row = {}) {
    try {
      return usual.read(fields, version, row)
    } catch (error) {
      if ((row as PlaceOrderRow).scalePriceIncrement !== 0) throw error
      return withScaleAtZero.read(fields, version, row)
    }
  },
}
