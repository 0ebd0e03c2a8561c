/** What an order type cannot do without, and how it is said to IB. */
export interface OrderTypeRule {
  readonly needs?: readonly string[]
  /** of each group exactly one is given */
  readonly oneOf?: readonly (readonly [string, string])[]
  /** IB has no such word: it is sent as this type with this time in force */
  readonly sentAs?: { readonly orderType: string; readonly tif: string }
}

const TRAILING = ['auxPrice', 'trailingPercent'] as const
const LIMITING = ['lmtPrice', 'lmtPriceOffset'] as const

/** IB's order types (S0.s8, extended to the current list), each with what it cannot do without. */
export const ORDER_TYPES = {
  MKT: {},
  LMT: { needs: ['lmtPrice'] },
  STP: { needs: ['auxPrice'] },
  'STP LMT': { needs: ['lmtPrice', 'auxPrice'] },
  'STP PRT': { needs: ['auxPrice'] },
  TRAIL: { oneOf: [TRAILING] },
  'TRAIL LIMIT': { needs: ['trailStopPrice'], oneOf: [TRAILING, LIMITING] },
  'TRAIL MIT': { oneOf: [TRAILING] },
  'TRAIL LIT': { oneOf: [TRAILING, LIMITING] },
  'TRAIL LMT + MKT': { oneOf: [TRAILING, LIMITING] },
  'TRAIL REL + MKT': { oneOf: [TRAILING] },
  MIT: { needs: ['auxPrice'] },
  LIT: { needs: ['lmtPrice', 'auxPrice'] },
  MOC: {},
  LOC: { needs: ['lmtPrice'] },
  MOO: { sentAs: { orderType: 'MKT', tif: 'OPG' } },
  LOO: { needs: ['lmtPrice'], sentAs: { orderType: 'LMT', tif: 'OPG' } },
  MTL: {},
  'MKT PRT': {},
  'BOX TOP': {},
  MIDPRICE: {},
  REL: {},
  'REL + LMT': { needs: ['lmtPrice'] },
  'REL + MKT': {},
  'LMT + MKT': { needs: ['lmtPrice'] },
  'PASSV REL': {},
  'PEG PRIM': {},
  'PEG MKT': {},
  'PEG MID': {},
  'PEG BEST': {},
  'PEG STK': { needs: ['startingPrice', 'delta'] },
  'PEG BENCH': {
    needs: [
      'startingPrice',
      'referenceContractId',
      'referenceExchangeId',
      'peggedChangeAmount',
      'referenceChangeAmount',
    ],
  },
  'SNAP MKT': {},
  'SNAP MID': {},
  'SNAP PRIM': {},
  VOL: { needs: ['volatility', 'volatilityType'] },
} as const satisfies Record<string, OrderTypeRule>
export type OrderTypeName = keyof typeof ORDER_TYPES

export const ORDER_TYPE_NAMES = Object.keys(ORDER_TYPES) as OrderTypeName[]

/** The rule of an order type; of one we have never heard of nothing is known. */
export function orderTypeRule(name: string): OrderTypeRule {
  return (ORDER_TYPES as Readonly<Record<string, OrderTypeRule>>)[name] ?? {}
}

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
