import { GLOBEX, type Hours, NEW_YORK_FUTURES } from './hours.ts'

/** On which day of its month a contract ends. */
export type Ending =
  | 'third Friday'
  | 'Monday before the third Wednesday'
  | 'twentieth'
  | 'month end'

/** A futures family. `months` are the calendar months in which contracts end. */
export interface Family {
  readonly symbol: string
  /** the name it trades under */
  readonly tradingClass: string
  readonly name: string
  readonly exchange: string
  readonly hours: Hours
  readonly multiplier: string
  readonly tick: number
  readonly marketRuleId: number
  readonly months: readonly number[]
  readonly ends: Ending
  /** thousands of contracts a day */
  readonly volume: number
  /** the key of the path it follows and how many times its price it costs, or its own level and usual move of a day */
  readonly path: readonly [key: string, factor: number] | readonly [level: number, move: number]
}

type Row = readonly [
  symbol: string,
  name: string,
  exchange: string,
  multiplier: string,
  tick: number,
  marketRuleId: number,
  months: readonly number[],
  ends: Ending,
  volume: number,
  path: Family['path'],
]

const QUARTERS = [3, 6, 9, 12] as const
const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const
const EVEN_MONTHS = [2, 4, 6, 8, 10, 12] as const
const SILVER_MONTHS = [3, 5, 7, 9, 12] as const
const THIRD_FRIDAY = 'third Friday'
const MONDAY = 'Monday before the third Wednesday'
const TWENTIETH = 'twentieth'
const MONTH_END = 'month end'

const ROWS: readonly Row[] = [
  ['ES', 'E-mini S&P 500', 'CME', '50', 0.25, 67, QUARTERS, THIRD_FRIDAY, 1500, ['SPY', 10.04]],
  ['NQ', 'E-mini NASDAQ 100', 'CME', '20', 0.25, 67, QUARTERS, THIRD_FRIDAY, 600, ['QQQ', 41.2]],
  ['YM', 'E-mini Dow', 'CBOT', '5', 1, 68, QUARTERS, THIRD_FRIDAY, 150, ['DIA', 100.2]],
  ['RTY', 'E-mini Russell 2000', 'CME', '50', 0.1, 69, QUARTERS, THIRD_FRIDAY, 200, ['IWM', 10.05]],
  ['CL', 'Light Sweet Crude Oil', 'NYMEX', '1000', 0.01, 32, MONTHS, TWENTIETH, 350, [70, 0.019]],
  [
    'NG',
    'Henry Hub Natural Gas',
    'NYMEX',
    '10000',
    0.001,
    34,
    MONTHS,
    MONTH_END,
    200,
    [3.1, 0.034],
  ],
  ['GC', 'Gold', 'COMEX', '100', 0.1, 33, EVEN_MONTHS, MONTH_END, 200, ['GLD', 10.8]],
  ['SI', 'Silver', 'COMEX', '5000', 0.005, 35, SILVER_MONTHS, MONTH_END, 80, ['SLV', 1.1]],
  ['ZN', '10 Year US T-Note', 'CBOT', '1000', 1 / 64, 36, QUARTERS, TWENTIETH, 1800, [110, 0.004]],
  ['ZB', '30 Year US T-Bond', 'CBOT', '1000', 1 / 32, 37, QUARTERS, TWENTIETH, 400, [117, 0.007]],
  ['EUR', 'Euro FX', 'CME', '125000', 0.00005, 38, QUARTERS, MONDAY, 200, ['EUR.USD', 1]],
]
/** Families that trade under another name than that of what they are about. */
const CLASSES: Readonly<Record<string, string>> = { EUR: '6E' }

/** Futures of CME, CBOT, NYMEX and COMEX. */
export const families: readonly Family[] = ROWS.map(
  ([symbol, name, exchange, multiplier, tick, marketRuleId, months, ends, volume, path]) => ({
    ...{ symbol, name, exchange, multiplier, tick, marketRuleId, months, ends, volume, path },
    tradingClass: CLASSES[symbol] ?? symbol,
    hours: exchange === 'NYMEX' || exchange === 'COMEX' ? NEW_YORK_FUTURES : GLOBEX,
  }),
)
