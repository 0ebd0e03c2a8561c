import type { Instrument } from './instrument.ts'
import type { Market } from './market.ts'
import { sessionsAfter, sessionsBefore } from './sessions.ts'

const SECOND_MS = 1000

/** Which ticks are meant: so many from one moment on, or before one moment. */
export interface TickQuery {
  readonly from?: number | undefined
  /** nothing later is told */
  readonly end: number
  readonly count: number
  readonly useRTH: boolean
}

/** Moments of trades in seconds since 1970, one a second, the earliest first. */
export function tickTimes(market: Market, instrument: Instrument, query: TickQuery): number[] {
  const { from, end, count, useRTH } = query
  const times: number[] = []
  const take = (second: number) => {
    const at = second * SECOND_MS
    if (market.tradedAt(instrument, at) === at) times.push(second)
  }
  if (from === undefined) {
    for (const session of sessionsBefore(instrument, end, useRTH, market.trading)) {
      const first = Math.ceil(session.start / SECOND_MS)
      let second = Math.ceil(Math.min(session.end, end) / SECOND_MS) - 1
      for (; second >= first && times.length < count; second -= 1) take(second)
      if (times.length >= count) break
    }
    return times.reverse()
  }
  for (const session of sessionsAfter(instrument, from, useRTH, market.trading)) {
    if (session.start >= end) break
    const last = Math.min(session.end, end)
    let second = Math.ceil(Math.max(session.start, from) / SECOND_MS)
    for (; second * SECOND_MS < last && times.length < count; second += 1) take(second)
    if (times.length >= count) break
  }
  return times
}
