import { getQuote } from '../../shared/api/market.ts'
import { getDepthExchanges } from '../../shared/api/market-feeds.ts'
import type { Service } from '../../shared/service.ts'
import { depthExchanges } from '../ib/market-queries.ts'
import { quoteOf } from '../ib/quotes.ts'
import { type Parts, serve } from './serve.ts'

/** `/market/…` */
export function routeMarket(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  serve(app, parts, getQuote, async ({ params, query, path, terms, reply }) => {
    const { marketDataType = 1, ...named } = query
    const details = await contracts.only({ symbol: params.symbol, ...named }, terms, path)
    reply.header('cache-control', 'no-store')
    return await quoteOf(link, details, marketDataType, terms)
  })

  serve(app, parts, getDepthExchanges, ({ terms }) => link.query(depthExchanges, undefined, terms))
}
