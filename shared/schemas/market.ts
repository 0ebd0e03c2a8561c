import { type Static, Type } from 'typebox'
import { Contract } from './contract.ts'
import { NullableInstant, NullableNumber, NullableString, OneOf } from './value.ts'

/** Bar sizes IB takes, in its own spelling. */
export const BAR_SIZES = [
  '1 secs',
  '5 secs',
  '10 secs',
  '15 secs',
  '30 secs',
  '1 min',
  '2 mins',
  '3 mins',
  '5 mins',
  '10 mins',
  '15 mins',
  '20 mins',
  '30 mins',
  '1 hour',
  '2 hours',
  '3 hours',
  '4 hours',
  '8 hours',
  '1 day',
  '1 week',
  '1 month',
] as const

/** Kinds of history IB keeps. */
export const WHAT_TO_SHOW = [
  'TRADES',
  'MIDPOINT',
  'BID',
  'ASK',
  'BID_ASK',
  'ADJUSTED_LAST',
  'HISTORICAL_VOLATILITY',
  'OPTION_IMPLIED_VOLATILITY',
  'REBATE_RATE',
  'FEE_RATE',
  'YIELD_BID',
  'YIELD_ASK',
  'YIELD_BID_ASK',
  'YIELD_LAST',
  'SCHEDULE',
  'AGGTRADES',
] as const

/** One bar. `date` as IB wrote it, `datetime`/`timestamp` (s) the start of the bar; both null-time for whole days. */
export const Bar = Type.Object({
  date: Type.String(),
  datetime: NullableInstant,
  timestamp: NullableNumber,
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close: Type.Number(),
  volume: NullableNumber,
  wap: NullableNumber,
  count: NullableNumber,
})
export type Bar = Static<typeof Bar>

/** Bars of one contract with the question they answer. */
export const History = Type.Object({
  symbol: NullableString,
  contract: Type.Object({}, { additionalProperties: true }),
  barSizeSetting: OneOf(BAR_SIZES),
  durationStr: Type.String(),
  whatToShow: OneOf(WHAT_TO_SHOW),
  useRTH: Type.Boolean(),
  endDateTime: NullableInstant,
  bars: Type.Array(Bar),
})
export type History = Static<typeof History>

/** Live, or what else the prices are (reqMarketDataType). */
export const MARKET_DATA_TYPES = ['live', 'frozen', 'delayed', 'delayed-frozen'] as const

/** The market at one moment. Prices per share or contract, sizes in shares or contracts; null: no quote. */
export const Quote = Type.Object({
  contract: Contract,
  marketDataType: OneOf(MARKET_DATA_TYPES),
  bid: NullableNumber,
  bidSize: NullableNumber,
  ask: NullableNumber,
  askSize: NullableNumber,
  last: NullableNumber,
  lastSize: NullableNumber,
  lastTimestamp: NullableInstant,
  open: NullableNumber,
  high: NullableNumber,
  low: NullableNumber,
  close: NullableNumber,
  volume: NullableNumber,
  halted: NullableNumber,
  datetime: NullableInstant,
  timestamp: NullableNumber,
})
export type Quote = Static<typeof Quote>
