import { type Problem, problem } from '../shared/problem.ts'
import { wallClockIn } from './ib/instants.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
/** 1 January 1970 was a Thursday. */
const FIRST_DAY = 4
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const DAY_MINUTES = 1440
/** An end is looked for so far ahead, minutes: a week and a day, after which every window has come round. */
const HORIZON_MINUTES = 8 * DAY_MINUTES

/** Times of day, every day or from one day of the week on, in which the gateway is expected to restart. */
export interface RestartWindow {
  /** 0 is Sunday: the day it begins; undefined for every day */
  readonly day: number | undefined
  /** minutes since midnight by the zone's wall clock; an end that is not after the start is on the next day */
  readonly start: number
  readonly end: number
  readonly zone: string
}

const WINDOW = /^(?:([A-Za-z]{3})\s+)?(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})\s+(\S+)$/

/**
 * Windows as they are written in the environment: `23:45-00:05 America/New_York`, several with commas between them, each
 * with a day before it where it is not meant for all.
 * @throws Error saying what is wrong with which of them
 */
export function parseRestartWindows(text: string): RestartWindow[] {
  const parts = text.split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '').map(parseWindow)
}

function parseWindow(text: string): RestartWindow {
  const match = WINDOW.exec(text)
  if (match === null)
    throw new Error(`"${text}" is none; write 23:45-00:05 America/New_York, or Sun 01:00-06:00 UTC`)
  const [, named, startHour, startMinute, endHour, endMinute, zone = ''] = match
  const day = named === undefined ? undefined : DAYS.findIndex((each) => isSame(each, named))
  if (day === -1) throw new Error(`"${text}" begins with no day; the days are ${DAYS.join(', ')}`)
  const start = minutesOf(startHour, startMinute)
  const end = minutesOf(endHour, endMinute)
  if (start === undefined || start === DAY_MINUTES || end === undefined)
    throw new Error(`"${text}" has no time of day; they go from 00:00 to 24:00`)
  if (start === end) throw new Error(`"${text}" ends when it begins`)
  if (wallClockIn(zone, 0) === undefined)
    throw new Error(`"${text}" names no zone that is known; write one such as Europe/Zurich`)
  return { day, start, end, zone }
}

function isSame(day: string, named: string): boolean {
  return day.toLowerCase() === named.toLowerCase()
}

function minutesOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && minutes <= DAY_MINUTES ? minutes : undefined
}

/** Judged by what the wall clock shows, so that an hour that comes twice counts twice and one that is left out never. */
function isInside({ day, start, end, zone }: RestartWindow, now: number): boolean {
  const wall = wallClockIn(zone, now) ?? 0
  const minutes = Math.floor(wall / MINUTE_MS) % DAY_MINUTES
  const today = (Math.floor(wall / DAY_MS) + FIRST_DAY) % DAYS.length
  const beganToday = day === undefined || day === today
  if (start < end) return beganToday && minutes >= start && minutes < end
  const beganYesterday = day === undefined || (day + 1) % DAYS.length === today
  return (beganToday && minutes >= start) || (beganYesterday && minutes < end)
}

/** The times in which the gateway is expected to restart: no new order is sent into them. */
export class RestartWindows {
  readonly #windows: readonly RestartWindow[]
  readonly #now: () => number
  /** the stretch that was looked up last, ms since 1970 */
  #known = { from: 0, until: 0 }

  constructor(windows: readonly RestartWindow[], now: () => number = Date.now) {
    this.#windows = windows
    this.#now = now
  }

  /** When the present window ends, ms since 1970, with those that follow upon it; undefined outside. */
  get until(): number | undefined {
    const now = this.#now()
    const { from, until } = this.#known
    if (now >= from && now < until) return until
    if (!this.#isInside(now)) return undefined
    let end = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS
    for (let steps = 1; steps < HORIZON_MINUTES && this.#isInside(end); steps += 1) end += MINUTE_MS
    this.#known = { from: now, until: end }
    return end
  }

  /** Why nothing may be sent that opens or changes an order; undefined while it may. */
  get refusal(): Problem | undefined {
    const { until } = this
    if (until === undefined) return undefined
    const end = new Date(until).toISOString()
    return problem('INSTANCE_RESTART_WINDOW', {
      detail: `The gateway is expected to restart; new orders and changes are taken from ${end} on. Nothing was sent; cancels pass.`,
      retryAfter: (until - this.#now()) / 1000,
      members: { expected_end: end },
    })
  }

  #isInside(now: number): boolean {
    return this.#windows.some((window) => isInside(window, now))
  }
}
