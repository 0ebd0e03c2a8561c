import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { listingFields } from '../schemas/listing.ts'
import { WHAT_TO_SHOW } from '../schemas/market.ts'
import {
  HistoryHead,
  HistoryIntervals,
  MAX_TICKS,
  PastTicks,
  TICKS_TO_SHOW,
} from '../schemas/past-ticks.ts'
import { OneOf } from '../schemas/value.ts'
import { inParts, operation } from './operation.ts'

const symbolParams = Type.Object({ symbol: ContractSymbol })

/** A moment as callers write it. */
export const Moment = Type.String({
  maxLength: 40,
  pattern:
    '^(\\d{8}([- ]{1,2}\\d{2}:\\d{2}:\\d{2}( [A-Za-z_/+-]+)?)?|\\d{4}-\\d{2}-\\d{2}T[0-9:.]+(Z|[+-]\\d{2}:?\\d{2})?)$',
  description: 'yyyymmdd-hh:mm:ss (UTC), ISO 8601, or yyyymmdd for the whole day',
})

export const getTicks = operation({
  operationId: 'getTicks',
  method: 'GET',
  url: '/history/:symbol/ticks',
  aliases: ['/historical/:symbol/ticks'],
  traffic: 'leased',
  list: {
    member: 'ticks',
    time: ['timestamp'],
    summary: ['timestamp', 'price', 'size', 'bid', 'ask'],
    csv: true,
  },
  tag: 'history',
  summary: 'Single ticks of the past, after startDateTime or up to endDateTime',
  ib: {
    request: ['reqHistoricalTicks'],
    callbacks: ['historicalTicks', 'historicalTicksBidAsk', 'historicalTicksLast'],
    end: 'done',
  },
  schema: {
    params: symbolParams,
    querystring: Type.Object(
      {
        ...optionalContractFields,
        startDateTime: Type.Optional(Moment),
        endDateTime: Type.Optional(Moment),
        numberOfTicks: Type.Integer({ default: MAX_TICKS, minimum: 1, maximum: MAX_TICKS }),
        whatToShow: OneOf(TICKS_TO_SHOW, { default: 'TRADES' }),
        useRth: Type.Boolean({ default: false }),
        ignoreSize: Type.Boolean({
          default: false,
          description: 'of BID_ASK: leave out ticks in which sizes alone changed',
        }),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(PastTicks),
  },
})

export const getHistoryHead = operation({
  operationId: 'getHistoryHead',
  method: 'GET',
  url: '/history/:symbol/head',
  aliases: ['/historical/:symbol/head'],
  traffic: 'leased',
  tag: 'history',
  summary: 'How far back the history of a contract goes',
  ib: { request: ['reqHeadTimestamp'], callbacks: ['headTimestamp'], end: 'headTimestamp' },
  schema: {
    params: symbolParams,
    querystring: Type.Object(
      {
        ...optionalContractFields,
        whatToShow: OneOf(WHAT_TO_SHOW, { default: 'TRADES' }),
        useRTH: Type.Boolean({ default: false }),
      },
      { additionalProperties: false },
    ),
    response: { 200: HistoryHead },
  },
})

export const getIntervals = operation({
  operationId: 'getIntervals',
  method: 'GET',
  url: '/history/intervals',
  aliases: ['/historical/intervals'],
  traffic: 'leased',
  tag: 'history',
  summary: 'Bar sizes, durations and kinds of data that history can be asked for',
  schema: {
    querystring: Type.Object({}, { additionalProperties: false }),
    response: { 200: HistoryIntervals },
  },
})

export const tickOperations = [getIntervals, getTicks, getHistoryHead] as const
