import { getAdviserLists, replaceGroups } from '../../shared/api/advisers.ts'
import { Problem, problem } from '../../shared/problem.ts'
import type { AdviserGroup, GroupsReplacement } from '../../shared/schemas/adviser.ts'
import type { Service } from '../../shared/service.ts'
import { isXmlText } from '../../shared/xml-text.ts'
import type { Caller } from '../callers.ts'
import { type Finding, refuseFields } from '../fields.ts'
import { adviserListsOf, FA_GROUPS, FA_PROFILES, groupsXml } from '../ib/adviser-lists.ts'
import { adviserList, groupsReplacement } from '../ib/reference-queries.ts'
import { readXml, XmlError } from '../ib/xml.ts'
import { type Parts, serve } from './serve.ts'

/** From this version of the gateway on there are groups only, and profiles are not asked for any more (facts §2.4). */
const NO_PROFILES_VERSION = 177

/** After these the groups may be the new ones or the old. */
const IN_DOUBT: ReadonlySet<string> = new Set(['INSTANCE_QUERY_TIMEOUT', 'INSTANCE_SESSION_LOST'])

function groupsOf({ groups }: GroupsReplacement): AdviserGroup[] {
  return groups.map(({ name, defaultMethod, accounts }) => ({
    name,
    defaultMethod,
    accounts: accounts.map(({ acct, amount = null }) => ({
      acct,
      amount: amount === null ? null : String(amount),
    })),
  }))
}

/** What no schema can judge: names that stand twice, accounts that are not of this login, signs no document can have. */
function groupFindings(groups: readonly AdviserGroup[], accounts: readonly string[]): Finding[] {
  const names = new Set<string>()
  return groups.flatMap(({ name, accounts: members }, index) => {
    const findings: Finding[] = []
    const field = `groups.${index}.name`
    if (!isXmlText(name) || name.trim() !== name || name === '') {
      findings.push({
        field,
        code: 'bad_format',
        detail: `${field} has signs IB cannot be told, or spaces around it`,
      })
    }
    if (names.has(name)) {
      const detail = `${field} ${name} stands twice`
      findings.push({ field, code: 'not_allowed', detail })
    }
    names.add(name)
    for (const [place, { acct }] of members.entries()) {
      if (accounts.includes(acct)) continue
      const account = `groups.${index}.accounts.${place}.acct`
      const detail = `${account} ${acct} is no account of this login, which has: ${accounts.join(', ')}`
      findings.push({ field: account, code: 'not_found', detail })
    }
    return findings
  })
}

/** What an unanswered replacement may have done must not be passed over; IB's list says what holds. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof Problem) || !IN_DOUBT.has(error.code)) return error
  const detail = `${error.message}. Whether the groups were replaced is not known: read GET /financial`
  return problem(error.code as 'INSTANCE_QUERY_TIMEOUT', { detail, retryable: false, cause: error })
}

/** The lists name every account. @throws Problem REQUEST_FORBIDDEN */
function mustSeeAll(caller: Caller | undefined): void {
  if (caller?.hasAccounts !== true) return
  const detail = "An adviser's lists are for who sees every account; nothing was sent"
  throw problem('REQUEST_FORBIDDEN', { detail })
}

/** `/financial`: what a financial adviser has set up. */
export function routeAdvisers(app: Service, parts: Parts): void {
  const { link } = parts

  serve(app, parts, getAdviserLists, async ({ query, terms, caller }) => {
    mustSeeAll(caller)
    const { faDataType } = query
    const { serverVersion } = link.ready()
    if (faDataType === FA_PROFILES && (serverVersion ?? 0) >= NO_PROFILES_VERSION) {
      const detail = 'IB has no profiles any more, only groups: faDataType=1; nothing was sent'
      throw problem('INSTANCE_NO_PROFILES', { detail })
    }
    const xml = await link.query(adviserList, faDataType, terms)
    try {
      return { faDataType, ...adviserListsOf(faDataType, await readXml(xml)), xml }
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      const detail = `IB's list cannot be read: ${error.message}`
      throw problem('INSTANCE_DOCUMENT_UNREADABLE', { detail })
    }
  })

  serve(app, parts, replaceGroups, async ({ body, path, enduring, caller }) => {
    mustSeeAll(caller)
    const { faDataType = FA_GROUPS } = body
    if (faDataType === FA_PROFILES) {
      const detail = 'IB has no profiles any more, only groups: faDataType 1; nothing was sent'
      throw problem('INSTANCE_NO_PROFILES', { detail })
    }
    if (faDataType !== FA_GROUPS) {
      const detail = 'faDataType must be 1: groups alone can be replaced here'
      throw refuseFields(path, [{ field: 'faDataType', code: 'not_allowed', detail }])
    }
    const groups = groupsOf(body)
    const findings = groupFindings(groups, link.ready().accounts)
    if (findings.length > 0) throw refuseFields(path, findings)
    const xml = groupsXml(groups)
    try {
      const text = await link.query(groupsReplacement, { faDataType, xml }, enduring)
      return { faDataType, groups, text: text === '' ? null : text, xml }
    } catch (error) {
      throw inDoubt(error)
    }
  })
}
