import type { Changes } from './view.ts'

/** A browser that lost a stream asks for it again after so long, ms. */
const RETRY_MS = 2000

/** Where a reader stands in a feed: which run of it, and up to which change. */
export interface FeedCursor {
  readonly epoch: string
  readonly sequence: number
}

export function formatFeedCursor({ epoch, sequence }: FeedCursor): string {
  return `${epoch}.${sequence}`
}

/** Reads what `formatFeedCursor` wrote; undefined for anything else. */
export function parseFeedCursor(text: string): FeedCursor | undefined {
  const match = /^([\w-]{1,32})\.(\d{1,15})$/.exec(text)
  return match === null ? undefined : { epoch: match[1] ?? '', sequence: Number(match[2]) }
}

/** The beginning of a stream of server-sent events: how soon to come again. */
export const STREAM_BEGIN = `retry: ${RETRY_MS}\n\n`
/** Says that the stream lives though nothing happens. */
export const HEARTBEAT = ': nothing new\n\n'

function event(type: string, data: object, id = ''): string {
  return `${id}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Changes as server-sent events (WHATWG HTML § 9.2): one for each row and mark, `event` the operation, and the `id` to go
 * on from with the last of them only, so that whoever is cut off in the middle is told all of them again. Empty where
 * there is nothing to tell.
 */
export function eventsOf(
  { rows, marks, missed, isReset }: Changes,
  cursor: FeedCursor,
  isTape: boolean,
): string {
  const events: (readonly [type: string, data: object])[] = []
  // rows are told inside of a gap, if that is closed with them
  const isClosed = marks.at(-1)?.type === 'gap.closed'
  for (const mark of isClosed ? marks.slice(0, -1) : marks) events.push([mark.type, mark])
  if (isReset)
    events.push(['reset', { reason: 'what was told before is nothing to go by any more' }])
  if (missed > 0) events.push(['missed', { rows: missed }])
  for (const { operation, rowRef, fields, conflated } of rows) {
    // what has happened does not unhappen because it is old
    if (isTape && operation === 'delete') continue
    events.push([operation, { operation, rowRef, ...fields, ...(conflated > 0 && { conflated }) }])
  }
  const last = marks.at(-1)
  if (isClosed && last !== undefined) events.push([last.type, last])
  let text = ''
  for (const [index, [type, data]] of events.entries()) {
    const isLast = index === events.length - 1
    text += event(type, data, isLast ? `id: ${formatFeedCursor(cursor)}\n` : '')
  }
  return text
}

/** The last event of a stream that does not go on. */
export function endEvent(reason: string, cursor: FeedCursor): string {
  return event('end', { reason, cursor: formatFeedCursor(cursor) })
}
