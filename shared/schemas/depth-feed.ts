import { type Static, Type } from 'typebox'
import { NullableNumber, NullableString, OneOf } from './value.ts'

/** The sides of a book, as IB numbers them. */
export const DEPTH_SIDES = ['ask', 'bid'] as const
export type DepthSide = (typeof DEPTH_SIDES)[number]

/** One line of one side of the book; position 0 is the best. Price per share or contract, size in shares or contracts. */
export const DepthRow = Type.Object({
  side: OneOf(DEPTH_SIDES),
  position: Type.Integer(),
  price: NullableNumber,
  size: NullableNumber,
  marketMaker: Type.Unsafe({
    ...NullableString,
    description: 'whose line it is: a market maker, or the exchange in a smart book',
  }),
})

/** An exchange that sells depth of something (reqMktDepthExchanges). */
export const DepthExchange = Type.Object({
  exchange: Type.String(),
  secType: Type.String(),
  listingExch: NullableString,
  serviceDataType: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'Deep: levels; Deep2: lines with their market makers',
  }),
  aggGroup: NullableNumber,
})
export type DepthExchange = Static<typeof DepthExchange>
