import type { Beat, Cancel, Clock } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Span } from '../world/path.ts'
import { parseTime } from '../world/zone.ts'
import type { Account } from './account.ts'
import { Book, type Match } from './book.ts'
import { conditionsMet } from './conditions.ts'
import type { Execution } from './execution.ts'
import type { Order } from './order.ts'
import type { PricingWorld } from './pricing.ts'
import { isTriggered, startTrailing } from './triggers.ts'

/** What a watched order may come to. */
export type Outcome =
  | { readonly kind: 'trade'; readonly match: Match }
  | { readonly kind: 'triggered' }
  | { readonly kind: 'end'; readonly reason: string }

export interface WatchOptions extends PricingWorld {
  readonly clock: Clock
  readonly beat: Beat
  readonly accounts: ReadonlyMap<string, Account>
  readonly executions: readonly Execution[]
  readonly fillDelayMs: number
  readonly homeZone: string
  readonly settle: (order: Order, outcome: Outcome) => void
}

/** The orders that look at the market, and when they look: shortly after they came, then at every beat. */
export class Watch {
  readonly #options: WatchOptions
  readonly #books = new Map<number, Book>()
  /** when an order must be looked at whatever the beat, so that a long step of time does not pass over it */
  readonly #alarms = new Map<Order, Cancel>()
  #stop: Cancel | undefined
  #sweptAt = 0
  #sequence = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  has(order: Order): boolean {
    return this.#books.get(order.instrument.conId)?.orders.has(order) ?? false
  }

  add(order: Order): void {
    const { clock, beat, market } = this.#options
    this.#bookOf(order.instrument).orders.add(order)
    this.#sequence += 1
    order.sequence = this.#sequence
    const now = clock.now()
    order.endsAt = this.#endOf(order, now)
    order.auctionAt = auctionOf(order, market, now)
    order.triggered = !this.needsWaiting(order) && this.isOpen(order)
    order.lookedAt = now
    startTrailing(order, market)
    this.#setAlarm(order)
    if (this.#stop === undefined) {
      this.#sweptAt = now
      this.#stop = beat.listen(() => this.sweep())
    }
    this.lookSoon(order)
  }

  delete(order: Order): void {
    const { conId } = order.instrument
    const book = this.#books.get(conId)
    book?.orders.delete(order)
    this.#alarms.get(order)?.()
    this.#alarms.delete(order)
    // combinations share one contract id, so their book goes with the last of them too
    if (book?.orders.size === 0) this.#books.delete(conId)
    if (this.#books.size === 0) this.stop()
  }

  /** An order was changed: it may have lost its place in the line, and what it waits for may be another thing. */
  change(order: Order, keepsPlace: boolean): void {
    const { clock, market } = this.#options
    if (!keepsPlace) {
      this.#sequence += 1
      order.sequence = this.#sequence
      order.anchor = undefined
    }
    order.endsAt = this.#endOf(order, order.placedAt)
    order.auctionAt = auctionOf(order, market, clock.now())
    if (!order.triggered || order.type.trigger === undefined) {
      order.triggered = !this.needsWaiting(order) && this.isOpen(order)
    }
    startTrailing(order, market)
    this.#setAlarm(order)
    this.lookSoon(order)
  }

  /** Whether something must come to pass before an order goes to the market. */
  needsWaiting({ row, type }: Order): boolean {
    if (row.conditions.length > 0 || type.trigger !== undefined) return true
    const after = parseTime(row.goodAfterTime, this.#options.homeZone)
    return after !== undefined && after > this.#options.clock.now()
  }

  /** Whether an order may trade now by the hours of its instrument; a combination has those of its first leg. */
  isOpen({ legs, instrument, row }: Order): boolean {
    const { market, clock } = this.#options
    return market.isOpen(legs[0]?.instrument ?? instrument, clock.now(), row.outsideRth)
  }

  /** Looks for every order now, as after a price was set. */
  sweep(): void {
    const { clock, market } = this.#options
    const now = clock.now()
    const since = this.#sweptAt
    this.#sweptAt = now
    for (const book of [...this.#books.values()]) {
      const { instrument } = book
      const isBag = instrument.secType === 'BAG'
      const price = isBag ? 0 : market.last(instrument, now)
      const flat = { open: price, high: price, low: price, close: price, volume: 0 }
      const spanFrom = (from: number) =>
        (isBag ? undefined : market.span(instrument, from, now)) ?? flat
      const span = spanFrom(since)
      book.refresh(span)
      const orders = book.orders.size > 1 ? book.byPriority() : [...book.orders]
      for (const order of orders) {
        // what was traded before an order came, or before its last look, is none of its business
        this.#look(order, order.lookedAt > since ? spanFrom(order.lookedAt) : span)
      }
    }
  }

  /** The first look of an order that has just come or was changed. */
  lookSoon(order: Order): void {
    const { clock, fillDelayMs } = this.#options
    clock.after(fillDelayMs, () => {
      this.#look(order, undefined)
      if (order.triggered) this.#endImmediate(order)
    })
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#books.clear()
    for (const cancel of this.#alarms.values()) cancel()
    this.#alarms.clear()
  }

  #setAlarm(order: Order): void {
    const { clock, homeZone } = this.#options
    this.#alarms.get(order)?.()
    const now = clock.now()
    const after = parseTime(order.row.goodAfterTime, homeZone) ?? now
    const moments = [after, order.auctionAt ?? now, order.endsAt].filter(
      (at) => at > now && Number.isFinite(at),
    )
    if (moments.length === 0) {
      this.#alarms.delete(order)
      return
    }
    const ring = () => {
      this.#look(order, undefined)
      if (this.has(order)) this.#setAlarm(order)
    }
    this.#alarms.set(order, clock.after(Math.min(...moments) - now, ring))
  }

  #bookOf(instrument: Instrument): Book {
    let book = this.#books.get(instrument.conId)
    if (book === undefined) {
      book = new Book(instrument, this.#options)
      this.#books.set(instrument.conId, book)
    }
    return book
  }

  /** `since` is what happened since the last look; undefined for an order that has just come. */
  #look(order: Order, since: Span | undefined): void {
    const { settle, clock } = this.#options
    // an earlier order of the same look may have ended this one
    if (!this.has(order)) return
    const now = clock.now()
    order.lookedAt = now
    const end = this.#reasonToEnd(order, now)
    if (end !== undefined) {
      settle(order, { kind: 'end', reason: end })
      return
    }
    if (order.auctionAt !== undefined) {
      if (now >= order.auctionAt) this.#auction(order, order.auctionAt)
      return
    }
    if (!this.isOpen(order)) return
    if (order.triggered) {
      this.#match(order, since, now)
      return
    }
    if (!this.#isReady(order, since, now)) return
    order.triggered = true
    settle(order, { kind: 'triggered' })
    // it has just come to the market
    this.#match(order, undefined, now)
    this.#endImmediate(order)
  }

  #endImmediate(order: Order): void {
    const { tif } = order.row
    if ((tif !== 'IOC' && tif !== 'FOK') || !this.has(order)) return
    this.#options.settle(order, { kind: 'end', reason: `nothing to trade with (${tif})` })
  }

  #match(order: Order, since: Span | undefined, now: number): void {
    const { settle } = this.#options
    const book = this.#bookOf(order.instrument)
    const matches = book.matchesOf(order, since, now)
    for (const match of matches) {
      if (!this.has(order)) return
      if (match.maker === undefined) book.take(order, match.quantity, now)
      else if (!this.has(match.maker)) continue
      settle(order, { kind: 'trade', match })
    }
  }

  #auction(order: Order, at: number): void {
    const { market, settle } = this.#options
    const price = market.last(order.instrument, at)
    const limit = order.type.price === 'limit' ? order.row.lmtPrice : undefined
    const reaches =
      limit === undefined || (order.isBuy ? price <= limit + 1e-9 : price >= limit - 1e-9)
    if (reaches) {
      const match = { price, quantity: order.remaining, isMaker: false }
      settle(order, { kind: 'trade', match })
    } else settle(order, { kind: 'end', reason: 'its limit was not reached in the auction' })
  }

  #isReady(order: Order, since: Span | undefined, now: number): boolean {
    const after = parseTime(order.row.goodAfterTime, this.#options.homeZone)
    if (after !== undefined && now < after) return false
    if (!this.#conditionsMet(order)) return false
    return isTriggered(order, this.#options.market, since)
  }

  #conditionsMet(order: Order): boolean {
    const { accounts, clock } = this.#options
    const account = accounts.get(order.account) as Account
    return conditionsMet(order.row.conditions, this.#options, order, account, clock.now())
  }

  #reasonToEnd(order: Order, now: number): string | undefined {
    if (now >= order.endsAt) return 'its time is over'
    const { conditions, conditionsCancelOrder } = order.row
    const cancels = conditionsCancelOrder === true && conditions.length > 0
    return cancels && this.#conditionsMet(order) ? 'its condition is met' : undefined
  }

  #endOf({ row, instrument, legs, type }: Order, now: number): number {
    const never = Number.POSITIVE_INFINITY
    switch (row.tif) {
      case 'GTD':
        return parseTime(row.goodTillDate, this.#options.homeZone) ?? never
      case 'GTC':
      case 'OPG':
        return never
      default:
        // an auction ends what was for it
        if (type.atClose) return never
        return this.#options.market.dayEnd(legs[0]?.instrument ?? instrument, now, row.outsideRth)
    }
  }
}

/** When the auction is that an order is for: the opening by its time in force, the close by its type. */
function auctionOf(order: Order, market: WatchOptions['market'], now: number): number | undefined {
  if (order.type.atClose) return market.closing(order.instrument, now)
  return order.row.tif === 'OPG' ? market.opening(order.instrument, now) : undefined
}
