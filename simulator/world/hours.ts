import type { CalendarName } from './calendar.ts'

/**
 * When something trades, on the clocks of its zone, minutes after the midnight with which a trading day begins. Futures and
 * currencies open on the evening before: less than 0.
 */
export interface Hours {
  readonly calendar: CalendarName
  readonly timeZone: string
  /** regular hours: what `useRTH` shows */
  readonly opens: number
  readonly closes: number
  readonly extendedOpens: number
  readonly extendedCloses: number
  /** orders are good for the whole extended session, without asking for it */
  readonly oneSession?: true
}

function at(hour: number, minute = 0): number {
  return hour * 60 + minute
}

/** New York stocks and funds. */
export const NEW_YORK: Hours = {
  calendar: 'NYSE',
  timeZone: 'US/Eastern',
  opens: at(9, 30),
  closes: at(16),
  extendedOpens: at(4),
  extendedCloses: at(20),
}

/** American options and indices, which have no other hours. */
export const NEW_YORK_ONLY: Hours = {
  ...NEW_YORK,
  extendedOpens: NEW_YORK.opens,
  extendedCloses: NEW_YORK.closes,
}

/** Futures of CME and CBOT: Sunday 17:00 to Friday 16:00 with an hour's break each day. */
export const GLOBEX: Hours = {
  calendar: 'CME',
  timeZone: 'US/Central',
  opens: at(8, 30),
  closes: at(16),
  extendedOpens: at(17) - at(24),
  extendedCloses: at(16),
  oneSession: true,
}

/** Futures of NYMEX and COMEX: the same hours, told on the clocks of New York. */
export const NEW_YORK_FUTURES: Hours = {
  calendar: 'NYMEX',
  timeZone: 'US/Eastern',
  opens: at(9),
  closes: at(17),
  extendedOpens: at(18) - at(24),
  extendedCloses: at(17),
  oneSession: true,
}

/** Currencies: Sunday 17:15 to Friday 17:00 with a quarter of an hour's break each day. */
export const CURRENCIES: Hours = {
  calendar: 'FX',
  timeZone: 'US/Eastern',
  opens: at(17, 15) - at(24),
  closes: at(17),
  extendedOpens: at(17, 15) - at(24),
  extendedCloses: at(17),
  oneSession: true,
}

/** Shares in Frankfurt. */
export const FRANKFURT: Hours = {
  calendar: 'EUROPE',
  timeZone: 'MET',
  opens: at(9),
  closes: at(17, 30),
  extendedOpens: at(9),
  extendedCloses: at(17, 30),
}

/** Never closed. */
export const EVERY_HOUR: Hours = {
  calendar: 'EVERY_DAY',
  timeZone: 'US/Eastern',
  opens: 0,
  closes: at(24),
  extendedOpens: 0,
  extendedCloses: at(24),
  oneSession: true,
}
