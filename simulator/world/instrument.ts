import type { Hours } from './hours.ts'

export type SecType = 'STK' | 'OPT' | 'FUT' | 'CASH' | 'IND' | 'BAG' | 'BOND' | 'FUND' | 'CRYPTO'

export type { Hours }

/** One seeded price path; several instruments may follow the same one. */
export interface Path {
  /** what tells this path from others, under the seed */
  readonly key: string
  /** the price it swings around */
  readonly level: number
  /** usual move in a day, as a part of the price */
  readonly dailyMove: number
  /** usual volume of a day, shares or contracts */
  readonly dailyVolume: number
  /** when it is busy; all day alike where there are none */
  readonly rhythm?: Hours | undefined
}

/** The option side of an instrument. */
export interface OptionTerms {
  readonly strike: number
  readonly right: 'C' | 'P'
  /** day number of the last trading day */
  readonly expiryDay: number
  readonly impliedVol: number
}

/** Something that can be bought and sold, or at least quoted. */
export interface Instrument {
  readonly conId: number
  readonly symbol: string
  readonly secType: SecType
  /** `yyyyMMdd`, or empty where it never ends */
  readonly expiry: string
  readonly strike: number
  readonly right: '' | 'C' | 'P'
  /** empty means 1 */
  readonly multiplier: string
  readonly exchange: string
  readonly primaryExch: string
  readonly validExchanges: readonly string[]
  readonly currency: string
  readonly localSymbol: string
  readonly tradingClass: string
  readonly marketName: string
  readonly longName: string
  readonly industry: string
  readonly category: string
  readonly subcategory: string
  readonly stockType: string
  readonly minTick: number
  readonly marketRuleId: number
  /** half of the distance between bid and ask, in ticks */
  readonly halfSpread: number
  readonly hours: Hours
  readonly path: Path
  /** its price is the path times this */
  readonly factor: number
  /** its volume is that of the path times this */
  readonly volumeShare: number
  readonly option?: OptionTerms
  readonly underConId: number
  readonly underSymbol: string
}

/** Contract value of one unit at price 1. */
export function multiplierOf(instrument: Instrument): number {
  return instrument.multiplier === '' ? 1 : Number(instrument.multiplier)
}

/** The unit in which sizes are usually quoted: a round lot of shares, a contract, a quarter of a million of currency. */
export function lotOf({ secType }: Instrument): number {
  return secType === 'STK' ? 100 : secType === 'CASH' ? 250_000 : 1
}

/** The price on the grid of its ticks, without the noise of binary fractions. */
export function onGrid({ minTick }: Instrument, price: number): number {
  // every tick here goes a whole number of times into 1, so one division gives the nearest number there is
  return Math.round(price / minTick) / Math.round(1 / minTick)
}

/** The fields that say which instrument is meant: C11 of facts §1.2. */
export function contractOf(instrument: Instrument, exchange: string = instrument.exchange) {
  return {
    conId: instrument.conId,
    symbol: instrument.symbol,
    secType: instrument.secType as string,
    lastTradeDateOrContractMonth: instrument.expiry,
    strike: instrument.strike,
    right: instrument.right as string,
    multiplier: instrument.multiplier,
    exchange,
    currency: instrument.currency,
    localSymbol: instrument.localSymbol,
    tradingClass: instrument.tradingClass,
  }
}
