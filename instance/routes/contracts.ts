import { getContract, searchContracts } from '../../shared/api/contracts.ts'
import { tagAnswer } from '../../shared/finish.ts'
import { LISTING_NAMES } from '../../shared/schemas/listing.ts'
import type { Service } from '../../shared/service.ts'
import { isWild, prefixOf } from '../../shared/wildcard.ts'
import { matchingSymbols } from '../ib/market-queries.ts'
import { type Parts, type SomeCall, serve } from './serve.ts'

/** What a contract is changes at most overnight. */
const CACHE = 'private, max-age=300'

/** What the answer says is told by a tag, so that who has it need not be told again. */
function keepable({ request, reply }: Pick<SomeCall, 'request' | 'reply'>): void {
  tagAnswer(request)
  reply.header('cache-control', CACHE)
}

/** Of a query what describes the contract. */
function describing<Query extends object>(query: Query): Query {
  const fields = Object.entries(query).filter(([name]) => !LISTING_NAMES.includes(name))
  return Object.fromEntries(fields) as Query
}

/** `/contract…` */
export function routeContracts(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  serve(app, parts, getContract, async (call) => {
    const { query, path, terms, reply } = call
    keepable(call)
    const asked = describing(query)
    const { symbol, conId, localSymbol, secId } = asked
    const isNamed = conId !== undefined || localSymbol !== undefined || secId !== undefined
    if (symbol === undefined || isNamed || !isWild(symbol))
      return await contracts.matching(asked, terms)
    reply.header('ibrest-search', prefixOf(symbol) === '' ? 'known' : 'gateway')
    return await contracts.like(asked, terms, path)
  })

  serve(app, parts, searchContracts, (call) => {
    const { query, terms } = call
    keepable(call)
    return link.query(matchingSymbols, query.symbol ?? query.pattern ?? '', terms)
  })
}
