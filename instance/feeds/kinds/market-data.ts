import { marketData } from '../../../shared/api/feeds.ts'
import { type QuoteQuestion, quotes } from '../../ib/quote-stream.ts'
import { quietDuringHours } from '../cadence.ts'
import type { FeedKind } from '../kind.ts'
import { instrumentOf } from './instrument.ts'

/** A quoted instrument that trades says something within so long, ms. */
const QUIET_MS = 60_000

/** `/market/data` */
export const marketDataKind: FeedKind<QuoteQuestion> = {
  feed: marketData,
  capacity: 1,
  farm: 'market',
  settleMs: 2000,
  question: async (written, asking) => {
    const {
      genericTickList = '',
      marketDataType = 1,
      ...named
    } = written as {
      genericTickList?: string
      marketDataType?: number
    }
    const details = await instrumentOf(named, asking)
    return { details, genericTickList, marketDataType }
  },
  key: ({ details, genericTickList, marketDataType }) =>
    `${details.conId} ${details.exchange} ${[...new Set(genericTickList.split(','))].sort().join(',')} ${marketDataType}`,
  summary: ({ details, genericTickList }) =>
    [details.localSymbol ?? details.symbol, details.secType, details.exchange, genericTickList]
      .filter((word) => word !== '' && word !== null)
      .join(' '),
  line: 'market-data',
  follow: (question, sink, session) => {
    const following = session.follow(quotes, question, sink, sink)
    return { stop: () => following.close() }
  },
  quietMs: ({ details }, now) => quietDuringHours(details, now, QUIET_MS),
}
