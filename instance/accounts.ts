import { refuseFields } from './fields.ts'

/** How a call names an account. */
export interface AccountNamed {
  readonly account?: string | undefined
  readonly acctCode?: string | undefined
}

/** The account a call names, under either of its names. @throws Problem when the login does not manage it */
export function accountOf(
  named: AccountNamed,
  accounts: readonly string[],
  endpoint: string,
): string | undefined {
  const field = named.account === undefined ? 'acctCode' : 'account'
  const account = named[field]
  if (account === undefined || accounts.includes(account)) return account
  const detail = `${field} ${account} is none of this login's: ${accounts.join(', ')}`
  throw refuseFields(endpoint, [{ field, code: 'not_found', detail }])
}

/** The same, or the only one there is. @throws Problem when none is named and there are several */
export function oneAccountOf(
  named: AccountNamed,
  accounts: readonly string[],
  endpoint: string,
): string {
  const account =
    accountOf(named, accounts, endpoint) ?? (accounts.length === 1 ? accounts[0] : undefined)
  if (account !== undefined) return account
  const detail = `account is required, one of: ${accounts.join(', ')}`
  throw refuseFields(endpoint, [{ field: 'account', code: 'missing', detail }])
}
