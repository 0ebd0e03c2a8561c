import type { Contract as IbContract } from '@stoqey/ib'
import type { OrderLimits } from '../../shared/order-limits.ts'
import { Problem } from '../../shared/problem.ts'
import type { ContractDetails, ContractQuery } from '../../shared/schemas/contract.ts'
import type { Quote } from '../../shared/schemas/market.ts'
import type { OrderRequest } from '../../shared/schemas/order.ts'
import type { Finding } from '../fields.ts'
import type { Contracts } from './contracts.ts'
import type { Link } from './link.ts'
import type { Terms } from './query.ts'
import { quoteOf } from './quotes.ts'

/** The best there is to be had: live where the login subscribes to it, else delayed, the last of it when closed. */
const BEST_DATA = 4

/** Types whose `auxPrice` is a price; of all others it is a distance. */
const TRIGGERED: ReadonlySet<string> = new Set(['STP', 'STP LMT', 'STP PRT', 'MIT', 'LIT'])

export interface LimitsOptions {
  readonly link: Link
  readonly contracts: Contracts
  /** of whoever calls */
  readonly limits: (terms: Terms) => OrderLimits
}

/** One order before it is sent. */
export interface Sized {
  readonly request: OrderRequest
  readonly described: ContractQuery
  readonly contract: IbContract
  /** of its fields in what the caller sent: empty, or `2.` for the third of a list */
  readonly prefix: string
  readonly endpoint: string
  readonly terms: Terms
}

/** What one of it is worth in its currency, or why nobody can say. */
type Worth = number | { readonly unknown: string }

/** How large one order may be, by its quantity and by what it is worth. Nothing is asked where nothing is limited. */
export class Limits {
  readonly #options: LimitsOptions

  constructor(options: LimitsOptions) {
    this.#options = options
  }

  /** What is too large about an order, or cannot be told to be small enough. @throws Problem when the gateway is lost */
  async findings(sized: Sized): Promise<Finding[]> {
    const { maxQuantity, maxNotional } = this.#options.limits(sized.terms)
    const { request, prefix } = sized
    const { totalQuantity, cashQty } = request
    if (maxQuantity === undefined && maxNotional === undefined) return []
    if (totalQuantity === undefined && cashQty === undefined) {
      const field = `${prefix}totalQuantity`
      const detail = `${field} is required: orders are limited in size, and only IB would know the size of this one`
      return [{ field, code: 'missing', detail }]
    }
    const findings: Finding[] = []
    const tooLarge = (field: string, what: string, limit: number) =>
      findings.push({
        field: `${prefix}${field}`,
        code: 'too_large',
        detail: `${prefix}${field}: ${what}; one order may have ${limit} at most`,
      })
    if (maxQuantity !== undefined && (totalQuantity ?? 0) > maxQuantity)
      tooLarge('totalQuantity', `the quantity is ${totalQuantity}`, maxQuantity)
    if (maxNotional !== undefined && (cashQty ?? 0) > maxNotional)
      tooLarge('cashQty', `the amount is ${cashQty}`, maxNotional)
    const isOfCash = cashQty !== undefined && maxQuantity !== undefined
    const isOfUnits = totalQuantity !== undefined && maxNotional !== undefined
    if (findings.length > 0 || !(isOfCash || isOfUnits)) return findings
    const worth = await this.#worth(sized)
    if (typeof worth !== 'number') {
      const field = `${prefix}${isOfUnits ? 'lmtPrice' : 'cashQty'}`
      const why = `${field}: how large this order is cannot be told, and that is limited: ${worth.unknown}`
      return [{ field, code: 'not_allowed', detail: why }]
    }
    if (isOfUnits && totalQuantity * worth > maxNotional)
      tooLarge('totalQuantity', `this is worth ${rounded(totalQuantity * worth)}`, maxNotional)
    if (isOfCash && cashQty > maxQuantity * worth)
      tooLarge('cashQty', `this buys ${rounded(cashQty / worth)}`, maxQuantity)
    return findings
  }

  /** What one unit is worth: at a price the order names where that cannot be bettered by the market, otherwise there. */
  async #worth({ request, described, contract, terms, endpoint }: Sized): Promise<Worth> {
    if (contract.comboLegs !== undefined) {
      const legs = contract.comboLegs.map(({ conId = 0, ratio = 1, exchange }) => ({
        ratio: Math.abs(ratio),
        query: { conId, ...(exchange !== undefined && { exchange }) } as ContractQuery,
      }))
      return await this.#worthOfLegs(legs, terms, endpoint)
    }
    const details = await this.#options.contracts.only(described, terms, endpoint)
    const named = namedPrice(request)
    if (named !== undefined && request.action === 'BUY') return unitOf(details) * named
    const market = await this.#marketPrice(details, terms)
    // a sale at any price above its limit is what a low limit means
    if (named !== undefined) return unitOf(details) * Math.max(named, numberOr(market, 0))
    return typeof market === 'number' ? unitOf(details) * market : market
  }

  /** A combination's own price says little of what it moves: its legs are taken each for itself. */
  async #worthOfLegs(
    legs: readonly { readonly ratio: number; readonly query: ContractQuery }[],
    terms: Terms,
    endpoint: string,
  ): Promise<Worth> {
    let sum = 0
    for (const { ratio, query } of legs) {
      const details = await this.#options.contracts.only(query, terms, endpoint)
      const price = await this.#marketPrice(details, terms)
      if (typeof price !== 'number') return price
      sum += ratio * unitOf(details) * price
    }
    return sum
  }

  async #marketPrice(details: ContractDetails, terms: Terms): Promise<Worth> {
    const name = details.localSymbol ?? details.symbol
    try {
      const price = highest(await quoteOf(this.#options.link, details, BEST_DATA, terms))
      return price ?? { unknown: `${name} has no price now` }
    } catch (error) {
      if (!(error instanceof Problem) || !isAboutPrices(error)) throw error
      return { unknown: `no price of ${name} can be had: ${error.message}` }
    }
  }
}

/** A gateway that is lost or wants to be asked later is another matter: it has nothing to do with this order. */
function isAboutPrices({ code, retryable }: Problem): boolean {
  return (code.startsWith('IB_') && !retryable) || code === 'INSTANCE_QUERY_TIMEOUT'
}

function namedPrice({ orderType, lmtPrice, auxPrice, trailStopPrice }: OrderRequest) {
  const named = [lmtPrice, TRIGGERED.has(orderType) ? auxPrice : undefined, trailStopPrice]
  const prices = named.filter((price) => price !== undefined && price !== 0).map(Number)
  return prices.length === 0 ? undefined : Math.max(...prices.map(Math.abs))
}

function highest({ bid, ask, last, close }: Quote): number | undefined {
  const prices = [bid, ask, last].map((price) => Math.abs(price ?? 0))
  const price = Math.max(...prices) || Math.abs(close ?? 0)
  return price === 0 ? undefined : price
}

/** What a price of one means in the contract's currency. */
function unitOf({ multiplier, priceMagnifier }: ContractDetails): number {
  return (Number(multiplier) || 1) / (priceMagnifier || 1)
}

function numberOr(worth: Worth, otherwise: number): number {
  return typeof worth === 'number' ? worth : otherwise
}

function rounded(amount: number): number {
  return Number(amount.toFixed(2))
}
