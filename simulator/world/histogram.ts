import { type Bar, barsOf, type Duration, expectedBars } from './history.ts'
import type { Instrument } from './instrument.ts'
import { onGrid } from './instrument.ts'
import type { Market } from './market.ts'

const MINUTE_MS = 60_000
/** Bars a histogram is made of, ms; the finest that gives no more than so many is taken. */
const BAR_SIZES = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 240 * MINUTE_MS] as const
const MAX_BARS = 20_000
/** A histogram covers at most so many days. */
const MAX_DAYS = 5 * 366

const UNITS = ['second', 'day', 'week', 'month', 'year'] as const

/** The unit that a word such as `days`, `day`, `D` or `secs` stands for. */
function unitOf(word: string): Duration['unit'] | undefined {
  const singular = word.toLowerCase().replace(/(?<=.)s$/, '')
  const unit = UNITS.find(
    (one) => one === singular || one[0] === singular || one.slice(0, 3) === singular,
  )
  return unit?.slice(0, 1).toUpperCase() as Duration['unit'] | undefined
}

function daysOf(duration: Duration): number {
  return expectedBars({ ...{ end: 0, useRTH: false, shown: 'TRADES' }, size: 'day', duration })
}

/** Reads `3 days`, `1 week`, `20 d`; undefined when it is none, or too long. */
export function parsePeriod(text: string): Duration | undefined {
  const [, digits, unit = ''] = /^(\d{1,5})\s*([A-Za-z]+)$/.exec(text.trim()) ?? []
  const known = unitOf(unit)
  const count = Number(digits)
  if (known === undefined || !(count > 0)) return undefined
  const period = { count, unit: known }
  return daysOf(period) > MAX_DAYS ? undefined : period
}

/** How much was traded at one price. */
export interface Entry {
  readonly price: number
  /** shares or contracts, whole */
  readonly size: number
}

// the volume of a bar is spread evenly over four of its prices, whole shares only
function add({ open, high, low, close, volume }: Bar, into: Map<number, number>): void {
  const prices = [open, high, low, close]
  let left = volume
  for (const [place, price] of prices.entries()) {
    const size = Math.round(left / (prices.length - place))
    if (size > 0) into.set(price, (into.get(price) ?? 0) + size)
    left -= size
  }
}

/** What was traded at which price in that time, the lowest price first; sizes add up to the volume of the bars. */
export function histogram(
  market: Market,
  instrument: Instrument,
  period: Duration,
  useRTH: boolean,
  end: number,
): Entry[] {
  const query = { end, duration: period, useRTH, shown: 'TRADES' } as const
  const size =
    BAR_SIZES.find((sizeMs) => expectedBars({ ...query, size: sizeMs }) <= MAX_BARS) ?? 'day'
  const sizes = new Map<number, number>()
  for (const bar of barsOf(market, instrument, { ...query, size })) add(bar, sizes)
  return [...sizes]
    .map(([price, size]) => ({ price: onGrid(instrument, price), size }))
    .sort((a, b) => a.price - b.price)
}
