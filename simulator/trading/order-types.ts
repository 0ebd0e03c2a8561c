import type { SecType } from '../world/instrument.ts'

/** What an order waits for before it goes to the market. */
export type TriggerRule = 'stop' | 'touch' | 'trail' | 'trail touch'
/** How the price that an order is good for is found, see `pricing.ts`. */
export type PriceRule =
  | 'market'
  | 'limit'
  | 'trail limit'
  | 'protected'
  | 'primary'
  | 'opposite'
  | 'midpoint'
  | 'benchmark'
  | 'stock'
  | 'volatility'

/** One order type of IB as the simulated market trades it. */
export interface OrderType {
  readonly price: PriceRule
  readonly trigger?: TriggerRule
  /** trades in the closing auction only */
  readonly atClose?: true
  /** the price is found once, when the order comes to the market, and then stands */
  readonly snaps?: true
  readonly needs?: readonly ('lmtPrice' | 'auxPrice')[]
  /** where it is allowed; everywhere when left out */
  readonly secTypes?: readonly SecType[]
}

const listed: readonly SecType[] = ['STK', 'OPT', 'BAG']
const auctioned: readonly SecType[] = ['STK', 'FUT']

/** The order types that are traded, by IB's name. */
const TYPES: Readonly<Record<string, OrderType>> = {
  MKT: { price: 'market' },
  LMT: { price: 'limit', needs: ['lmtPrice'] },
  STP: { price: 'market', trigger: 'stop', needs: ['auxPrice'] },
  'STP LMT': { price: 'limit', trigger: 'stop', needs: ['lmtPrice', 'auxPrice'] },
  'STP PRT': { price: 'protected', snaps: true, trigger: 'stop', needs: ['auxPrice'] },
  'MKT PRT': { price: 'protected', snaps: true },
  MIT: { price: 'market', trigger: 'touch', needs: ['auxPrice'] },
  LIT: { price: 'limit', trigger: 'touch', needs: ['lmtPrice', 'auxPrice'] },
  TRAIL: { price: 'market', trigger: 'trail' },
  'TRAIL LIMIT': { price: 'trail limit', trigger: 'trail' },
  'TRAIL MIT': { price: 'market', trigger: 'trail touch' },
  'TRAIL LIT': { price: 'trail limit', trigger: 'trail touch' },
  MOC: { price: 'market', atClose: true, secTypes: auctioned },
  LOC: { price: 'limit', atClose: true, needs: ['lmtPrice'], secTypes: auctioned },
  MTL: { price: 'opposite', snaps: true },
  'BOX TOP': { price: 'opposite', snaps: true },
  REL: { price: 'primary', secTypes: listed },
  'PASSV REL': { price: 'primary', secTypes: listed },
  'PEG PRIM': { price: 'primary', secTypes: listed },
  'PEG MKT': { price: 'opposite', secTypes: listed },
  'PEG MID': { price: 'midpoint', secTypes: listed },
  'PEG BEST': { price: 'midpoint', secTypes: listed },
  MIDPRICE: { price: 'midpoint', secTypes: listed },
  'SNAP MKT': { price: 'opposite', snaps: true, secTypes: listed },
  'SNAP MID': { price: 'midpoint', snaps: true, secTypes: listed },
  'SNAP PRIM': { price: 'primary', snaps: true, secTypes: listed },
  'PEG BENCH': { price: 'benchmark' },
  'PEG STK': { price: 'stock', secTypes: ['OPT'] },
  VOL: { price: 'volatility', secTypes: ['OPT'] },
}
/** Names that clients use for one of the above. */
const SPELLINGS: Readonly<Record<string, string>> = {
  PEGBENCH: 'PEG BENCH',
  PEGBEST: 'PEG BEST',
  PEGMID: 'PEG MID',
  STPLMT: 'STP LMT',
  'TRAIL LMT': 'TRAIL LIMIT',
}
/** Known to IB and not traded here: such an order is rejected in so many words, never traded as another. */
const NOT_TRADED = [
  ...['TRAIL LMT + MKT', 'TRAIL REL + MKT', 'REL + LMT', 'REL + MKT', 'LMT + MKT', 'FIX PEGGED'],
  ...['QUOTE', 'VWAP', 'PPV', 'PDV', 'PMV', 'PSV'],
]

/** How the simulated market trades that order type, or undefined when it does not. */
export function orderTypeOf(name: string): OrderType | undefined {
  return TYPES[SPELLINGS[name] ?? name]
}

/** Whether IB knows an order type of that name, traded here or not. */
export function isKnownOrderType(name: string): boolean {
  return orderTypeOf(name) !== undefined || NOT_TRADED.includes(name)
}

/** The names of the order types that are traded, as contractDetails lists them: without spaces. */
export const tradedOrderTypes: readonly string[] = Object.keys(TYPES).map((name) =>
  name.replaceAll(' ', ''),
)
