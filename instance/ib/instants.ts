/** A moment as the API shows it: UTC text and seconds since 1970. */
export interface Instant {
  readonly datetime: string
  readonly timestamp: number
}

/** Zone names gateways print that Intl does not know (facts §1.1: free-form names occur). */
const ZONES: Readonly<Record<string, string>> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  BST: 'Europe/London',
  CET: 'Europe/Berlin',
  CEST: 'Europe/Berlin',
  HKT: 'Asia/Hong_Kong',
  JST: 'Asia/Tokyo',
  'Eastern Standard Time': 'America/New_York',
  'Eastern Daylight Time': 'America/New_York',
  'Central Standard Time': 'America/Chicago',
  'Central Daylight Time': 'America/Chicago',
  'Pacific Standard Time': 'America/Los_Angeles',
  'Pacific Daylight Time': 'America/Los_Angeles',
  'Greenwich Mean Time': 'Europe/London',
  'British Summer Time': 'Europe/London',
  'Central European Standard Time': 'Europe/Berlin',
  'Central European Summer Time': 'Europe/Berlin',
  'Coordinated Universal Time': 'UTC',
}

const clocks = new Map<string, Intl.DateTimeFormat | undefined>()

function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  if (clocks.has(zone)) return clocks.get(zone)
  let clock: Intl.DateTimeFormat | undefined
  try {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: ZONES[zone] ?? zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    clock = undefined
  }
  clocks.set(zone, clock)
  return clock
}

/** What a zone's wall clock shows at a UTC moment, itself as if it were UTC, ms; undefined for a zone nobody knows. */
export function wallClockIn(zone: string, utc: number): number | undefined {
  const clock = clockOf(zone)
  return clock && wallClock(clock, utc)
}

/** The number of the day in a zone at a UTC moment, ms; undefined for a zone nobody knows. */
export function dayIn(zone: string, utc: number): number | undefined {
  const clock = clockOf(zone)
  return clock && Math.floor(wallClock(clock, utc) / 86_400_000)
}

/** What a zone's wall clock shows at a UTC moment, itself as if it were UTC, ms. */
function wallClock(clock: Intl.DateTimeFormat, utc: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of clock.formatToParts(utc)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The UTC moment at which a zone's wall clock shows `wall`, ms; `undefined` for a zone nobody knows. */
function utcOf(wall: number, zone: string): number | undefined {
  const clock = clockOf(zone)
  if (clock === undefined) return undefined
  // twice, because the first guess may lie on the other side of a clock change
  const guess = wall - (wallClock(clock, wall) - wall)
  return guess - (wallClock(clock, guess) - wall)
}

/** Seconds since 1970 as an instant. */
export function instantOf(seconds: number): Instant {
  return { datetime: new Date(seconds * 1000).toISOString(), timestamp: seconds }
}

const STAMP = /^(\d{4})(\d{2})(\d{2})(?:([- ]{1,2})(\d{2}):(\d{2}):(\d{2})(?:\s+(\S.*))?)?$/
/** Seconds since 1970 have nine digits or more; a day has eight. */
const EPOCH = /^\d{9,12}$/

/** `2030-02-31` is none, though Date would read it as 3 March. */
function isDate(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day)
}

function readStamp(text: string, zoneless: 'utc' | 'unknown'): number | undefined {
  const match = STAMP.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, day, separator, hour = '0', minute = '0', second = '0', zone] = match
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  if (!isDate(`${year}-${month}-${day}`)) return undefined
  if (zone !== undefined) return utcOf(wall, zone)
  // IB writes UTC as yyyymmdd-hh:mm:ss
  return separator === '-' || zoneless === 'utc' ? wall : undefined
}

/**
 * A time as a gateway prints it: `20250415-13:30:00` (UTC), `20250415 09:30:00 US/Eastern`, or seconds since 1970.
 * `undefined` for whole days and for zones that cannot be told.
 */
export function readGatewayTime(text: string): Instant | undefined {
  if (EPOCH.test(text)) return instantOf(Number(text))
  if (!text.includes(':')) return undefined
  const utc = readStamp(text, 'unknown')
  return utc === undefined ? undefined : instantOf(utc / 1000)
}

/**
 * A time as callers write it: IB's own spellings, or ISO 8601; without a zone it is UTC. A bare day means its end.
 * `undefined` when it is no time.
 */
export function readCallerTime(text: string): Date | undefined {
  if (/^\d{8}$/.test(text)) {
    const day = readStamp(text, 'utc')
    return day === undefined ? undefined : new Date(day + 86_399_000)
  }
  if (/^\d{8}/.test(text)) {
    const utc = readStamp(text, 'utc')
    return utc === undefined ? undefined : new Date(utc)
  }
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !isDate(text.slice(0, 10))) return undefined
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`
  const time = new Date(zoned)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** A time from which on something is wanted, as callers write it: a bare day means its beginning. */
export function readCallerStart(text: string): Date | undefined {
  return readCallerTime(/^\d{8}$/.test(text) ? `${text}-00:00:00` : text)
}

const NEWS_STAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?$/

/** A time as IB's news have it, `2026-11-20 15:04:05.0`, in UTC; `undefined` for any other text. */
export function readNewsTime(text: string): Instant | undefined {
  if (!NEWS_STAMP.test(text) || !isDate(text.slice(0, 10))) return undefined
  const time = Date.parse(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(time) ? undefined : instantOf(time / 1000)
}

/** The same the other way round. */
export function writeNewsTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')}.0`
}

/** `20250415-13:30:00`: UTC as every gateway reads it, whatever zone it is set to (facts §5). */
export function writeGatewayTime(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-')
}
