const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

interface Zone {
  readonly format: Intl.DateTimeFormat
  /** offset at the start of each UTC hour asked for */
  readonly byHour: Map<number, number>
  /** offset of each UTC day that has only one */
  readonly byDay: Map<number, number | undefined>
}

const zones = new Map<string, Zone>()

function zoneNamed(name: string): Zone {
  let zone = zones.get(name)
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    zone = { format, byHour: new Map(), byDay: new Map() }
    zones.set(name, zone)
  }
  return zone
}

function measureOffset(zone: Zone, hour: number): number {
  let offset = zone.byHour.get(hour)
  if (offset === undefined) {
    const at = hour * HOUR_MS
    const parts: Record<string, number> = {}
    for (const { type, value } of zone.format.formatToParts(at)) parts[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour: clock = 0, minute = 0, second = 0 } = parts
    offset = Date.UTC(year, month - 1, day, clock, minute, second) - at
    zone.byHour.set(hour, offset)
  }
  return offset
}

/** How far the clocks of a zone are ahead of UTC at that moment, ms. */
export function zoneOffset(name: string, at: number): number {
  if (name === 'UTC') return 0
  const zone = zoneNamed(name)
  const day = Math.floor(at / DAY_MS)
  let offset = zone.byDay.get(day)
  if (offset === undefined && !zone.byDay.has(day)) {
    const first = measureOffset(zone, day * 24)
    offset = first === measureOffset(zone, day * 24 + 24) ? first : undefined
    zone.byDay.set(day, offset)
  }
  return offset ?? measureOffset(zone, Math.floor(at / HOUR_MS))
}

/** The moment when the clocks of a zone show this date and time. */
export function zonedTime(name: string, wallClock: number): number {
  const guess = wallClock - zoneOffset(name, wallClock)
  return wallClock - zoneOffset(name, guess)
}

/** What the clocks of a zone show, as if it were UTC: for reading with the UTC methods of Date. */
export function wallClock(name: string, at: number): number {
  return at + zoneOffset(name, at)
}

/** The number of the day in that zone; day 0 is 1 January 1970. */
export function dayOf(name: string, at: number): number {
  return Math.floor(wallClock(name, at) / DAY_MS)
}

/** When that day begins in that zone. */
export function startOfDay(name: string, day: number): number {
  return zonedTime(name, day * DAY_MS)
}

/** 0 Sunday … 6 Saturday. */
export function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

/** `20261121` of a day number. */
export function dayText(day: number): string {
  const date = new Date(day * DAY_MS)
  return `${date.getUTCFullYear()}${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())}`
}

/** `06:33:55` on the clocks of that zone. */
export function clockText(name: string, at: number): string {
  const seconds = Math.floor((((wallClock(name, at) % DAY_MS) + DAY_MS) % DAY_MS) / 1000)
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** `20261121 06:33:55 US/Eastern`, the form of execution and bar times (facts §5). */
export function timeText(name: string, at: number): string {
  return `${dayText(dayOf(name, at))} ${clockText(name, at)} ${name}`
}

const SPELLING = /^(\d{4})(\d{2})(\d{2})(?:([ -])\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?:\s+(\S+))?$/

/**
 * Reads a time as clients send it: `yyyyMMdd HH:mm:ss`, the same with a zone after it, `yyyyMMdd-HH:mm:ss` for UTC,
 * or a date alone, which means its end.
 * @returns undefined when it is none of these
 */
export function parseTime(text: string, homeZone: string): number | undefined {
  const match = SPELLING.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, date, joint, hour, minute, second, zone] = match
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date))
  const clock =
    hour === undefined
      ? DAY_MS
      : Number(hour) * HOUR_MS + Number(minute) * 60_000 + Number(second ?? 0) * 1000
  if (dayText(day / DAY_MS) !== `${year}${month}${date}` || clock > DAY_MS) return undefined
  try {
    return zonedTime(joint === '-' ? 'UTC' : (zone ?? homeZone), day + clock)
  } catch {
    return undefined
  }
}
