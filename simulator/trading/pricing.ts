import type { Catalogue } from '../world/catalogue.ts'
import { type Instrument, onGrid } from '../world/instrument.ts'
import type { Market, Quote } from '../world/market.ts'
import type { Order } from './order.ts'
import type { PriceRule } from './order-types.ts'

/** How far beyond the market a protected market order may go, as a part of the price. */
const PROTECTION = 0.02
/** Trading days of a year, by which a daily volatility becomes an annual one. */
const TRADING_DAYS = 252

/** What prices depend on. */
export interface PricingWorld {
  readonly market: Market
  readonly catalogue: Catalogue
}

type Rule = (order: Order, quote: Quote, world: PricingWorld) => number | undefined

/** Towards the market: up for a buyer, down for a seller. */
function sign(order: Order): 1 | -1 {
  return order.isBuy ? 1 : -1
}

function capped(order: Order, price: number | undefined): number | undefined {
  const limit = order.row.lmtPrice ?? 0
  if (price === undefined || limit <= 0) return price
  return order.isBuy ? Math.min(price, limit) : Math.max(price, limit)
}

function sameSide(order: Order, quote: Quote): number {
  return order.isBuy ? quote.bid : quote.ask
}

function otherSide(order: Order, quote: Quote): number {
  return order.isBuy ? quote.ask : quote.bid
}

/** Level by level a scale order asks for a better price. */
function scaled({ row, filled, isBuy }: Order): number | undefined {
  const { lmtPrice, scalePriceIncrement: step = 0 } = row
  if (step <= 0 || lmtPrice === undefined) return lmtPrice
  return lmtPrice - (isBuy ? 1 : -1) * scaleLevel(row, filled).level * step
}

/** Which level of a scale order is being worked, and at which filled quantity it ends. */
export function scaleLevel(
  row: Order['row'],
  filled: number,
): { readonly level: number; readonly end: number } {
  const first = row.scaleInitLevelSize ?? 0
  const next = row.scaleSubsLevelSize || first
  if (first <= 0) return { level: 0, end: Number.POSITIVE_INFINITY }
  const level = filled < first ? 0 : 1 + Math.floor((filled - first) / next)
  return { level, end: first + level * next }
}

/** By what an order is good for. None of them answers means: whatever the market asks. */
const RULES: Readonly<Record<PriceRule, Rule>> = {
  market: () => undefined,
  limit: scaled,
  // set when the trailing stop was reached
  'trail limit': ({ anchor }) => anchor,
  protected: (order, quote) => otherSide(order, quote) * (1 + sign(order) * PROTECTION),
  primary: (order, quote) =>
    capped(order, sameSide(order, quote) + sign(order) * (order.row.auxPrice ?? 0)),
  opposite: (order, quote) =>
    capped(order, otherSide(order, quote) - sign(order) * (order.row.auxPrice ?? 0)),
  midpoint: (order, quote) =>
    capped(order, (quote.bid + quote.ask) / 2 - sign(order) * (order.row.auxPrice ?? 0)),
  benchmark: (order, _quote, { market, catalogue }) => {
    const { row } = order
    const reference = catalogue.byConId(row.referenceContractId ?? 0)
    const per = row.referenceChangeAmount ?? 0
    if (reference === undefined || per === 0) return row.startingPrice
    const moved = market.last(reference) - (row.stockRefPrice ?? market.last(reference))
    const turn = row.isPeggedChangeAmountDecrease ? -1 : 1
    const start = row.startingPrice ?? row.lmtPrice
    return start && capped(order, start + (turn * (row.peggedChangeAmount ?? 0) * moved) / per)
  },
  stock: (order, _quote, { market, catalogue }) => {
    const { row, instrument } = order
    const stock = catalogue.byConId(instrument.underConId)
    if (stock === undefined || row.startingPrice === undefined) return row.startingPrice
    const price = market.last(stock)
    // the delta of a stock-pegged order is told in percent
    return row.startingPrice + ((row.delta ?? 0) / 100) * (price - (row.stockRefPrice ?? price))
  },
  volatility: (order, _quote, { market }) => {
    const { row, instrument } = order
    const yearly = (row.volatility ?? 0) / 100
    const impliedVol = row.volatilityType === 1 ? yearly * Math.sqrt(TRADING_DAYS) : yearly
    return impliedVol > 0 ? market.priceAtVolatility(instrument, impliedVol) : undefined
  },
}

function towardsSafety(instrument: Instrument, price: number, isBuy: boolean): number {
  const near = onGrid(instrument, price)
  const tooFar = isBuy ? near > price + 1e-9 : near < price - 1e-9
  return tooFar ? onGrid(instrument, near + (isBuy ? -1 : 1) * instrument.minTick) : near
}

/** The worst price an order takes now, on the grid of its ticks; undefined where it takes any. */
export function limitOf(order: Order, quote: Quote, world: PricingWorld): number | undefined {
  const { type, instrument, isBuy } = order
  const found = type.snaps ? order.anchor : undefined
  const price = found ?? RULES[type.price](order, quote, world)
  if (price === undefined) return undefined
  const grid = order.legs.length > 0 ? price : towardsSafety(instrument, price, isBuy)
  // what nobody sees: an order may go that much further than it shows
  return type.snaps ? grid : grid + sign(order) * (order.row.discretionaryAmt ?? 0)
}
