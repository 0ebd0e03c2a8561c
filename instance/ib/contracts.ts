import { Joined } from '../../shared/joined.ts'
import type {
  Contract,
  ContractDetails,
  ContractMatch,
  ContractQuery,
} from '../../shared/schemas/contract.ts'
import { fitsPattern, prefixOf } from '../../shared/wildcard.ts'
import { refuseFields } from '../fields.ts'
import type { Link } from './link.ts'
import { contractDetails, matchingSymbols } from './market-queries.ts'
import type { Terms } from './query.ts'
import {
  completed,
  contractDetailsOf,
  contractSchemaOf,
  toIbContract,
} from './translate-contract.ts'

/** What a contract is changes at most overnight; ms. */
const FRESH_MS = 3_600_000
const REMEMBERED = 1000
/** The longest a search that several wait for may take, ms. */
const SEARCH_MS = 20_000
/** A contract of which IB has told nothing. */
const NOTHING_KNOWN: ContractDetails = contractDetailsOf({ contract: {} })
/** Told of a description that fits several. */
const MOST_CANDIDATES = 50
/** What a search tells too. */
const BESIDE_PATTERNS: ReadonlySet<string> = new Set(['secType', 'currency', 'primaryExch'])

/** Contracts of the gateway: what fits a description, and the one it means. */
export class Contracts {
  readonly #link: Link
  /** by number, whatever was asked for */
  readonly #seen = new Map<number, ContractDetails>()
  readonly #known = new Map<string, { readonly details: ContractDetails; readonly at: number }>()
  readonly #searching = new Joined<ContractDetails[]>()

  constructor(link: Link) {
    this.#link = link
  }

  /**
   * Contracts whose symbol fits a pattern: what a search for its first letters tells, and what is known here from calls
   * before, that whole. IB searches by beginnings only, 16 at most: a pattern without one finds what is known.
   * @throws Problem REQUEST_INVALID for what cannot be said beside a pattern
   */
  async like(query: ContractQuery, terms: Terms, endpoint: string): Promise<ContractDetails[]> {
    const { symbol: pattern = '', ...beside } = query
    const wrong = Object.keys(beside).filter((field) => !BESIDE_PATTERNS.has(field))
    if (wrong.length > 0)
      throw refuseFields(
        endpoint,
        wrong.map((field) => ({
          ...{ field, code: 'not_allowed' as const },
          detail: `${field} cannot be said beside a pattern`,
        })),
      )
    const prefix = prefixOf(pattern)
    const found = prefix === '' ? [] : await this.#link.query(matchingSymbols, prefix, terms)
    const known = [...this.#seen.values()]
    const all = new Map([...found.map(barely), ...known].map((each) => [each.conId, each]))
    const fits = (details: ContractDetails) =>
      fitsPattern(details.symbol, pattern) &&
      Object.entries(beside).every(([field, value]) => details[field as 'symbol'] === value)
    return [...all.values()]
      .filter(fits)
      .sort((one, other) => one.symbol.localeCompare(other.symbol) || one.conId - other.conId)
  }

  #see(details: readonly ContractDetails[]): void {
    for (const each of details) {
      if (this.#seen.size >= REMEMBERED) this.#seen.clear()
      this.#seen.set(each.conId, each)
    }
  }

  /** Every contract that fits. @throws Problem IB_UNKNOWN_CONTRACT where none does */
  async matching(query: ContractQuery, terms: Terms): Promise<ContractDetails[]> {
    const found = await this.#link.query(contractDetails, toIbContract(completed(query)), terms)
    this.#see(found)
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
      throw refuseFields(
        endpoint,
        [{ field: 'symbol', code: 'not_found', detail: ambiguity(found) }],
        found.length === 0 ? undefined : { candidates: candidatesAmong(found) },
      )
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

/** What a caller may have meant, each by its number; not all of a long list. */
function candidatesAmong(found: readonly ContractDetails[]): Contract[] {
  const byNumber = new Map(found.map((each) => [each.conId, contractSchemaOf(each)]))
  return [...byNumber.values()].slice(0, MOST_CANDIDATES)
}

/** What a search tells of a contract; of the rest nobody has been asked. */
function barely({ conId, symbol, secType, primaryExch, currency, description }: ContractMatch) {
  const told = { conId, symbol, secType, primaryExch, currency: currency ?? '' }
  return { ...NOTHING_KNOWN, ...told, longName: description }
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
