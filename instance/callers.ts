import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../shared/api/scope.ts'
import { CALLER_HEADER, type CallerDocument, readCaller } from '../shared/caller.ts'
import type { OrderLimits } from '../shared/order-limits.ts'
import { Problem, problem } from '../shared/problem.ts'
import type { Order } from '../shared/schemas/order.ts'

/** Callers that need not be read again. */
const REMEMBERED = 256

/** What an order has that tells whose it is, and of what. */
export type Belonging = Pick<Order, 'account' | 'contract'>

/** Somebody the proxy knows, and what he may see and trade here. */
export class Caller {
  readonly name: string
  readonly scope: Scope
  /** what of the limits on orders is tighter for him */
  readonly limits: OrderLimits
  readonly #accounts: ReadonlySet<string> | undefined
  readonly #symbols: RegExp | undefined

  constructor({ name, scope, accounts, symbols, maxQuantity, maxNotional }: CallerDocument) {
    this.name = name
    this.scope = scope
    this.limits = { maxQuantity, maxNotional }
    this.#accounts = accounts === undefined ? undefined : new Set(accounts)
    this.#symbols = symbols === undefined ? undefined : patternOf(symbols)
  }

  /** He sees and trades some accounts only. */
  get hasAccounts(): boolean {
    return this.#accounts !== undefined
  }

  /** He trades some symbols only. */
  get hasSymbols(): boolean {
    return this.#symbols !== undefined
  }

  /** Those of a login's accounts that he sees. */
  visible(accounts: readonly string[]): readonly string[] {
    return accounts.filter((account) => this.sees(account))
  }

  /** What names no account is seen only by who sees all. */
  sees(account: string | null | undefined): boolean {
    return this.#accounts === undefined || (account != null && this.#accounts.has(account))
  }

  /** An order that names none is the account's whose login has one only. */
  seesOrder({ account }: Pick<Belonging, 'account'>, login: readonly string[]): boolean {
    return this.sees(account ?? (login.length === 1 ? login[0] : null))
  }

  trades(symbol: string): boolean {
    return this.#symbols === undefined || this.#symbols.test(symbol)
  }

  /** @throws Problem REQUEST_FORBIDDEN */
  mustTrade(symbol: string): void {
    if (this.trades(symbol)) return
    throw problem('REQUEST_FORBIDDEN', {
      detail: `${this.name} may not trade ${symbol}; nothing was sent`,
      members: { symbol },
    })
  }

  /** @throws Problem REQUEST_FORBIDDEN for what concerns all accounts and symbols, where he has some only */
  mustBeFree(what: string): void {
    if (!this.hasAccounts && !this.hasSymbols) return
    throw problem('REQUEST_FORBIDDEN', {
      detail: `${what} is for callers of all accounts and symbols; ${this.name} has some only. Nothing was done.`,
    })
  }
}

/** `*` stands for any characters; IB's symbols are written in capitals. */
function patternOf(symbols: readonly string[]): RegExp {
  const parts = symbols.map((symbol) =>
    symbol
      .split('*')
      .map((part) => part.replace(/[^\w]/g, '\\$&'))
      .join('.*'),
  )
  return new RegExp(`^(${parts.join('|')})$`, 'i')
}

const known = new Map<string, Caller>()

/**
 * On whose behalf the proxy makes a call; undefined for its own, and where nobody has keys. The field narrows what may be
 * done and nothing else, so it is believed whoever sends it.
 * @throws Problem REQUEST_UNAUTHORIZED for a field that cannot be read: what it was to forbid is not known
 */
export function callerOf(headers: IncomingHttpHeaders): Caller | undefined {
  const text = headers[CALLER_HEADER]
  if (text === undefined) return undefined
  const seen = typeof text === 'string' ? known.get(text) : undefined
  if (seen !== undefined) return seen
  const document = typeof text === 'string' ? readCaller(text) : undefined
  if (document === undefined)
    throw problem('REQUEST_UNAUTHORIZED', { detail: `${CALLER_HEADER} cannot be read` })
  if (known.size >= REMEMBERED) known.clear()
  const caller = new Caller(document)
  known.set(text as string, caller)
  return caller
}

/** Rows of accounts that a caller sees. */
export function seenBy<Row>(
  caller: Caller | undefined,
  rows: readonly Row[],
  accountOf: (row: Row) => string | null | undefined,
): Row[] {
  if (caller?.hasAccounts !== true) return [...rows]
  return rows.filter((row) => caller.sees(accountOf(row)))
}

/** Orders that a caller sees. */
export function ordersSeenBy<Row extends Pick<Belonging, 'account'>>(
  caller: Caller | undefined,
  orders: readonly Row[],
  login: readonly string[],
): Row[] {
  if (caller?.hasAccounts !== true) return [...orders]
  return orders.filter((order) => caller.seesOrder(order, login))
}

/** @throws Problem INSTANCE_UNKNOWN_ACCOUNT: whether somebody else has it is not told */
export function unknownAccount(account: string): Problem {
  return problem('INSTANCE_UNKNOWN_ACCOUNT', { detail: `There is no account ${account} here` })
}

/** A problem without orders that its caller does not see. */
export function withoutForeign(why: Problem, caller: Caller, login: readonly string[]): Problem {
  const { order, orders, ...members } = why.facts.members ?? {}
  const told = [order, ...(Array.isArray(orders) ? orders : [])] as (Order | undefined)[]
  if (told.every((each) => each === undefined || caller.seesOrder(each, login))) return why
  const { status, title, retryable } = why
  const { detail: _, ...facts } = why.facts
  return new Problem(why.code, { status, title, retryable }, { ...facts, members })
}

/** An answer that was kept for somebody else is not told again. @throws Problem REQUEST_KEY_REUSED */
export function mustSee(
  caller: Caller | undefined,
  orders: readonly Pick<Belonging, 'account'>[],
  login: readonly string[],
): void {
  if (caller === undefined || orders.every((order) => caller.seesOrder(order, login))) return
  throw problem('REQUEST_KEY_REUSED', {
    detail: 'The first call under this key was not yours; nothing was sent',
  })
}
