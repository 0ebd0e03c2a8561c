import { type Caller, seenBy, unknownAccount } from './callers.ts'
import { refuseFields } from './fields.ts'

/** How a call names an account. */
export interface AccountNamed {
  readonly account?: string | undefined
  readonly acctCode?: string | undefined
}

/** The account a call names, under either of its names. @throws Problem when the login does not manage it, or its caller does not see it */
export function accountOf(
  named: AccountNamed,
  accounts: readonly string[],
  endpoint: string,
  caller?: Caller | undefined,
): string | undefined {
  const field = named.account === undefined ? 'acctCode' : 'account'
  const account = named[field]
  if (account === undefined) return account
  if (accounts.includes(account) && (caller?.sees(account) ?? true)) return account
  if (caller?.hasAccounts === true) throw unknownAccount(account)
  const detail = `${field} ${account} is none of this login's: ${accounts.join(', ')}`
  throw refuseFields(endpoint, [{ field, code: 'not_found', detail }])
}

/** The same, or the only one there is. @throws Problem when none is named and there are several */
export function oneAccountOf(
  named: AccountNamed,
  login: readonly string[],
  endpoint: string,
  caller?: Caller | undefined,
): string {
  const accounts = seenBy(caller, login, (each) => each)
  const account =
    accountOf(named, accounts, endpoint, caller) ??
    (accounts.length === 1 ? accounts[0] : undefined)
  if (account !== undefined) return account
  const detail = `account is required, one of: ${accounts.join(', ')}`
  throw refuseFields(endpoint, [{ field: 'account', code: 'missing', detail }])
}
