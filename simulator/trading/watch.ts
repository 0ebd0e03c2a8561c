import type { Catalogue } from '../world/catalogue.ts'
import type { Beat, Cancel, Clock } from '../world/clock.ts'
import type { Market } from '../world/market.ts'
import type { Span } from '../world/path.ts'
import { parseTime } from '../world/zone.ts'
import type { Account } from './account.ts'
import { conditionsMet } from './conditions.ts'
import type { Execution } from './execution.ts'
import { isTriggered, matchPrice } from './matching.ts'
import type { Order } from './order.ts'

/** What a watched order may come to. */
export type Outcome =
  | { readonly kind: 'trade'; readonly price: number }
  | { readonly kind: 'triggered' }
  | { readonly kind: 'end'; readonly reason: string }

export interface WatchOptions {
  readonly catalogue: Catalogue
  readonly market: Market
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
  readonly #orders = new Set<Order>()
  #stop: Cancel | undefined
  #sweptAt = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  has(order: Order): boolean {
    return this.#orders.has(order)
  }

  add(order: Order): void {
    this.#orders.add(order)
    if (this.#stop === undefined) {
      this.#sweptAt = this.#options.clock.now()
      this.#stop = this.#options.beat.listen(() => this.sweep())
    }
    this.lookSoon(order)
  }

  delete(order: Order): void {
    this.#orders.delete(order)
    if (this.#orders.size === 0) this.stop()
  }

  /** Looks for every order now, as after a price was set. */
  sweep(): void {
    const { clock, market } = this.#options
    const now = clock.now()
    const since = this.#sweptAt
    this.#sweptAt = now
    const spans = new Map<number, Span>()
    for (const order of [...this.#orders]) {
      const { instrument, legs } = order
      let span = spans.get(instrument.conId)
      if (span === undefined) {
        const price = legs.length > 0 ? 0 : market.last(instrument)
        const flat = { open: price, high: price, low: price, close: price, volume: 0 }
        span = (legs.length > 0 ? undefined : market.span(instrument, since, now)) ?? flat
        spans.set(instrument.conId, span)
      }
      this.#look(order, span)
    }
  }

  /** The first look of an order that has just come or was changed. */
  lookSoon(order: Order): void {
    const { clock, fillDelayMs, settle } = this.#options
    clock.after(fillDelayMs, () => {
      this.#look(order, undefined)
      const { tif } = order.row
      if ((tif === 'IOC' || tif === 'FOK') && this.has(order)) {
        settle(order, { kind: 'end', reason: `nothing to trade with (${tif})` })
      }
    })
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#orders.clear()
  }

  /** `since` is what happened since the last look; undefined for an order that has just come. */
  #look(order: Order, since: Span | undefined): void {
    const { market, settle } = this.#options
    // an earlier order of the same look may have ended this one
    if (!this.has(order)) return
    const end = this.#reasonToEnd(order)
    if (end !== undefined) {
      settle(order, { kind: 'end', reason: end })
      return
    }
    if (market.isHalted(order.instrument)) return
    if (!order.triggered && this.#needsTrigger(order)) {
      if (!this.#isTriggered(order, since)) return
      order.triggered = true
      settle(order, { kind: 'triggered' })
    }
    const price = matchPrice(order, market, since)
    if (price !== undefined) settle(order, { kind: 'trade', price })
  }

  #needsTrigger({ row }: Order): boolean {
    return row.conditions.length > 0 || row.orderType.startsWith('STP')
  }

  #isTriggered(order: Order, since: Span | undefined): boolean {
    if (!this.#conditionsMet(order)) return false
    return !order.row.orderType.startsWith('STP') || isTriggered(order, this.#options.market, since)
  }

  #conditionsMet(order: Order): boolean {
    const { accounts, clock } = this.#options
    const account = accounts.get(order.account) as Account
    return conditionsMet(order.row.conditions, this.#options, order, account, clock.now())
  }

  #reasonToEnd(order: Order): string | undefined {
    const { clock, homeZone } = this.#options
    const { row } = order
    if (row.tif === 'GTD') {
      const until = parseTime(row.goodTillDate, homeZone) ?? Number.POSITIVE_INFINITY
      if (clock.now() >= until) return 'its time is over'
    }
    const cancels = row.conditionsCancelOrder === true && row.conditions.length > 0
    return cancels && this.#conditionsMet(order) ? 'its condition is met' : undefined
  }
}
