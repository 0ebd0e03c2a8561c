import type { Instrument } from './instrument.ts'
import { newsFeeds } from './news-feeds.ts'

/** An instrument whose kind may be one that the simulated market does not trade. */
export type Described = Omit<Instrument, 'secType'> & { readonly secType: string }

const shared = {
  ...{ currency: 'USD', stockType: '', halfSpread: 1, factor: 1, strike: 0 },
  right: '',
  ...{ underConId: 0, underSymbol: '' },
  hours: {
    ...{ timeZone: 'US/Eastern', opens: 9 * 60 + 30, closes: 16 * 60 },
    ...{ extendedOpens: 8 * 60, extendedCloses: 17 * 60 },
  },
} as const

function bond(
  symbol: string,
  conId: number,
  expiry: string,
  longName: string,
  category: string,
): Described {
  return {
    ...shared,
    ...{ conId, symbol, secType: 'BOND', expiry, multiplier: '', exchange: 'SMART' },
    ...{ primaryExch: '', validExchanges: ['SMART'], localSymbol: `${symbol} ${expiry}` },
    ...{ tradingClass: symbol, marketName: symbol, longName, industry: category, category },
    ...{ subcategory: category, minTick: 0.001, marketRuleId: 26 },
    path: { key: `bond ${conId}`, level: 100, dailyMove: 0.002, dailyVolume: 1000 },
  }
}

function fund(symbol: string, conId: number, longName: string): Described {
  return {
    ...shared,
    ...{ conId, symbol, secType: 'FUND', expiry: '', multiplier: '', exchange: 'FUNDSERV' },
    ...{ primaryExch: 'FUNDSERV', validExchanges: ['FUNDSERV'], localSymbol: symbol },
    ...{ tradingClass: symbol, marketName: symbol, longName, industry: 'Funds' },
    ...{ category: 'Open-end Fund', subcategory: 'Growth & Income', minTick: 0.01 },
    marketRuleId: 26,
    path: { key: `fund ${conId}`, level: 450, dailyMove: 0.009, dailyVolume: 0 },
  }
}

/** Contracts that can be looked up, but are neither quoted nor traded here. */
const untraded: readonly Described[] = [
  ...newsFeeds,
  bond('IBM', 510_000_001, '20330215', 'INTL BUSINESS MACHINES CORP 2033', 'Corporate'),
  bond('IBM', 510_000_002, '20460515', 'INTL BUSINESS MACHINES CORP 2046', 'Corporate'),
  bond('AAPL', 510_000_003, '20350811', 'APPLE INC 2035', 'Corporate'),
  bond('US-T', 510_000_004, '20361115', 'UNITED STATES TREASURY 2036', 'US Government'),
  fund('VFIAX', 510_000_011, 'VANGUARD 500 INDEX FUND ADMIRAL'),
]

/** What a client says of a contract, as far as it tells these contracts apart. */
interface Named {
  readonly conId?: number | undefined
  readonly symbol: string
  readonly localSymbol: string
  readonly secType: string
  readonly lastTradeDateOrContractMonth: string
}

/** Those that fit what a client said. */
export function findUntraded(spec: Named): Described[] {
  const { conId = 0, symbol, localSymbol, secType, lastTradeDateOrContractMonth: expiry } = spec
  return untraded.filter(
    (one) =>
      (conId === 0 ? secType !== '' || symbol === '' : one.conId === conId) &&
      (secType === '' || one.secType === secType) &&
      (symbol === '' || one.symbol === symbol) &&
      (localSymbol === '' || one.localSymbol === localSymbol) &&
      one.expiry.startsWith(expiry),
  )
}
