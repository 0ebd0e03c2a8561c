import { hashText } from './chance.ts'
import { CURRENCIES, GLOBEX, NEW_YORK, NEW_YORK_ONLY } from './hours.ts'
import type { Instrument, Path } from './instrument.ts'
import { type Family, families, type Listing, listings, type Pair, pairs } from './symbols.ts'
import { dayText, weekday } from './zone.ts'

const DAY_MS = 86_400_000
const STOCK_VENUES = ['SMART', 'NASDAQ', 'NYSE', 'ARCA', 'BATS', 'IEX', 'AMEX', 'IBKRATS']
const OPTION_VENUES = ['SMART', 'CBOE', 'AMEX', 'PHLX', 'ISE', 'BOX']
/** Where carry is nothing: fixed, so that a contract keeps its price whenever the list is made. */
const CARRY_YEAR = 2026
const MONTH_CODES = 'FGHJKMNQUVXZ'

const nothing = {
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

function pathOf(listing: Listing): Path {
  const { symbol, level, dailyMove, volume } = listing
  return { key: symbol, level, dailyMove, dailyVolume: volume * 1_000_000, rhythm: NEW_YORK }
}

function toStock(listing: Listing): Instrument {
  const { symbol, conId, name, primaryExch, sector, etf } = listing
  return {
    ...nothing,
    conId,
    symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExch,
    validExchanges: STOCK_VENUES,
    currency: 'USD',
    localSymbol: symbol,
    tradingClass: primaryExch === 'NASDAQ' ? 'NMS' : symbol,
    marketName: primaryExch === 'NASDAQ' ? 'NMS' : symbol,
    longName: name,
    industry: sector,
    category: sector,
    subcategory: sector,
    stockType: etf ? 'ETF' : 'COMMON',
    minTick: 0.01,
    marketRuleId: 26,
    hours: NEW_YORK,
    path: pathOf(listing),
  }
}

function toPair({ base, quote, conId, level, tick }: Pair): Instrument {
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
    path: { key: `${base}.${quote}`, level, dailyMove: 0.005, dailyVolume: 900_000_000 },
  }
}

function dayNumber(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS
}

function thirdFriday(year: number, month: number): number {
  const first = dayNumber(year, month, 1)
  return first + ((5 - weekday(first) + 7) % 7) + 14
}

function endOf(family: Family, year: number, month: number): number {
  if (family.ends === 'third Friday') return thirdFriday(year, month)
  let day =
    family.ends === 'twentieth' ? dayNumber(year, month, 20) : dayNumber(year, month + 1, 1) - 3
  while (weekday(day) === 0 || weekday(day) === 6) day -= 1
  return day
}

/** Year and month, counted on from that day. */
function* monthsFrom(today: number): Generator<[year: number, month: number]> {
  const date = new Date(today * DAY_MS)
  for (let ahead = 0; ahead < 24; ahead += 1) {
    const months = date.getUTCMonth() + ahead
    yield [date.getUTCFullYear() + Math.floor(months / 12), (months % 12) + 1]
  }
}

function familyPath(family: Family): { path: Path; factor: number } {
  const { symbol, follows, level, dailyMove, volume } = family
  const followed = listings.find((listing) => listing.symbol === follows?.symbol)
  if (follows === undefined || followed === undefined) {
    return {
      path: { key: symbol, level, dailyMove, dailyVolume: volume * 1_000_000, rhythm: NEW_YORK },
      factor: 1,
    }
  }
  return { path: pathOf(followed), factor: follows.factor }
}

function* futuresOf(family: Family, today: number): Generator<Instrument> {
  const { path, factor } = familyPath(family)
  let listed = 0
  for (const [year, month] of monthsFrom(today)) {
    const end = endOf(family, year, month)
    if (!family.months.includes(month) || end < today) continue
    const localSymbol = `${family.symbol}${MONTH_CODES[month - 1]}${year % 10}`
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
      tradingClass: family.symbol,
      marketName: family.symbol,
      longName: family.name,
      minTick: family.tick,
      marketRuleId: family.marketRuleId,
      hours: GLOBEX,
      path,
      // a contract that ends later costs a little more: carry of about 4 % a year
      factor: factor * (1 + 0.0033 * ((year - CARRY_YEAR) * 12 + month)),
      underSymbol: family.symbol,
    }
    listed += 1
    if (listed === 4) return
  }
}

/** The steps between strikes, and how many lie on each side of the middle. */
const CHAINS = [
  { symbol: 'AAPL', step: 5, side: 10 },
  { symbol: 'SPY', step: 5, side: 12 },
] as const

/** The next three Fridays, then the third Fridays of the three months after. */
function expiries(today: number): number[] {
  const friday = today + ((5 - weekday(today) + 7) % 7)
  const days = new Set([friday, friday + 7, friday + 14])
  for (const [year, month] of monthsFrom(today)) {
    const day = thirdFriday(year, month)
    if (day > friday) days.add(day)
    if (days.size >= 6) break
  }
  return [...days].sort((a, b) => a - b)
}

function* optionsOf(chain: (typeof CHAINS)[number], today: number): Generator<Instrument> {
  const underlying = listings.find((listing) => listing.symbol === chain.symbol)
  if (underlying === undefined) return
  const middle = Math.round(underlying.level / chain.step)
  for (const expiryDay of expiries(today)) {
    const expiry = dayText(expiryDay)
    for (let place = middle - chain.side; place <= middle + chain.side; place += 1) {
      const strike = place * chain.step
      for (const right of ['C', 'P'] as const) {
        const localSymbol = `${chain.symbol.padEnd(6)}${expiry.slice(2)}${right}${String(strike * 1000).padStart(8, '0')}`
        yield {
          ...nothing,
          conId: 700_000_000 + (hashText(localSymbol) % 100_000_000),
          symbol: chain.symbol,
          secType: 'OPT',
          expiry,
          strike,
          right,
          multiplier: '100',
          exchange: 'SMART',
          primaryExch: '',
          validExchanges: OPTION_VENUES,
          currency: 'USD',
          localSymbol,
          tradingClass: chain.symbol,
          marketName: chain.symbol,
          longName: underlying.name,
          minTick: 0.01,
          marketRuleId: 109,
          halfSpread: 2,
          hours: NEW_YORK_ONLY,
          volumeShare: 1 / 5000,
          path: pathOf(underlying),
          // options further from the money cost more volatility
          option: {
            strike,
            right,
            expiryDay,
            impliedVol: underlying.dailyMove * 16 + 0.4 * Math.log(place / middle) ** 2,
          },
          underConId: underlying.conId,
          underSymbol: chain.symbol,
        }
      }
    }
  }
}

function indexInstrument(): Instrument {
  const spy = listings.find(({ symbol }) => symbol === 'SPY')
  return {
    ...nothing,
    conId: 416904,
    symbol: 'SPX',
    secType: 'IND',
    exchange: 'CBOE',
    primaryExch: 'CBOE',
    validExchanges: ['CBOE', 'SMART'],
    currency: 'USD',
    localSymbol: 'SPX',
    tradingClass: 'SPX',
    marketName: 'SPX',
    longName: 'S&P 500 STOCK INDEX',
    industry: 'Indices',
    category: 'Broad Range Equity Index',
    subcategory: '*',
    minTick: 0.01,
    marketRuleId: 26,
    hours: NEW_YORK_ONLY,
    volumeShare: 0,
    path: spy ? pathOf(spy) : { key: 'SPX', level: 600, dailyMove: 0.009, dailyVolume: 1 },
    factor: 10.03,
  }
}

/** Everything listed on that day (a day number of New York). */
export function listInstruments(today: number): Instrument[] {
  return [
    ...listings.map(toStock),
    indexInstrument(),
    ...pairs.map(toPair),
    ...families.flatMap((family) => [...futuresOf(family, today)]),
    ...CHAINS.flatMap((chain) => [...optionsOf(chain, today)]),
  ]
}
