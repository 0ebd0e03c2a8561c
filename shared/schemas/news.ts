import { type Static, Type } from 'typebox'
import { NullableInstant, NullableNumber, NullableString, OneOf } from './value.ts'

/** One whose news this login may read. */
export const NewsProvider = Type.Object({
  providerCode: Type.String(),
  providerName: Type.String(),
})
export type NewsProvider = Static<typeof NewsProvider>

/** A headline. `metadata` is what IB writes in braces before it (languages, tones), without them. */
export const Headline = Type.Object({
  time: Type.String({ description: 'as IB wrote it' }),
  datetime: NullableInstant,
  timestamp: NullableNumber,
  providerCode: Type.String(),
  articleId: Type.String(),
  headline: Type.String(),
  metadata: NullableString,
})
export type Headline = Static<typeof Headline>

/** Headlines about one contract, newest first. */
export const Headlines = Type.Object({
  conId: Type.Integer(),
  providerCodes: Type.Array(Type.String()),
  startDateTime: NullableInstant,
  endDateTime: NullableInstant,
  hasMore: Type.Boolean({ description: 'IB has more within this time than were asked for' }),
  headlines: Type.Array(Headline),
})
export type Headlines = Static<typeof Headlines>

export const ARTICLE_TYPES = ['text', 'html', 'pdf'] as const

/** One article; a pdf is in base64. */
export const NewsArticle = Type.Object({
  articleId: Type.String(),
  providerCode: Type.String(),
  articleType: OneOf(ARTICLE_TYPES),
  article: Type.String({ description: 'a pdf is in base64' }),
})
export type NewsArticle = Static<typeof NewsArticle>
