import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Cursor, formatCursor } from './cursor.ts'
import type { Batch } from './merged-events.ts'

/** A browser that lost the stream asks for it again after so long, ms. */
const RETRY_MS = 2000
/** A reader that takes nothing for so long is let go, ms; it resumes where it stopped. */
export const SLOW_READER_MS = 60_000

/**
 * Writes events as server-sent events until either side ends: `id` is the cursor to resume from (`Last-Event-ID`),
 * `event` the type, `data` the CloudEvent.
 */
export async function streamEvents(
  response: ServerResponse,
  from: Cursor,
  batches: AsyncIterable<Batch>,
  gone: AbortSignal,
): Promise<void> {
  const write = (text: string) => drained(response, response.write(text), gone)
  // an id without data: whoever is cut off before the first event resumes from here
  await write(`retry: ${RETRY_MS}\nid: ${formatCursor(from)}\n\n`)
  let before = from
  for await (const { events, cursor } of batches) {
    if (events.length === 0) await write(': nothing new\n\n')
    for (const [index, event] of events.entries()) {
      const isLast = index === events.length - 1
      before = isLast ? cursor : advanced(before, event)
      const fields = [`id: ${formatCursor(before)}`, `event: ${event.type}`]
      await write(`${fields.join('\n')}\ndata: ${JSON.stringify(event)}\n\n`)
    }
  }
}

/** A cursor after one more event. */
export function advanced(
  cursor: Cursor,
  { clientid, sequence }: { readonly clientid: number; readonly sequence: number },
): Cursor {
  return cursor.with(clientid, sequence)
}

async function drained(
  response: ServerResponse,
  isRoom: boolean,
  gone: AbortSignal,
): Promise<void> {
  if (isRoom || gone.aborted) return
  const signal = AbortSignal.any([gone, AbortSignal.timeout(SLOW_READER_MS)])
  await once(response, 'drain', { signal }).catch(() => response.destroy())
}
