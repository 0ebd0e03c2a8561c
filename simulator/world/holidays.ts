import { weekday } from './zone.ts'

const DAY_MS = 86_400_000
const [SUNDAY, MONDAY, THURSDAY, FRIDAY, SATURDAY] = [0, 1, 4, 5, 6] as const

/** The day of a holiday in that year, if it has one then. */
export type HolidayRule = (year: number) => number | undefined

/** The number of a day; day 0 is 1 January 1970. */
export function dayNumber(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS
}

/** The first (or second, third, …) Monday, Tuesday, … of a month. */
export function nthOf(nth: number, wanted: number, year: number, month: number): number {
  const first = dayNumber(year, month, 1)
  return first + ((wanted - weekday(first) + 7) % 7) + (nth - 1) * 7
}

/** Easter Sunday in the Gregorian calendar. */
export function easter(year: number): number {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const leaps = century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25)
  const epact = (leaps + 19 * golden + 15) % 30
  const moon =
    epact -
    Math.floor(epact / 28) *
      (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11) * Math.floor(epact / 28))
  const sunday = (year + Math.floor(year / 4) + moon + 2 - century + Math.floor(century / 4)) % 7
  return dayNumber(year, 3, 28 + moon - sunday)
}

function date(month: number, on: number): HolidayRule {
  return (year) => dayNumber(year, month, on)
}

function nth(count: number, wanted: number, month: number): HolidayRule {
  return (year) => nthOf(count, wanted, year, month)
}

function afterEaster(days: number): HolidayRule {
  return (year) => easter(year) + days
}

/** A holiday on a Sunday is kept on the Monday. */
function sundayMoves(rule: HolidayRule): HolidayRule {
  return (year) => {
    const day = rule(year)
    return day !== undefined && weekday(day) === SUNDAY ? day + 1 : day
  }
}

/** A holiday on a weekend is kept on the working day next to it. */
function weekendMoves(rule: HolidayRule): HolidayRule {
  return (year) => {
    const day = sundayMoves(rule)(year)
    return day !== undefined && weekday(day) === SATURDAY ? day - 1 : day
  }
}

/** A half day: only from Monday to Thursday, for on a Friday the holiday itself is kept. */
function eve(month: number, on: number): HolidayRule {
  return (year) => {
    const day = dayNumber(year, month, on)
    return weekday(day) >= MONDAY && weekday(day) <= THURSDAY ? day : undefined
  }
}

function since(first: number, rule: HolidayRule): HolidayRule {
  return (year) => (year < first ? undefined : rule(year))
}

/** Every holiday and eve that some exchange keeps, by name. */
export const holidays = {
  newYear: sundayMoves(date(1, 1)),
  newYearsDay: date(1, 1),
  martinLutherKing: nth(3, MONDAY, 1),
  presidents: nth(3, MONDAY, 2),
  goodFriday: afterEaster(-2),
  easterMonday: afterEaster(1),
  labourDay: date(5, 1),
  // the last Monday of May is the one a week before the first of June, or of the days after it
  memorial: (year) => nthOf(1, MONDAY, year, 6) - 7,
  juneteenth: since(2022, weekendMoves(date(6, 19))),
  independenceEve: eve(7, 3),
  independence: weekendMoves(date(7, 4)),
  labor: nth(1, MONDAY, 9),
  thanksgiving: nth(4, THURSDAY, 11),
  thanksgivingFriday: (year) => nthOf(4, THURSDAY, year, 11) + 1,
  christmasEve: eve(12, 24),
  christmas: weekendMoves(date(12, 25)),
  twentyFourth: date(12, 24),
  christmasDay: date(12, 25),
  boxingDay: date(12, 26),
  newYearsEve: date(12, 31),
} as const satisfies Record<string, HolidayRule>

export type HolidayName = keyof typeof holidays

/** The third Friday of a month, when options and many futures end. */
export function thirdFriday(year: number, month: number): number {
  return nthOf(3, FRIDAY, year, month)
}
