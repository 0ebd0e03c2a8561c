import type { Instrument } from '../world/instrument.ts'
import type { Market } from '../world/market.ts'
import type { Account } from './account.ts'
import { commissionOf } from './charges.ts'
import type { Commission, Execution, TradeIds } from './execution.ts'
import type { Order } from './order.ts'

/** A part of an order that has just been traded. */
export interface Fill {
  readonly order: Order
  readonly account: Account
  readonly market: Market
  readonly quantity: number
  readonly price: number
  /** the order had been waiting for this and so added liquidity */
  readonly isMaker: boolean
  readonly ids: TradeIds
  readonly now: number
}

/** A trade with what it cost. */
export interface SettledTrade {
  readonly execution: Execution
  readonly commission: Commission
}

interface Part {
  readonly instrument: Instrument
  /** negative when sold */
  readonly quantity: number
  readonly price: number
}

function venueOf(order: Order, instrument: Instrument): string {
  const { exchange } = order.row
  if (exchange !== '' && exchange !== 'SMART') return exchange
  return instrument.primaryExch || (instrument.validExchanges[1] ?? instrument.exchange)
}

/** A combination trades as a whole, which is not settled, and leg by leg at what each costs. */
function partsOf({ order, market, quantity, price }: Fill): Part[] {
  const signed = quantity * (order.isBuy ? 1 : -1)
  const whole = { instrument: order.instrument, quantity: signed, price }
  const legs = order.legs.map(({ instrument, ratio }): Part => {
    const { bid, ask } = market.quote(instrument)
    return { instrument, quantity: signed * ratio, price: signed * ratio > 0 ? ask : bid }
  })
  return [whole, ...legs]
}

function charge({ order, account }: Fill, { instrument, quantity, price }: Part): number {
  const shares = Math.abs(quantity)
  const before = order.charged.get(instrument.conId) ?? { quantity: 0, commission: 0 }
  const month = account.tradedThisMonth(instrument.secType)
  const commission = commissionOf({ instrument, quantity: shares, price, before, month })
  order.charged.set(instrument.conId, {
    quantity: before.quantity + shares,
    commission: before.commission + commission,
  })
  return commission
}

/** Settles a trade with the account: one execution, or for a combination one for the whole and one for each leg. */
export function settleFill(fill: Fill): SettledTrade[] {
  const { order, account, ids, now, isMaker } = fill
  return partsOf(fill).map((part, leg): SettledTrade => {
    const isSettled = order.legs.length === 0 || leg > 0
    const shares = Math.abs(part.quantity)
    const commission = isSettled ? charge(fill, part) : 0
    const realizedPnl = isSettled ? account.settle({ ...part, commission }) : undefined
    order.commission = Number((order.commission + commission).toFixed(6))
    const execution: Execution = {
      execId: ids.nextExecId(leg + 1),
      order,
      instrument: part.instrument,
      time: now,
      exchange: venueOf(order, part.instrument),
      side: part.quantity > 0 ? 'BOT' : 'SLD',
      shares,
      price: part.price,
      cumQty: leg === 0 ? order.filled : shares,
      avgPrice: leg === 0 ? order.averagePrice : part.price,
      isSettled,
      isMaker,
    }
    const { execId } = execution
    const { currency } = part.instrument
    return { execution, commission: { execId, commission, currency, realizedPnl } }
  })
}
