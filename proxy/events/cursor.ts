import { MAX_POOL_SIZE } from '../../shared/ids.ts'

/** Where a reader stands in one client's events: after a sequence, or at a moment while no sequence is known. */
export type Position = number | Date

/** Where a reader stands in the events of all clients: a position per client id, so that proxies keep no state. */
export type Cursor = readonly Position[]

const PART = /^(?:\d{1,15}|@\d{1,16})$/

/**
 * Reads a cursor of `formatCursor`, a moment (ISO 8601) or `now`, for so many clients: a client it does not mention
 * is read from its beginning, and the positions of more clients are kept. Undefined for what is none of these.
 */
export function parseCursor(text: string, clients: number, now: Date): Cursor | undefined {
  const all = (position: Position) => Array.from({ length: clients }, () => position)
  if (text === 'now') return all(now)
  const parts = text.split('.')
  if (parts.length <= MAX_POOL_SIZE && parts.every((part) => PART.test(part)))
    return Array.from(
      { length: Math.max(clients, parts.length) },
      (_, clientId) => positionOf(parts[clientId]) ?? 0,
    )
  const time = new Date(text)
  return /^\d{4}-/.test(text) && !Number.isNaN(time.getTime()) ? all(time) : undefined
}

function positionOf(part: string | undefined): Position | undefined {
  if (part === undefined) return undefined
  return part.startsWith('@') ? new Date(Number(part.slice(1))) : Number(part)
}

/** `12.0.@1763727000000.7`: client 0 is read up to 12, client 2 up to a moment. */
export function formatCursor(cursor: Cursor): string {
  return cursor
    .map((position) => (position instanceof Date ? `@${position.getTime()}` : String(position)))
    .join('.')
}

/** How an instance is told a position. */
export function formatPosition(position: Position): string {
  return position instanceof Date ? position.toISOString() : String(position)
}
