import { problem } from '../../shared/problem.ts'
import type { ContractQuery } from '../../shared/schemas/contract.ts'
import type { OrderRequest } from '../../shared/schemas/order.ts'
import { type Caller, unknownAccount } from '../callers.ts'
import type { Finding } from '../fields.ts'
import type { Contracts } from './contracts.ts'
import type { Terms } from './query.ts'

/** Fields of an order that name an account beside the one it is for. */
const FURTHER_ACCOUNTS = [
  'clearingAccount',
  'deltaNeutralClearingAccount',
  'customerAccount',
] as const

/** An order as it would be sent. */
export interface Asked {
  readonly request: OrderRequest
  readonly described: ContractQuery
  /** of its fields in what the caller sent: empty, or `2.` for the third of a list */
  readonly prefix: string
  /** of the login */
  readonly accounts: readonly string[]
  readonly contracts: Contracts
  readonly terms: Terms
  readonly endpoint: string
}

/**
 * What a caller must say of an order before it can be known whether he may place it.
 * @throws Problem INSTANCE_UNKNOWN_ACCOUNT, REQUEST_FORBIDDEN: he may not
 */
export async function allowedFindings(caller: Caller, asked: Asked): Promise<Finding[]> {
  const findings = accountFindings(caller, asked)
  if (findings.length === 0 && caller.hasSymbols)
    for (const symbol of await tradedSymbols(asked)) caller.mustTrade(symbol)
  return findings
}

function accountFindings(caller: Caller, { request, prefix, accounts }: Asked): Finding[] {
  if (!caller.hasAccounts) return []
  const { account, faGroup } = request
  for (const named of [account, ...FURTHER_ACCOUNTS.map((field) => request[field])])
    if (named !== undefined && !caller.sees(named)) throw unknownAccount(named)
  if (faGroup !== undefined)
    throw problem('REQUEST_FORBIDDEN', {
      detail: `faGroup shares an order out among accounts, and ${caller.name} has some only; nothing was sent`,
    })
  // without a name IB chooses, and it may choose another's
  if (account !== undefined || accounts.length === 1) {
    if (!caller.sees(account ?? accounts[0])) throw unknownAccount(account ?? 'of yours')
    return []
  }
  const field = `${prefix}account`
  const detail = `${field} is required, one of: ${caller.visible(accounts).join(', ')}`
  return [{ field, code: 'missing', detail }]
}

/** The symbols an order would trade, as IB has them: a caller may name a contract by number and give it any symbol. */
async function tradedSymbols(asked: Asked): Promise<string[]> {
  const { request, described, contracts, terms, endpoint } = asked
  const { comboLegs, deltaNeutralConId, deltaNeutralContract } = request
  const legs = comboLegs?.map(({ ratio: _, action: __, ...leg }) => ({
    ...(described.currency !== undefined && { currency: described.currency }),
    ...leg,
  }))
  const hedges = [deltaNeutralConId, deltaNeutralContract?.conId]
    .filter((conId) => conId !== undefined && conId > 0)
    .map((conId) => ({ conId: conId as number }))
  const wanted: ContractQuery[] = [...(legs ?? [described]), ...hedges]
  const symbols: string[] = []
  for (const each of wanted) symbols.push((await contracts.only(each, terms, endpoint)).symbol)
  return symbols
}
