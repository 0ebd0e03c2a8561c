import { type Ask, LEG_ONE, LEG_TWO } from './order-asks.ts'

const bag = {
  symbol: 'AAPL,MSFT',
  secType: 'BAG',
  comboLegs: [
    { conId: LEG_ONE, ratio: 1, action: 'BUY' },
    { conId: LEG_TWO, ratio: 2, action: 'SELL', exchange: 'NASDAQ' },
  ],
  lmtPrice: 1,
}
const legs = {
  comboLegs: undefined,
  legs: [
    ...[{ conId: LEG_ONE, ratio: 1, action: 'BUY', exchange: 'SMART' }],
    ...[{ conId: LEG_TWO, ratio: 2, action: 'SELL', exchange: 'NASDAQ' }],
  ].map((leg) => ({
    ...leg,
    openClose: 0,
    shortSaleSlot: 0,
    designatedLocation: '',
    exemptCode: -1,
  })),
  legPrices: [],
  routingParams: [],
}
function field(name: string, ...values: unknown[]): Ask[] {
  return values.map((value) => ({ title: `${name} ${value}`, asked: { [name]: value } }))
}
function since(version: number, asks: readonly Ask[]): Ask[] {
  return asks.map((ask) => ({ ...ask, since: version }))
}
function group(title: string, asked: Ask['asked'], held: Ask['held'] = {}): Ask {
  return { title, asked, held }
}

const FLAGS = [
  ...['outsideRth', 'hidden', 'allOrNone', 'blockOrder', 'sweepToFill', 'notHeld', 'solicited'],
  ...['overridePercentageConstraints', 'randomizeSize', 'randomizePrice', 'optOutSmartRouting'],
  ...['discretionaryUpToLimitPrice', 'usePriceMgmtAlgo', 'autoCancelParent', 'isOmsContainer'],
  'dontUseAutoPriceForHedge',
]
const TEXTS = [
  ...['orderRef', 'ocaGroup', 'modelCode', 'rule80A', 'settlingFirm', 'clearingAccount'],
  ...['algoId', 'extOperator', 'mifid2DecisionMaker', 'mifid2DecisionAlgo', 'scaleTable'],
  ...['mifid2ExecutionTrader', 'mifid2ExecutionAlgo', 'advancedErrorOverride'],
]

const at = { Price: ['1', '250.5', String(LEG_TWO), 'SMART', '2'] }
const when = '20301231-14:30:00'

/** Every other field, alone or with those it cannot do without. */
export const FIELD_ASKS: readonly Ask[] = [
  ...FLAGS.flatMap((name) => field(name, true, false)),
  ...TEXTS.flatMap((name) => field(name, 'T1 x')).map((ask) =>
    'rule80A' in ask.asked ? { ...ask, asked: { rule80A: 'I' } } : ask,
  ),
  ...field('tif', 'DAY', 'GTC', 'IOC', 'FOK', 'DTC', 'AUC'),
  ...field('account', 'DU2'),
  ...field('ocaType', 1, 2, 3),
  ...field('displaySize', 5),
  ...field('minQty', 7),
  ...field('triggerMethod', 0, 8),
  ...field('discretionaryAmt', 0.05),
  ...field('nbboPriceCap', 1.5),
  ...field('duration', 60),
  ...field('postToAts', 3),
  ...field('openClose', 'O', 'C'),
  ...field('clearingIntent', 'Away'),
  ...field('exemptCode', 1),
  ...field('shortSaleSlot', 1),
  ...field('auctionStrategy', 2),
  ...field('transmit', false),
  ...field('action', 'SELL', 'SSHORT'),
  ...since(183, field('customerAccount', 'C1')),
  ...since(184, field('professionalCustomer', true)),
  ...since(189, field('includeOvernight', true)),
  ...since(192, field('manualOrderIndicator', 1)),
  group('a short sale elsewhere', { shortSaleSlot: 2, designatedLocation: 'LOC' }),
  group('an adviser group', { faGroup: 'G', faMethod: 'PctChange', faPercentage: '10' }),
  { ...group('Minutes', { tif: 'Minutes', duration: 5 }), untaken: true },
  group('a cash quantity', { cashQty: 1000, totalQuantity: undefined }),
  group(
    'a soft dollar tier',
    { softDollarTier: { name: 'N', value: 'V' } },
    {
      softDollarTier: undefined,
      softDollarName: 'N',
      softDollarValue: 'V',
    },
  ),
  group('an algorithm by list', {
    algoStrategy: 'Adaptive',
    algoParams: [{ tag: 'adaptivePriority', value: 'Normal' }],
  }),
  group(
    'an algorithm by object',
    {
      algoStrategy: 'Vwap',
      algoParams: { maxPctVol: 0.1, noTakeLiq: true, startTime: '09:00:00 EST' },
    },
    {
      algoParams: [
        { tag: 'maxPctVol', value: '0.1' },
        { tag: 'noTakeLiq', value: '1' },
        { tag: 'startTime', value: '09:00:00 EST' },
      ],
    },
  ),
  group('an algorithm without parameters', { algoStrategy: 'Adaptive' }, { algoParams: [] }),
  group(
    'a scale',
    {
      scaleInitLevelSize: 5,
      scaleSubsLevelSize: 2,
      scalePriceIncrement: 0.1,
      scalePriceAdjustValue: 0.05,
      scalePriceAdjustInterval: 60,
      scaleProfitOffset: 0.2,
      scaleAutoReset: true,
      scaleInitPosition: 3,
      scaleInitFillQty: 1,
      scaleRandomPercent: true,
      activeStartTime: '2030-01-02T03:04:05Z',
      activeStopTime: '20300103 03:04:05 US/Eastern',
    },
    { activeStartTime: '20300102-03:04:05', activeStopTime: '20300103-08:04:05' },
  ),
  group('a stop that becomes another', {
    orderType: 'STP',
    lmtPrice: undefined,
    auxPrice: 1,
    adjustedOrderType: 'TRAIL LIMIT',
    triggerPrice: 2,
    adjustedStopPrice: 1.5,
    adjustedStopLimitPrice: 1.25,
    adjustedTrailingAmount: 0.5,
    adjustableTrailingUnit: 100,
    lmtPriceOffset: 0.75,
  }),
  ...[
    ['2030-12-31T14:30:00Z', when],
    ['2030-12-31T15:30:00.000+01:00', when],
    ['20301231-14:30:00', when],
    ['20301231 09:30:00 US/Eastern', when],
    ['20301231 14:30:00', when],
  ].flatMap(([asked, held]) => [
    group(`good after ${asked}`, { goodAfterTime: asked }, { goodAfterTime: held }),
    group(`good till ${asked}`, { tif: 'GTD', goodTillDate: asked }, { goodTillDate: held }),
    group(`written by hand ${asked}`, { manualOrderTime: asked }, { manualOrderTime: held }),
  ]),
  group(
    'good till a day',
    { tif: 'GTD', goodTillDate: '2030-12-31' },
    { goodTillDate: '20301231' },
  ),
  group(
    'every condition',
    {
      conditionsIgnoreRth: true,
      conditionsCancelOrder: true,
      conditions: [
        { type: 'Price', isMore: true, price: 250.5, conId: LEG_TWO, triggerMethod: 2 },
        { type: 'Time', isMore: true, time: '2030-12-31T14:30:00Z', conjunction: 'or' },
        { type: 'Margin', isMore: false, percent: 30, conjunction: 'and' },
        { type: 'Execution', secType: 'STK', symbol: 'MSFT' },
        { type: 'Volume', isMore: true, volume: 100000, conId: LEG_TWO, exchange: 'NASDAQ' },
        { type: 'PercentChange', isMore: false, changePercent: -2.5, conId: LEG_TWO },
      ],
    },
    {
      conditions: [
        { type: 1, conjunction: 'a', fields: at.Price },
        { type: 3, conjunction: 'o', fields: ['1', when] },
        { type: 4, conjunction: 'a', fields: ['0', '30'] },
        { type: 5, conjunction: 'a', fields: ['STK', 'SMART', 'MSFT'] },
        { type: 6, conjunction: 'a', fields: ['1', '100000', String(LEG_TWO), 'NASDAQ'] },
        { type: 7, conjunction: 'a', fields: ['0', '-2.5', String(LEG_TWO), 'SMART'] },
      ],
    },
  ),
  group('a combo', bag, legs),
  group(
    'a combo with prices of its legs',
    { ...bag, lmtPrice: undefined, orderType: 'MKT', orderComboLegs: [{ price: 1.5 }, {}] },
    {
      ...legs,
      orderComboLegs: undefined,
      legPrices: [{ price: 1.5 }, { price: undefined }],
    },
  ),
  group(
    'a combo with routing',
    { ...bag, smartComboRoutingParams: { NonGuaranteed: true } },
    {
      ...legs,
      smartComboRoutingParams: undefined,
      routingParams: [{ tag: 'NonGuaranteed', value: '1' }],
    },
  ),
  group(
    'a combo against a stock',
    { ...bag, deltaNeutralContract: { conId: LEG_ONE, delta: 0.5, price: 200 } },
    {
      ...legs,
      deltaNeutralContract: undefined,
      deltaNeutral: true,
      deltaNeutralContractConId: LEG_ONE,
      deltaNeutralContractDelta: 0.5,
      deltaNeutralContractPrice: 200,
    },
  ),
]
