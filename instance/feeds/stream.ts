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

/** A stream on which nothing happens says so, ms, so that nothing in between takes it for dead. */
const HEARTBEAT_MS = 15_000
/** A reader that takes nothing for so long is let go, ms; it resumes where it stopped. */
const SLOW_READER_MS = 60_000

/** Where a view stands in its feed. */
export function cursorOf(feed: Feed, view: View): FeedCursor {
  return { epoch: feed.table.epoch, sequence: view.cursor }
}

export interface Streaming {
  readonly feed: Feed
  readonly view: View
  readonly gone: AbortSignal
  readonly onTold: (changes: Changes) => void
}

/**
 * Writes a view as server-sent events until its reader goes or the feed ends. While a reader takes nothing, nothing is
 * kept for it: it is told the latest then. What must not be left out (a tape) ends the stream with where to go on.
 */
export async function streamFeed(
  response: ServerResponse,
  { feed, view, gone, onTold }: Streaming,
): Promise<void> {
  const { table } = feed
  const isTape = feed.kind.feed.isTape === true
  const write = async (text: string): Promise<void> => {
    if (!response.write(text)) await drained(response, gone)
  }
  // whoever is cut off before the first event resumes from here; to begin anew there is nothing to resume from
  const begin = view.isReset ? '' : `id: ${formatFeedCursor(cursorOf(feed, view))}\n\n`
  await write(`${STREAM_BEGIN}${begin}`)
  while (!gone.aborted) {
    const from = cursorOf(feed, view)
    const changes = view.take()
    if (isTape && changes.missed > 0) {
      await write(endEvent(`too slow: ${changes.missed} rows could not be kept`, from))
      return
    }
    const text = eventsOf(changes, cursorOf(feed, view), isTape)
    if (text !== '') {
      onTold(changes)
      await write(text)
    }
    if (feed.state === 'ended') {
      await write(endEvent(feed.reason ?? 'the feed ended', cursorOf(feed, view)))
      return
    }
    if (view.hasNews) continue
    const isNews = await table.changed(view.cursor, HEARTBEAT_MS, gone)
    if (!isNews && !gone.aborted) await write(HEARTBEAT)
  }
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return
  const signal = AbortSignal.any([gone, AbortSignal.timeout(SLOW_READER_MS)])
  await once(response, 'drain', { signal }).catch(() => response.destroy())
}
