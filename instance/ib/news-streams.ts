import type { IBApi } from '@stoqey/ib'
import { BULLETIN_TYPES } from '../../shared/schemas/news-feed.ts'
import { textOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'
import type { Stream } from './stream.ts'
import { toIbContract } from './translate-contract.ts'
import { unmarked } from './translate-news.ts'

/** IB's own bulletins: those of today at once, then each as it is issued. Nothing on the wire says who asked. */
export const bulletins: Stream<unknown> = {
  name: 'bulletins',
  answeredBy: 'kind',
  isNeverRefused: true,
  begin: () => undefined,
  start: (api) => void api.reqNewsBulletins(true),
  cancel: (api) => void api.cancelNewsBulletins(),
  reads: {
    updateNewsBulletin: (rows, [newsMsgId, type, message, exchange]) => {
      rows.put(String(newsMsgId), {
        source: 'bulletins',
        newsMsgId,
        newsMsgType: BULLETIN_TYPES[type - 1] ?? null,
        message,
        exchange: textOf(exchange),
      })
      return 'part'
    },
  },
}

/** Whose headlines, or with a contract of type NEWS all that one provider writes. */
export interface HeadlinesQuestion {
  readonly contract: {
    readonly conId: number
    readonly symbol: string
    readonly secType: string
    readonly exchange: string | null
  }
  /** empty: all that this login may read */
  readonly providerCodes: readonly string[]
}

/** News without the market: `mdoff` leaves the quotes out, 292 asks for headlines. */
const NO_QUOTES = 'mdoff'
const NEWS_TICK = '292'
/** Delayed where the login has nothing better: quotes it may not see must not cost it the news. */
const ANY_MARKET_DATA = 4

/** Headlines: the latest few at once, then each as it is written. */
export const headlines: Stream<HeadlinesQuestion> = {
  name: 'headlines',
  answeredBy: 'reqId',
  marketDataType: () => ANY_MARKET_DATA,
  begin: () => undefined,
  start: (api: IBApi, reqId, { contract, providerCodes }) => {
    const { conId, symbol, secType, exchange } = contract
    const asked = toIbContract({
      conId,
      symbol,
      secType: secType as never,
      ...(exchange !== null && { exchange }),
    })
    const codes = providerCodes.length === 0 ? '' : `:${providerCodes.join('+')}`
    void api.reqMktData(reqId, asked, `${NO_QUOTES},${NEWS_TICK}${codes}`, false, false)
  },
  cancel: (api, reqId) => void api.cancelMktData(reqId),
  reads: {
    tickNews: (rows, args) => {
      const [, , providerCode, articleId] = args
      const isNamed = articleId.startsWith(`${providerCode}$`)
      rows.put(isNamed ? articleId : `${providerCode}$${articleId}`, headlineRow(args))
      return 'part'
    },
  },
}

/** `tickNews` → a row. */
function headlineRow(args: GatewayEvents['tickNews']) {
  const [, timeMs, providerCode, articleId, headline, extraData] = args
  const time = new Date(timeMs)
  return {
    source: 'headlines',
    datetime: Number.isNaN(time.getTime()) ? null : time.toISOString(),
    providerCode,
    articleId,
    ...unmarked(headline),
    extraData: textOf(extraData),
  }
}
