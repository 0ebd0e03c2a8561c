import type { ContractDetails } from '../../shared/schemas/contract.ts'
import { wallClockIn } from '../ib/instants.ts'

/** `20250415:0930-20250415:1600`, older `20250415:0930-1600`; what is closed has no times. */
const SESSION = /^(\d{8}):(\d{4})-(?:(\d{8}):)?(\d{4})$/

/** A day and a time as a wall clock shows them, as if it were UTC, ms. */
function wallOf(day: string, time: string): number {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)].map(Number)
  const [hour, minute] = [time.slice(0, 2), time.slice(2)].map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, date, hour, minute)
}

/**
 * Since when the market of a contract has been in one of its liquid hours, ms before `now`; undefined outside of them,
 * and where IB names none that can be read.
 */
export function openForMs(
  { liquidHours, timeZoneId }: Pick<ContractDetails, 'liquidHours' | 'timeZoneId'>,
  now: Date,
): number | undefined {
  if (liquidHours === null || timeZoneId === null) return undefined
  const wall = wallClockIn(timeZoneId, now.getTime())
  if (wall === undefined) return undefined
  for (const text of liquidHours.split(';')) {
    const [, day, from, lastDay, to] = SESSION.exec(text.trim()) ?? []
    if (day === undefined || from === undefined || to === undefined) continue
    const begun = wallOf(day, from)
    if (wall >= begun && wall < wallOf(lastDay ?? day, to)) return wall - begun
  }
  return undefined
}

/** The longest silence to be expected of a market, ms: while it is open so long; undefined when silence means nothing. */
export function quietDuringHours(
  details: Pick<ContractDetails, 'liquidHours' | 'timeZoneId'>,
  now: Date,
  quietMs: number,
): number | undefined {
  const openMs = openForMs(details, now)
  return openMs !== undefined && openMs >= quietMs ? quietMs : undefined
}
