import { type CalendarName, tradingDay } from './calendar.ts'
import { hashText } from './chance.ts'
import { type Ending, type Family, families } from './futures.ts'
import { dayNumber, nthOf, thirdFriday } from './holidays.ts'
import { CURRENCIES, EVERY_HOUR, FRANKFURT, NEW_YORK, NEW_YORK_ONLY } from './hours.ts'
import type { Instrument, Path } from './instrument.ts'
import { FUNDS, frankfurtListings, type Listing, listings } from './stocks.ts'
import { type Crypto, cryptos, type Index, indices, type Pair, pairs } from './symbols.ts'
import { dayText } from './zone.ts'

const DAY_MS = 86_400_000
const STOCK_VENUES = ['SMART', 'NASDAQ', 'NYSE', 'ARCA', 'BATS', 'IEX', 'AMEX', 'IBKRATS']
/** Where carry is nothing: fixed, so that a contract keeps its price whenever the list is made. */
const CARRY_YEAR = 2026
const MONTH_CODES = 'FGHJKMNQUVXZ'

/** What most instruments do not have. */
export const nothing = {
  expiry: '',
  strike: 0,
  right: '',
  multiplier: '',
  industry: '',
  category: '',
  subcategory: '',
  stockType: '',
  halfSpread: 1,
  factor: 1,
  volumeShare: 1,
  underConId: 0,
  underSymbol: '',
} as const

/** The path of a stock or fund. */
export function pathOf({ symbol, level, dailyMove, volume, primaryExch }: Listing): Path {
  const rhythm = primaryExch === 'IBIS' ? FRANKFURT : NEW_YORK
  const key = rhythm === FRANKFURT ? `${symbol} ${primaryExch}` : symbol
  return { key, level, dailyMove, dailyVolume: volume * 1_000_000, rhythm }
}

function toStock(listing: Listing): Instrument {
  const { symbol, conId, name, primaryExch, sector } = listing
  const tradingClass = primaryExch === 'NASDAQ' ? 'NMS' : symbol
  const isGerman = primaryExch === 'IBIS'
  return {
    ...nothing,
    conId,
    symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExch,
    validExchanges: isGerman ? ['SMART', primaryExch] : STOCK_VENUES,
    currency: isGerman ? 'EUR' : 'USD',
    localSymbol: symbol,
    tradingClass: isGerman ? 'XETRA' : tradingClass,
    marketName: isGerman ? 'XETRA' : tradingClass,
    longName: name,
    industry: sector,
    category: sector,
    subcategory: sector,
    stockType: sector === FUNDS ? 'ETF' : 'COMMON',
    minTick: 0.01,
    marketRuleId: 26,
    hours: isGerman ? FRANKFURT : NEW_YORK,
    path: pathOf(listing),
  }
}

function pairPath({ base, quote, level }: Pair): Path {
  return { key: `${base}.${quote}`, level, dailyMove: 0.005, dailyVolume: 900_000_000 }
}

function toPair(pair: Pair): Instrument {
  const { base, quote, conId, tick } = pair
  return {
    ...nothing,
    conId,
    symbol: base,
    secType: 'CASH',
    exchange: 'IDEALPRO',
    primaryExch: '',
    validExchanges: ['IDEALPRO', 'SMART'],
    currency: quote,
    localSymbol: `${base}.${quote}`,
    tradingClass: `${base}.${quote}`,
    marketName: `${base}.${quote}`,
    longName: `${base}/${quote}`,
    minTick: tick,
    marketRuleId: tick === 0.005 ? 240 : 239,
    hours: CURRENCIES,
    path: pairPath(pair),
  }
}

/** That day, or the last one before it on which the exchange trades. */
export function tradingDayBy(calendar: CalendarName, day: number): number {
  return tradingDay(calendar, day) === 'closed' ? tradingDayBy(calendar, day - 1) : day
}

/** The day on which a contract ends, if its exchange trades then. */
const ENDINGS: Readonly<Record<Ending, (year: number, month: number) => number>> = {
  'third Friday': thirdFriday,
  'Monday before the third Wednesday': (year, month) => nthOf(3, 3, year, month) - 2,
  twentieth: (year, month) => dayNumber(year, month, 20),
  'month end': (year, month) => dayNumber(year, month + 1, 1) - 3,
}

/** Year and month, counted on from that day. */
export function* monthsFrom(today: number): Generator<[year: number, month: number]> {
  const date = new Date(today * DAY_MS)
  for (let ahead = 0; ahead < 24; ahead += 1) {
    const months = date.getUTCMonth() + ahead
    yield [date.getUTCFullYear() + Math.floor(months / 12), (months % 12) + 1]
  }
}

/** The paths that others follow, by their keys. */
const paths: ReadonlyMap<string, Path> = new Map(
  [...listings.map(pathOf), ...pairs.map(pairPath)].map((path) => [path.key, path]),
)

interface Followed {
  readonly path: Path
  readonly factor: number
  readonly volumeShare: number
}

/** What something follows: a path of another instrument with so many times its price, or its own. */
function followed(
  symbol: string,
  [what, number]: Family['path'],
  dailyVolume: number,
  rhythm: Path['rhythm'],
): Followed {
  const path = typeof what === 'string' ? paths.get(what) : undefined
  if (path !== undefined) {
    return { path, factor: number, volumeShare: dailyVolume / path.dailyVolume }
  }
  const own = { key: `${symbol} own`, level: Number(what), dailyMove: number, dailyVolume, rhythm }
  return { path: own, factor: 1, volumeShare: 1 }
}

function* futuresOf(family: Family, today: number): Generator<Instrument> {
  const { symbol, tradingClass, hours, volume } = family
  const { path, factor, volumeShare } = followed(symbol, family.path, volume * 1000, hours)
  let listed = 0
  for (const [year, month] of monthsFrom(today)) {
    const end = tradingDayBy(hours.calendar, ENDINGS[family.ends](year, month))
    if (!family.months.includes(month) || end < today) continue
    const localSymbol = `${tradingClass}${MONTH_CODES[month - 1]}${year % 10}`
    yield {
      ...nothing,
      conId: 600_000_000 + (hashText(`${family.symbol} ${dayText(end)}`) % 100_000_000),
      symbol: family.symbol,
      secType: 'FUT',
      expiry: dayText(end),
      multiplier: family.multiplier,
      exchange: family.exchange,
      primaryExch: '',
      validExchanges: [family.exchange, 'QBALGO'],
      currency: 'USD',
      localSymbol,
      tradingClass,
      marketName: tradingClass,
      longName: family.name,
      minTick: family.tick,
      marketRuleId: family.marketRuleId,
      hours,
      path,
      volumeShare,
      // a contract that ends later costs a little more: carry of about 4 % a year
      factor: factor * (1 + 0.0033 * ((year - CARRY_YEAR) * 12 + month)),
      underSymbol: family.symbol,
    }
    listed += 1
    if (listed === 4) return
  }
}

function toIndex({ symbol, conId, name, exchange, path }: Index): Instrument {
  return {
    ...nothing,
    ...followed(symbol, path, 1, NEW_YORK),
    conId,
    symbol,
    secType: 'IND',
    exchange,
    primaryExch: exchange,
    validExchanges: [exchange, 'SMART'],
    currency: 'USD',
    localSymbol: symbol,
    tradingClass: symbol,
    marketName: symbol,
    longName: name,
    industry: 'Indices',
    category: 'Broad Range Equity Index',
    subcategory: '*',
    minTick: 0.01,
    marketRuleId: 26,
    hours: NEW_YORK_ONLY,
    volumeShare: 0,
  }
}

function toCrypto({ symbol, conId, name, tick, level, dailyMove, volume }: Crypto): Instrument {
  return {
    ...nothing,
    conId,
    symbol,
    secType: 'CRYPTO',
    exchange: 'PAXOS',
    primaryExch: '',
    validExchanges: ['PAXOS'],
    currency: 'USD',
    localSymbol: `${symbol}.USD`,
    tradingClass: symbol,
    marketName: symbol,
    longName: name,
    minTick: tick,
    marketRuleId: tick === 0.25 ? 67 : 26,
    hours: EVERY_HOUR,
    path: { key: `${symbol}.USD`, level, dailyMove, dailyVolume: volume },
  }
}

/** Everything but options that is listed on that day (a day number of New York). */
export function listInstruments(today: number): Instrument[] {
  return [
    ...[...listings, ...frankfurtListings].map(toStock),
    ...indices.map(toIndex),
    ...pairs.map(toPair),
    ...cryptos.map(toCrypto),
    ...families.flatMap((family) => [...futuresOf(family, today)]),
  ]
}
