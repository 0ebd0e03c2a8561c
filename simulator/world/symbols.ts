import { hashText } from './chance.ts'

/** A currency pair: how much of the second one unit of the first costs. */
export interface Pair {
  readonly base: string
  readonly quote: string
  readonly conId: number
  readonly level: number
  readonly tick: number
}

// contract ids of these are made up, outside the ranges of others
function pair(base: string, quote: string, level: number, tick = 0.00005): Pair {
  return {
    base,
    quote,
    conId: 580_000_000 + (hashText(`${base}.${quote}`) % 10_000_000),
    level,
    tick,
  }
}

/** Currency pairs of IDEALPRO. */
export const pairs: readonly Pair[] = [
  { base: 'EUR', quote: 'USD', conId: 12087792, level: 1.085, tick: 0.00005 },
  { base: 'GBP', quote: 'USD', conId: 12087797, level: 1.265, tick: 0.00005 },
  { base: 'AUD', quote: 'USD', conId: 14433401, level: 0.655, tick: 0.00005 },
  { base: 'NZD', quote: 'USD', conId: 39453441, level: 0.595, tick: 0.00005 },
  { base: 'USD', quote: 'JPY', conId: 15016059, level: 152, tick: 0.005 },
  { base: 'USD', quote: 'CHF', conId: 12087820, level: 0.882, tick: 0.00005 },
  { base: 'USD', quote: 'CAD', conId: 15016062, level: 1.39, tick: 0.00005 },
  { base: 'EUR', quote: 'GBP', conId: 12087807, level: 0.858, tick: 0.00005 },
  { base: 'EUR', quote: 'CHF', conId: 12087802, level: 0.957, tick: 0.00005 },
  { base: 'EUR', quote: 'JPY', conId: 14321016, level: 165, tick: 0.005 },
  { base: 'GBP', quote: 'JPY', conId: 14321015, level: 192, tick: 0.005 },
  ...[
    pair('USD', 'SEK', 10.7),
    pair('USD', 'NOK', 10.9),
    pair('USD', 'DKK', 6.87),
    pair('USD', 'HKD', 7.78),
    pair('USD', 'SGD', 1.34),
    pair('USD', 'MXN', 20.1),
    pair('USD', 'ZAR', 17.9),
    pair('USD', 'PLN', 4.02),
    pair('USD', 'CNH', 7.21),
    pair('EUR', 'AUD', 1.655),
    pair('EUR', 'CAD', 1.508),
    pair('EUR', 'NZD', 1.823),
    pair('EUR', 'SEK', 11.6),
    pair('EUR', 'NOK', 11.8),
    pair('GBP', 'CHF', 1.115),
    pair('GBP', 'AUD', 1.93),
    pair('GBP', 'CAD', 1.758),
    pair('AUD', 'JPY', 99.6, 0.005),
    pair('AUD', 'CAD', 0.91),
    pair('AUD', 'NZD', 1.1),
    pair('CAD', 'JPY', 109, 0.005),
    pair('CHF', 'JPY', 172, 0.005),
    pair('NZD', 'JPY', 90.4, 0.005),
  ],
]

/** An index: a figure that is told but not traded. */
export interface Index {
  readonly symbol: string
  readonly conId: number
  readonly name: string
  readonly exchange: string
  /** the fund it follows and how many times its price it stands at, or its own level and usual move of a day */
  readonly path: readonly [key: string, factor: number] | readonly [level: number, move: number]
}

function index(
  symbol: string,
  conId: number,
  name: string,
  exchange: string,
  path: Index['path'],
): Index {
  return { symbol, conId, name, exchange, path }
}

/** Stock indices. */
export const indices: readonly Index[] = [
  index('SPX', 416904, 'S&P 500 STOCK INDEX', 'CBOE', ['SPY', 10.03]),
  index('NDX', 416843, 'NASDAQ 100 STOCK INDEX', 'NASDAQ', ['QQQ', 41.1]),
  index('RUT', 416888, 'RUSSELL 2000 STOCK INDEX', 'RUSSELL', ['IWM', 10.03]),
  index('INDU', 590_000_001, 'DOW JONES INDUSTRIAL AVERAGE', 'CME', ['DIA', 100]),
  index('VIX', 13455763, 'CBOE VOLATILITY INDEX', 'CBOE', [16, 0.055]),
]

/** A crypto currency against the dollar. */
export interface Crypto {
  readonly symbol: string
  readonly conId: number
  readonly name: string
  readonly tick: number
  readonly level: number
  readonly dailyMove: number
  /** units a day */
  readonly volume: number
}

/** Crypto currencies of PAXOS. */
export const cryptos: readonly Crypto[] = [
  {
    ...{ symbol: 'BTC', conId: 479624278, name: 'Bitcoin cryptocurrency', tick: 0.25 },
    ...{ level: 95_000, dailyMove: 0.028, volume: 40_000 },
  },
  {
    ...{ symbol: 'ETH', conId: 495759171, name: 'Ethereum cryptocurrency', tick: 0.01 },
    ...{ level: 3400, dailyMove: 0.036, volume: 400_000 },
  },
]

/** Options on a stock: the steps between strikes, and how many lie on each side of the middle. */
export interface Chain {
  readonly symbol: string
  readonly step: number
  readonly side: number
}

/** Which stocks have listed options. */
export const chains: readonly Chain[] = [
  { symbol: 'AAPL', step: 5, side: 10 },
  { symbol: 'MSFT', step: 10, side: 10 },
  { symbol: 'NVDA', step: 5, side: 10 },
  { symbol: 'TSLA', step: 10, side: 12 },
  { symbol: 'SPY', step: 5, side: 12 },
  { symbol: 'QQQ', step: 5, side: 12 },
]
