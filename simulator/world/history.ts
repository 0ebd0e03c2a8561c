import type { Instrument } from './instrument.ts'
import { onGrid } from './instrument.ts'
import type { Market } from './market.ts'
import type { Span } from './path.ts'
import { type Series, seriesOf } from './series.ts'
import { partOf, type Session, sessionsBefore, type TradingHours } from './sessions.ts'
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

/** Bars of trades, which have a volume. */
export type Traded = 'TRADES' | 'ADJUSTED_LAST' | 'AGGTRADES'
/** Bars of quotes. */
export type Quoted = 'MIDPOINT' | 'BID' | 'ASK' | 'BID_ASK'
/** What bars can be made of. */
export type Shown = Traded | Quoted | Series

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

/** How far from the last trade the quotes of a bar lie, in half spreads: open, high, low, close. */
const AWAY: Readonly<Record<Quoted, readonly [number, number, number, number]>> = {
  MIDPOINT: [0, 0, 0, 0],
  BID: [-1, -1, -1, -1],
  ASK: [1, 1, 1, 1],
  // average bid, highest ask, lowest bid, average ask
  BID_ASK: [-1, 1, -1, 1],
}

function isTraded(shown: Shown): shown is Traded {
  return shown === 'TRADES' || shown === 'ADJUSTED_LAST' || shown === 'AGGTRADES'
}

/** Bars of a span of trading, seen as trades, bids, asks, their middle, or what else is shown. */
export function toBar(
  instrument: Instrument,
  span: Span,
  shown: Shown,
  place: { start: number; day: number },
): Bar {
  if (isTraded(shown)) {
    const { open, high, low, close, volume } = span
    const wap = Math.round(((high + low + close * 2) / 4) * 1e6) / 1e6
    const count = volume === 0 ? 0 : Math.max(1, Math.round(volume / 120))
    return { ...place, open, high, low, close, volume, wap, count }
  }
  const unit = instrument.halfSpread * instrument.minTick
  const moved = (price: number, by: number) => onGrid(instrument, Math.max(0, price + by * unit))
  const [open, high, low, close] = AWAY[shown as Quoted] ?? AWAY.MIDPOINT
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

/** A session as far as a request covers it. */
export interface Covered extends Session {
  /** it does not begin with the opening */
  readonly isCut: boolean
}

/** The sessions a request covers, oldest first. A day, week or month is covered from its beginning. */
export function sessionsFor(
  instrument: Instrument,
  query: BarQuery,
  trading: TradingHours = 'always',
): Covered[] {
  const { end, duration, useRTH, size } = query
  const { unit, count } = duration
  const daily = typeof size !== 'number'
  // where there are nights, only the time between them counts
  const hasNights = useRTH || trading === 'exchange'
  const countDays = unit === 'D' && (hasNights || daily)
  const countSeconds = unit === 'S' && hasNights && !daily
  const from = countDays || countSeconds ? 0 : stepBack(instrument.hours.timeZone, end, duration)
  const sessions: Covered[] = []
  let owed = countDays ? count : count * SECOND_MS
  for (const session of sessionsBefore(instrument, end, useRTH, trading)) {
    const earlier = sessions.at(-1)
    const enough = countDays || countSeconds ? owed <= 0 : session.end <= from
    const belongs = daily && earlier && groupOf(earlier.day, size) === groupOf(session.day, size)
    if (enough && !belongs) break
    const until = Math.min(session.end, end)
    const first = daily || countDays ? session.start : countSeconds ? until - owed : from
    const start = Math.max(session.start, first)
    owed -= countDays ? 1 : until - start
    sessions.push({ day: session.day, start, end: until, isCut: start > session.start })
  }
  return sessions.reverse()
}

function* intradayBars(
  market: Market,
  instrument: Instrument,
  sizeMs: number,
  query: BarQuery,
): Generator<Bar> {
  for (const { day, start, end, isCut } of sessionsFor(instrument, query, market.trading)) {
    const midnight = startOfDay(instrument.hours.timeZone, day)
    // bars begin on whole sizes since midnight; only the opening of a session may cut the first one short
    let next = isCut ? midnight + Math.ceil((start - midnight) / sizeMs) * sizeMs : start
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
  for (const { day, start, end } of sessionsFor(instrument, query, market.trading)) {
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

function isLiquid({ hours }: Instrument, at: number): boolean {
  const session = partOf(hours, dayOf(hours.timeZone, at), 'liquid')
  return session !== undefined && session.start <= at && at < session.end
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
  const shown = seriesOf(instrument, query.shown)
  return typeof query.size === 'number'
    ? [...intradayBars(market, shown, query.size, query)]
    : [...dailyBars(market, shown, query.size, query)]
}

/** What a history that is kept up to date has to tell: the bars that have changed since, the running one last. */
export function barsSince(
  market: Market,
  instrument: Instrument,
  query: Omit<BarQuery, 'end' | 'duration'>,
  since: number,
  now: number,
): Bar[] {
  const { size } = query
  // by the hours of the exchange only while they last: a market that never closes goes on
  const useRTH = query.useRTH && (market.trading === 'exchange' || isLiquid(instrument, now))
  if (typeof size !== 'number') {
    const duration = { count: 1, unit: 'D' } as const
    return barsOf(market, instrument, { ...query, useRTH, end: now, duration }).slice(-1)
  }
  const seconds = Math.ceil((Math.max(size, now - since) + size) / SECOND_MS)
  const duration = { count: seconds, unit: 'S' } as const
  const bars = barsOf(market, instrument, { ...query, useRTH, end: now, duration })
  return bars.filter(({ start }) => start + size > since)
}
