import type { Clock } from '../world/clock.ts'
import { type Instrument, multiplierOf, type SecType } from '../world/instrument.ts'
import type { Market } from '../world/market.ts'
import { dayOf, dayText, startOfDay } from '../world/zone.ts'
import { type MarginRate, marginRate } from './charges.ts'

/** How much of one instrument an account holds. */
export interface Position {
  readonly instrument: Instrument
  quantity: number
  /** what one unit cost, multiplier and commission included, in the currency of the instrument */
  averageCost: number
  realizedPnl: number
  /** held when the day began, and what trades have brought in or cost since */
  dayQuantity: number
  dayCashFlow: number
}

/** So much of one instrument; negative is short. */
export interface Holding {
  readonly instrument: Instrument
  readonly quantity: number
}

/** What a trade does to an account. */
export interface Settlement {
  readonly instrument: Instrument
  /** negative when sold */
  readonly quantity: number
  readonly price: number
  readonly commission: number
}

/** Money and margin of an account, US dollars. */
export interface Balance {
  readonly netLiquidation: number
  readonly totalCash: number
  readonly stockValue: number
  readonly optionValue: number
  readonly futuresPnl: number
  readonly currencyValue: number
  readonly grossPositionValue: number
  readonly initialMargin: number
  readonly maintenanceMargin: number
  readonly availableFunds: number
  readonly excessLiquidity: number
  readonly buyingPower: number
  readonly unrealizedPnl: number
  readonly realizedPnl: number
}

function clean(value: number): number {
  return Number(value.toFixed(8))
}

/**
 * One account. Cash and positions change by trades and nothing else, so that at any time
 * cash + sum of position · price · multiplier = net liquidation.
 */
export class Account {
  readonly name: string
  readonly #market: Market
  readonly #positions = new Map<number, Position>()
  /** per currency, every trade settled in full: a future too, whose value then counts as held */
  readonly #cash: Map<string, number>
  readonly #clock: Clock
  readonly #homeZone: string
  #day: number
  #dayBegan: number
  #dayEquity: number
  /** traded in `#month`, by kind of instrument */
  readonly #traded = new Map<SecType, number>()
  #month = ''

  constructor(options: {
    name: string
    startingCash: number
    market: Market
    clock: Clock
    homeZone: string
  }) {
    this.name = options.name
    this.#clock = options.clock
    this.#homeZone = options.homeZone
    this.#dayBegan = options.clock.now()
    this.#day = dayOf(options.homeZone, this.#dayBegan)
    this.#dayEquity = options.startingCash
    this.#market = options.market
    this.#cash = new Map([['USD', options.startingCash]])
  }

  /** What is held now; what was sold whole stays for its realised result until `held` asks for more than zero. */
  get positions(): Position[] {
    return [...this.#positions.values()]
  }

  get held(): Position[] {
    return this.positions.filter(({ quantity }) => quantity !== 0)
  }

  get currencies(): string[] {
    return [...this.#cash.keys()]
  }

  position(conId: number): Position | undefined {
    return this.#positions.get(conId)
  }

  cash(currency: string): number {
    return this.#cash.get(currency) ?? 0
  }

  /** Shares or contracts of that kind traded since the month began, by which commissions are tiered. */
  tradedThisMonth(secType: SecType): number {
    return this.#month === this.#thisMonth() ? (this.#traded.get(secType) ?? 0) : 0
  }

  /**
   * Settles a trade.
   * @returns the realised result, commission taken off, or undefined when nothing was closed
   */
  settle({ instrument, quantity, price, commission }: Settlement): number | undefined {
    this.#turnDay()
    this.#countTraded(instrument.secType, Math.abs(quantity))
    const position = this.#positionIn(instrument)
    const unit = price * multiplierOf(instrument)
    const { currency } = instrument
    this.#cash.set(currency, clean(this.cash(currency) - quantity * unit - commission))
    position.dayCashFlow -= quantity * unit + commission
    const before = position.quantity
    const closes = before !== 0 && Math.sign(before) !== Math.sign(quantity)
    const closed = closes ? Math.min(Math.abs(before), Math.abs(quantity)) : 0
    const closingShare = closed / Math.abs(quantity)
    const opened = Math.abs(quantity) - closed
    position.quantity = clean(before + quantity)
    let realized: number | undefined
    if (closed > 0) {
      const gain = (unit - position.averageCost) * closed * Math.sign(before)
      realized = clean(gain - commission * closingShare)
      position.realizedPnl = clean(position.realizedPnl + realized)
    }
    if (opened > 0) {
      const kept = closes ? 0 : Math.abs(before)
      // commission makes what is bought dearer and what is sold cheaper
      const paid = unit * opened + Math.sign(quantity) * commission * (1 - closingShare)
      position.averageCost = clean((kept * position.averageCost + paid) / (kept + opened))
    }
    if (position.quantity === 0) position.averageCost = 0
    return realized
  }

  /** Value of a position at market in the currency of its instrument. */
  valueOf({ instrument, quantity }: Position): number {
    return quantity * this.#market.last(instrument) * multiplierOf(instrument)
  }

  unrealizedPnlOf(position: Position): number {
    return this.valueOf(position) - position.quantity * position.averageCost
  }

  /** Money and margin now, as if that much more were held at the prices of the market. */
  balance(extra: readonly Holding[] = []): Balance {
    let cash = 0
    for (const [currency, amount] of this.#cash) cash += amount * this.#market.rate(currency)
    const sums = { STK: 0, OPT: 0, FUT: 0, CASH: 0, CRYPTO: 0, BOND: 0, FUND: 0, IND: 0, BAG: 0 }
    let futuresCost = 0
    let gross = 0
    let unrealized = 0
    let realized = 0
    for (const position of this.#positions.values()) {
      const rate = this.#market.rate(position.instrument.currency)
      realized += position.realizedPnl * rate
      if (position.quantity === 0) continue
      const value = this.valueOf(position) * rate
      const { secType } = position.instrument
      sums[secType] += value
      unrealized += this.unrealizedPnlOf(position) * rate
      if (secType === 'FUT') futuresCost += position.quantity * position.averageCost * rate
      else if (secType !== 'CASH') gross += Math.abs(value)
    }
    const margin = this.#margin(extra)
    const { STK, OPT, FUT, CASH, CRYPTO, BOND, FUND } = sums
    const netLiquidation = cash + STK + OPT + FUT + CASH + CRYPTO + BOND + FUND
    const availableFunds = netLiquidation - margin.initial
    return {
      netLiquidation,
      // a future is not paid for: only its result is money
      totalCash: cash + futuresCost,
      stockValue: sums.STK,
      optionValue: sums.OPT,
      futuresPnl: sums.FUT - futuresCost,
      currencyValue: sums.CASH,
      grossPositionValue: gross,
      initialMargin: margin.initial,
      maintenanceMargin: margin.maintenance,
      availableFunds,
      excessLiquidity: netLiquidation - margin.maintenance,
      buyingPower: Math.max(0, availableFunds * 4),
      unrealizedPnl: unrealized,
      realizedPnl: realized,
    }
  }

  /** Result since midnight, US dollars: of the whole account. */
  dailyPnl(): number {
    this.#turnDay()
    return this.#equityAt(this.#clock.now()) - this.#dayEquity
  }

  /** Result of one position since midnight, in the currency of its instrument. */
  dailyPnlOf(position: Position): number {
    this.#turnDay()
    const { instrument, dayQuantity, dayCashFlow } = position
    const began = dayQuantity * this.#market.last(instrument, this.#dayBegan)
    return this.valueOf(position) + dayCashFlow - began * multiplierOf(instrument)
  }

  #thisMonth(): string {
    return dayText(dayOf(this.#homeZone, this.#clock.now())).slice(0, 6)
  }

  #countTraded(secType: SecType, quantity: number): void {
    const month = this.#thisMonth()
    if (month !== this.#month) this.#traded.clear()
    this.#month = month
    this.#traded.set(secType, (this.#traded.get(secType) ?? 0) + quantity)
  }

  #equityAt(at: number): number {
    let equity = 0
    for (const [currency, amount] of this.#cash) equity += amount * this.#market.rate(currency, at)
    for (const { instrument, quantity } of this.#positions.values()) {
      if (quantity === 0) continue
      const price = this.#market.last(instrument, at) * this.#market.rate(instrument.currency, at)
      equity += quantity * price * multiplierOf(instrument)
    }
    return equity
  }

  // prices of the past can be had at any time and positions change only by trades, so no timer is needed at midnight
  #turnDay(): void {
    const day = dayOf(this.#homeZone, this.#clock.now())
    if (day === this.#day) return
    this.#day = day
    this.#dayBegan = startOfDay(this.#homeZone, day)
    this.#dayEquity = this.#equityAt(this.#dayBegan)
    for (const position of this.#positions.values()) {
      position.dayQuantity = position.quantity
      position.dayCashFlow = 0
    }
  }

  #margin(extra: readonly Holding[]): MarginRate {
    const held = new Map<number, { instrument: Instrument; quantity: number }>()
    for (const { instrument, quantity } of [...this.#positions.values(), ...extra]) {
      const already = held.get(instrument.conId)?.quantity ?? 0
      held.set(instrument.conId, { instrument, quantity: already + quantity })
    }
    let initial = 0
    let maintenance = 0
    for (const { instrument, quantity } of held.values()) {
      if (quantity === 0) continue
      const rate = marginRate(instrument, quantity < 0)
      const price = this.#market.last(instrument) * this.#market.rate(instrument.currency)
      const value = Math.abs(quantity) * price * multiplierOf(instrument)
      initial += value * rate.initial
      maintenance += value * rate.maintenance
    }
    return { initial, maintenance }
  }

  #positionIn(instrument: Instrument): Position {
    let position = this.#positions.get(instrument.conId)
    if (position === undefined) {
      position = {
        instrument,
        quantity: 0,
        averageCost: 0,
        realizedPnl: 0,
        dayQuantity: 0,
        dayCashFlow: 0,
      }
      this.#positions.set(instrument.conId, position)
    }
    return position
  }
}
