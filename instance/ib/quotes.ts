import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { Quote } from '../../shared/schemas/market.ts'
import type { Link } from './link.ts'
import { marketSnapshot } from './market-queries.ts'
import type { Terms } from './query.ts'
import { contractSchemaOf, toIbContract } from './translate-contract.ts'

/**
 * The market of a contract now; `marketDataType` as IB numbers it: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.
 * @throws Problem
 */
export async function quoteOf(
  link: Link,
  details: ContractDetails,
  marketDataType: number,
  terms: Terms,
): Promise<Quote> {
  const contract = contractSchemaOf(details)
  const asked = toIbContract({
    conId: contract.conId,
    symbol: contract.symbol,
    ...(contract.exchange !== null && { exchange: contract.exchange }),
  })
  const session = link.ready()
  session.setMarketDataType(marketDataType)
  return await session.query(marketSnapshot, { contract, asked, marketDataType }, terms)
}
