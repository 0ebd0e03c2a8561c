import type { HistoricalTick, HistoricalTickBidAsk, HistoricalTickLast } from '@stoqey/ib'
import type { PastTick } from '../../shared/schemas/past-ticks.ts'
import { numberOf, textOf } from './absent.ts'
import { type Instant, instantOf, readGatewayTime } from './instants.ts'

function momentOf(seconds: number | undefined): Instant {
  return instantOf(seconds ?? 0)
}

/** What of a tick only some kinds have. */
type KindOfTick = Omit<PastTick, keyof Instant>

const NOTHING: KindOfTick = {
  ...{ price: null, size: null, exchange: null, specialConditions: null },
  ...{ pastLimit: null, unreported: null },
  ...{ bid: null, ask: null, bidSize: null, askSize: null, bidPastLow: null, askPastHigh: null },
}

/** One tick of any kind as history tells it: what its kind does not have is null (S4.3). */
export function pastTickOf(tick: Instant & Partial<KindOfTick>): PastTick {
  return { ...NOTHING, ...tick }
}

/** A midpoint → ours; it has no size. */
export function midpointOf({ time, price }: HistoricalTick) {
  return { ...momentOf(time), price: numberOf(price) }
}

/** What of IB's ticks may be absent, whether they are told live or of the past. */
type Told<Tick> = { readonly [Name in keyof Tick]: Tick[Name] | undefined }

/** A trade → ours. */
export function tradeTickOf(tick: Told<HistoricalTickLast>) {
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
export function quoteTickOf(tick: Told<HistoricalTickBidAsk>) {
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
