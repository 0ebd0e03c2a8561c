import { dayNumber, type HolidayName, type HolidayRule, holidays } from './holidays.ts'
import { weekday } from './zone.ts'

const DAY_MS = 86_400_000
const NOON = 12 * 60

/** Which days an exchange trades: one row of the table below. */
export type CalendarName = 'NYSE' | 'CME' | 'NYMEX' | 'FX' | 'EUROPE' | 'EVERY_DAY'

/** What is different on a holiday: closed, or the minute after midnight at which regular hours end. */
type Kept = 'closed' | number

interface Calendar {
  readonly weekends: boolean
  readonly days: Readonly<Partial<Record<HolidayName, Kept>>>
  /** closed on these days only: year, month, date */
  readonly once?: readonly (readonly [number, number, number])[]
}

const CLOSED = 'closed'

/** On American holidays the futures exchanges trade until about noon. */
function shortened(closes: number, eveCloses: number): Calendar['days'] {
  return {
    newYear: CLOSED,
    martinLutherKing: closes,
    presidents: closes,
    goodFriday: CLOSED,
    memorial: closes,
    juneteenth: closes,
    independenceEve: eveCloses,
    independence: closes,
    labor: closes,
    thanksgiving: closes,
    thanksgivingFriday: eveCloses,
    christmasEve: eveCloses,
    christmas: CLOSED,
  }
}

const CALENDARS: Readonly<Record<CalendarName, Calendar>> = {
  NYSE: {
    weekends: false,
    days: {
      newYear: CLOSED,
      martinLutherKing: CLOSED,
      presidents: CLOSED,
      goodFriday: CLOSED,
      memorial: CLOSED,
      juneteenth: CLOSED,
      independenceEve: 13 * 60,
      independence: CLOSED,
      labor: CLOSED,
      thanksgiving: CLOSED,
      thanksgivingFriday: 13 * 60,
      christmasEve: 13 * 60,
      christmas: CLOSED,
    },
    // days of mourning for presidents, and a hurricane
    once: [
      [2007, 1, 2],
      [2012, 10, 29],
      [2012, 10, 30],
      [2018, 12, 5],
      [2025, 1, 9],
    ],
  },
  // on the clocks of Chicago
  CME: { weekends: false, days: shortened(NOON, NOON + 15) },
  // on the clocks of New York
  NYMEX: { weekends: false, days: shortened(14 * 60 + 30, 13 * 60 + 45) },
  FX: { weekends: false, days: { newYearsDay: CLOSED, christmasDay: CLOSED } },
  EUROPE: {
    weekends: false,
    days: {
      newYearsDay: CLOSED,
      goodFriday: CLOSED,
      easterMonday: CLOSED,
      labourDay: CLOSED,
      twentyFourth: CLOSED,
      christmasDay: CLOSED,
      boxingDay: CLOSED,
      newYearsEve: CLOSED,
    },
  },
  EVERY_DAY: { weekends: true, days: {} },
}

const drawn = new Map<string, ReadonlyMap<number, Kept>>()

function yearOf(name: CalendarName, year: number): ReadonlyMap<number, Kept> {
  const key = `${name} ${year}`
  let days = drawn.get(key)
  if (days === undefined) {
    const { days: rows, once = [] } = CALENDARS[name]
    const kept = new Map<number, Kept>()
    for (const [holiday, how] of Object.entries(rows)) {
      const rule: HolidayRule = holidays[holiday as HolidayName]
      const day = rule(year)
      if (day !== undefined) kept.set(day, how)
    }
    for (const [of, month, date] of once) {
      if (of === year) kept.set(dayNumber(of, month, date), CLOSED)
    }
    days = kept
    drawn.set(key, days)
  }
  return days
}

/**
 * Whether an exchange trades on that day (a day number of its zone): `closed`, `open`, or the minute after midnight at
 * which its regular hours end early.
 */
export function tradingDay(name: CalendarName, day: number): 'open' | Kept {
  const onWeekend = weekday(day) === 0 || weekday(day) === 6
  if (onWeekend && !CALENDARS[name].weekends) return CLOSED
  return yearOf(name, new Date(day * DAY_MS).getUTCFullYear()).get(day) ?? 'open'
}
