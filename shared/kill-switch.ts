import type { KillSwitchState } from './schemas/client.ts'

/** How far ahead of this clock a moment may lie that somebody else wrote down, ms: more is no clock's error. */
export const MAX_AHEAD_MS = 86_400_000

/** A switch that nobody has ever thrown. */
export const NEVER_THROWN: KillSwitchState = { paused: false, at: 0, reason: null }

/** Whether one word replaces another: the later does, and of two at the same moment the one that pauses. */
export function isNewer(one: KillSwitchState, than: KillSwitchState): boolean {
  return one.at > than.at || (one.at === than.at && one.paused && !than.paused)
}

/** A new word, later than the last one whatever the clock says. `at` in ms since 1970. */
export function thrown(
  paused: boolean,
  reason: string | null,
  last: KillSwitchState,
  now = Date.now(),
): KillSwitchState {
  return { paused, reason, at: Math.max(now, last.at + 1) }
}

/** A word as another process told it; undefined where it is none, or from a day that has not come. */
export function readState(said: unknown, now = Date.now()): KillSwitchState | undefined {
  const { paused, at, reason } = (said ?? {}) as Partial<Record<keyof KillSwitchState, unknown>>
  if (typeof paused !== 'boolean' || !Number.isSafeInteger(at)) return undefined
  const moment = at as number
  if (moment < 0 || moment > now + MAX_AHEAD_MS) return undefined
  return { paused, at: moment, reason: typeof reason === 'string' ? reason : null }
}

/** Since when and why no new orders are taken, as a sentence. */
export function pausedSince({ at, reason }: KillSwitchState): string {
  const why = reason === null ? '' : `: ${reason}`
  return `No new orders and changes since ${new Date(at).toISOString()}${why}. Nothing was sent; cancels pass.`
}
