import type { HistoricalTick, HistoricalTickBidAsk, HistoricalTickLast } from '@stoqey/ib'
import type { PastTick } from '../../shared/schemas/past-ticks.ts'
import { numberOf, textOf } from './absent.ts'
import { type Instant, instantOf, readGatewayTime } from './instants.ts'

function momentOf(seconds: number | undefined): Instant {
  return instantOf(seconds ?? 0)
}

/** A midpoint → ours; it has no size. */
export function midpointOf({ time, price }: HistoricalTick): PastTick {
  return { ...momentOf(time), price: numberOf(price) }
}

/** What of IB's ticks may be absent, whether they are told live or of the past. */
type Told<Tick> = { readonly [Name in keyof Tick]: Tick[Name] | undefined }

/** A trade → ours. */
export function tradeTickOf(tick: Told<HistoricalTickLast>): PastTick {
  const { time, price, size, exchange, specialConditions, tickAttribLast } = tick
  return {
    ...momentOf(time),
    price: numberOf(price),
    size: numberOf(size),
    exchange: textOf(exchange),
    specialConditions: textOf(specialConditions),
    pastLimit: tickAttribLast?.pastLimit ?? false,
    unreported: tickAttribLast?.unreported ?? false,
  }
}

/** A quote → ours. */
export function quoteTickOf(tick: Told<HistoricalTickBidAsk>): PastTick {
  const { time, priceBid, priceAsk, sizeBid, sizeAsk, tickAttribBidAsk } = tick
  return {
    ...momentOf(time),
    bid: numberOf(priceBid),
    ask: numberOf(priceAsk),
    bidSize: numberOf(sizeBid),
    askSize: numberOf(sizeAsk),
    bidPastLow: tickAttribBidAsk?.bidPastLow ?? false,
    askPastHigh: tickAttribBidAsk?.askPastHigh ?? false,
  }
}

/** Where history begins: seconds since 1970, also of before, or a text of the gateway's. */
export function headOf(text: string): Instant | undefined {
  return /^-?\d+$/.test(text) ? instantOf(Number(text)) : readGatewayTime(text)
}
