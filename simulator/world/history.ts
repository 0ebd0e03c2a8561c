import type { Instrument } from './instrument.ts'
import { onGrid } from './instrument.ts'
import type { Market } from './market.ts'
import type { Span } from './path.ts'
import { type Session, sessionsBefore } from './sessions.ts'
import { dayOf, startOfDay, wallClock, weekday, zonedTime } from './zone.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** More bars than this in one answer are refused. */
export const MAX_BARS = 100_000

/** Length of an intraday bar in ms, or what groups whole days. */
export type BarSize = number | 'day' | 'week' | 'month'

const INTRADAY: Readonly<Record<string, readonly [unitMs: number, allowed: readonly number[]]>> = {
  sec: [SECOND_MS, [1, 5, 10, 15, 30]],
  min: [MINUTE_MS, [1, 2, 3, 5, 10, 15, 20, 30]],
  hour: [HOUR_MS, [1, 2, 3, 4, 8]],
}

/** Reads `5 mins`, `1 hour`, `1 day`, `1W`; undefined for a size IB does not serve. */
export function parseBarSize(text: string): BarSize | undefined {
  const [, count, unit = ''] = /^(\d+) ?([A-Za-z]+)$/.exec(text.trim()) ?? []
  const singular = unit.toLowerCase().replace(/s$/, '')
  const intraday = INTRADAY[singular]
  if (intraday !== undefined) {
    const [unitMs, allowed] = intraday
    return allowed.includes(Number(count)) ? Number(count) * unitMs : undefined
  }
  if (count !== '1') return undefined
  if (singular === 'day' || unit === 'D') return 'day'
  if (singular === 'week' || unit === 'W') return 'week'
  return singular === 'month' || unit === 'M' ? 'month' : undefined
}

/** How far a request reaches back: seconds, days, weeks, months or years. */
export interface Duration {
  readonly count: number
  readonly unit: 'S' | 'D' | 'W' | 'M' | 'Y'
}

/** Reads `1800 S`, `2 D`, `1 Y`; undefined when it is none. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^(\d{1,6}) ?([SDWMY])$/.exec(text.trim())
  const count = Number(match?.[1])
  return match === null || count === 0 ? undefined : { count, unit: match[2] as Duration['unit'] }
}

/** What bars can be made of. */
export type Shown = 'TRADES' | 'MIDPOINT' | 'BID' | 'ASK' | 'BID_ASK' | 'ADJUSTED_LAST'

/** One bar. Volume, average price and count are −1 where only quotes are shown. */
export interface Bar {
  readonly start: number
  /** day number in the zone of the instrument */
  readonly day: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly wap: number
  readonly count: number
}

export interface BarQuery {
  readonly end: number
  readonly size: BarSize
  readonly duration: Duration
  readonly useRTH: boolean
  readonly shown: Shown
}

/** Bars of a span of trading, seen as trades, bids, asks or their middle. */
export function toBar(
  instrument: Instrument,
  span: Span,
  shown: Shown,
  place: { start: number; day: number },
): Bar {
  const away = instrument.halfSpread * instrument.minTick
  const moved = (price: number, by: number) => onGrid(instrument, price + by)
  if (shown === 'TRADES' || shown === 'ADJUSTED_LAST') {
    const { open, high, low, close, volume } = span
    const wap = Math.round(((high + low + close * 2) / 4) * 1e6) / 1e6
    const count = volume === 0 ? 0 : Math.max(1, Math.round(volume / 120))
    return { ...place, open, high, low, close, volume, wap, count }
  }
  const [open, high, low, close] = {
    MIDPOINT: [0, 0, 0, 0],
    BID: [-away, -away, -away, -away],
    ASK: [away, away, away, away],
    // average bid, highest ask, lowest bid, average ask
    BID_ASK: [-away, away, -away, away],
  }[shown] as [number, number, number, number]
  return {
    ...place,
    open: moved(span.open, open),
    high: moved(span.high, high),
    low: moved(span.low, low),
    close: moved(span.close, close),
    volume: -1,
    wap: -1,
    count: -1,
  }
}

function stepBack(zone: string, end: number, { count, unit }: Duration): number {
  if (unit === 'S') return end - count * SECOND_MS
  if (unit === 'D') return end - count * DAY_MS
  if (unit === 'W') return end - count * 7 * DAY_MS
  const date = new Date(wallClock(zone, end))
  date.setUTCMonth(date.getUTCMonth() - count * (unit === 'Y' ? 12 : 1))
  return zonedTime(zone, date.getTime())
}

/** The sessions a request covers, oldest first, each cut to what it covers of them. */
export function sessionsFor(instrument: Instrument, query: BarQuery): Session[] {
  const { end, duration, useRTH, size } = query
  const countDays = duration.unit === 'D' && (useRTH || typeof size !== 'number')
  const countSeconds = duration.unit === 'S' && useRTH
  const from = countDays || countSeconds ? 0 : stepBack(instrument.hours.timeZone, end, duration)
  const sessions: Session[] = []
  let owed = countDays ? duration.count : duration.count * SECOND_MS
  for (const session of sessionsBefore(instrument, end, useRTH)) {
    const until = Math.min(session.end, end)
    let start = Math.max(session.start, from)
    if (countSeconds) {
      start = Math.max(start, until - owed)
      owed -= until - start
    } else if (countDays) owed -= 1
    else if (start >= until) break
    sessions.push({ day: session.day, start, end: until })
    if ((countDays || countSeconds) && owed <= 0) break
  }
  return sessions.reverse()
}

function* intradayBars(
  market: Market,
  instrument: Instrument,
  sizeMs: number,
  query: BarQuery,
): Generator<Bar> {
  for (const { day, start, end } of sessionsFor(instrument, query)) {
    const midnight = startOfDay(instrument.hours.timeZone, day)
    // bars begin on whole sizes since midnight; only the opening of a session may cut the first one short
    let next = midnight + Math.ceil((start - midnight) / sizeMs) * sizeMs
    if (query.useRTH && query.duration.unit !== 'S') next = Math.min(next, start)
    while (next < end) {
      const until = midnight + (Math.floor((next - midnight) / sizeMs) + 1) * sizeMs
      const span = market.span(instrument, next, Math.min(until, end))
      if (span !== undefined) yield toBar(instrument, span, query.shown, { start: next, day })
      next = until
    }
  }
}

function groupOf(day: number, size: 'day' | 'week' | 'month'): number {
  if (size === 'day') return day
  if (size === 'week') return day - ((weekday(day) + 6) % 7)
  const date = new Date(day * DAY_MS)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

function* dailyBars(
  market: Market,
  instrument: Instrument,
  size: 'day' | 'week' | 'month',
  query: BarQuery,
): Generator<Bar> {
  let group: number | undefined
  let parts: Bar[] = []
  for (const { day, start, end } of sessionsFor(instrument, query)) {
    const span = market.span(instrument, start, end)
    if (span === undefined) continue
    if (group !== groupOf(day, size) && parts.length > 0) {
      yield together(parts)
      parts = []
    }
    group = groupOf(day, size)
    parts.push(toBar(instrument, span, query.shown, { start, day }))
  }
  if (parts.length > 0) yield together(parts)
}

function together(parts: readonly Bar[]): Bar {
  const first = parts[0] as Bar
  const last = parts.at(-1) as Bar
  if (parts.length === 1) return first
  const quotes = first.volume < 0
  const add = (read: (bar: Bar) => number) => parts.reduce((sum, bar) => sum + read(bar), 0)
  return {
    start: first.start,
    // longer bars bear the date of their last day
    day: last.day,
    open: first.open,
    high: Math.max(...parts.map(({ high }) => high)),
    low: Math.min(...parts.map(({ low }) => low)),
    close: last.close,
    volume: quotes ? -1 : add(({ volume }) => volume),
    wap: quotes ? -1 : Number((add(({ wap }) => wap) / parts.length).toFixed(6)),
    count: quotes ? -1 : add(({ count }) => count),
  }
}

/** About how many bars a request would give, before any is made. */
export function expectedBars({ size, duration }: BarQuery): number {
  const spanMs = { S: SECOND_MS, D: DAY_MS, W: 7 * DAY_MS, M: 31 * DAY_MS, Y: 366 * DAY_MS }
  return (duration.count * spanMs[duration.unit]) / (typeof size === 'number' ? size : DAY_MS)
}

/** The bars a request asks for, oldest first. */
export function barsOf(market: Market, instrument: Instrument, query: BarQuery): Bar[] {
  return typeof query.size === 'number'
    ? [...intradayBars(market, instrument, query.size, query)]
    : [...dailyBars(market, instrument, query.size, query)]
}

/** The bar that is being made at that moment. */
export function currentBar(
  market: Market,
  instrument: Instrument,
  query: Pick<BarQuery, 'size' | 'shown'>,
  now: number,
): Bar | undefined {
  const { timeZone } = instrument.hours
  const day = dayOf(timeZone, now)
  const midnight = startOfDay(timeZone, day)
  const start =
    typeof query.size === 'number'
      ? midnight + Math.floor((now - midnight) / query.size) * query.size
      : midnight
  const span = market.span(instrument, start, now)
  return span && toBar(instrument, span, query.shown, { start, day })
}
