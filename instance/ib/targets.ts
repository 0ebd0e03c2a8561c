import { problem } from '../../shared/problem.ts'
import type { Position } from '../../shared/schemas/account.ts'
import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { Aimed, SmartOrder } from '../../shared/schemas/order-change.ts'
import { unknownAccount } from '../callers.ts'
import { type Finding, refuseFields } from '../fields.ts'
import type { Claim } from '../ledger/keys.ts'
import type { Contracts } from './contracts.ts'
import { bears, stamped } from './keyed-orders.ts'
import type { Link } from './link.ts'
import type { Mirror } from './mirror.ts'
import { orderFindings } from './order-judge.ts'
import { allOpenOrders } from './order-queries.ts'
import { contractPart } from './order-requests.ts'
import type { OrderStore } from './order-store.ts'
import type { Orders } from './orders.ts'
import type { Terms } from './query.ts'
import { Turns } from './turns.ts'

/** What marks an order that was sent to reach a position, unless its caller marks it otherwise. */
const MARK = 'ibrest.target'
/** Sizes are written in decimals; what differs by less is rounding. */
const DIGITS = 8

export interface TargetsOptions {
  readonly link: Link
  readonly mirror: Mirror
  readonly store: OrderStore
  readonly contracts: Contracts
  readonly orders: Orders
}

export interface TargetCall {
  readonly endpoint: string
  readonly wait: boolean
  readonly terms: Terms
  /** written down with the order, for a call that may be repeated under its key */
  readonly claim?: Claim | undefined
  /** takes the order instead of IB; nothing is sent */
  readonly instead?: (order: OrderRequest) => Promise<void>
}

/** What was done to reach a position; `acknowledged`: nothing is open about it. */
export interface Reached {
  readonly aimed: Aimed
  readonly acknowledged: boolean
}

/** How to close a position: what is not given is a market order of the day. */
export type Closing = Partial<
  Pick<OrderRequest, 'account' | 'orderType' | 'lmtPrice' | 'auxPrice' | 'tif' | 'outsideRth'>
>

/** Reaches positions: sends what is missing as one order, or nothing. */
export class Targets {
  readonly #options: TargetsOptions
  readonly #turns = new Turns<string>()

  constructor(options: TargetsOptions) {
    this.#options = options
  }

  /**
   * Sends the difference between a position and its target. Earlier orders of this kind that still work count as done.
   * @throws Problem as placing an order does, and INSTANCE_ORDER_UNCONFIRMED while an earlier one is in doubt
   */
  async aim(smart: SmartOrder, call: TargetCall): Promise<Reached> {
    const { contracts } = this.#options
    const { endpoint, terms } = call
    const { targetPosition, ...wishes } = smart
    const accounts = this.#accounts(wishes.account, terms)
    const findings: Finding[] = orderFindings(
      { ...wishes, action: 'BUY', totalQuantity: 1 },
      endpoint,
    )
    const account = wishes.account ?? (accounts.length === 1 ? accounts[0] : undefined)
    if (account === undefined || !accounts.includes(account))
      findings.push(whichAccount(account, accounts))
    if (findings.length > 0 || account === undefined) throw refuseFields(endpoint, findings)
    const details = await contracts.only(contractPart(wishes), terms, endpoint)
    const { conId } = details
    return await this.#turns.take(`${account} ${conId}`, terms, async () => {
      const held = await this.#held(account, conId, wishes.orderRef, terms)
      return await this.#reach(targetPosition, { ...wishes, account }, details, held, call)
    })
  }

  /**
   * Closes a position with one order.
   * @throws Problem INSTANCE_NO_POSITION where there is none, otherwise as `aim`
   */
  async close(conId: number, closing: Closing, call: TargetCall): Promise<Reached> {
    const { mirror } = this.#options
    const { endpoint, terms } = call
    const { account } = closing
    const accounts = this.#accounts(account, terms)
    if (account !== undefined && !accounts.includes(account))
      throw refuseFields(endpoint, [whichAccount(account, accounts)])
    const all = await mirror.askPositions(terms)
    const found = all.filter(
      (each) =>
        each.contract.conId === conId &&
        accounts.includes(each.account) &&
        (account === undefined || each.account === account),
    )
    const [position] = found
    if (position === undefined)
      throw problem('INSTANCE_NO_POSITION', { detail: `There is no position in contract ${conId}` })
    if (found.length > 1) throw refuseFields(endpoint, [whichAccount(undefined, holders(found))])
    const smart = { orderType: 'MKT' as const, ...closing, conId, targetPosition: 0 }
    return await this.aim({ ...smart, account: position.account }, call)
  }

  /** The accounts a caller may mean. @throws Problem INSTANCE_UNKNOWN_ACCOUNT where he names another */
  #accounts(named: string | undefined, { caller }: Terms): readonly string[] {
    const { accounts } = this.#options.link.ready()
    if (caller?.hasAccounts !== true) return accounts
    if (named !== undefined && !caller.sees(named)) throw unknownAccount(named)
    return caller.visible(accounts)
  }

  /** Open orders are read first: one filled in between is counted twice, and so sent once rather than twice. */
  async #held(account: string, conId: number, orderRef = MARK, terms: Terms) {
    const { link, mirror, store } = this.#options
    const seen = await link.query(allOpenOrders, undefined, terms)
    const others = seen.filter(({ clientId }) => clientId !== link.clientId)
    const ofThisKind = [...others, ...store.open()].filter(
      (order) =>
        bears(order.orderRef, orderRef) &&
        order.account === account &&
        order.contract.conId === conId,
    )
    const doubtful = ofThisKind.find(({ status }) => status === 'Unknown')
    if (doubtful !== undefined) throw inDoubt(doubtful)
    const all = await mirror.askPositions(terms)
    const position = all.find(
      (each) => each.account === account && each.contract.conId === conId,
    )?.position
    const working = ofThisKind.reduce((sum, order) => sum + stillToCome(order), 0)
    return { position: position ?? 0, working }
  }

  async #reach(
    targetPosition: number,
    wishes: Omit<SmartOrder, 'targetPosition'> & { readonly account: string },
    details: ContractDetails,
    held: { readonly position: number; readonly working: number },
    { terms, wait, claim, instead }: TargetCall,
  ): Promise<Reached> {
    const { conId, symbol, secType, currency } = details
    const { account } = wishes
    const aimed = { order: null, account, conId, ...held, targetPosition }
    const missing = Number((targetPosition - held.position - held.working).toFixed(DIGITS))
    if (missing === 0) return { aimed, acknowledged: true }
    const request = {
      ...wishes,
      // the contract that was looked up, so that this order is found again by its number
      ...{ conId, symbol, secType, currency },
      exchange: wishes.exchange ?? details.exchange ?? 'SMART',
      action: missing > 0 ? 'BUY' : 'SELL',
      totalQuantity: Math.abs(missing),
      orderRef: wishes.orderRef ?? MARK,
    } as OrderRequest
    if (instead !== undefined) {
      await instead(request)
      return { aimed, acknowledged: true }
    }
    const { order: _, ...about } = aimed
    const { orders, acknowledged } =
      claim === undefined
        ? await this.#options.orders.place([request], false, terms, wait)
        : await this.#options.orders.place(stamped([request], claim.key), false, terms, wait, {
            ...claim,
            about: JSON.stringify(about),
          })
    return {
      aimed: { ...aimed, order: orders[0] ?? null },
      acknowledged: acknowledged && wait,
    }
  }
}

function holders(found: readonly Position[]): string[] {
  return found.map(({ account }) => account)
}

function whichAccount(account: string | undefined, accounts: readonly string[]): Finding {
  const known = accounts.join(', ')
  return account === undefined
    ? { field: 'account', code: 'missing', detail: `account is required, one of: ${known}` }
    : {
        field: 'account',
        code: 'not_found',
        detail: `account ${account} is none of this login's: ${known}`,
      }
}

function stillToCome({ action, remaining, totalQuantity, filled }: Order): number {
  const size = remaining ?? (totalQuantity ?? 0) - (filled ?? 0)
  return action === 'BUY' ? size : -size
}

function inDoubt(order: Order) {
  return problem('INSTANCE_ORDER_UNCONFIRMED', {
    detail:
      `Order ${order.id} was sent to reach this position and nobody knows whether it lives; nothing was sent. ` +
      'Settle it first, or give an orderRef of your own.',
    members: { order },
  })
}
