import { type Static, Type } from 'typebox'
import { OPERATIONS } from '../feed/view.ts'
import { NullableInstant, OneOf } from './value.ts'

/** A subscription's handle: a word the reader chose or was given. */
export const SOURCE_REF = /^[\w.:-]{1,64}$/
export const SourceRef = Type.String({
  pattern: SOURCE_REF.source,
  description: '1 to 64 letters, digits and . : _ -',
})

/** How a feed stands: `opening` nothing has come yet; in a `gap` it may lack something; `ended` it does not go on. */
export const FEED_STATES = ['opening', 'live', 'gap', 'ended'] as const
export type FeedState = (typeof FEED_STATES)[number]

/** What IB gives each login only so many of (facts §3.1). */
export const FEED_LINES = ['market-data', 'depth', 'tick-by-tick', 'history', 'scanner'] as const
export type FeedLine = (typeof FEED_LINES)[number]

/** What IB says, by the code of the problem, when it has no more lines of a kind: one given up elsewhere would serve. */
export const OUT_OF_LINES: ReadonlySet<string> = new Set([
  'IB_MARKET_DATA_LINES',
  'IB_DEPTH_LINES',
  'IB_TICK_LINES',
  'IB_REQUEST_LIMIT',
])

/** The most rows one answer gives, and a view has, unless fewer are asked for. */
export const MAX_ROWS = 1000

/** What a reader wants to see of a feed, in its body or its query (S3.10). */
export const viewFields = {
  fields: Type.Union(
    [
      Type.String({ maxLength: 1000, description: 'names with spaces between' }),
      Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
    ],
    { description: 'the fields of each row to be told: a list, or names with spaces between' },
  ),
  maxRows: Type.Integer({ minimum: 1, maximum: MAX_ROWS, description: 'rows at once, or a page' }),
  maxView: Type.Integer({ minimum: 1, maximum: MAX_ROWS, description: 'rows of the whole view' }),
  viewNumber: Type.Integer({ minimum: 1, maximum: 100_000, description: 'a page; 1 is the first' }),
  movingView: Type.Boolean({
    description: 'true: of a full view the oldest rows leave for new ones; false: new ones wait',
  }),
} as const

/** Says from when to when a feed may lack something. */
export const FeedMark = Type.Object({
  type: OneOf(['gap.opened', 'gap.closed']),
  at: Type.String({ format: 'date-time' }),
  reason: Type.String(),
  sequence: Type.Integer(),
})

/** The first rows of a subscription, or what changed since the last poll (S3.11, S3.12). */
export function feedUpdate(row: { readonly properties: object }) {
  return Type.Object({
    sourceRef: SourceRef,
    sequenceId: Type.Integer({ description: 'counts the answers of this subscription, from 1' }),
    state: OneOf(FEED_STATES),
    reason: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'why it is not live',
    }),
    asOf: NullableInstant,
    cursor: Type.String({ description: 'where a stream of this feed would go on' }),
    rowsCount: Type.Integer({ description: 'rows the feed has' }),
    moreRows: Type.Boolean({ description: 'the feed has rows this view has not' }),
    rows: Type.Array(
      Type.Unsafe<FeedRow>({
        type: 'object',
        required: ['operation', 'rowRef'],
        properties: {
          operation: { type: 'string', enum: OPERATIONS },
          rowRef: { type: 'string', description: 'the handle of the row in this feed' },
          conflated: {
            type: 'integer',
            description: 'values that came and went since the row was last told; absent for none',
          },
          ...row.properties,
        },
      }),
    ),
    marks: Type.Array(FeedMark),
    missed: Type.Integer({ description: 'rows that came and went since the last answer' }),
    reset: Type.Boolean({ description: 'forget the rows you have: these are all' }),
  })
}

/** The same of a feed that every client has a part of: of all parts together a poll tells no cursor. */
export function joinedUpdate(row: { readonly properties: object }) {
  return Type.Object({
    ...feedUpdate(row).properties,
    cursor: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'where a stream of this feed would go on; null for all clients together',
    }),
    missing: Type.Array(Type.Integer(), { description: 'clients not heard' }),
  })
}

/** A row of an answer: inserted whole, modified with what changed, deleted with its handle alone. */
export interface FeedRow {
  readonly operation: (typeof OPERATIONS)[number]
  readonly rowRef: string
  readonly [field: string]: unknown
}

/** That a subscription was changed or ended as asked (S3.16, S3.20). */
export const FeedAck = Type.Object({
  ack: Type.Literal(true),
  change: OneOf(['fields', 'rows', 'view', 'end']),
  sourceRef: SourceRef,
  subscriptionRef: Type.Optional(SourceRef),
})
export type FeedAck = Static<typeof FeedAck>
