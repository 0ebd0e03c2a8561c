import { Type } from 'typebox'
import { PastTick } from './past-ticks.ts'
import { NullableNumber, OneOf } from './value.ts'

/** Kinds of ticks, as IB names them: trades on the tape, all trades, best quotes, their middle. */
export const TICK_TYPES = ['Last', 'AllLast', 'BidAsk', 'MidPoint'] as const
export type TickType = (typeof TICK_TYPES)[number]

/** One tick: members that its kind does not have are left out. Prices per share or contract, sizes in shares or contracts. */
export const TickRow = Type.Object({
  tickType: OneOf(TICK_TYPES),
  isPast: Type.Boolean({ description: 'it had happened when the feed began' }),
  ...PastTick.properties,
  midPoint: Type.Optional(NullableNumber),
})
