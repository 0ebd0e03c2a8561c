import { type Ask, LEG_ONE, LEG_TWO } from './order-asks.ts'

const trailing = { auxPrice: 0.5 }
const limited = { lmtPrice: 1 }
const option = {
  symbol: 'AAPL',
  secType: 'OPT',
  right: 'C',
}
const benchmark = {
  startingPrice: 1.25,
  referenceContractId: LEG_TWO,
  referenceExchangeId: 'NASDAQ',
  isPeggedChangeAmountDecrease: true,
  peggedChangeAmount: 0.02,
  referenceChangeAmount: 0.03,
}

function type(orderType: string, more: Record<string, unknown> = {}, held = {}): Ask {
  return {
    title: `${orderType} ${Object.keys(more).join(' ')}`.trim(),
    asked: { lmtPrice: undefined, orderType, ...more },
    held,
  }
}

/** Every order type, each with what it needs and, where there are, the fields of its own. */
export const TYPE_ASKS: readonly Ask[] = [
  type('MKT'),
  type('LMT', limited),
  type('STP', { auxPrice: 1 }),
  type('STP LMT', { ...limited, auxPrice: 2 }),
  type('STP PRT', { auxPrice: 1 }),
  type('TRAIL', trailing),
  type('TRAIL', { trailingPercent: 2.5, trailStopPrice: 3 }),
  type('TRAIL LIMIT', { ...trailing, trailStopPrice: 3, lmtPriceOffset: 0.25 }),
  type('TRAIL LIMIT', { trailingPercent: 1.5, trailStopPrice: 3, lmtPrice: 2 }),
  type('TRAIL MIT', trailing),
  type('TRAIL LIT', { ...trailing, lmtPriceOffset: 0.5 }),
  type('TRAIL LMT + MKT', { ...trailing, lmtPriceOffset: 0.5 }),
  type('TRAIL REL + MKT', trailing),
  type('MIT', { auxPrice: 1 }),
  type('LIT', { ...limited, auxPrice: 2 }),
  type('MOC'),
  type('LOC', limited),
  type('MOO', {}, { orderType: 'MKT', tif: 'OPG' }),
  type('LOO', { ...limited, tif: 'OPG' }, { orderType: 'LMT' }),
  type('MTL'),
  type('MKT PRT'),
  type('BOX TOP'),
  type('MIDPRICE', limited),
  type('REL', { auxPrice: 0.1, lmtPrice: 2 }),
  type('REL', { percentOffset: 0.02 }),
  type('REL + LMT', limited),
  type('REL + MKT'),
  type('LMT + MKT', limited),
  type('PASSV REL', { auxPrice: 0.1 }),
  type('PEG PRIM', { auxPrice: 0.1 }),
  type('PEG MKT', { auxPrice: 0.1 }),
  type('PEG MID', { auxPrice: 0.1 }, { midOffsetAtWhole: undefined, midOffsetAtHalf: undefined }),
  type('PEG MID', { midOffsetAtWhole: 0.03, midOffsetAtHalf: 0.025 }),
  type('PEG BEST', { minCompeteSize: 200, competeAgainstBestOffset: 0.02 }),
  type(
    'PEG BEST',
    { minCompeteSize: 200, midOffsetAtWhole: 0.03, midOffsetAtHalf: 0.025 },
    { competeAgainstBestOffset: Number.POSITIVE_INFINITY },
  ),
  type('PEG BEST', {
    exchange: 'IBKRATS',
    minTradeQty: 50,
    minCompeteSize: 200,
    competeAgainstBestOffset: 0,
  }),
  type('PEG BENCH', { ...benchmark, stockRefPrice: 5, stockRangeLower: 4, stockRangeUpper: 6 }),
  type('PEG STK', {
    ...option,
    startingPrice: 1.5,
    delta: 0.5,
    stockRefPrice: 200,
    stockRangeLower: 150,
    stockRangeUpper: 250,
  }),
  type('VOL', {
    ...option,
    volatility: 0.35,
    volatilityType: 2,
    continuousUpdate: 1,
    referencePriceType: 2,
    deltaNeutralOrderType: 'LMT',
    deltaNeutralAuxPrice: 1.5,
    deltaNeutralConId: LEG_ONE,
    deltaNeutralSettlingFirm: 'SF',
    deltaNeutralClearingAccount: 'CA',
    deltaNeutralClearingIntent: 'IB',
    deltaNeutralOpenClose: 'O',
    deltaNeutralShortSale: true,
    deltaNeutralShortSaleSlot: 2,
    deltaNeutralDesignatedLocation: 'DL',
  }),
  type('SNAP MKT', { auxPrice: 0.1 }),
  type('SNAP MID', { auxPrice: 0.1 }),
  type('SNAP PRIM', { auxPrice: 0.1 }),
]
