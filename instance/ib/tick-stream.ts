import type { TickByTickDataType } from '@stoqey/ib'
import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { TickType } from '../../shared/schemas/tick-feed.ts'
import { numberOf, textOf } from './absent.ts'
import { instantOf } from './instants.ts'
import type { Fullness, Rows, Stream } from './stream.ts'
import { toAskedContract } from './translate-contract.ts'

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
    tickByTickAllLast: (rows, [, , time, ...trade], _, question) => {
      const [price, size, attributes, exchange, specialConditions] = trade
      const told = { price, size, exchange, specialConditions, ...attributes }
      return tell(rows, question, time, tradeOf(told))
    },
    tickByTickBidAsk: (rows, [, time, bid, ask, bidSize, askSize, attributes], _, question) =>
      tell(rows, question, time, quoteOf({ bid, ask, bidSize, askSize, ...attributes })),
    tickByTickMidPoint: (rows, [, time, midPoint], _, question) =>
      tell(rows, question, time, { midPoint: numberOf(midPoint) }),
    historicalTicksLast: (rows, [, past, done], _, question) => {
      for (const { time, tickAttribLast, ...trade } of past)
        tell(rows, question, time, tradeOf({ ...trade, ...tickAttribLast }), 'past')
      return done ? 'whole' : 'part'
    },
    historicalTicksBidAsk: (rows, [, past, done], _, question) => {
      for (const { time, tickAttribBidAsk, priceBid, priceAsk, sizeBid, sizeAsk } of past) {
        const told = { bid: priceBid, ask: priceAsk, bidSize: sizeBid, askSize: sizeAsk }
        tell(rows, question, time, quoteOf({ ...told, ...tickAttribBidAsk }), 'past')
      }
      return done ? 'whole' : 'part'
    },
    historicalTicks: (rows, [, past, done], _, question) => {
      for (const { time, price } of past)
        tell(rows, question, time, { midPoint: numberOf(price) }, 'past')
      return done ? 'whole' : 'part'
    },
  },
}

function tell(
  rows: Rows,
  { tickType, nextRef }: TickQuestion,
  time: string | number | undefined,
  tick: object,
  when: 'now' | 'past' = 'now',
): Fullness {
  const seconds = Number(time)
  rows.put(nextRef(), {
    tickType,
    time: seconds > 0 ? instantOf(seconds).datetime : null,
    isPast: when === 'past',
    ...tick,
  })
  return 'whole'
}

interface Trade {
  readonly price?: number | undefined
  readonly size?: number | undefined
  readonly exchange?: string | undefined
  readonly specialConditions?: string | undefined
  readonly pastLimit?: boolean | undefined
  readonly unreported?: boolean | undefined
}

function tradeOf({ price, size, exchange, specialConditions, pastLimit, unreported }: Trade) {
  return {
    price: numberOf(price),
    size: numberOf(size),
    exchange: textOf(exchange),
    specialConditions: textOf(specialConditions),
    pastLimit: pastLimit ?? null,
    unreported: unreported ?? null,
  }
}

interface BestQuote {
  readonly bid?: number | undefined
  readonly ask?: number | undefined
  readonly bidSize?: number | undefined
  readonly askSize?: number | undefined
  readonly bidPastLow?: boolean | undefined
  readonly askPastHigh?: boolean | undefined
}

function quoteOf({ bid, ask, bidSize, askSize, bidPastLow, askPastHigh }: BestQuote) {
  return {
    bid: numberOf(bid),
    bidSize: numberOf(bidSize),
    ask: numberOf(ask),
    askSize: numberOf(askSize),
    bidPastLow: bidPastLow ?? null,
    askPastHigh: askPastHigh ?? null,
  }
}
