import { type Static, Type } from 'typebox'
import { FEED_LINES, FEED_STATES } from './feed.ts'
import { NullableInstant, NullableString, OneOf } from './value.ts'

/** One feed that an instance keeps, for as many readers as there are. */
export const OpenFeed = Type.Object({
  id: Type.String({ description: 'client id and key' }),
  clientId: Type.Integer({ description: 'the client that keeps it' }),
  feed: Type.String({ description: 'its kind: marketData' }),
  url: Type.String(),
  key: Type.String({ description: 'the same for all questions it answers' }),
  question: Type.String({ description: 'what is followed, in a few words' }),
  state: OneOf(FEED_STATES),
  reason: NullableString,
  since: Type.String({ format: 'date-time', description: 'when it was opened' }),
  asOf: NullableInstant,
  rows: Type.Integer(),
  readers: Type.Integer({ description: 'of any kind' }),
  subscriptions: Type.Integer(),
  streams: Type.Integer({ description: 'readers of server-sent events' }),
  isLingering: Type.Boolean({ description: 'nobody reads it; it ends soon unless somebody comes' }),
  line: Type.Unsafe<(typeof FEED_LINES)[number] | null>({
    enum: [...FEED_LINES, null],
    description: 'which of the limits of the login it uses up, one of it; null: none',
  }),
})
export type OpenFeed = Static<typeof OpenFeed>
