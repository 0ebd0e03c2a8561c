import { getContract, searchContracts } from '../../shared/api/contracts.ts'
import type { Service } from '../../shared/service.ts'
import { matchingSymbols } from '../ib/market-queries.ts'
import { type Parts, serve } from './serve.ts'

/** `/contract…` */
export function routeContracts(app: Service, parts: Parts): void {
  const { link, contracts } = parts

  serve(app, parts, getContract, ({ query, terms }) => contracts.matching(query, terms))

  serve(app, parts, searchContracts, ({ query, terms }) =>
    link.query(matchingSymbols, query.symbol ?? query.pattern ?? '', terms),
  )
}
