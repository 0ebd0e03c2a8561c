import type { PlaceOrderRow } from '../wire/place-order.ts'
import type { Catalogue } from '../world/catalogue.ts'
import type { Beat, Clock } from '../world/clock.ts'
import type { Market } from '../world/market.ts'
import type { Account } from './account.ts'
import { type Commission, type Execution, TradeIds } from './execution.ts'
import { Families } from './families.ts'
import { Lifecycle } from './lifecycle.ts'
import type { DeskListener } from './listener.ts'
import { type ManualOrder, rowOf } from './manual-order.ts'
import { Order } from './order.ts'
import { previewOf, shortfall } from './preview.ts'
import { cashSized, notSimulated, type Refusal, type Screened, screen } from './screening.ts'

export interface DeskOptions {
  readonly catalogue: Catalogue
  readonly market: Market
  readonly clock: Clock
  readonly beat: Beat
  readonly accounts: ReadonlyMap<string, Account>
  readonly listener: DeskListener
  /** between acceptance and the first look at the market, ms */
  readonly fillDelayMs: number
  readonly homeZone: string
  /** working orders per contract, side and account, 0 for any number (facts §3.1) */
  readonly maxOpenOrders?: number
}

/** Client id of orders that are placed by hand, and of the client that may touch them (facts §3.2). */
const BY_HAND = 0

/** What clients may ask for: place, change, cancel. It keeps the ids and the orders; what becomes of them is `Lifecycle`. */
export class Desk {
  readonly #options: DeskOptions
  readonly #ids: TradeIds
  readonly #families = new Families()
  /** the next free order id per client; survives the connection */
  readonly #floors = new Map<number, number>()
  readonly #lifecycle: Lifecycle
  #lastBound = 0
  #bindsAtOnce = false

  constructor(options: DeskOptions) {
    this.#options = options
    this.#ids = new TradeIds(options.clock.now())
    this.#lifecycle = new Lifecycle({ ...options, ids: this.#ids, families: this.#families })
  }

  get orders(): Iterable<Order> {
    return this.#families.all
  }

  /** Every trade of this run. */
  get executions(): readonly Execution[] {
    return this.#lifecycle.executions
  }

  /** What each trade cost, by execution id. */
  get commissions(): ReadonlyMap<string, Commission> {
    return this.#lifecycle.commissions
  }

  nextValidId(clientId: number): number {
    return this.#floors.get(clientId) ?? 1
  }

  /** An id that a client has used or been shown cannot be new any more (facts §3.2). */
  noteShown(clientId: number, orderId: number): void {
    if (orderId >= this.nextValidId(clientId)) this.#floors.set(clientId, orderId + 1)
  }

  order(clientId: number, orderId: number): Order | undefined {
    return this.#families.get(clientId, orderId)
  }

  /** Takes a new order, changes one that is there, or says why not. */
  place(clientId: number, row: PlaceOrderRow): void {
    const refusal = this.#tryPlace(clientId, row)
    if (refusal !== undefined) this.#options.listener.refused(clientId, row.orderId, refusal)
  }

  /**
   * Takes an order as somebody at the screen would place it: it belongs to nobody until client 0 binds it.
   * @returns the order, or why it is not taken
   */
  placeManual(manual: ManualOrder): Order | Refusal {
    const row = rowOf(manual)
    const screened = this.#screen(row)
    if ('code' in screened) return screened
    const order = this.#accept(BY_HAND, row, screened)
    if (this.#bindsAtOnce) this.#bind(order)
    this.#lifecycle.release(order)
    return order
  }

  /** Gives every working order that was placed by hand an id of client 0; from now on at once, where `always` is set. */
  bindManual(always?: boolean): void {
    this.#bindsAtOnce = always ?? this.#bindsAtOnce
    if (always === false) return
    for (const order of [...this.#families.all]) {
      if (order.orderId === 0 && order.isWorking) this.#bind(order)
    }
  }

  /** Cancels an order of that client, or says why it cannot be. */
  cancel(clientId: number, orderId: number): void {
    const order = this.order(clientId, orderId)
    if (order !== undefined && !order.isOver) {
      this.#lifecycle.end(order, '')
      return
    }
    const needs = `OrderId ${orderId} that needs to be cancelled`
    this.#options.listener.refused(
      clientId,
      orderId,
      order === undefined
        ? { code: 10147, text: `${needs} is not found.` }
        : { code: 10148, text: `${needs} cannot be cancelled, state: ${order.status}.` },
    )
  }

  /** Cancels every order of every client. */
  cancelAll(): void {
    for (const order of [...this.#families.all]) {
      if (!order.isOver) this.#lifecycle.end(order, '')
    }
  }

  /** The exchange cancels an order; false when there is none to cancel. */
  withdraw(clientId: number, orderId: number, reason: string): boolean {
    const order = this.order(clientId, orderId)
    if (order === undefined || order.isOver) return false
    this.#lifecycle.end(order, reason)
    return true
  }

  /**
   * Crosses an order now, as a test wants it: so much of it, or all that is left, at that price, its limit or the market.
   * @returns why it cannot be, or undefined
   */
  cross(clientId: number, orderId: number, quantity?: number, price?: number): string | undefined {
    const order = this.order(clientId, orderId)
    if (order === undefined || !order.isWorking) return 'there is no such order at work'
    const much = quantity ?? order.remaining
    if (!(much > 0 && much <= order.remaining)) return `${order.remaining} are left`
    const { bid, ask } = this.#options.market.quote(order.legs[0]?.instrument ?? order.instrument)
    const own = order.type.price === 'limit' ? order.row.lmtPrice : undefined
    this.#lifecycle.cross(order, much, price ?? own ?? (order.isBuy ? ask : bid))
    return undefined
  }

  /** Looks at the market for every working order now, as after a price was set. */
  sweep(): void {
    this.#lifecycle.sweep()
  }

  /** Stops looking at the market. */
  stop(): void {
    this.#lifecycle.stop()
  }

  #screen(row: PlaceOrderRow): Screened | Refusal {
    const { catalogue, accounts } = this.#options
    return screen(row, { catalogue, accounts: [...accounts.keys()] })
  }

  #tryPlace(clientId: number, row: PlaceOrderRow): Refusal | undefined {
    const known = this.order(clientId, row.orderId)
    if (known?.status === 'Filled') return { code: 104, text: 'Cannot modify a filled order.' }
    if (known === undefined ? row.orderId < this.nextValidId(clientId) : known.isOver) {
      return { code: 103, text: 'Duplicate order id' }
    }
    const screened = this.#screen(row)
    if ('code' in screened) return screened
    const sized = cashSized(row, screened.instrument, this.#options.market)
    if (row.whatIf) return this.#preview(clientId, sized, screened)
    if (known !== undefined) return this.#modify(known, sized, screened)
    const { parentId = 0 } = row
    if (parentId !== 0 && this.order(clientId, parentId) === undefined) {
      return { code: 10006, text: 'Missing parent order' }
    }
    const crowd = this.#crowd(screened, sized)
    if (crowd !== undefined) return crowd
    const order = this.#accept(clientId, sized, screened)
    if (row.transmit) this.#lifecycle.release(order)
    return undefined
  }

  #crowd({ account, instrument }: Screened, { action }: PlaceOrderRow): Refusal | undefined {
    const { maxOpenOrders = 0 } = this.#options
    if (maxOpenOrders === 0) return undefined
    let working = 0
    for (const order of this.#families.all) {
      const same = order.account === account && order.instrument.conId === instrument.conId
      if (same && !order.isOver && order.row.action === action) working += 1
    }
    if (working < maxOpenOrders) return undefined
    const text = `Order rejected - reason:at most ${maxOpenOrders} working orders are allowed on one side of a contract per account`
    return { code: 201, text }
  }

  #accept(clientId: number, row: PlaceOrderRow, screened: Screened): Order {
    const order = new Order({
      clientId,
      permId: this.#ids.nextPermId(),
      row,
      ...screened,
      placedAt: this.#options.clock.now(),
    })
    this.noteShown(clientId, row.orderId)
    this.#families.add(order)
    return order
  }

  #bind(order: Order): void {
    this.#lastBound -= 1
    this.#families.bind(order, this.#lastBound)
    this.#options.listener.bound(order)
  }

  #preview(clientId: number, row: PlaceOrderRow, screened: Screened): Refusal | undefined {
    const { accounts, clock, listener, market } = this.#options
    if (!row.transmit) return { code: 413, text: 'A what-if order must have its transmit flag set' }
    const missing = notSimulated(row)
    if (missing !== undefined) {
      return { code: 201, text: `Order rejected - reason:${missing} is not simulated` }
    }
    this.noteShown(clientId, row.orderId)
    const order = new Order({ clientId, permId: 0, row, ...screened, placedAt: clock.now() })
    order.moveTo('PreSubmitted')
    listener.openOrder(order, previewOf(order, accounts.get(order.account) as Account, market))
    return undefined
  }

  #modify(order: Order, row: PlaceOrderRow, screened: Screened): Refusal | undefined {
    const same =
      screened.instrument.conId === order.instrument.conId &&
      screened.account === order.account &&
      row.action === order.row.action &&
      (row.parentId ?? 0) === order.parentId &&
      ((row.totalQuantity ?? 0) > order.filled || row.hedgeType !== '')
    if (!same || (notSimulated(row) !== undefined && !order.isHeld)) {
      return { code: 105, text: 'Order being modified does not match original order.' }
    }
    const before = order.row
    order.row = row
    if (order.isHeld) {
      if (row.transmit) this.#lifecycle.release(order)
      return undefined
    }
    const account = this.#options.accounts.get(order.account) as Account
    const grows = (row.totalQuantity ?? 0) > (before.totalQuantity ?? 0)
    const reason = grows ? shortfall(order, account) : undefined
    if (reason !== undefined) {
      order.row = before
      return { code: 201, text: `Order rejected - reason:${reason}` }
    }
    // a smaller order of the same price stays where it stands in the line
    const keepsPlace =
      !grows && row.lmtPrice === before.lmtPrice && row.orderType === before.orderType
    this.#lifecycle.changed(order, keepsPlace)
    return undefined
  }
}
