/** A stock or fund as listed: real contract ids where they are well known. */
export interface Listing {
  readonly symbol: string
  readonly conId: number
  readonly name: string
  readonly primaryExch: string
  /** about today's price, USD */
  readonly level: number
  readonly dailyMove: number
  /** millions of shares a day */
  readonly volume: number
  readonly sector: string
  readonly etf?: true
}

function stock(
  symbol: string,
  conId: number,
  name: string,
  primaryExch: string,
  level: number,
  dailyMove: number,
  volume: number,
  sector: string,
): Listing {
  return { symbol, conId, name, primaryExch, level, dailyMove, volume, sector }
}

function etf(
  symbol: string,
  conId: number,
  name: string,
  primaryExch: string,
  level: number,
  dailyMove: number,
  volume: number,
): Listing {
  return {
    ...stock(symbol, conId, name, primaryExch, level, dailyMove, volume, 'Funds'),
    etf: true,
  }
}

/** US stocks and funds. */
export const listings: readonly Listing[] = [
  stock('AAPL', 265598, 'APPLE INC', 'NASDAQ', 230, 0.014, 50, 'Technology'),
  stock('MSFT', 272093, 'MICROSOFT CORP', 'NASDAQ', 430, 0.013, 22, 'Technology'),
  stock('GOOGL', 208813719, 'ALPHABET INC-CL A', 'NASDAQ', 175, 0.016, 28, 'Communications'),
  stock('AMZN', 3691937, 'AMAZON.COM INC', 'NASDAQ', 200, 0.017, 40, 'Consumer, Cyclical'),
  stock('NVDA', 4815747, 'NVIDIA CORP', 'NASDAQ', 140, 0.026, 250, 'Technology'),
  stock('TSLA', 76792991, 'TESLA INC', 'NASDAQ', 320, 0.033, 90, 'Consumer, Cyclical'),
  stock(
    'META',
    107113386,
    'META PLATFORMS INC-CLASS A',
    'NASDAQ',
    570,
    0.018,
    14,
    'Communications',
  ),
  stock('NFLX', 15124833, 'NETFLIX INC', 'NASDAQ', 880, 0.019, 4, 'Communications'),
  stock('AMD', 4391, 'ADVANCED MICRO DEVICES', 'NASDAQ', 140, 0.026, 45, 'Technology'),
  stock('INTC', 270639, 'INTEL CORP', 'NASDAQ', 24, 0.024, 60, 'Technology'),
  stock('CSCO', 268084, 'CISCO SYSTEMS INC', 'NASDAQ', 58, 0.011, 18, 'Technology'),
  stock('ADBE', 265768, 'ADOBE INC', 'NASDAQ', 510, 0.017, 3, 'Technology'),
  stock('QCOM', 273544, 'QUALCOMM INC', 'NASDAQ', 160, 0.02, 8, 'Technology'),
  stock('AVGO', 313130367, 'BROADCOM INC', 'NASDAQ', 165, 0.022, 25, 'Technology'),
  stock('PEP', 11017, 'PEPSICO INC', 'NASDAQ', 160, 0.009, 6, 'Consumer, Non-cyclical'),
  stock('COST', 272997, 'COSTCO WHOLESALE CORP', 'NASDAQ', 930, 0.011, 2, 'Consumer, Cyclical'),
  stock('IBM', 8314, 'INTL BUSINESS MACHINES CORP', 'NYSE', 210, 0.012, 4, 'Technology'),
  stock('ORCL', 272800, 'ORACLE CORP', 'NYSE', 190, 0.018, 8, 'Technology'),
  stock('CRM', 28812396, 'SALESFORCE INC', 'NYSE', 330, 0.018, 6, 'Technology'),
  stock('JPM', 1520593, 'JPMORGAN CHASE & CO', 'NYSE', 245, 0.012, 9, 'Financial'),
  stock('BAC', 10098, 'BANK OF AMERICA CORP', 'NYSE', 47, 0.014, 36, 'Financial'),
  stock('GS', 4627828, 'GOLDMAN SACHS GROUP INC', 'NYSE', 600, 0.014, 2, 'Financial'),
  stock('V', 49462172, 'VISA INC-CLASS A SHARES', 'NYSE', 310, 0.01, 6, 'Financial'),
  stock('MA', 38685693, 'MASTERCARD INC - A', 'NYSE', 520, 0.011, 3, 'Financial'),
  stock('KO', 8894, 'COCA-COLA CO/THE', 'NYSE', 63, 0.008, 14, 'Consumer, Non-cyclical'),
  stock('PG', 11031, 'PROCTER & GAMBLE CO/THE', 'NYSE', 172, 0.008, 6, 'Consumer, Non-cyclical'),
  stock('JNJ', 8719, 'JOHNSON & JOHNSON', 'NYSE', 155, 0.008, 7, 'Consumer, Non-cyclical'),
  stock('PFE', 11106, 'PFIZER INC', 'NYSE', 25, 0.013, 38, 'Consumer, Non-cyclical'),
  stock('WMT', 13824, 'WALMART INC', 'NYSE', 88, 0.01, 16, 'Consumer, Cyclical'),
  stock('HD', 7930, 'HOME DEPOT INC', 'NYSE', 405, 0.012, 3, 'Consumer, Cyclical'),
  stock('MCD', 9408, 'MCDONALDS CORP', 'NYSE', 292, 0.009, 3, 'Consumer, Cyclical'),
  stock('NKE', 10291, 'NIKE INC -CL B', 'NYSE', 75, 0.017, 11, 'Consumer, Cyclical'),
  stock('DIS', 6459, 'WALT DISNEY CO/THE', 'NYSE', 115, 0.014, 10, 'Communications'),
  stock('T', 37018770, 'AT&T INC', 'NYSE', 23, 0.011, 34, 'Communications'),
  stock('VZ', 4901, 'VERIZON COMMUNICATIONS INC', 'NYSE', 43, 0.01, 16, 'Communications'),
  stock('XOM', 13977, 'EXXON MOBIL CORP', 'NYSE', 120, 0.013, 14, 'Energy'),
  stock('CVX', 5684, 'CHEVRON CORP', 'NYSE', 160, 0.012, 8, 'Energy'),
  stock('BA', 4762, 'BOEING CO/THE', 'NYSE', 150, 0.02, 9, 'Industrial'),
  stock('CAT', 5437, 'CATERPILLAR INC', 'NYSE', 390, 0.015, 3, 'Industrial'),
  stock('GE', 7516, 'GENERAL ELECTRIC CO', 'NYSE', 180, 0.015, 5, 'Industrial'),
  stock('BRK B', 72063691, 'BERKSHIRE HATHAWAY INC-CL B', 'NYSE', 470, 0.008, 4, 'Financial'),
  etf('SPY', 756733, 'SPDR S&P 500 ETF TRUST', 'ARCA', 595, 0.009, 55),
  etf('QQQ', 320227571, 'INVESCO QQQ TRUST SERIES 1', 'NASDAQ', 505, 0.012, 35),
  etf('IWM', 9579970, 'ISHARES RUSSELL 2000 ETF', 'ARCA', 235, 0.013, 25),
  etf('DIA', 73128548, 'SPDR DJIA TRUST', 'ARCA', 440, 0.008, 3),
  etf('GLD', 51529211, 'SPDR GOLD SHARES', 'ARCA', 245, 0.009, 8),
  etf('SLV', 39039301, 'ISHARES SILVER TRUST', 'ARCA', 28, 0.017, 18),
  etf('TLT', 15547841, 'ISHARES 20+ YEAR TREASURY BD', 'NASDAQ', 90, 0.009, 35),
  etf('HYG', 43652089, 'ISHARES IBOXX HIGH YLD CORP', 'ARCA', 79, 0.004, 35),
  etf('XLF', 4215220, 'FINANCIAL SELECT SECTOR SPDR', 'ARCA', 50, 0.01, 40),
  etf('XLE', 4215217, 'ENERGY SELECT SECTOR SPDR', 'ARCA', 95, 0.013, 14),
  etf('EEM', 19776951, 'ISHARES MSCI EMERGING MARKET', 'ARCA', 43, 0.01, 30),
]

/** A currency pair: how much of the second one unit of the first costs. */
export interface Pair {
  readonly base: string
  readonly quote: string
  readonly conId: number
  readonly level: number
  readonly tick: number
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
]

/** A futures family. `months` are the calendar months in which contracts end. */
export interface Family {
  readonly symbol: string
  readonly name: string
  readonly exchange: string
  readonly multiplier: string
  readonly tick: number
  readonly marketRuleId: number
  readonly months: readonly number[]
  /** on which day of its month it ends */
  readonly ends: 'third Friday' | 'twentieth' | 'month end'
  /** the stock whose path it follows, or its own level */
  readonly follows?: { readonly symbol: string; readonly factor: number }
  readonly level: number
  readonly dailyMove: number
  readonly volume: number
}

const quarterly = [3, 6, 9, 12] as const

/** Futures of CME, NYMEX and COMEX. */
export const families: readonly Family[] = [
  {
    symbol: 'ES',
    name: 'E-mini S&P 500',
    exchange: 'CME',
    multiplier: '50',
    tick: 0.25,
    marketRuleId: 67,
    months: quarterly,
    ends: 'third Friday',
    follows: { symbol: 'SPY', factor: 10.04 },
    level: 0,
    dailyMove: 0,
    volume: 1.5,
  },
  {
    symbol: 'NQ',
    name: 'E-mini NASDAQ 100',
    exchange: 'CME',
    multiplier: '20',
    tick: 0.25,
    marketRuleId: 67,
    months: quarterly,
    ends: 'third Friday',
    follows: { symbol: 'QQQ', factor: 41.2 },
    level: 0,
    dailyMove: 0,
    volume: 0.6,
  },
  {
    symbol: 'CL',
    name: 'Light Sweet Crude Oil',
    exchange: 'NYMEX',
    multiplier: '1000',
    tick: 0.01,
    marketRuleId: 32,
    months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ends: 'twentieth',
    level: 70,
    dailyMove: 0.019,
    volume: 0.35,
  },
  {
    symbol: 'GC',
    name: 'Gold',
    exchange: 'COMEX',
    multiplier: '100',
    tick: 0.1,
    marketRuleId: 33,
    months: [2, 4, 6, 8, 10, 12],
    ends: 'month end',
    follows: { symbol: 'GLD', factor: 10.8 },
    level: 0,
    dailyMove: 0,
    volume: 0.2,
  },
]
