import { type Static, Type } from 'typebox'
import { BAR_SIZES, WHAT_TO_SHOW } from './market.ts'
import { NullableBoolean, NullableInstant, NullableNumber, NullableString, OneOf } from './value.ts'

/** Kinds of ticks IB keeps. */
export const TICKS_TO_SHOW = ['TRADES', 'MIDPOINT', 'BID_ASK'] as const
export type TicksToShow = (typeof TICKS_TO_SHOW)[number]

/** More ticks than this IB does not give at once (facts §2.4). */
export const MAX_TICKS = 1000

/** A trade, a midpoint, or a quote: members that a kind does not have are null. */
export const PastTick = Type.Object({
  datetime: NullableInstant,
  timestamp: Type.Integer({ description: 'seconds since 1970' }),
  price: NullableNumber,
  size: NullableNumber,
  exchange: NullableString,
  specialConditions: NullableString,
  pastLimit: NullableBoolean,
  unreported: NullableBoolean,
  bid: NullableNumber,
  ask: NullableNumber,
  bidSize: NullableNumber,
  askSize: NullableNumber,
  bidPastLow: NullableBoolean,
  askPastHigh: NullableBoolean,
})
export type PastTick = Static<typeof PastTick>

/** Ticks of one contract with the question they answer; oldest first. */
export const PastTicks = Type.Object({
  symbol: NullableString,
  contract: Type.Object({}, { additionalProperties: true }),
  whatToShow: OneOf(TICKS_TO_SHOW),
  useRth: Type.Boolean(),
  startDateTime: NullableInstant,
  endDateTime: NullableInstant,
  ticks: Type.Array(PastTick),
})
export type PastTicks = Static<typeof PastTicks>

/** How far back IB's data of one contract goes. */
export const HistoryHead = Type.Object({
  symbol: NullableString,
  contract: Type.Object({}, { additionalProperties: true }),
  whatToShow: OneOf(WHAT_TO_SHOW),
  useRTH: Type.Boolean(),
  headTimestamp: Type.String({ description: 'as IB wrote it' }),
  datetime: NullableInstant,
  timestamp: NullableNumber,
})
export type HistoryHead = Static<typeof HistoryHead>

/** What `/history/{symbol}` and its ticks can be asked for. */
export const HistoryIntervals = Type.Object({
  barSizes: Type.Array(Type.Object({ barSizeSetting: OneOf(BAR_SIZES), seconds: Type.Integer() })),
  durations: Type.Array(
    Type.Object({ unit: Type.String(), meaning: Type.String(), example: Type.String() }),
  ),
  whatToShow: Type.Array(OneOf(WHAT_TO_SHOW)),
  maxBars: Type.Integer({ description: 'in one answer' }),
  ticks: Type.Object({
    whatToShow: Type.Array(OneOf(TICKS_TO_SHOW)),
    maxTicks: Type.Integer({ description: 'in one answer' }),
  }),
})
export type HistoryIntervals = Static<typeof HistoryIntervals>
