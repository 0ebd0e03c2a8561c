import type { Instrument } from './instrument.ts'
import { dayOf, dayText, startOfDay, wallClock, weekday, zonedTime } from './zone.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** One trading day of an instrument. */
export interface Session {
  /** day number in the zone of the instrument */
  readonly day: number
  readonly start: number
  readonly end: number
}

/**
 * The session of that day. Inside regular hours only the working days have one; outside them the simulated market never
 * closes, so that orders are filled on a Saturday too.
 */
export function sessionOf(
  instrument: Instrument,
  day: number,
  useRTH: boolean,
): Session | undefined {
  const { timeZone, opens, closes } = instrument.hours
  if (!useRTH) {
    return { day, start: startOfDay(timeZone, day), end: startOfDay(timeZone, day + 1) }
  }
  if (weekday(day) === 0 || weekday(day) === 6) return undefined
  const at = (minutes: number) => zonedTime(timeZone, day * DAY_MS + minutes * MINUTE_MS)
  return { day, start: at(opens), end: at(closes) }
}

/** How many days before its end a contract that ends is listed. */
const LISTED_DAYS = 400
/** The first day of all others: 3 January 2005. */
const FIRST_DAY = Date.UTC(2005, 0, 3) / DAY_MS

/** Where the history of an instrument begins. */
export function headOf(instrument: Instrument): number {
  const { timeZone, opens } = instrument.hours
  const { expiry } = instrument
  const end = Date.UTC(
    Number(expiry.slice(0, 4)),
    Number(expiry.slice(4, 6)) - 1,
    Number(expiry.slice(6)),
  )
  const day = expiry === '' ? FIRST_DAY : end / DAY_MS - LISTED_DAYS
  return zonedTime(timeZone, day * DAY_MS + opens * MINUTE_MS)
}

/** Sessions that began before `end`, the latest first, back to the beginning of the instrument. */
export function* sessionsBefore(
  instrument: Instrument,
  end: number,
  useRTH: boolean,
): Generator<Session> {
  const head = headOf(instrument)
  for (let day = dayOf(instrument.hours.timeZone, end); ; day -= 1) {
    const session = sessionOf(instrument, day, useRTH)
    if (session !== undefined && session.end <= head) return
    if (session !== undefined && session.start < end) yield session
  }
}

/** The day that holds that moment, from midnight to midnight. */
export function latestSession(instrument: Instrument, at: number): Session {
  const day = dayOf(instrument.hours.timeZone, at)
  return sessionOf(instrument, day, false) as Session
}

function hourText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`
}

/** Trading hours of the next six days as contractDetails spells them: `20261120:0930-20261120:1600;20261121:CLOSED`. */
export function hoursText(instrument: Instrument, now: number, useRTH: boolean): string {
  const { timeZone, opens, closes, extendedOpens, extendedCloses } = instrument.hours
  const [from, to] = useRTH ? [opens, closes] : [extendedOpens, extendedCloses]
  const today = Math.floor(wallClock(timeZone, now) / DAY_MS)
  return Array.from({ length: 6 }, (_, ahead) => {
    const day = today + ahead
    const date = dayText(day)
    if (weekday(day) === 0 || weekday(day) === 6) return `${date}:CLOSED`
    return to < 24 * 60
      ? `${date}:${hourText(from)}-${date}:${hourText(to)}`
      : `${date}:${hourText(from)}-${dayText(day + 1)}:0000`
  }).join(';')
}
