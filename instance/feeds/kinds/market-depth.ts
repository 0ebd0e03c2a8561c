import { marketDepth } from '../../../shared/api/market-feeds.ts'
import type { Fields } from '../../../shared/feed/table.ts'
import { type DepthQuestion, depth } from '../../ib/depth-stream.ts'
import { quietDuringHours } from '../cadence.ts'
import type { FeedKind } from '../kind.ts'
import { instrumentOf } from './instrument.ts'

/** Lines on each side, unless a reader says how many (IB's own). */
const USUAL_ROWS = 5
/** Both sides of the deepest book. */
const CAPACITY = 40
/** A book without so many lines is whole when so long has passed since its first, ms: IB sends what there is at once. */
const THIN_BOOK_MS = 300
/** The book of an instrument that trades changes within so long, ms. */
const QUIET_MS = 60_000

/** Asks from the best on, then bids from the best on, as a book is read. */
function compare(a: Fields, b: Fields): number {
  if (a.side !== b.side) return a.side === 'ask' ? -1 : 1
  return Number(a.position) - Number(b.position)
}

/** `/market/depth` */
export const marketDepthKind: FeedKind<DepthQuestion> = {
  feed: marketDepth,
  line: 'depth',
  capacity: CAPACITY,
  compare,
  farm: 'market',
  retells: true,
  settleMs: 1000,
  question: async (written, asking) => {
    const {
      numRows = USUAL_ROWS,
      isSmartDepth,
      ...named
    } = written as { numRows?: number; isSmartDepth?: boolean }
    const details = await instrumentOf(named, asking)
    return { details, numRows, isSmartDepth: isSmartDepth ?? details.exchange === 'SMART' }
  },
  key: ({ details, numRows, isSmartDepth }) =>
    `${details.conId} ${details.exchange} ${numRows} ${isSmartDepth ? 'smart' : 'direct'}`,
  follow: (question, sink, session) => {
    let thin: NodeJS.Timeout | undefined
    const following = session.follow(depth, question, sink, {
      told: (fullness) => {
        thin ??= setTimeout(() => sink.told('whole'), THIN_BOOK_MS).unref()
        sink.told(fullness)
      },
      failed: (reason) => {
        clearTimeout(thin)
        sink.failed(reason)
      },
    })
    return {
      stop: () => {
        clearTimeout(thin)
        following.close()
      },
    }
  },
  quietMs: ({ details }, now) => quietDuringHours(details, now, QUIET_MS),
}
