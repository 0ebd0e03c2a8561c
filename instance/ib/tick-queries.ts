import type { Contract as IbContract, WhatToShow } from '@stoqey/ib'
import type { PastTick } from '../../shared/schemas/past-ticks.ts'
import { itself, list, type Query } from './query.ts'
import { midpointOf, pastTickOf, quoteTickOf, tradeTickOf } from './translate-ticks.ts'

export interface HeadQuestion {
  readonly contract: IbContract
  readonly whatToShow: string
  readonly useRTH: boolean
}

/** Asks for seconds since 1970, which no gateway's zone can change. */
const EPOCH_FORMAT = 2

/** Where the data of a contract begins; the gateway keeps the request until it is cancelled. */
export const headTimestamp: Query<HeadQuestion, { time: string }, string> = {
  name: 'headTimestamp',
  answeredBy: 'reqId',
  subscription: true,
  begin: () => ({ time: '' }),
  start: (api, reqId, { contract, whatToShow, useRTH }) =>
    void api.reqHeadTimestamp(reqId, contract, whatToShow as WhatToShow, useRTH, EPOCH_FORMAT),
  cancel: (api, reqId) => void api.cancelHeadTimestamp(reqId),
  reads: {
    headTimestamp: (bag, [, time]) => {
      bag.time = time
      return 'end'
    },
  },
  answer: ({ time }) => time,
}

export interface TicksQuestion {
  readonly contract: IbContract
  /** `yyyyMMdd-HH:mm:ss` UTC; one of the two is empty */
  readonly startDateTime: string
  readonly endDateTime: string
  readonly numberOfTicks: number
  readonly whatToShow: string
  readonly useRth: boolean
  readonly ignoreSize: boolean
}

/** Single ticks of the past, in parts until one says that it is the last. */
export const historicalTicks: Query<TicksQuestion, PastTick[], PastTick[]> = {
  name: 'historicalTicks',
  answeredBy: 'reqId',
  begin: list,
  start: (api, reqId, question) =>
    void api.reqHistoricalTicks(
      reqId,
      question.contract,
      question.startDateTime,
      question.endDateTime,
      question.numberOfTicks,
      question.whatToShow as WhatToShow,
      question.useRth,
      question.ignoreSize,
    ),
  cancel: null,
  reads: {
    historicalTicks: (bag, [, ticks, done]) => {
      bag.push(...ticks.map((tick) => pastTickOf(midpointOf(tick))))
      return done ? 'end' : 'more'
    },
    historicalTicksBidAsk: (bag, [, ticks, done]) => {
      bag.push(...ticks.map((tick) => pastTickOf(quoteTickOf(tick))))
      return done ? 'end' : 'more'
    },
    historicalTicksLast: (bag, [, ticks, done]) => {
      bag.push(...ticks.map((tick) => pastTickOf(tradeTickOf(tick))))
      return done ? 'end' : 'more'
    },
  },
  answer: itself,
}
