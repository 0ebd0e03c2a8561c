import type { ComboLeg as IbComboLeg, Contract as IbContract, OrderAction } from '@stoqey/ib'
import { Problem } from '../../shared/problem.ts'
import { type ContractQuery, contractFields } from '../../shared/schemas/contract.ts'
import type { OrderRequest } from '../../shared/schemas/order.ts'
import { type Finding, refuseFields } from '../fields.ts'
import { allowedFindings } from './allowed-orders.ts'
import { ambiguity, type Contracts } from './contracts.ts'
import type { Limits } from './limits.ts'
import { orderFindings } from './order-checks.ts'
import type { Terms } from './query.ts'
import { completed, toIbContract } from './translate-contract.ts'
import type { Placing } from './translate-order-request.ts'

const DEFAULT_ENDPOINT = '/order'
const CONTRACT_FIELDS = ['symbol', ...Object.keys(contractFields)] as (keyof ContractQuery)[]

/**
 * Whether orders came as a list. The first of one is the parent of the others; those of a `basket` have nothing to do
 * with each other.
 */
export type AsList = boolean | 'basket'

/** An order of a caller, ready to be given a number and sent. */
export interface PreparedOrder {
  readonly request: OrderRequest
  readonly described: ContractQuery
  readonly contract: IbContract
  /** its parent is the first of the list, whose number is not known yet */
  readonly ofFamily: boolean
  readonly transmit: boolean
}

export interface PreparationOptions {
  readonly contracts: Contracts
  readonly accounts: readonly string[]
  readonly serverVersion: number | null
  readonly terms: Terms
  /** how large an order may be; where nothing comes of it, it may have any size */
  readonly limits?: Limits
  /** the path that was called, for findings; default /order */
  readonly endpoint?: string | undefined
}

type ComboLeg = NonNullable<OrderRequest['comboLegs']>[number]

/** The fields of an order that name its contract. */
export function contractPart(from: Partial<Record<keyof ContractQuery, unknown>>): ContractQuery {
  const given = CONTRACT_FIELDS.filter((field) => from[field] !== undefined)
  return Object.fromEntries(given.map((field) => [field, from[field]]))
}

/**
 * Everything about orders that must be known before one is sent: contracts with their defaults, legs by number,
 * quantities the contract can be traded in, who is whose parent. Nothing has been sent when it throws.
 * @throws Problem REQUEST_INVALID naming every field at once, or what the gateway said
 */
export async function prepareOrders(
  requests: readonly OrderRequest[],
  asList: AsList,
  options: PreparationOptions,
): Promise<PreparedOrder[]> {
  const findings: Finding[] = []
  const oversized: Finding[] = []
  const prepared: PreparedOrder[] = []
  for (const [index, request] of requests.entries()) {
    const prefix = asList ? `${index}.` : ''
    const described = await somewhere(completed(contractPart(request)), options)
    const contract = toIbContract(described)
    const ofFamily = asList === true && index > 0 && request.parentId === undefined
    findings.push(
      ...orderFindings(request, { prefix, ofFamily, serverVersion: options.serverVersion }),
    )
    const { caller } = options.terms
    if (caller !== undefined) {
      const { accounts, contracts, terms, endpoint = DEFAULT_ENDPOINT } = options
      const asked = { request, described, prefix, accounts, contracts, terms, endpoint }
      findings.push(...(await allowedFindings(caller, asked)))
    }
    if (request.account !== undefined && !options.accounts.includes(request.account)) {
      findings.push({
        field: `${prefix}account`,
        code: 'not_found',
        detail: `${prefix}account ${request.account} is none of this login's: ${(caller?.visible(options.accounts) ?? options.accounts).join(', ')}`,
      })
    }
    const { totalQuantity } = request
    if (totalQuantity !== undefined && !Number.isInteger(totalQuantity))
      findings.push(...(await fractionFindings(totalQuantity, described, prefix, options)))
    if (request.comboLegs !== undefined) {
      const legs = await legsOf(request.comboLegs, described, prefix, options)
      contract.comboLegs = legs.legs
      findings.push(...legs.findings)
    }
    if (request.deltaNeutralContract !== undefined)
      contract.deltaNeutralContract = request.deltaNeutralContract
    if (options.limits !== undefined && findings.length === 0) {
      const { terms, endpoint = DEFAULT_ENDPOINT } = options
      const sized = { request, described, contract, prefix, endpoint, terms }
      oversized.push(...(await options.limits.findings(sized)))
    }
    prepared.push({ request, described, contract, ofFamily, transmit: request.transmit ?? true })
  }
  findings.push(...oversized)
  if (findings.length > 0) throw refuseFields(options.endpoint ?? DEFAULT_ENDPOINT, findings)
  return asList === true ? releasedByTheLast(prepared) : prepared
}

/** An order must say where: what SMART does not route, and what is named by number alone, is looked up. */
async function somewhere(
  described: ContractQuery,
  { contracts, terms, endpoint = DEFAULT_ENDPOINT }: PreparationOptions,
): Promise<ContractQuery> {
  if (described.exchange !== undefined) return described
  const { exchange } = await contracts.only(described, terms, endpoint)
  return { ...described, exchange: exchange ?? 'SMART' }
}

/** A family goes out held, and its last member releases it whole (facts §4.6); strangers release themselves. */
function releasedByTheLast(prepared: readonly PreparedOrder[]): PreparedOrder[] {
  const last = prepared.findLastIndex(({ ofFamily }, index) => ofFamily || index === 0)
  return prepared.map((order, index) =>
    order.ofFamily || index === 0 ? { ...order, transmit: index === last } : order,
  )
}

/** What a prepared order says to IB about its place among the others. */
export function placingOf(order: PreparedOrder, firstId: number): Placing {
  return {
    parentId: order.ofFamily ? firstId : (order.request.parentId ?? 0),
    transmit: order.transmit,
  }
}

/** Sizes are written in decimals; a ten-millionth of a step is rounding. */
function isMultiple(quantity: number, step: number): boolean {
  const steps = quantity / step
  return Math.abs(steps - Math.round(steps)) < 1e-7
}

async function fractionFindings(
  quantity: number,
  described: ContractQuery,
  prefix: string,
  { contracts, terms, endpoint = DEFAULT_ENDPOINT }: PreparationOptions,
): Promise<Finding[]> {
  const field = `${prefix}totalQuantity`
  const { sizeIncrement, minSize } = await contracts.only(described, terms, endpoint)
  const step = sizeIncrement ?? 1
  if (step <= 0 || step >= 1 || !isMultiple(quantity, step)) {
    const allowed = step > 0 && step < 1 ? `in multiples of ${step} here` : 'an integer here'
    return [{ field, code: 'not_integer', detail: `${field} must be ${allowed}` }]
  }
  if (minSize !== null && quantity < minSize)
    return [{ field, code: 'too_small', detail: `${field} must be at least ${minSize}` }]
  return []
}

async function legsOf(
  asked: readonly ComboLeg[],
  bag: ContractQuery,
  prefix: string,
  options: PreparationOptions,
): Promise<{ legs: IbComboLeg[]; findings: Finding[] }> {
  const legs: IbComboLeg[] = []
  const findings: Finding[] = []
  for (const [index, leg] of asked.entries()) {
    const field = `${prefix}comboLegs.${index}`
    const found = await conIdOf(leg, bag, options)
    if (typeof found === 'string') {
      findings.push({ field, code: 'not_found', detail: `${field}: ${found}` })
      continue
    }
    legs.push({
      conId: found,
      ratio: leg.ratio,
      action: leg.action as OrderAction,
      exchange: leg.exchange ?? bag.exchange ?? 'SMART',
      openClose: 0,
      shortSaleSlot: 0,
      designatedLocation: '',
      exemptCode: -1,
    })
  }
  return { legs, findings }
}

/** A leg's number, looked up where the caller named it otherwise (S0.s5); a text says why there is none. */
async function conIdOf(
  leg: ComboLeg,
  bag: ContractQuery,
  { contracts, terms }: PreparationOptions,
): Promise<number | string> {
  if (leg.conId !== undefined) return leg.conId
  const query = { currency: bag.currency, ...contractPart(leg) } as ContractQuery
  if (query.symbol === undefined && query.localSymbol === undefined)
    return 'give conId, symbol or localSymbol'
  try {
    const found = await contracts.matching(query, terms)
    const conIds = new Set(found.map(({ conId }) => conId))
    const [conId] = conIds
    return conId !== undefined && conIds.size === 1 ? conId : ambiguity(found)
  } catch (error) {
    if (error instanceof Problem && error.code === 'IB_UNKNOWN_CONTRACT') return error.message
    throw error
  }
}
