import { Joined } from '../../shared/joined.ts'
import type { ContractDetails, ContractQuery } from '../../shared/schemas/contract.ts'
import { refuseFields } from '../fields.ts'
import type { Link } from './link.ts'
import { contractDetails } from './market-queries.ts'
import type { Terms } from './query.ts'
import { completed, toIbContract } from './translate-contract.ts'

/** What a contract is changes at most overnight; ms. */
const FRESH_MS = 3_600_000
const REMEMBERED = 1000
/** The longest a search that several wait for may take, ms. */
const SEARCH_MS = 20_000

/** Contracts of the gateway: what fits a description, and the one it means. */
export class Contracts {
  readonly #link: Link
  readonly #known = new Map<string, { readonly details: ContractDetails; readonly at: number }>()
  readonly #searching = new Joined<ContractDetails[]>()

  constructor(link: Link) {
    this.#link = link
  }

  /** Every contract that fits. @throws Problem IB_UNKNOWN_CONTRACT where none does */
  async matching(query: ContractQuery, terms: Terms): Promise<ContractDetails[]> {
    const found = await this.#link.query(contractDetails, toIbContract(completed(query)), terms)
    return [...new Map(found.map((each) => [`${each.conId} ${each.exchange}`, each])).values()]
  }

  /**
   * The one contract a description means, remembered for an hour.
   * @throws Problem REQUEST_INVALID where it fits several, IB_UNKNOWN_CONTRACT where it fits none
   */
  async only(query: ContractQuery, terms: Terms, endpoint: string): Promise<ContractDetails> {
    const key = JSON.stringify(Object.entries(completed(query)).sort())
    const known = this.#known.get(key)
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.details
    const found = await this.#search(key, query, terms)
    const [details] = found
    const kinds = new Set(found.map(({ conId }) => conId)).size
    if (details === undefined || kinds > 1) {
      throw refuseFields(endpoint, [
        { field: 'symbol', code: 'not_found', detail: ambiguity(found) },
      ])
    }
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(key, { details, at: performance.now() })
    return details
  }

  /** Those who look for the same at once are one search for the gateway. */
  async #search(key: string, query: ContractQuery, terms: Terms): Promise<ContractDetails[]> {
    const now = performance.now()
    const search = () => {
      const { spent } = terms
      const deadlineAt = now + SEARCH_MS
      return this.matching(query, { deadlineAt, ...(spent !== undefined && { spent }) })
    }
    const found = await this.#searching.ask(key, search, terms.deadlineAt - now, terms.gone)
    // whose time is over is told so by a search of its own
    return found ?? (await this.matching(query, terms))
  }
}

/** Says what a description fits, so that the caller can say more. */
export function ambiguity(found: readonly ContractDetails[]): string {
  if (found.length === 0) return 'No contract fits'
  const names = found
    .slice(0, 5)
    .map(
      ({ localSymbol, symbol, exchange, conId }) =>
        `${localSymbol ?? symbol}@${exchange} (conId ${conId})`,
    )
  const more = found.length > names.length ? ', …' : ''
  return `This fits ${found.length} contracts, say which: ${names.join(', ')}${more}`
}
