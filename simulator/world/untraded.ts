import { hashText } from './chance.ts'
import type { Instrument } from './instrument.ts'
import { providers } from './news.ts'

/** An instrument whose kind may be one that the simulated market does not trade. */
export type Described = Omit<Instrument, 'secType'> & { readonly secType: string }

interface Terms {
  readonly conId: number
  readonly symbol: string
  readonly secType: string
  readonly longName: string
  readonly exchange: string
  readonly expiry?: string
  readonly category?: string
  readonly localSymbol?: string
}

function bond(conId: number, symbol: string, expiry: string, issuer: string, category: string) {
  const longName = `${issuer} ${expiry.slice(0, 4)}`
  const localSymbol = `${symbol} ${expiry}`
  return {
    ...{ conId, symbol, secType: 'BOND', longName, exchange: 'SMART', expiry, category },
    localSymbol,
  }
}

/** Everything that one provider writes can be followed like a contract. */
const newsFeeds: readonly Terms[] = providers.map(({ code, name }) => ({
  conId: 500_000_000 + (hashText(`news ${code}`) % 10_000_000),
  symbol: `${code}:${code}_ALL`,
  ...{ secType: 'NEWS', longName: `${name}, all news`, exchange: code },
}))

const all: readonly Terms[] = [
  ...newsFeeds,
  bond(510_000_001, 'IBM', '20330215', 'INTL BUSINESS MACHINES CORP', 'Corporate'),
  bond(510_000_002, 'IBM', '20460515', 'INTL BUSINESS MACHINES CORP', 'Corporate'),
  bond(510_000_003, 'AAPL', '20350811', 'APPLE INC', 'Corporate'),
  bond(510_000_004, 'US-T', '20361115', 'UNITED STATES TREASURY', 'US Government'),
  {
    ...{ conId: 510_000_011, symbol: 'VFIAX', secType: 'FUND', exchange: 'FUNDSERV' },
    ...{ longName: 'VANGUARD 500 INDEX FUND ADMIRAL', category: 'Open-end Fund' },
  },
]

function described(terms: Terms, stock: Instrument): Described {
  const { symbol, exchange, expiry = '', category = '', localSymbol = symbol } = terms
  return {
    ...stock,
    ...terms,
    ...{ expiry, localSymbol, category, industry: category, subcategory: category, stockType: '' },
    ...{ primaryExch: '', validExchanges: [exchange], tradingClass: symbol, marketName: symbol },
  }
}

/** What a client says of a contract, as far as it tells these contracts apart. */
interface Named {
  readonly conId?: number | undefined
  readonly symbol: string
  readonly localSymbol: string
  readonly secType: string
  readonly lastTradeDateOrContractMonth: string
}

/**
 * The contracts that fit what a client said among those that can be looked up, but are neither quoted nor traded here:
 * bonds, a fund, news feeds. Hours and price steps are those of `stock`.
 */
export function findUntraded(spec: Named, stock: Instrument): Described[] {
  const { conId = 0, symbol, localSymbol, secType, lastTradeDateOrContractMonth: expiry } = spec
  return all
    .filter((one) => (conId === 0 ? secType !== '' || symbol === '' : one.conId === conId))
    .filter((one) => secType === '' || one.secType === secType)
    .filter((one) => symbol === '' || one.symbol === symbol)
    .map((one) => described(one, stock))
    .filter((one) => localSymbol === '' || one.localSymbol === localSymbol)
    .filter((one) => one.expiry.startsWith(expiry))
}
