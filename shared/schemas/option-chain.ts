import { type Static, Type } from 'typebox'
import { NullableString } from './value.ts'

/** The options on one underlying at one exchange, of one trading class. */
export const OptionChain = Type.Object({
  exchange: Type.String(),
  underlyingConId: Type.Integer(),
  tradingClass: Type.String(),
  multiplier: NullableString,
  expirations: Type.Array(Type.String({ description: 'yyyyMMdd' })),
  strikes: Type.Array(Type.Number()),
})
export type OptionChain = Static<typeof OptionChain>
