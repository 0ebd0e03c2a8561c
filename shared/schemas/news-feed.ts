import { Type } from 'typebox'
import { NullableInstant, NullableString, OneOf } from './value.ts'

export const NEWS_SOURCES = ['bulletins', 'headlines'] as const

/** IB's types 1, 2 and 3 of a bulletin. */
export const BULLETIN_TYPES = ['regular', 'exchange-unavailable', 'exchange-available'] as const

/** A bulletin of IB, or a headline of a news provider: the fields of its source. */
export const NewsRow = Type.Object({
  source: OneOf(NEWS_SOURCES),
  newsMsgId: Type.Integer({ description: "a bulletin's number" }),
  newsMsgType: Type.Unsafe<(typeof BULLETIN_TYPES)[number] | null>({
    enum: [...BULLETIN_TYPES, null],
    description: 'null: a type IB has not told of',
  }),
  message: Type.String({ description: 'the bulletin' }),
  exchange: NullableString,
  datetime: NullableInstant,
  providerCode: Type.String(),
  articleId: Type.String(),
  headline: Type.String(),
  metadata: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'what IB writes in braces before a headline (languages, tones), without them',
  }),
  extraData: NullableString,
})
