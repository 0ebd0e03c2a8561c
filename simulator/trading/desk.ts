import type { PlaceOrderRow } from '../wire/place-order.ts'
import type { Catalogue } from '../world/catalogue.ts'
import type { Beat, Clock } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Market } from '../world/market.ts'
import type { Account } from './account.ts'
import { type Commission, type Execution, TradeIds } from './execution.ts'
import { Families } from './families.ts'
import { settleFill } from './fill.ts'
import { Order, type OrderStatus } from './order.ts'
import { type Preview, previewOf, shortfall } from './preview.ts'
import { notSimulated, type Refusal, type Screened, screen } from './screening.ts'
import { type Outcome, Watch } from './watch.ts'

/** Who hears what happens to orders. */
export interface DeskListener {
  openOrder(order: Order, preview?: Preview): void
  orderStatus(order: Order): void
  executed(execution: Execution): void
  charged(execution: Execution, commission: Commission): void
  refused(clientId: number, orderId: number, refusal: Refusal): void
  positionChanged(account: Account, instrument: Instrument): void
}

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
}

/** Takes orders, keeps them, matches them with the market, settles what is traded (lifecycles of facts §4). */
export class Desk {
  readonly #options: DeskOptions
  readonly #ids: TradeIds
  readonly #families: Families
  /** the next free order id per client; survives the connection */
  readonly #floors = new Map<number, number>()
  readonly #watch: Watch
  readonly executions: Execution[] = []
  readonly commissions = new Map<string, Commission>()

  constructor(options: DeskOptions) {
    this.#options = options
    this.#ids = new TradeIds(options.clock.now())
    this.#families = new Families()
    this.#watch = new Watch({
      ...options,
      executions: this.executions,
      settle: (order, outcome) => this.#settle(order, outcome),
    })
  }

  get orders(): Iterable<Order> {
    return this.#families.all
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

  /** Cancels an order of that client, or says why it cannot be. */
  cancel(clientId: number, orderId: number): void {
    const order = this.order(clientId, orderId)
    if (order !== undefined && !order.isOver) {
      this.#end(order, '')
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
      if (!order.isOver) this.#end(order, '')
    }
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
    const { bid, ask } = this.#options.market.quote(order.instrument)
    const own = order.row.orderType.endsWith('LMT') ? order.row.lmtPrice : undefined
    this.#fill(order, price ?? own ?? (order.isBuy ? ask : bid), much)
    return undefined
  }

  /** The exchange cancels an order; false when there is none to cancel. */
  withdraw(clientId: number, orderId: number, reason: string): boolean {
    const order = this.order(clientId, orderId)
    if (order === undefined || order.isOver) return false
    this.#end(order, reason)
    return true
  }

  /** Looks at the market for every working order now, as after a price was set. */
  sweep(): void {
    this.#watch.sweep()
  }

  /** Stops looking at the market. */
  stop(): void {
    this.#watch.stop()
  }

  #tryPlace(clientId: number, row: PlaceOrderRow): Refusal | undefined {
    const { catalogue, accounts } = this.#options
    const known = this.order(clientId, row.orderId)
    if (known?.status === 'Filled') return { code: 104, text: 'Cannot modify a filled order.' }
    if (known === undefined ? row.orderId < this.nextValidId(clientId) : known.isOver) {
      return { code: 103, text: 'Duplicate order id' }
    }
    const screened = screen(row, { catalogue, accounts: [...accounts.keys()] })
    if ('code' in screened) return screened
    if (row.whatIf) return this.#preview(clientId, row, screened)
    if (known !== undefined) return this.#modify(known, row, screened)
    const { parentId = 0 } = row
    if (parentId !== 0 && this.order(clientId, parentId) === undefined) {
      return { code: 10006, text: 'Missing parent order' }
    }
    const order = this.#accept(clientId, row, screened)
    if (row.transmit) this.#release(order)
    return undefined
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

  /** A transmitted child releases its parent and all children held with it, the parent first (facts §4.6). */
  #release(order: Order): void {
    for (const member of this.#families.heldWith(order)) {
      // a rejected parent has taken its children with it
      if (!member.isHeld) continue
      const missing = notSimulated(member.row)
      if (missing !== undefined) this.#reject(member, `${missing} is not simulated`)
      else this.#send(member)
    }
  }

  #send(order: Order): void {
    const { accounts, listener } = this.#options
    const parent = this.#families.parentOf(order)
    const orphaned = parent?.isOver && parent.status !== 'Filled'
    const reason = orphaned
      ? 'the parent order is no longer working'
      : shortfall(order, accounts.get(order.account) as Account)
    if (reason !== undefined) {
      this.#reject(order, reason)
      return
    }
    const waits = parent !== undefined && parent.status !== 'Filled'
    order.moveTo(waits || !this.#rests(order) ? 'PreSubmitted' : 'Submitted')
    listener.openOrder(order)
    listener.orderStatus(order)
    if (!waits) this.#watch.add(order)
  }

  // a plain limit order is at the exchange at once; a market order, a stop, a condition is not
  #rests(order: Order): boolean {
    return order.row.orderType === 'LMT' && order.row.conditions.length === 0
  }

  #reject(order: Order, reason: string): void {
    order.moveTo('Inactive')
    this.#complete(order, `Order rejected - reason:${reason}`)
    this.#options.listener.openOrder(order)
    this.#options.listener.orderStatus(order)
    this.#options.listener.refused(order.clientId, order.orderId, {
      code: 201,
      text: `Order rejected - reason:${reason}`,
    })
    for (const child of this.#families.childrenOf(order)) {
      if (!child.isOver) this.#end(child, 'its parent was rejected')
    }
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
      (row.totalQuantity ?? 0) > order.filled
    if (!same || (notSimulated(row) !== undefined && !order.isHeld)) {
      return { code: 105, text: 'Order being modified does not match original order.' }
    }
    order.row = row
    if (order.isHeld) {
      if (row.transmit) this.#release(order)
      return undefined
    }
    this.#options.listener.openOrder(order)
    this.#options.listener.orderStatus(order)
    if (this.#watch.has(order)) this.#watch.lookSoon(order)
    return undefined
  }

  #settle(order: Order, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'trade':
        this.#fill(order, outcome.price)
        break
      case 'triggered':
        order.moveTo('Submitted')
        this.#options.listener.orderStatus(order)
        break
      case 'end':
        this.#end(order, outcome.reason)
        break
    }
  }

  #fill(order: Order, price: number, quantity: number = order.remaining): void {
    const { accounts, clock, listener, market } = this.#options
    const account = accounts.get(order.account) as Account
    order.addFill(quantity, price)
    const isWhole = order.remaining === 0
    order.moveTo(isWhole ? 'Filled' : 'Submitted')
    if (isWhole) {
      this.#watch.delete(order)
      this.#complete(order, `Filled Size: ${order.filled}`)
    }
    const settled = settleFill({
      order,
      account,
      market,
      quantity,
      price,
      ids: this.#ids,
      now: clock.now(),
    })
    for (const { execution, commission } of settled) {
      this.executions.push(execution)
      this.commissions.set(execution.execId, commission)
      listener.executed(execution)
    }
    // the order as it stands, its status, the order again with what it cost: as recorded (facts §4.1)
    const cost = order.commission
    order.commission = 0
    if (isWhole) listener.openOrder(order)
    listener.orderStatus(order)
    order.commission = cost
    if (isWhole) listener.openOrder(order)
    for (const { execution, commission } of settled) {
      listener.charged(execution, commission)
      if (execution.isSettled) listener.positionChanged(account, execution.instrument)
    }
    if (isWhole) this.#afterFill(order, order.filled)
  }

  #afterFill(order: Order, quantity: number): void {
    for (const sibling of this.#families.siblingsOf(order)) {
      if (!sibling.isOver) this.#end(sibling, 'its sibling was filled')
    }
    for (const sibling of this.#families.ocaWith(order)) {
      if (sibling.isOver) continue
      const left = sibling.quantity - quantity
      if ((sibling.row.ocaType ?? 3) === 1 || left <= sibling.filled) {
        this.#end(sibling, 'its OCA group was filled')
      } else {
        sibling.row = { ...sibling.row, totalQuantity: left }
        if (!sibling.isHeld) this.#options.listener.openOrder(sibling)
      }
    }
    for (const child of this.#families.childrenOf(order)) {
      if (!child.isWorking) continue
      if (this.#rests(child)) child.moveTo('Submitted')
      this.#options.listener.orderStatus(child)
      this.#watch.add(child)
    }
  }

  #end(order: Order, reason: string): void {
    const next: OrderStatus = order.isHeld ? 'ApiCancelled' : 'Cancelled'
    const text = `Order Canceled - reason:${reason}`
    order.moveTo(next)
    this.#watch.delete(order)
    this.#complete(order, text)
    this.#options.listener.orderStatus(order)
    this.#options.listener.refused(order.clientId, order.orderId, { code: 202, text })
    for (const child of this.#families.childrenOf(order)) {
      if (!child.isOver) this.#end(child, 'its parent was cancelled')
    }
  }

  #complete(order: Order, text: string): void {
    order.completedAt = this.#options.clock.now()
    order.completedText = text
  }
}
