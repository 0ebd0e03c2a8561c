import { bars } from '../../../shared/api/market-feeds.ts'
import type { Fields } from '../../../shared/feed/table.ts'
import { refuseFields } from '../../fields.ts'
import { type BarsQuestion, keptBars, realTimeBars } from '../../ib/bar-streams.ts'
import { quietDuringHours } from '../cadence.ts'
import type { FeedKind } from '../kind.ts'
import { instrumentOf } from './instrument.ts'

const CAPACITY = 1000
/** Bars of the past that may be asked for, reckoned for a market that never closes; the newest are kept. */
const MAX_PAST = 10_000
/** Bars that come from now on, without a past. */
const REAL_TIME = '5 secs'
/** A real-time bar comes every 5 s while the market is open, ms. */
const QUIET_REAL_TIME_MS = 15_000
/** Bars of quotes change as often as quotes do, ms … */
const QUIET_QUOTES_MS = 60_000
/** … those of trades with the next trade, which may be a while, ms. */
const QUIET_TRADES_MS = 300_000
/** The same history of small bars may be asked for once in 15 s (facts §3.1); a moment more, since clocks differ, ms. */
const SPACING_MS = 15_500
/** Bars up to this are paced so, s. */
const LARGEST_PACED = 30

const HOUR = 3600
const DAY = 86_400

/** How long each size is, s, and how far its past reaches unless a reader says so: what IB gives for it in one answer. */
const SIZES: Readonly<Record<string, readonly [seconds: number, durationStr: string]>> = {
  '5 secs': [5, ''],
  '10 secs': [10, '3600 S'],
  '15 secs': [15, '3600 S'],
  '30 secs': [30, '14400 S'],
  '1 min': [60, '28800 S'],
  '2 mins': [120, '1 D'],
  '3 mins': [180, '1 D'],
  '5 mins': [300, '2 D'],
  '10 mins': [600, '3 D'],
  '15 mins': [900, '1 W'],
  '20 mins': [1200, '1 W'],
  '30 mins': [1800, '1 W'],
  '1 hour': [HOUR, '1 M'],
  '2 hours': [2 * HOUR, '1 M'],
  '3 hours': [3 * HOUR, '1 M'],
  '4 hours': [4 * HOUR, '1 M'],
  '8 hours': [8 * HOUR, '1 M'],
  '1 day': [DAY, '1 Y'],
  '1 week': [7 * DAY, '1 Y'],
  '1 month': [31 * DAY, '5 Y'],
}
const UNITS: Readonly<Record<string, number>> = {
  S: 1,
  D: DAY,
  W: 7 * DAY,
  M: 31 * DAY,
  Y: 366 * DAY,
}

/** How far the past reaches. @throws Problem REQUEST_INVALID for one that cannot be, or is too much */
function durationOf(barSize: string, asked: string | undefined, endpoint: string): string {
  const [seconds, usual] = SIZES[barSize] ?? [1, '']
  if (asked === undefined) return usual
  const refuse = (code: 'not_allowed' | 'too_large', detail: string) =>
    refuseFields(endpoint, [{ field: 'durationStr', code, detail }])
  if (barSize === REAL_TIME)
    throw refuse('not_allowed', `durationStr is not allowed: bars of ${REAL_TIME} have no past`)
  const [count = '1', unit = 'S'] = asked.split(' ')
  const past = Math.ceil((Number(count) * (UNITS[unit] ?? 1)) / seconds)
  if (past <= MAX_PAST) return asked
  throw refuse(
    'too_large',
    `durationStr ${asked} of ${barSize} may be ${past} bars; at most ${MAX_PAST} to begin with`,
  )
}

/** The oldest first. */
function compare(a: Fields, b: Fields): number {
  return Number(a.timestamp ?? a.date) - Number(b.timestamp ?? b.date)
}

function keyOf({ details, barSize, whatToShow, useRTH, durationStr }: BarsQuestion): string {
  const hours = useRTH ? 'regular' : 'all'
  return `${details.conId} ${details.exchange} ${barSize} ${whatToShow} ${hours} ${durationStr}`
}

/** `/bars`. After a gap the past is read again: bars that were missed are filled in before it closes. */
export const barsKind: FeedKind<BarsQuestion> = {
  feed: bars,
  line: 'history',
  capacity: CAPACITY,
  compare,
  farm: ({ barSize }) => (barSize === REAL_TIME ? 'market' : 'history'),
  retells: true,
  keepsOld: true,
  settleMs: ({ barSize }) => (barSize === REAL_TIME ? 500 : 5000),
  question: async (written, asking) => {
    const {
      barSize = REAL_TIME,
      whatToShow,
      useRTH = false,
      durationStr,
      ...named
    } = written as {
      barSize?: string
      whatToShow?: string
      useRTH?: boolean
      durationStr?: string
    }
    const past = durationOf(barSize, durationStr, asking.endpoint)
    const details = await instrumentOf(named, asking)
    const shown = whatToShow ?? (details.secType === 'CASH' ? 'MIDPOINT' : 'TRADES')
    return { details, barSize, whatToShow: shown, useRTH, durationStr: past, keep: CAPACITY }
  },
  key: keyOf,
  spaced: (question) => {
    const [seconds] = SIZES[question.barSize] ?? [0]
    const isPaced = question.barSize !== REAL_TIME && seconds <= LARGEST_PACED
    return isPaced ? { key: `bars ${keyOf(question)}`, ms: SPACING_MS } : undefined
  },
  follow: (question, sink, session) => {
    const stream = question.barSize === REAL_TIME ? realTimeBars : keptBars
    const following = session.follow(stream as typeof keptBars, question, sink, sink)
    return { stop: () => following.close() }
  },
  quietMs: ({ details, barSize, whatToShow }, now) => {
    const ofKept = whatToShow === 'TRADES' ? QUIET_TRADES_MS : QUIET_QUOTES_MS
    return quietDuringHours(details, now, barSize === REAL_TIME ? QUIET_REAL_TIME_MS : ofKept)
  },
}
