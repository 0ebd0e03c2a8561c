import { marketTicks } from '../../../shared/api/market-feeds.ts'
import type { TickType } from '../../../shared/schemas/tick-feed.ts'
import { type TickQuestion, ticks } from '../../ib/tick-stream.ts'
import type { FeedKind } from '../kind.ts'
import { instrumentOf } from './instrument.ts'

/** Ticks kept, also those IB gives of the past at most. */
const CAPACITY = 1000
/** IB takes one request for the ticks of an instrument in 15 s (facts §3.1); a moment more, since clocks differ, ms. */
const SPACING_MS = 15_500

type Asked = Omit<TickQuestion, 'nextRef'>

/**
 * `/market/ticks`. How many ticks of the past there are to be does not make it another stream: IB gives the whole login
 * only some (facts §3.1), so that who comes later has what was kept.
 */
export const marketTicksKind: FeedKind<Asked> = {
  feed: marketTicks,
  line: 'tick-by-tick',
  capacity: CAPACITY,
  farm: 'market',
  settleMs: 1000,
  question: async (written, asking) => {
    const {
      tickType = 'Last',
      numberOfTicks = 0,
      ignoreSize = false,
      ...named
    } = written as { tickType?: TickType; numberOfTicks?: number; ignoreSize?: boolean }
    return { details: await instrumentOf(named, asking), tickType, numberOfTicks, ignoreSize }
  },
  key: ({ details, tickType, ignoreSize }) =>
    `${details.conId} ${details.exchange} ${tickType}${ignoreSize ? ' ignoring sizes' : ''}`,
  spaced: ({ details, tickType }) => ({
    key: `ticks ${details.conId} ${tickType}`,
    ms: SPACING_MS,
  }),
  follow: (asked, sink, session, table) => {
    const question: TickQuestion = {
      ...asked,
      // what was told before a gap is not told again
      numberOfTicks: table.came === 0 ? asked.numberOfTicks : 0,
      nextRef: () => String(table.came + 1),
    }
    const following = session.follow(ticks, question, sink, sink)
    return { stop: () => following.close() }
  },
}
