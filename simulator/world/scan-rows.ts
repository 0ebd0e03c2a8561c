import type { Fundamentals } from './fundamentals.ts'
import type { Instrument } from './instrument.ts'
import type { Market } from './market.ts'
import { dayFigures } from './tape.ts'

/** Usual trades are this large, shares: a volume tells a number of trades. */
const USUAL_TRADE = 120
/** Trading days in a year: turns a daily move into a yearly one. */
const DAYS_A_YEAR = 252

/** What a scanner knows of one instrument at one moment; undefined where it has no such figure. */
export interface ScanFigures {
  readonly price: number
  /** change since the last close, percent */
  readonly change: number
  /** change since the opening, percent */
  readonly openChange: number
  /** opening against the last close, percent */
  readonly gap: number
  /** highest to lowest of the day, percent of the price */
  readonly range: number
  /** today, shares or contracts */
  readonly volume: number
  readonly averageVolume: number
  /** volume times price, USD */
  readonly value: number
  readonly averageValue: number
  /** today's volume as a multiple of the usual one */
  readonly volumeRate: number
  readonly trades: number
  /** trades a minute in the last minute */
  readonly tradeRate: number
  /** change as a multiple of the usual one */
  readonly priceHeat: number
  /** a year, percent */
  readonly impliedVol: number
  readonly marketCap: number | undefined
  readonly peRatio: number | undefined
  /** dividends of a year, percent of the price */
  readonly dividendYield: number | undefined
}

export type FigureName = keyof ScanFigures

/** What can be scanned: US stocks and funds, funds alone, futures, indices. */
export const scanInstruments = [
  { type: 'STK', name: 'US Stocks', secTypes: ['STK'] },
  { type: 'ETF.EQ.US', name: 'US Equity ETFs', secTypes: ['STK'] },
  { type: 'FUT.US', name: 'US Futures', secTypes: ['FUT'] },
  { type: 'IND.US', name: 'US Indexes', secTypes: ['IND'] },
] as const

/** Where it is scanned; `venues` are primary exchanges, for futures and indices exchanges. None means all. */
export const scanLocations: readonly {
  readonly code: string
  readonly name: string
  readonly parent: string
  readonly venues: readonly string[]
}[] = [
  { code: 'STK.US', name: 'US Stocks', parent: 'STK', venues: [] },
  { code: 'STK.US.MAJOR', name: 'Listed/NASDAQ', parent: 'STK.US', venues: [] },
  { code: 'STK.NYSE', name: 'NYSE', parent: 'STK.US.MAJOR', venues: ['NYSE'] },
  { code: 'STK.AMEX', name: 'AMEX', parent: 'STK.US.MAJOR', venues: ['AMEX'] },
  { code: 'STK.ARCA', name: 'ARCA', parent: 'STK.US.MAJOR', venues: ['ARCA'] },
  { code: 'STK.BATS', name: 'BATS', parent: 'STK.US.MAJOR', venues: ['BATS'] },
  { code: 'STK.NASDAQ', name: 'NASDAQ', parent: 'STK.US.MAJOR', venues: ['NASDAQ'] },
  { code: 'STK.NASDAQ.NMS', name: 'NASDAQ NMS', parent: 'STK.NASDAQ', venues: ['NASDAQ'] },
  { code: 'ETF.EQ.US', name: 'US Equity ETFs', parent: 'ETF.EQ.US', venues: [] },
  { code: 'ETF.EQ.US.MAJOR', name: 'Listed/NASDAQ', parent: 'ETF.EQ.US', venues: [] },
  { code: 'ETF.EQ.ARCA', name: 'ARCA', parent: 'ETF.EQ.US.MAJOR', venues: ['ARCA'] },
  { code: 'ETF.EQ.NASDAQ.NMS', name: 'NASDAQ', parent: 'ETF.EQ.US.MAJOR', venues: ['NASDAQ'] },
  { code: 'FUT.US', name: 'US Futures', parent: 'FUT.US', venues: [] },
  { code: 'FUT.CME', name: 'CME', parent: 'FUT.US', venues: ['CME'] },
  { code: 'FUT.CBOT', name: 'CBOT', parent: 'FUT.US', venues: ['CBOT'] },
  { code: 'FUT.NYMEX', name: 'NYMEX', parent: 'FUT.US', venues: ['NYMEX'] },
  { code: 'FUT.COMEX', name: 'COMEX', parent: 'FUT.US', venues: ['COMEX'] },
  { code: 'IND.US', name: 'US Indexes', parent: 'IND.US', venues: [] },
]

/** What a scan ranks by: the largest figure first, or the smallest with `up`. */
export const scanTypes: readonly {
  readonly code: string
  readonly name: string
  readonly by: FigureName | 'symbol'
  readonly up?: true
  /** stocks alone have such a figure */
  readonly isForStocks?: true
}[] = [
  { code: 'TOP_PERC_GAIN', name: 'Top % Gainers', by: 'change' },
  { code: 'TOP_PERC_LOSE', name: 'Top % Losers', by: 'change', up: true },
  { code: 'TOP_OPEN_PERC_GAIN', name: 'Top % Gainers Since Open', by: 'openChange' },
  { code: 'TOP_OPEN_PERC_LOSE', name: 'Top % Losers Since Open', by: 'openChange', up: true },
  { code: 'HIGH_OPEN_GAP', name: 'Top Close-to-Open % Gainers', by: 'gap' },
  { code: 'LOW_OPEN_GAP', name: 'Top Close-to-Open % Losers', by: 'gap', up: true },
  { code: 'MOST_ACTIVE', name: 'Most Active', by: 'volume' },
  { code: 'MOST_ACTIVE_USD', name: 'Most Active ($)', by: 'value' },
  { code: 'MOST_ACTIVE_AVG_USD', name: 'Most Active By Average ($)', by: 'averageValue' },
  { code: 'HOT_BY_VOLUME', name: 'Hot Contracts by Volume', by: 'volumeRate' },
  { code: 'TOP_VOLUME_RATE', name: 'Top Volume Rate', by: 'volumeRate' },
  { code: 'HOT_BY_PRICE', name: 'Hot Contracts by Price', by: 'priceHeat' },
  { code: 'TOP_PRICE_RANGE', name: 'Top Price Range', by: 'range' },
  { code: 'HOT_BY_PRICE_RANGE', name: 'Hot by Price Range', by: 'range' },
  { code: 'TOP_TRADE_COUNT', name: 'Top Trade Count', by: 'trades' },
  { code: 'TOP_TRADE_RATE', name: 'Top Trade Rate', by: 'tradeRate' },
  {
    code: 'HIGH_OPT_IMP_VOLAT',
    name: 'Highest Option Imp Vol',
    by: 'impliedVol',
    isForStocks: true,
  },
  {
    ...{ code: 'LOW_OPT_IMP_VOLAT', name: 'Lowest Option Imp Vol', by: 'impliedVol' },
    ...{ up: true, isForStocks: true },
  },
  { code: 'HIGH_PE_RATIO', name: 'High P/E Ratio', by: 'peRatio', isForStocks: true },
  { code: 'LOW_PE_RATIO', name: 'Low P/E Ratio', by: 'peRatio', up: true, isForStocks: true },
  {
    ...{ code: 'HIGH_DIVIDEND_YIELD_IB', name: 'Highest Dividend Yield', by: 'dividendYield' },
    isForStocks: true,
  },
  { code: 'ALL_SYMBOLS_ASC', name: 'All Symbols, A to Z', by: 'symbol', up: true },
  { code: 'ALL_SYMBOLS_DESC', name: 'All Symbols, Z to A', by: 'symbol' },
]

/** Filters by a figure: how they are called for the least and the most, and in which unit they are given. */
export const scanFilters: readonly {
  readonly id: string
  readonly name: string
  readonly by: FigureName
  readonly above: string
  readonly below: string
  /** one unit of the filter is so much of the figure */
  readonly unit?: number
}[] = [
  ...(
    [
      ['PRICE', 'Price', 'price', 'priceAbove', 'priceBelow'],
      ['USDPRICE', 'Price ($)', 'price', 'usdPriceAbove', 'usdPriceBelow'],
      ['VOLUME', 'Volume', 'volume', 'volumeAbove', 'volumeBelow'],
      ['AVGVOLUME', 'Avg Volume', 'averageVolume', 'avgVolumeAbove', 'avgVolumeBelow'],
      ['USDVOLUME', 'Volume ($)', 'value', 'usdVolumeAbove', 'usdVolumeBelow'],
      ['AVGUSDVOLUME', 'Avg Volume ($)', 'averageValue', 'avgUsdVolumeAbove', 'avgUsdVolumeBelow'],
      ['CHANGEPERC', 'Change %', 'change', 'changePercAbove', 'changePercBelow'],
      [
        'CHANGEOPENPERC',
        'Change Since Open %',
        'openChange',
        'changeOpenPercAbove',
        'changeOpenPercBelow',
      ],
      ['OPENGAPPERC', 'Gap %', 'gap', 'openGapPercAbove', 'openGapPercBelow'],
      ['NUMTRADES', 'Number of Trades', 'trades', 'tradeCountAbove', 'tradeCountBelow'],
      ['TRADERATE', 'Trade Rate', 'tradeRate', 'tradeRateAbove', 'tradeRateBelow'],
      ['IMPVOLAT', 'Implied Volatility %', 'impliedVol', 'impVolatAbove', 'impVolatBelow'],
      ['PERATIO', 'P/E Ratio', 'peRatio', 'minPeRatio', 'maxPeRatio'],
      [
        'DIVYIELD',
        'Dividend Yield %',
        'dividendYield',
        'dividendYieldFracAbove',
        'dividendYieldFracBelow',
      ],
    ] as const
  ).map(([id, name, by, above, below]) => ({ id, name, by, above, below })),
  {
    ...{ id: 'MKTCAP', name: 'Market Cap ($ millions)', by: 'marketCap', unit: 1e6 },
    ...{ above: 'marketCapAbove1e6', below: 'marketCapBelow1e6' },
  },
]

/** The figures of one instrument now. */
export function figuresOf(
  instrument: Instrument,
  market: Market,
  fundamentals: Fundamentals,
  now: number,
): ScanFigures {
  const price = market.last(instrument, now)
  const { open, high, low, previousClose, volume } = dayFigures(market, instrument, now)
  const { dailyMove, dailyVolume } = instrument.path
  const company = fundamentals.of(instrument)
  const lastYear = company?.quarters(now, 4) ?? []
  const sum = (read: (quarter: (typeof lastYear)[number]) => number) =>
    lastYear.reduce((all, quarter) => all + read(quarter), 0)
  const change = (price / previousClose - 1) * 100
  const lastMinute = market.span(instrument, now - 60_000, now)?.volume ?? 0
  return {
    ...{ price, change, volume, averageVolume: dailyVolume },
    openChange: (price / open - 1) * 100,
    gap: (open / previousClose - 1) * 100,
    range: ((high - low) / price) * 100,
    value: volume * price,
    averageValue: dailyVolume * price,
    volumeRate: volume / dailyVolume,
    trades: volume / USUAL_TRADE,
    tradeRate: lastMinute / USUAL_TRADE,
    priceHeat: Math.abs(change) / (dailyMove * 100),
    impliedVol: dailyMove * Math.sqrt(DAYS_A_YEAR) * 100,
    marketCap: company?.marketCap(price),
    peRatio: company && price / sum(({ eps }) => eps),
    dividendYield: company && (sum(({ dividend }) => dividend) / price) * 100,
  }
}
