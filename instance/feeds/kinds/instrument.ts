import type { ContractDetails, ContractQuery } from '../../../shared/schemas/contract.ts'
import { refuseFields } from '../../fields.ts'
import type { Asking } from '../kind.ts'

/** The one contract a reader names, by its symbol or its conId. @throws Problem */
export async function instrumentOf(
  named: Record<string, unknown>,
  { contracts, terms, endpoint }: Asking,
): Promise<ContractDetails> {
  const query = named as ContractQuery
  if (query.symbol === undefined && query.conId === undefined && query.localSymbol === undefined)
    throw refuseFields(endpoint, [
      { field: 'symbol', code: 'missing', detail: 'symbol is required, or conId' },
    ])
  return await contracts.only(query, terms, endpoint)
}
