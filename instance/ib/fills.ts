import { Problem } from '../../shared/problem.ts'
import type { Commission, Execution } from '../../shared/schemas/execution.ts'
import type { Order } from '../../shared/schemas/order.ts'
import { Waiters } from '../../shared/waiters.ts'
import { fitsPattern } from '../../shared/wildcard.ts'
import { latestFills } from '../ledger/latest-fills.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { GatewayEvent, GatewayEvents } from './events.ts'
import { dayIn } from './instants.ts'
import type { Link } from './link.ts'
import type { Mirror, Told } from './mirror.ts'
import { executions } from './order-queries.ts'
import type { Terms } from './query.ts'
import { commissionOf, executionOf } from './translate-order.ts'

/** Commissions come a moment after their fills (facts §5); an answer waits for the last of them at most so long, ms. */
const COMMISSION_GRACE_MS = 150
/** Fills and commissions whose repetition is noticed. */
const REMEMBERED = 20_000

/** Sums of decimals are told to so many digits; what differs by less is rounding. */
const DIGITS = 8
const ROUNDING = 1e-8

/** Which fills are wanted (S0.s13); what is absent does not matter. */
export interface FillFilter {
  readonly acctCode?: string | undefined
  readonly clientId?: number | undefined
  readonly exchange?: string | undefined
  readonly secType?: string | undefined
  readonly side?: string | undefined
  readonly symbol?: string | undefined
  /** not before this moment, seconds since 1970 */
  readonly since?: number | undefined
}

/** Who is told of fills and commissions as the gateway tells them. */
export interface FillReader {
  /** asked for or not, once or again, joined with its commission where that is known */
  filled(fill: Execution): void
  commissioned(execId: string, cost: FillCost): void
}

/** What a fill cost, in the words of the fill. */
export type FillCost = Pick<Execution, 'commission' | 'commissionCurrency' | 'realizedPNL'>

/** Fills and commissions of this client: recorded as they come, told joined. */
export class Fills {
  readonly #link: Link
  readonly #ledger: Ledger
  readonly #mirror: Mirror
  /** what was recorded in this run, as text: repetitions are not written again */
  readonly #recorded = new Map<string, string>()
  readonly #commissioned = new Waiters()
  /** for which orders' fills the gateway was asked, and when it was logged in to */
  readonly #askedFor = new Map<number, string | null>()
  readonly #readers = new Set<FillReader>()

  constructor(link: Link, ledger: Ledger, mirror: Mirror) {
    this.#link = link
    this.#ledger = ledger
    this.#mirror = mirror
  }

  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (event === 'execDetails') {
      const [, contract, execution] = args as GatewayEvents['execDetails']
      const fill = executionOf(contract, execution)
      if (fill.clientId === this.#link.clientId && this.#isNews(`fill ${fill.execId}`, fill))
        this.#ledger.recordExecution(fill)
      for (const reader of this.#readers) reader.filled(this.joined(fill))
    } else if (event === 'commissionReport') {
      const [report] = args as GatewayEvents['commissionReport']
      const commission = commissionOf(report, this.#link.clientId)
      if (this.#isNews(`commission ${commission.execId}`, commission))
        this.#ledger.recordCommission(commission)
      this.#commissioned.wake()
      for (const reader of this.#readers) reader.commissioned(commission.execId, costOf(commission))
    }
  }

  /** Tells of every fill and commission from now on; the function it gives ends that. */
  follow(reader: FillReader): () => void {
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  /**
   * Today's fills, oldest first, corrections applied, with the commissions that are known: what the gateway lists, and
   * what the ledger has of this day, or since a moment before it.
   * @throws Problem
   */
  async today(terms: Terms, since: Date | undefined): Promise<Execution[]> {
    const { rows } = await this.#mirror.executions(terms, false)
    const { zones } = this.#link
    const now = Date.now()
    const own = this.#ledger.executions().filter(({ timestamp }) => {
      if (timestamp === null) return false
      const then = timestamp * 1000
      if (since !== undefined && then >= since.getTime()) return true
      return zones.some((zone) => dayIn(zone, then) === dayIn(zone, now))
    })
    return this.#withCommissions(latestFills([...own, ...rows]))
  }

  #isNews(key: string, what: object): boolean {
    const text = JSON.stringify(what)
    if (this.#recorded.get(key) === text) return false
    if (this.#recorded.size >= REMEMBERED) this.#recorded.clear()
    this.#recorded.set(key, text)
    return true
  }

  /**
   * Fills the gateway and the ledger know, each once, corrections applied, with their commissions. `isFresh` asks the
   * gateway even where the mirror knows.
   * @throws Problem
   */
  async list(filter: FillFilter, terms: Terms, isFresh: boolean): Promise<Told<Execution>> {
    const told = await this.#mirror.executions(terms, isFresh)
    const fills = latestFills([...this.#ledger.executions(), ...told.rows]).filter((fill) =>
      fits(fill, filter),
    )
    const news =
      told.source === 'mirror' ? this.#mirror.executionsOfLast(COMMISSION_GRACE_MS) : told.rows
    const fresh = new Set(news.map(({ execId }) => execId))
    await this.#commissionsOf(fills.filter(({ execId }) => fresh.has(execId)))
    return { ...told, rows: this.#withCommissions(fills) }
  }

  /**
   * Fills of an order of this client, as its ledger has them, with their commissions. Where it lacks some the gateway
   * is asked, once per login; what it cannot tell stays out.
   */
  async of(order: Order, terms: Terms): Promise<Execution[]> {
    const known = latestFills(this.#ledger.fillsOf(order.orderId))
    if (!lacksSome(order, known)) return this.#withCommissions(known)
    const { readySince } = this.#link.status
    if (readySince === null || this.#askedFor.get(order.orderId) === readySince)
      return this.#withCommissions(known)
    if (this.#askedFor.size >= REMEMBERED) this.#askedFor.clear()
    this.#askedFor.set(order.orderId, readySince)
    try {
      const told = await this.#link.query(executions, undefined, terms)
      await this.#commissionsOf(told.filter(({ orderId }) => orderId === order.orderId))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // not asked after all
      this.#askedFor.delete(order.orderId)
    }
    return this.#withCommissions(latestFills(this.#ledger.fillsOf(order.orderId)))
  }

  #withCommissions(fills: readonly Execution[]): Execution[] {
    return fills.map((fill) => this.joined(fill))
  }

  /** A fill with its commission, which may come before it or after a restart: joined on read. */
  joined(fill: Execution): Execution {
    const commission = this.#ledger.commissionOf(fill.execId)
    return commission === undefined ? fill : { ...fill, ...costOf(commission) }
  }

  /** Waits until every one of these fills has its commission, but not for long. */
  async #commissionsOf(fills: readonly Execution[]): Promise<void> {
    const until = performance.now() + COMMISSION_GRACE_MS
    const isMissing = () =>
      fills.some(({ execId }) => this.#ledger.commissionOf(execId) === undefined)
    while (isMissing() && performance.now() < until)
      await this.#commissioned.wait(until - performance.now())
  }

  /** Whose the fills of this client are, by their ids. */
  accounts(): ReadonlyMap<string, string> {
    return new Map(this.#ledger.executions().map((fill) => [fill.execId, fill.acctNumber]))
  }

  /** Commissions in the ledger; of one fill where `execId` is given. */
  commissions(execId?: string): Commission[] {
    const all = this.#ledger.commissions()
    return execId === undefined ? all : all.filter((each) => each.execId === execId)
  }
}

/** What is filled of an order is more than its fills come to; the legs of a combo count in quantities of their own. */
function lacksSome({ filled, contract }: Order, fills: readonly Execution[]): boolean {
  if (!filled) return false
  if (contract.secType === 'BAG') return fills.length === 0
  return fills.reduce((sum, { shares }) => sum + shares, 0) < filled - ROUNDING
}

/** What an order's fills cost together; undefined where one of them is not known, or they are in several currencies. */
export function commissionOn(
  fills: readonly Execution[],
): Pick<Order, 'commission' | 'commissionCurrency'> | undefined {
  const [first] = fills
  if (first === undefined) return undefined
  const { commissionCurrency } = first
  const isKnown = fills.every(
    (fill) => fill.commission !== null && fill.commissionCurrency === commissionCurrency,
  )
  if (!isKnown) return undefined
  const sum = fills.reduce((total, { commission }) => total + (commission ?? 0), 0)
  return { commission: Number(sum.toFixed(DIGITS)), commissionCurrency }
}

const SIDES: Readonly<Record<string, string>> = { BUY: 'BOT', SELL: 'SLD', BOT: 'BOT', SLD: 'SLD' }

function fits(fill: Execution, filter: FillFilter): boolean {
  const { symbol, localSymbol } = fill.contract
  const pattern = filter.symbol
  if (
    pattern !== undefined &&
    ![symbol, localSymbol ?? ''].some((name) => fitsPattern(name, pattern))
  )
    return false
  const wanted: readonly [unknown, unknown][] = [
    [filter.acctCode, fill.acctNumber],
    [filter.clientId, fill.clientId],
    [filter.exchange, fill.exchange],
    [filter.secType, fill.contract.secType],
    [filter.side === undefined ? undefined : SIDES[filter.side], fill.side],
  ]
  if (wanted.some(([asked, is]) => asked !== undefined && asked !== is)) return false
  return filter.since === undefined || fill.timestamp === null || fill.timestamp >= filter.since
}

function costOf({ commission, currency, realizedPNL }: Commission): FillCost {
  return { commission, commissionCurrency: currency, realizedPNL }
}
