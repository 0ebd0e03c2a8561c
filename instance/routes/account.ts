import {
  getAccountSummary,
  getAccounts,
  getAccountUpdate,
  getPositions,
  getProfitAndLoss,
} from '../../shared/api/account.ts'
import { ACCOUNT_SUMMARY_TAGS } from '../../shared/schemas/account.ts'
import type { Service } from '../../shared/service.ts'
import { type Caller, seenBy, unknownAccount } from '../callers.ts'
import { refuseFields } from '../fields.ts'
import {
  accountSummary,
  accountUpdates,
  managedAccounts,
  pnl,
  pnlSingle,
} from '../ib/account-queries.ts'
import { tell, wantsFresh } from './freshness.ts'
import { type Parts, serve } from './serve.ts'

const TAGS: ReadonlySet<string> = new Set(ACCOUNT_SUMMARY_TAGS)

interface AccountQuery {
  readonly account?: string | undefined
  readonly acctCode?: string | undefined
}

/** The account a call names, under either of its names. @throws Problem when the login does not manage it, or its caller does not see it */
function accountOf(
  query: AccountQuery,
  accounts: readonly string[],
  endpoint: string,
  caller: Caller | undefined,
): string | undefined {
  const field = query.account === undefined ? 'acctCode' : 'account'
  const account = query[field]
  if (account === undefined) return account
  if (accounts.includes(account) && (caller?.sees(account) ?? true)) return account
  if (caller?.hasAccounts === true) throw unknownAccount(account)
  const detail = `${field} ${account} is none of this login's: ${accounts.join(', ')}`
  throw refuseFields(endpoint, [{ field, code: 'not_found', detail }])
}

/** The tags asked for, one by one or comma-separated (S0.s11). @throws Problem when there are none, or unknown ones */
function tagsOf(query: { tag?: readonly string[]; tags?: string }, endpoint: string): string[] {
  const listed = (query.tags ?? '').split(',').map((tag) => tag.trim())
  const tags = [...(query.tag ?? []), ...listed.filter((tag) => tag !== '')]
  const known = ACCOUNT_SUMMARY_TAGS.join(', ')
  if (tags.length === 0) {
    const detail = `tags is required, from: ${known}`
    throw refuseFields(endpoint, [{ field: 'tags', code: 'missing', detail }])
  }
  const unknown = tags.filter((tag) => !TAGS.has(tag))
  if (unknown.length > 0) {
    const detail = `tags ${unknown.join(', ')} must be from: ${known}`
    throw refuseFields(endpoint, [{ field: 'tags', code: 'not_allowed', detail }])
  }
  return [...new Set(tags)]
}

/** `/account…` */
export function routeAccount(app: Service, parts: Parts): void {
  const { link, mirror } = parts

  serve(app, parts, getAccounts, async ({ terms, caller }) => {
    const all = await link.query(managedAccounts, undefined, terms)
    const accounts = seenBy(caller, all, (account) => account)
    const { serverVersion, readySince } = link.status
    return { accounts, clientId: link.clientId, serverVersion, connectedSince: readySince }
  })

  serve(app, parts, getPositions, async (call) => {
    const { query, path, terms, reply, caller } = call
    const account = accountOf(query, link.ready().accounts, path, caller)
    const told = tell(reply, await mirror.positions(terms, wantsFresh(call)))
    const all = seenBy(caller, told, (each) => each.account)
    return account === undefined ? all : all.filter((each) => each.account === account)
  })

  serve(app, parts, getAccountSummary, async ({ query, path, terms, caller }) => {
    const tags = tagsOf(query, path)
    const account = accountOf(query, link.ready().accounts, path, caller)
    const told = await link.query(accountSummary, { group: query.group ?? 'All', tags }, terms)
    const values = seenBy(caller, told, (each) => each.account)
    return account === undefined ? values : values.filter((each) => each.account === account)
  })

  serve(app, parts, getAccountUpdate, async ({ query, path, terms, caller }) => {
    const { accounts } = link.ready()
    const account = accountOf(query, accounts, path, caller) ?? query.acctCode
    return await link.query(accountUpdates, { account }, terms)
  })

  serve(app, parts, getProfitAndLoss, async ({ query, path, terms, caller }) => {
    const accounts = seenBy(caller, link.ready().accounts, (each) => each)
    const account =
      accountOf(query, accounts, path, caller) ?? (accounts.length === 1 ? accounts[0] : undefined)
    if (account === undefined) {
      const detail = `account is required, one of: ${accounts.join(', ')}`
      throw refuseFields(path, [{ field: 'account', code: 'missing', detail }])
    }
    const { modelCode = '', conId = null } = query
    const question = { account, modelCode, conId }
    return await link.query(conId === null ? pnl : pnlSingle, question, terms)
  })
}
