import { hashText, mix, unit } from './chance.ts'
import type { Instrument } from './instrument.ts'

const DAY_MS = 86_400_000
/** Reports come this long after the end of their quarter, days. */
const REPORTED_AFTER_DAYS = 40
/** The quarter at whose figures the listed price level is dear or cheap: the first of 2026. */
const BASE_QUARTER = 2026 * 4
/** How the four quarters of a year share its business. */
const SEASONS = [0.95, 0.97, 1, 1.08] as const

/** Figures of one quarter; amounts are millions of USD, figures a share are USD. */
export interface Quarter {
  readonly year: number
  /** 1 to 4 */
  readonly number: number
  /** last day, `2026-03-31` */
  readonly end: string
  /** day the report came, `2026-05-10` */
  readonly reported: string
  readonly revenue: number
  readonly grossProfit: number
  readonly operatingIncome: number
  readonly pretaxIncome: number
  readonly netIncome: number
  readonly eps: number
  readonly dividend: number
  readonly cash: number
  readonly assets: number
  readonly debt: number
  readonly equity: number
  readonly operatingCash: number
  readonly capitalSpent: number
  readonly dividendsPaid: number
}

/** Sums of several quarters; what stands in the balance sheet is that of the last one. */
export function summed(quarters: readonly Quarter[]): Quarter {
  const last = quarters.at(-1) as Quarter
  const sum = (read: (quarter: Quarter) => number) =>
    quarters.reduce((all, quarter) => all + read(quarter), 0)
  return {
    ...last,
    revenue: sum(({ revenue }) => revenue),
    grossProfit: sum(({ grossProfit }) => grossProfit),
    operatingIncome: sum(({ operatingIncome }) => operatingIncome),
    pretaxIncome: sum(({ pretaxIncome }) => pretaxIncome),
    netIncome: sum(({ netIncome }) => netIncome),
    eps: sum(({ eps }) => eps),
    dividend: sum(({ dividend }) => dividend),
    operatingCash: sum(({ operatingCash }) => operatingCash),
    capitalSpent: sum(({ capitalSpent }) => capitalSpent),
    dividendsPaid: sum(({ dividendsPaid }) => dividendsPaid),
  }
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

function endOfQuarter(quarter: number): number {
  return Date.UTC(Math.floor(quarter / 4), ((quarter % 4) + 1) * 3, 0)
}

/** A company behind a stock: its figures grow steadily, a pure function of seed and stock. */
export class Company {
  readonly instrument: Instrument
  /** shares outstanding */
  readonly shares: number
  readonly employees: number
  /** number at the US supervisor, ten digits */
  readonly cik: string
  /** growth of the business in a year, as a part of it */
  readonly growth: number
  readonly #netMargin: number
  readonly #payout: number
  /** earnings of the base quarter, USD a share */
  readonly #baseEps: number
  readonly #bookToPrice: number

  constructor(instrument: Instrument, seed: number) {
    this.instrument = instrument
    const bits = mix(mix(hashText('company'), seed), instrument.conId)
    const draw = (place: number, low: number, high: number) =>
      low + unit(mix(bits, place)) * (high - low)
    const { dailyVolume, level } = instrument.path
    this.shares = Math.round((dailyVolume * draw(1, 90, 250)) / 1000) * 1000
    this.growth = draw(2, 0.02, 0.14)
    this.#netMargin = draw(3, 0.06, 0.28)
    this.#payout = draw(4, 0, 1) < 0.3 ? 0 : draw(5, 0.1, 0.6)
    this.#baseEps = level / draw(6, 12, 36) / 4
    this.#bookToPrice = draw(7, 0.1, 0.5)
    this.employees = Math.round(draw(8, 5, 150)) * 1000
    this.cik = String(100_000 + (mix(bits, 9) % 1_800_000)).padStart(10, '0')
  }

  /** Market value at that price, USD. */
  marketCap(price: number): number {
    return this.shares * price
  }

  /** The last quarter that was reported by then; quarters are counted from the year 0 on. */
  lastQuarter(now: number): number {
    const date = new Date(now)
    let quarter = date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3)
    while (endOfQuarter(quarter) + REPORTED_AFTER_DAYS * DAY_MS > now) quarter -= 1
    return quarter
  }

  /** The last so many quarters that were reported by then, the oldest first. */
  quarters(now: number, count: number): Quarter[] {
    const last = this.lastQuarter(now)
    return Array.from({ length: count }, (_, place) => this.quarter(last - count + 1 + place))
  }

  /** Whole years that were reported by then, the oldest first. */
  years(now: number, count: number): Quarter[] {
    const last = Math.floor((this.lastQuarter(now) + 1) / 4) - 1
    return Array.from({ length: count }, (_, place) => this.year(last - count + 1 + place))
  }

  year(year: number): Quarter {
    return summed([0, 1, 2, 3].map((place) => this.quarter(year * 4 + place)))
  }

  quarter(quarter: number): Quarter {
    const millions = this.shares / 1e6
    const grown = (1 + this.growth) ** ((quarter - BASE_QUARTER) / 4)
    const eps = Number((this.#baseEps * grown * (SEASONS[quarter % 4] as number)).toFixed(4))
    const netIncome = eps * millions
    const pretaxIncome = netIncome / 0.83
    const operatingIncome = pretaxIncome / 0.98
    const revenue = netIncome / this.#netMargin
    const equity = this.instrument.path.level * this.#bookToPrice * millions * grown
    const dividend = Number((this.#baseEps * grown * this.#payout).toFixed(2))
    const end = endOfQuarter(quarter)
    return {
      year: Math.floor(quarter / 4),
      number: (quarter % 4) + 1,
      end: isoDay(end),
      reported: isoDay(end + REPORTED_AFTER_DAYS * DAY_MS),
      ...{ revenue, grossProfit: (revenue + operatingIncome) / 2, operatingIncome, pretaxIncome },
      ...{ netIncome, eps, dividend, equity },
      cash: equity * 0.3,
      assets: equity * 2.1,
      debt: equity * 0.5,
      operatingCash: netIncome * 1.25,
      capitalSpent: -netIncome * 0.35,
      dividendsPaid: -dividend * millions,
    }
  }
}

/** What is known of the companies behind stocks. */
export class Fundamentals {
  readonly #seed: number
  readonly #companies = new Map<number, Company>()

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The company of a stock; undefined for funds, currencies, futures and all else. */
  of(instrument: Instrument): Company | undefined {
    if (instrument.secType !== 'STK' || instrument.stockType !== 'COMMON') return undefined
    let company = this.#companies.get(instrument.conId)
    if (company === undefined) {
      company = new Company(instrument, this.#seed)
      this.#companies.set(instrument.conId, company)
    }
    return company
  }
}
