import { levelsOf } from '../world/depth.ts'
import { type Instrument, lotOf } from '../world/instrument.ts'
import type { Market, Quote } from '../world/market.ts'
import type { Span } from '../world/path.ts'
import type { Order } from './order.ts'
import { limitOf, type PricingWorld, scaleLevel } from './pricing.ts'

/** Something an order can trade with: a level of the market, or the resting order of another client. */
export interface Offer {
  readonly price: number
  readonly size: number
  /** the resting order that is on the other side; undefined for the market */
  readonly maker?: Order
  /** the level of the market it comes from */
  readonly level?: number
}

/** A part of an order that trades now. */
export interface Match {
  readonly price: number
  readonly quantity: number
  readonly maker?: Order
  /** the order had been waiting for this and so added liquidity */
  readonly isMaker: boolean
}

function exact(value: number): number {
  return Number(value.toFixed(8))
}

/**
 * The orders that work in one instrument, and what the market offers them: better prices first, then the older order.
 * What one order takes is gone for the others until the market shows new sizes, a second later.
 */
export class Book {
  readonly instrument: Instrument
  readonly orders = new Set<Order>()
  readonly #world: PricingWorld
  readonly #market: Market
  /** taken of each level in this second */
  #taken = { second: 0, bid: [] as number[], ask: [] as number[] }
  /** left of what was traded since the last look, for orders that the market has touched */
  #touched = { bid: 0, ask: 0 }

  constructor(instrument: Instrument, world: PricingWorld) {
    this.instrument = instrument
    this.#world = world
    this.#market = world.market
  }

  /** A new look at the market: what was traded since the last one can be had once on each side. */
  refresh(since: Span | undefined): void {
    const volume = Math.max(lotOf(this.instrument), since?.volume ?? 0)
    this.#touched = { bid: volume, ask: volume }
  }

  /** Its orders, those first that come first: better price, then the older one. */
  byPriority(): Order[] {
    const quote = this.#market.quote(this.instrument)
    const limits = new Map(
      [...this.orders].map((order) => {
        if (!order.triggered || order.legs.length > 0) return [order, 0] as const
        const any = order.isBuy ? Number.POSITIVE_INFINITY : 0
        return [order, limitOf(order, quote, this.#world) ?? any] as const
      }),
    )
    const worth = (order: Order) => (limits.get(order) as number) * (order.isBuy ? -1 : 1)
    return [...this.orders].sort((one, other) => {
      const [left, right] = [worth(one), worth(other)]
      return (left === right ? 0 : left - right) || one.sequence - other.sequence
    })
  }

  /**
   * What of an order trades now, best price first; nothing is taken yet.
   * @param since what was traded since the last look; undefined for an order that has just come, which takes the prices of
   * the market, where one that waited gets its own
   */
  matchesOf(order: Order, since: Span | undefined, now: number): Match[] {
    if (order.legs.length > 0) return this.#matchCombination(order)
    const quote = this.#market.quote(this.instrument)
    const limit = limitOf(order, quote, this.#world)
    if (order.type.snaps) order.anchor ??= limit
    const reaches = (price: number) =>
      limit === undefined || (order.isBuy ? price <= limit + 1e-9 : price >= limit - 1e-9)
    const waited = since !== undefined && limit !== undefined
    const best = order.isBuy ? quote.ask : quote.bid
    const isThere = best > 0 && reaches(best)
    // orders that rest at a price of their own have met already
    const mayMeet = since === undefined || order.type.price !== 'limit'
    const offers = [
      ...(mayMeet ? this.#makersFor(order, quote) : []),
      ...(isThere ? this.#levelsFor(order, quote, now) : []),
    ].filter(({ price }) => reaches(price))
    // at the same price the client's order is older than what the market shows anew each second
    offers.sort((one, other) => (order.isBuy ? 1 : -1) * (one.price - other.price))
    if (waited && !isThere && offers.length === 0)
      offers.push(...this.#touchedBy(order, limit, since))
    let left = Math.min(order.remaining, scaleLevel(order.row, order.filled).end - order.filled)
    const matches: Match[] = []
    for (const { price, size, maker } of offers) {
      const quantity = exact(Math.min(left, size))
      if (quantity <= 0) break
      left = exact(left - quantity)
      // a waiting order gets its own price; of another client's waiting order it gets that one's
      const at = waited && maker === undefined ? limit : price
      const last = matches.at(-1)
      if (last !== undefined && last.price === at && last.maker === undefined && !maker) {
        matches[matches.length - 1] = { ...last, quantity: exact(last.quantity + quantity) }
      } else {
        matches.push({ price: at, quantity, isMaker: waited, ...(maker && { maker }) })
      }
    }
    return this.#isEnough(order, matches) ? matches : []
  }

  /** Takes what an order has traded off what the market offers. */
  take(order: Order, quantity: number, now: number): void {
    if (order.legs.length > 0) return
    const side = order.isBuy ? 'ask' : 'bid'
    const taken = this.#takenIn(now)[side]
    let left = quantity
    const quote = this.#market.quote(this.instrument)
    for (const [row, { size }] of levelsOf(this.instrument, quote, side, { at: now }).entries()) {
      const part = Math.min(left, size - (taken[row] ?? 0))
      taken[row] = (taken[row] ?? 0) + part
      left -= part
      if (left <= 0) break
    }
    this.#touched[side] = Math.max(0, this.#touched[side] - quantity)
  }

  // all or none, fill or kill, a least quantity: what is there must be enough
  #isEnough({ row, remaining, filled }: Order, matches: readonly Match[]): boolean {
    const there = matches.reduce((sum, { quantity }) => sum + quantity, 0)
    if (row.allOrNone || row.tif === 'FOK') return there >= remaining - 1e-9
    return filled > 0 || there >= Math.min(row.minQty ?? 0, remaining) - 1e-9
  }

  #takenIn(now: number) {
    const second = Math.floor(now / 1000)
    if (this.#taken.second !== second) this.#taken = { second, bid: [], ask: [] }
    return this.#taken
  }

  #levelsFor(order: Order, quote: Quote, now: number): Offer[] {
    const side = order.isBuy ? 'ask' : 'bid'
    const taken = this.#takenIn(now)[side]
    return levelsOf(this.instrument, quote, side, { at: now })
      .map(({ price, size }, level) => ({
        ...{ price, level, size: exact(size - (taken[level] ?? 0)) },
      }))
      .filter(({ size }) => size > 0)
  }

  #makersFor(order: Order, quote: Quote): Offer[] {
    const makers: Offer[] = []
    for (const other of this.orders) {
      if (other.isBuy === order.isBuy || !other.triggered || other.isOver) continue
      if (other.row.allOrNone || other.status !== 'Submitted') continue
      const price = limitOf(other, quote, this.#world)
      if (price === undefined) continue
      makers.push({ price, size: other.remaining, maker: other })
    }
    return makers.sort((one, next) => (one.maker?.sequence ?? 0) - (next.maker?.sequence ?? 0))
  }

  // the market was there since the last look and has gone again
  #touchedBy(order: Order, limit: number, since: Span): Offer[] {
    const away = this.instrument.halfSpread * this.instrument.minTick
    const was = order.isBuy ? since.low + away <= limit + 1e-9 : since.high - away >= limit - 1e-9
    const size = this.#touched[order.isBuy ? 'ask' : 'bid']
    return was && size > 0 ? [{ price: limit, size }] : []
  }

  // the legs trade at what they cost, so the whole does too, all at once
  #matchCombination(order: Order): Match[] {
    let sum = 0
    for (const { instrument, ratio } of order.legs) {
      const quote = this.#market.quote(instrument)
      sum += ratio * (ratio > 0 === order.isBuy ? quote.ask : quote.bid)
    }
    const price = exact(sum)
    const limit = order.type.price === 'limit' ? order.row.lmtPrice : undefined
    const reaches =
      limit === undefined || (order.isBuy ? price <= limit + 1e-9 : price >= limit - 1e-9)
    return reaches ? [{ price, quantity: order.remaining, isMaker: false }] : []
  }
}
