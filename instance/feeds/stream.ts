import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import {
  endEvent,
  eventsOf,
  type FeedCursor,
  formatFeedCursor,
  HEARTBEAT,
  STREAM_BEGIN,
} from '../../shared/feed/events.ts'
import type { Changes, View } from '../../shared/feed/view.ts'
import type { Feed } from './feed.ts'

/** Why a stream was ended by this side: its reader took nothing for too long, or less than a tape has. */
export const DROPS = ['stalled', 'overrun'] as const
export type Drop = (typeof DROPS)[number]

/** Where a view stands in its feed. */
export function cursorOf(feed: Feed, view: View): FeedCursor {
  return { epoch: feed.table.epoch, sequence: view.cursor }
}

export interface Streaming {
  readonly feed: Feed
  readonly view: View
  readonly gone: AbortSignal
  /** a stream on which nothing happens says so, ms, so that nothing in between takes it for dead */
  readonly heartbeatMs: number
  /** a reader that takes nothing for so long is let go, ms; it resumes where it stopped */
  readonly slowReaderMs: number
  readonly told: (feed: Feed, changes: Changes) => void
  readonly dropped: (feed: Feed, why: Drop) => void
}

/**
 * Writes a view as server-sent events until its reader goes or the feed ends. While a reader takes nothing, nothing is
 * kept for it: it is told the latest then. What must not be left out (a tape) ends the stream with where to go on.
 */
export async function streamFeed(
  response: ServerResponse,
  { feed, view, gone, heartbeatMs, slowReaderMs, told, dropped }: Streaming,
): Promise<void> {
  const { table } = feed
  const isTape = feed.kind.feed.isTape === true
  const write = async (text: string): Promise<void> => {
    if (response.write(text) || gone.aborted) return
    const waiting = AbortSignal.any([gone, AbortSignal.timeout(slowReaderMs)])
    await once(response, 'drain', { signal: waiting }).catch(() => {
      if (!gone.aborted) dropped(feed, 'stalled')
      response.destroy()
    })
  }
  // who is to begin anew has not begun yet
  const begun = view.isReset ? '' : `id: ${formatFeedCursor(cursorOf(feed, view))}\n\n`
  await write(`${STREAM_BEGIN}${begun}`)
  while (!gone.aborted && !response.destroyed) {
    const from = cursorOf(feed, view)
    const changes = view.take()
    if (isTape && changes.missed > 0) {
      dropped(feed, 'overrun')
      await write(endEvent(`too slow: ${changes.missed} rows could not be kept`, from))
      return
    }
    const text = eventsOf(changes, cursorOf(feed, view), isTape)
    if (text !== '') {
      told(feed, changes)
      await write(text)
    }
    // what came while it took nothing is told before the end
    if (view.hasNews) continue
    if (feed.state === 'ended') {
      await write(endEvent(feed.reason ?? 'the feed ended', cursorOf(feed, view)))
      return
    }
    const isNews = await table.changed(view.cursor, heartbeatMs, gone)
    if (!isNews && !gone.aborted) await write(HEARTBEAT)
  }
}
