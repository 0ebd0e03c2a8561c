import { hashText } from './chance.ts'
import { thirdFriday } from './holidays.ts'
import { NEW_YORK_ONLY } from './hours.ts'
import type { Instrument } from './instrument.ts'
import { monthsFrom, nothing, pathOf, tradingDayBy } from './listing.ts'
import { listings } from './stocks.ts'
import { type Chain, chains } from './symbols.ts'
import { dayText, weekday } from './zone.ts'

const OPTION_VENUES = ['SMART', 'CBOE', 'AMEX', 'PHLX', 'ISE', 'BOX']
/** Contract ids of options begin here, and are so many. */
export const FIRST_OPTION_ID = 700_000_000
const OPTION_IDS = 1_000_000_000

/** The next three Fridays, then the third Fridays of the three months after. */
function expiries(today: number): number[] {
  const friday = today + ((5 - weekday(today) + 7) % 7)
  const days = new Set([friday, friday + 7, friday + 14])
  for (const [year, month] of monthsFrom(today)) {
    const day = thirdFriday(year, month)
    if (day > friday) days.add(day)
    if (days.size >= 6) break
  }
  return [...days]
    .map((day) => tradingDayBy('NYSE', day))
    .filter((day) => day >= today)
    .sort((a, b) => a - b)
}

function* optionsOf(chain: Chain, today: number): Generator<Instrument> {
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
          conId: FIRST_OPTION_ID + (hashText(localSymbol) % OPTION_IDS),
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

/** Every option that is listed on that day. */
export function listOptions(today: number): Instrument[] {
  return chains.flatMap((chain) => [...optionsOf(chain, today)])
}
