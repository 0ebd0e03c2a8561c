import { Type } from 'typebox'
import { NullableBoolean, NullableInstant, NullableNumber, NullableString, OneOf } from './value.ts'

/** Kinds of ticks, as IB names them: trades on the tape, all trades, best quotes, their middle. */
export const TICK_TYPES = ['Last', 'AllLast', 'BidAsk', 'MidPoint'] as const
export type TickType = (typeof TICK_TYPES)[number]

/**
 * One tick. `Last`, `AllLast`: price, size, exchange, specialConditions, pastLimit, unreported; `BidAsk`: bid, ask and
 * their sizes, bidPastLow, askPastHigh; `MidPoint`: midPoint. Prices per share or contract, sizes in shares or contracts.
 */
export const TickRow = Type.Object({
  tickType: OneOf(TICK_TYPES),
  time: Type.Unsafe({ ...NullableInstant, description: 'UTC, ISO 8601; IB tells whole seconds' }),
  isPast: Type.Boolean({ description: 'it had happened when the feed began' }),
  price: Type.Optional(NullableNumber),
  size: Type.Optional(NullableNumber),
  exchange: Type.Optional(NullableString),
  specialConditions: Type.Optional(NullableString),
  pastLimit: Type.Optional(NullableBoolean),
  unreported: Type.Optional(NullableBoolean),
  bid: Type.Optional(NullableNumber),
  ask: Type.Optional(NullableNumber),
  bidSize: Type.Optional(NullableNumber),
  askSize: Type.Optional(NullableNumber),
  bidPastLow: Type.Optional(NullableBoolean),
  askPastHigh: Type.Optional(NullableBoolean),
  midPoint: Type.Optional(NullableNumber),
})
