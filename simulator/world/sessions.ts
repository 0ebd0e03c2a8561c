import { tradingDay } from './calendar.ts'
import type { Hours } from './hours.ts'
import type { Instrument } from './instrument.ts'
import { dayOf, dayText, startOfDay, zonedTime } from './zone.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** No exchange is closed for longer than this, days. */
const LONGEST_BREAK = 14

/** One trading day of an instrument. */
export interface Session {
  /** day number in the zone of the instrument */
  readonly day: number
  readonly start: number
  readonly end: number
}

/** Whether the market trades at all hours, or in the sessions of its exchange only. */
export type TradingHours = 'always' | 'exchange'

/** Which part of a trading day: `liquid` is what useRTH shows, `regular` when orders trade that ask for nothing else. */
export type Part = 'liquid' | 'regular' | 'extended'

/** That part of a trading day, by the calendar of its exchange; undefined when it is closed. */
export function partOf(hours: Hours, day: number, part: Part): Session | undefined {
  const kind = tradingDay(hours.calendar, day)
  if (kind === 'closed') return undefined
  const { timeZone, opens, closes, extendedOpens, extendedCloses, oneSession } = hours
  const closesToday = kind === 'open' ? closes : Math.min(kind, closes)
  const at = (minutes: number) => zonedTime(timeZone, day * DAY_MS + minutes * MINUTE_MS)
  return part === 'extended' || (part === 'regular' && oneSession)
    ? { day, start: at(extendedOpens), end: at(closesToday + extendedCloses - closes) }
    : { day, start: at(opens), end: at(closesToday) }
}

/**
 * The session of that day. Regular hours are those of the calendar; outside them a market that trades always has days
 * from midnight to midnight.
 */
export function sessionOf(
  instrument: Instrument,
  day: number,
  useRTH: boolean,
  trading: TradingHours = 'always',
): Session | undefined {
  const { hours } = instrument
  if (useRTH) return partOf(hours, day, 'liquid')
  if (trading === 'exchange') return partOf(hours, day, 'extended')
  return { day, start: startOfDay(hours.timeZone, day), end: startOfDay(hours.timeZone, day + 1) }
}

/** The session that began last at that moment, whether it has ended or not. */
export function lastBegun(hours: Hours, at: number, part: Part): Session {
  // a trading day may begin on the evening before
  const latest = dayOf(hours.timeZone, at) + 1
  for (let day = latest; day > latest - LONGEST_BREAK; day -= 1) {
    const session = partOf(hours, day, part)
    if (session !== undefined && session.start <= at) return session
  }
  throw new RangeError(`no session before ${new Date(at).toISOString()}`)
}

function firstThat(
  hours: Hours,
  at: number,
  part: Part,
  fits: (session: Session) => boolean,
): Session {
  const first = dayOf(hours.timeZone, at)
  for (let day = first; day < first + LONGEST_BREAK; day += 1) {
    const session = partOf(hours, day, part)
    if (session !== undefined && fits(session)) return session
  }
  throw new RangeError(`no session after ${new Date(at).toISOString()}`)
}

/** The first session that begins at that moment or later. */
export function nextToBegin(hours: Hours, at: number, part: Part): Session {
  return firstThat(hours, at, part, ({ start }) => start >= at)
}

/** The session that is running at that moment, or else the next one. */
export function runningOrNext(hours: Hours, at: number, part: Part): Session {
  return firstThat(hours, at, part, ({ end }) => end > at)
}

/** How many days before its end a contract that ends is listed. */
const LISTED_DAYS = 400
/** The first day of all others: 3 January 2005. */
const FIRST_DAY = Date.UTC(2005, 0, 3) / DAY_MS

/** The first day on which an instrument trades: it was listed before. */
function firstDayOf({ expiry, hours }: Instrument): number {
  const end = Date.UTC(
    Number(expiry.slice(0, 4)),
    Number(expiry.slice(4, 6)) - 1,
    Number(expiry.slice(6)),
  )
  const day = expiry === '' ? FIRST_DAY : end / DAY_MS - LISTED_DAYS
  return firstThat(hours, startOfDay(hours.timeZone, day), 'liquid', (one) => one.day >= day).day
}

/** Where the history of an instrument begins. */
export function headOf(
  instrument: Instrument,
  useRTH = true,
  trading: TradingHours = 'always',
): number {
  const first = sessionOf(instrument, firstDayOf(instrument), useRTH, trading) as Session
  return first.start
}

/** Sessions that began before `end`, the latest first, back to the beginning of the instrument. */
export function* sessionsBefore(
  instrument: Instrument,
  end: number,
  useRTH: boolean,
  trading: TradingHours = 'always',
): Generator<Session> {
  const first = firstDayOf(instrument)
  for (let day = dayOf(instrument.hours.timeZone, end) + 1; day >= first; day -= 1) {
    const session = sessionOf(instrument, day, useRTH, trading)
    if (session !== undefined && session.start < end) yield session
  }
}

/** Sessions that end after `start`, the earliest first, without end. */
export function* sessionsAfter(
  instrument: Instrument,
  start: number,
  useRTH: boolean,
  trading: TradingHours = 'always',
): Generator<Session> {
  for (let day = dayOf(instrument.hours.timeZone, start); ; day += 1) {
    const session = sessionOf(instrument, day, useRTH, trading)
    if (session !== undefined && session.end > start) yield session
  }
}

/** The day that holds that moment, from midnight to midnight. */
export function latestSession(instrument: Instrument, at: number): Session {
  const day = dayOf(instrument.hours.timeZone, at)
  return sessionOf(instrument, day, false) as Session
}

/** `20261119:1700`; midnight is told as the beginning of the next day. */
function momentText(day: number, minutes: number): string {
  const date = day + Math.floor(minutes / (24 * 60))
  const clock = minutes - (date - day) * 24 * 60
  const two = (value: number) => String(value).padStart(2, '0')
  return `${dayText(date)}:${two(Math.floor(clock / 60))}${two(clock % 60)}`
}

/** Trading hours of the next six days as contractDetails spells them: `20261120:0930-20261120:1600;20261121:CLOSED`. */
export function hoursText(instrument: Instrument, now: number, useRTH: boolean): string {
  const { calendar, timeZone, opens, closes, extendedOpens, extendedCloses } = instrument.hours
  const from = useRTH ? opens : extendedOpens
  const today = dayOf(timeZone, now)
  return Array.from({ length: 6 }, (_, ahead) => {
    const day = today + ahead
    const kind = tradingDay(calendar, day)
    if (kind === 'closed') return `${dayText(day)}:CLOSED`
    const regular = kind === 'open' ? closes : Math.min(kind, closes)
    const to = useRTH ? regular : regular + extendedCloses - closes
    return `${momentText(day, from)}-${momentText(day, to)}`
  }).join(';')
}
