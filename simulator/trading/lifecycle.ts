import type { Clock } from '../world/clock.ts'
import type { Account } from './account.ts'
import type { Match } from './book.ts'
import type { Commission, Execution, TradeIds } from './execution.ts'
import type { Families } from './families.ts'
import { settleFill } from './fill.ts'
import { hedgeQuantity } from './hedge.ts'
import type { DeskListener } from './listener.ts'
import type { Order, OrderStatus } from './order.ts'
import { shortfall } from './preview.ts'
import type { PricingWorld } from './pricing.ts'
import { notSimulated, warningOf } from './screening.ts'
import { type Outcome, Watch, type WatchOptions } from './watch.ts'

export interface LifecycleOptions
  extends PricingWorld,
    Omit<WatchOptions, 'settle' | 'executions'> {
  readonly clock: Clock
  readonly accounts: ReadonlyMap<string, Account>
  readonly listener: DeskListener
  readonly ids: TradeIds
  readonly families: Families
}

/** What becomes of an order once it is taken: sent, triggered, traded, reduced, ended (facts §4). */
export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #watch: Watch
  readonly executions: Execution[] = []
  readonly commissions = new Map<string, Commission>()

  constructor(options: LifecycleOptions) {
    this.#options = options
    this.#watch = new Watch({
      ...options,
      executions: this.executions,
      settle: (order, outcome) => this.#settle(order, outcome),
    })
  }

  /** Looks at the market for every working order now. */
  sweep(): void {
    this.#watch.sweep()
  }

  /** Stops looking at the market. */
  stop(): void {
    this.#watch.stop()
  }

  /** A transmitted child releases its parent and all children held with it, the parent first (facts §4.6). */
  release(order: Order): void {
    for (const member of this.#options.families.heldWith(order)) {
      // a rejected parent has taken its children with it
      if (!member.isHeld) continue
      const missing = notSimulated(member.row)
      if (missing !== undefined) this.#reject(member, `${missing} is not simulated`)
      else this.#send(member)
    }
  }

  /** Tells an order that was changed, and looks at the market for it again. */
  changed(order: Order, keepsPlace: boolean): void {
    const { listener } = this.#options
    if (this.#watch.has(order)) this.#watch.change(order, keepsPlace)
    listener.openOrder(order)
    listener.orderStatus(order)
  }

  /** Trades so much of an order now, whatever the market says. */
  cross(order: Order, quantity: number, price: number): void {
    this.#fill(order, { quantity, price, isMaker: true })
  }

  /** Ends an order that was cancelled, told with 202 and the reason; its children end with it. */
  end(order: Order, reason: string): void {
    const { families, listener } = this.#options
    const next: OrderStatus = order.isHeld ? 'ApiCancelled' : 'Cancelled'
    const text = `Order Canceled - reason:${reason}`
    order.moveTo(next)
    this.#watch.delete(order)
    this.#complete(order, text)
    listener.orderStatus(order)
    listener.refused(order.clientId, order.orderId, { code: 202, text })
    for (const child of families.childrenOf(order)) {
      if (!child.isOver) this.end(child, 'its parent was cancelled')
    }
  }

  #send(order: Order): void {
    const { accounts, clock, families, listener, market } = this.#options
    const parent = families.parentOf(order)
    const orphaned = parent?.isOver && parent.status !== 'Filled'
    const reason = orphaned
      ? 'the parent order is no longer working'
      : shortfall(order, accounts.get(order.account) as Account)
    if (reason !== undefined) {
      this.#reject(order, reason)
      return
    }
    const waits = parent !== undefined && parent.status !== 'Filled'
    const isOpen = this.#watch.isOpen(order)
    order.moveTo(!waits && isOpen && this.#rests(order) ? 'Submitted' : 'PreSubmitted')
    if (!waits) this.#watch.add(order)
    listener.openOrder(order)
    listener.orderStatus(order)
    const warning = warningOf(
      order,
      isOpen
        ? undefined
        : market.opening(order.legs[0]?.instrument ?? order.instrument, clock.now()),
    )
    if (warning !== undefined) {
      listener.refused(order.clientId, order.orderId, {
        code: 399,
        text: `Order Message:\n${order.row.action} ${order.quantity} ${order.instrument.localSymbol}\nWarning: ${warning}`,
      })
    }
  }

  // a limit order is at the exchange at once; a market order, a stop, a condition, an auction is not
  #rests(order: Order): boolean {
    const { type, row } = order
    const waits = type.atClose || row.tif === 'OPG' || this.#watch.needsWaiting(order)
    return !waits && type.price !== 'market'
  }

  #reject(order: Order, reason: string): void {
    const { families, listener } = this.#options
    order.moveTo('Inactive')
    this.#complete(order, `Order rejected - reason:${reason}`)
    listener.openOrder(order)
    listener.orderStatus(order)
    listener.refused(order.clientId, order.orderId, {
      code: 201,
      text: `Order rejected - reason:${reason}`,
    })
    for (const child of families.childrenOf(order)) {
      if (!child.isOver) this.end(child, 'its parent was rejected')
    }
  }

  #settle(order: Order, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'trade':
        this.#trade(order, outcome.match)
        break
      case 'triggered':
        order.moveTo('Submitted')
        this.#options.listener.orderStatus(order)
        break
      case 'end':
        this.end(order, outcome.reason)
        break
    }
  }

  /** Two clients' orders that meet trade with each other, the one that waited first. */
  #trade(order: Order, match: Match): void {
    const { maker } = match
    if (maker === undefined) {
      this.#fill(order, match)
      return
    }
    const quantity = Math.min(match.quantity, maker.remaining, order.remaining)
    this.#fill(maker, { price: match.price, quantity, isMaker: true })
    if (!order.isOver) this.#fill(order, { price: match.price, quantity, isMaker: false })
  }

  #fill(order: Order, { quantity, price, isMaker }: Match): void {
    const { accounts, clock, ids, listener, market } = this.#options
    const account = accounts.get(order.account) as Account
    order.addFill(quantity, price)
    const isWhole = order.remaining <= 0
    order.moveTo(isWhole ? 'Filled' : 'Submitted')
    if (isWhole) {
      this.#watch.delete(order)
      this.#complete(order, `Filled Size: ${order.filled}`)
    }
    const before = order.commission
    const settled = settleFill({
      ...{ order, account, market, quantity, price, ids, isMaker },
      now: clock.now(),
    })
    for (const { execution, commission } of settled) {
      this.executions.push(execution)
      this.commissions.set(execution.execId, commission)
      listener.executed(execution)
    }
    // the order as it stands, its status, the order again with what it cost: as recorded (facts §4.1)
    const cost = order.commission
    order.commission = before
    if (isWhole) listener.openOrder(order)
    listener.orderStatus(order)
    order.commission = cost
    if (isWhole) listener.openOrder(order)
    for (const { execution, commission } of settled) {
      listener.charged(execution, commission)
      if (execution.isSettled) listener.positionChanged(account, execution.instrument)
    }
    this.#afterFill(order, quantity)
  }

  #afterFill(order: Order, quantity: number): void {
    const { families } = this.#options
    for (const sibling of families.siblingsOf(order)) this.#reduce(sibling, quantity)
    for (const other of families.ocaWith(order)) {
      if (other.isOver) continue
      if ((other.row.ocaType ?? 3) === 1) this.end(other, 'its OCA group was filled')
      else this.#reduce(other, quantity)
    }
    if (order.status !== 'Filled') return
    for (const child of families.childrenOf(order)) this.#activate(child, order)
  }

  /** Takes off an order what another one of its group has traded; nothing left ends it. */
  #reduce(order: Order, quantity: number): void {
    if (order.isOver) return
    const left = Number((order.quantity - quantity).toFixed(8))
    if (left <= order.filled) {
      this.end(order, 'its sibling was filled')
      return
    }
    order.row = { ...order.row, totalQuantity: left }
    if (!order.isHeld) this.#options.listener.openOrder(order)
  }

  #activate(child: Order, parent: Order): void {
    const { catalogue, listener, market } = this.#options
    if (!child.isWorking) return
    if (child.row.hedgeType !== '') {
      const totalQuantity = hedgeQuantity(child, parent, { market, catalogue })
      if (totalQuantity <= 0) {
        this.end(child, 'there is nothing to hedge')
        return
      }
      child.row = { ...child.row, totalQuantity }
      listener.openOrder(child)
    }
    if (this.#rests(child)) child.moveTo('Submitted')
    this.#watch.add(child)
    listener.orderStatus(child)
  }

  #complete(order: Order, text: string): void {
    order.completedAt = this.#options.clock.now()
    order.completedText = text
  }
}
