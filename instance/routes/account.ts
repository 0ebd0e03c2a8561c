import {
  getAccountSummary,
  getAccounts,
  getAccountUpdate,
  getPositions,
  getProfitAndLoss,
} from '../../shared/api/account.ts'
import { ACCOUNT_SUMMARY_TAGS } from '../../shared/schemas/account.ts'
import type { Service } from '../../shared/service.ts'
import { accountOf, oneAccountOf } from '../accounts.ts'
import { seenBy } from '../callers.ts'
import { refuseFields } from '../fields.ts'
import { accountSummary, managedAccounts, pnl, pnlSingle } from '../ib/account-queries.ts'
import { ofSymbol } from './by-symbol.ts'
import { tell, tellAge, wantsFresh } from './freshness.ts'
import { type Parts, serve } from './serve.ts'

const TAGS: ReadonlySet<string> = new Set(ACCOUNT_SUMMARY_TAGS)

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
  const { link, mirror, accountReadings } = parts

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
    const seen = seenBy(caller, told, (each) => each.account)
    const all = ofSymbol(seen, query.symbol)
    return account === undefined ? all : all.filter((each) => each.account === account)
  })

  serve(app, parts, getAccountSummary, async ({ query, path, terms, caller }) => {
    const tags = tagsOf(query, path)
    const account = accountOf(query, link.ready().accounts, path, caller)
    const told = await link.query(accountSummary, { group: query.group ?? 'All', tags }, terms)
    const values = seenBy(caller, told, (each) => each.account)
    return account === undefined ? values : values.filter((each) => each.account === account)
  })

  serve(app, parts, getAccountUpdate, async (call) => {
    const { query, path, terms, reply } = call
    const { update, source, asOf } = await accountReadings.read(
      query,
      path,
      terms,
      wantsFresh(call),
    )
    tellAge(reply, asOf)
    // named only so: elsewhere `gateway` says that what is mirrored has been asked for
    if (source === 'mirror') reply.header('ibrest-source', source)
    return update
  })

  serve(app, parts, getProfitAndLoss, async ({ query, path, terms, caller }) => {
    const account = oneAccountOf(query, link.ready().accounts, path, caller)
    const { modelCode = '', conId = null } = query
    const question = { account, modelCode, conId }
    return await link.query(conId === null ? pnl : pnlSingle, question, terms)
  })
}
