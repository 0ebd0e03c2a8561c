import type { TickByTickDataType } from '@stoqey/ib'
import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { TickType } from '../../shared/schemas/tick-feed.ts'
import { numberOf } from './absent.ts'
import { instantOf } from './instants.ts'
import type { Fullness, Rows, Stream } from './stream.ts'
import { toAskedContract } from './translate-contract.ts'
import { quoteTickOf, tradeTickOf } from './translate-ticks.ts'

export interface TickQuestion {
  readonly details: ContractDetails
  readonly tickType: TickType
  /** of the past, to begin with; IB sends them first, in one message or several */
  readonly numberOfTicks: number
  readonly ignoreSize: boolean
  /** a handle that no tick has had */
  readonly nextRef: () => string
}

/** Every tick of one instrument, each a row of its own. */
export const ticks: Stream<TickQuestion> = {
  name: 'marketTicks',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId, { details, tickType, numberOfTicks, ignoreSize }) =>
    void api.reqTickByTickData(
      reqId,
      toAskedContract(details),
      tickType as TickByTickDataType,
      numberOfTicks,
      ignoreSize,
    ),
  cancel: (api, reqId) => void api.cancelTickByTickData(reqId),
  reads: {
    tickByTickAllLast: (rows, [, , seconds, ...trade], _, question) => {
      const [price, size, tickAttribLast, exchange, specialConditions] = trade
      const tick = { price, size, tickAttribLast, exchange, specialConditions }
      return tell(rows, question, tradeTickOf({ ...tick, time: Number(seconds) }))
    },
    tickByTickBidAsk: (rows, [, seconds, ...quote], _, question) => {
      const [priceBid, priceAsk, sizeBid, sizeAsk, tickAttribBidAsk] = quote
      const tick = { priceBid, priceAsk, sizeBid, sizeAsk, tickAttribBidAsk }
      return tell(rows, question, quoteTickOf({ ...tick, time: Number(seconds) }))
    },
    tickByTickMidPoint: (rows, [, seconds, midPoint], _, question) =>
      tell(rows, question, middleOf(Number(seconds), midPoint)),
    historicalTicksLast: (rows, [, past, done], _, question) =>
      tellPast(rows, question, past.map(tradeTickOf), done),
    historicalTicksBidAsk: (rows, [, past, done], _, question) =>
      tellPast(rows, question, past.map(quoteTickOf), done),
    historicalTicks: (rows, [, past, done], _, question) => {
      const middles = past.map(({ time, price }) => middleOf(time, price))
      return tellPast(rows, question, middles, done)
    },
  },
}

function middleOf(seconds: number, price: number | undefined) {
  return { ...instantOf(seconds), midPoint: numberOf(price) }
}

function tell(
  rows: Rows,
  { tickType, nextRef }: TickQuestion,
  tick: object,
  isPast = false,
): Fullness {
  rows.put(nextRef(), { tickType, isPast, ...tick })
  return 'whole'
}

function tellPast(
  rows: Rows,
  question: TickQuestion,
  past: readonly object[],
  done: boolean,
): Fullness {
  for (const tick of past) tell(rows, question, tick, true)
  return done ? 'whole' : 'part'
}
