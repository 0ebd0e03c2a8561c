import { type Static, Type } from 'typebox'
import { OneOf } from './value.ts'

/** The most rows on one page. */
export const MAX_PAGE_SIZE = 10_000
/** Rows on a page where nobody says how many. */
export const PAGE_SIZE = 100

const Moment = (which: string) =>
  Type.Optional(
    Type.String({
      maxLength: 40,
      pattern:
        '^(\\d{1,11}(\\.\\d{1,9})?|\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:?\\d{2})?)?)$',
      description: `rows ${which} this moment: seconds since 1970, or ISO 8601 (UTC without a zone)`,
    }),
  )

/** Which rows of a list are wanted, and how much of each (S4.5, S4.6, S4.22–S4.24, S3.21). */
export const listingFields = {
  from: Moment('not before'),
  to: Moment('not after'),
  page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'the first is 1' }),
  ),
  pageSize: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_SIZE,
      description: `rows on a page, default ${PAGE_SIZE} where pages are asked for`,
    }),
  ),
  maxRows: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'no more rows than this; `IBREST-More-Rows` says whether there are more',
    }),
  ),
  view: Type.Optional(
    OneOf(['summary', 'full'], { description: 'full: every attribute the list knows; default' }),
  ),
} as const

/** What of a query says which rows are wanted. */
export const Listing = Type.Object(listingFields, { additionalProperties: false })
export type Listing = Static<typeof Listing>

/** The names of these fields. */
export const LISTING_NAMES: readonly string[] = Object.keys(listingFields)

/** A filter by symbol, `*` for any text, `_` for any one character; blank is `*` (S3.22). */
export const SymbolFilter = Type.Optional(
  Type.String({
    maxLength: 64,
    description: '`*` stands for any text, `_` for any one character; blank: all',
  }),
)

/** A filter of orders by account; one whose account nobody knows yet may be of it, so it stays (S4.27). */
export const AccountFilter = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 32,
    description: 'orders of this account, and those of which it is not known yet',
  }),
)
