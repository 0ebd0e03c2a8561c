import { getQuote } from '../../shared/api/market.ts'
import type { Service } from '../../shared/service.ts'
import { marketSnapshot } from '../ib/market-queries.ts'
import { contractSchemaOf, toIbContract } from '../ib/translate-contract.ts'
import { type Parts, serve } from './serve.ts'

/** `/market/…` */
export function routeMarket(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  serve(app, parts, getQuote, async ({ params, query, path, terms }) => {
    const { marketDataType = 1, ...named } = query
    const details = await contracts.only({ symbol: params.symbol, ...named }, terms, path)
    const contract = contractSchemaOf(details)
    const asked = toIbContract({
      conId: contract.conId,
      symbol: contract.symbol,
      ...(contract.exchange !== null && { exchange: contract.exchange }),
    })
    const session = link.ready()
    // a setting of the whole session, so it is said only when it changes
    if (session.marketDataType !== marketDataType) {
      session.set((api) => void api.reqMarketDataType(marketDataType))
      session.marketDataType = marketDataType
    }
    return await session.query(marketSnapshot, { contract, asked, marketDataType }, terms)
  })
}
