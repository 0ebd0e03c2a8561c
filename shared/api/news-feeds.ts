import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { DisplayGroupRow } from '../schemas/display-group-feed.ts'
import { NEWS_SOURCES, NewsRow } from '../schemas/news-feed.ts'
import { ScannedRow } from '../schemas/scanner-feed.ts'
import { OneOf } from '../schemas/value.ts'
import type { FeedDeclaration } from './feed.ts'
import { ProviderCodes } from './news.ts'

const Rating = Type.String({ minLength: 1, maxLength: 8 })
const Maturity = Type.String({ pattern: '^\\d{8}$', description: 'yyyyMMdd' })
const Price = Type.Number({ minimum: 0, description: "in the market's currency" })
/** A tag and its value, neither with the signs that part them. */
const OPTION = '[\\w.-]{1,64}=[^=;]{1,64}'

/** `/market/scanners`; a default is no part of the question, so it stands here in words. */
export const scanners = {
  name: 'scanners',
  url: '/market/scanners',
  owner: 'question',
  tag: 'market',
  title: 'Instruments by rank, anew about every 30 s',
  ib: {
    request: ['reqScannerSubscription'],
    callbacks: ['scannerData', 'scannerDataEnd'],
    end: 'cancelScannerSubscription',
  },
  question: Type.Object(
    {
      scanCode: Type.String({
        pattern: '^\\w{1,64}$',
        description: 'TOP_PERC_GAIN, MOST_ACTIVE …: the codes in the parameters of the scanner',
      }),
      ...Type.Partial(
        Type.Object({
          instrument: Type.String({
            pattern: '^[\\w.-]{1,32}$',
            description: 'default STK',
          }),
          locationCode: Type.String({
            pattern: '^[\\w.,-]{1,256}$',
            description: 'default STK.US.MAJOR; several with commas',
          }),
          numberOfRows: Type.Integer({ minimum: 1, maximum: 50, description: 'default 50' }),
          abovePrice: Price,
          belowPrice: Price,
          aboveVolume: Type.Integer({ minimum: 0 }),
          averageOptionVolumeAbove: Type.Integer({ minimum: 0 }),
          marketCapAbove: Type.Number({ minimum: 0, description: 'USD' }),
          marketCapBelow: Type.Number({ minimum: 0, description: 'USD' }),
          moodyRatingAbove: Rating,
          moodyRatingBelow: Rating,
          spRatingAbove: Rating,
          spRatingBelow: Rating,
          maturityDateAbove: Maturity,
          maturityDateBelow: Maturity,
          couponRateAbove: Type.Number({ description: 'percent' }),
          couponRateBelow: Type.Number({ description: 'percent' }),
          excludeConvertible: Type.Boolean(),
          scannerSettingPairs: Type.String({
            maxLength: 128,
            description: 'such as `Annual,true`',
          }),
          stockTypeFilter: Type.String({
            pattern: '^[\\w:,]{1,64}$',
            description: 'CORP, ADR, ETF, REIT, CEF or ALL',
          }),
          filterOptions: Type.String({
            maxLength: 1000,
            pattern: `^${OPTION}(;${OPTION}){0,49};?$`,
            description: '`tag=value` with ; between: priceAbove=5;volumeAbove=100000',
          }),
        }),
      ).properties,
    },
    { additionalProperties: false },
  ),
  row: ScannedRow,
} as const satisfies FeedDeclaration

/** `/news` */
export const news = {
  name: 'news',
  url: '/news',
  owner: 'question',
  tag: 'news',
  title: "IB's bulletins, headlines about an instrument, or all a provider writes",
  ib: {
    request: ['reqNewsBulletins', 'reqMktData'],
    callbacks: ['updateNewsBulletin', 'tickNews'],
    end: 'cancelNewsBulletins, cancelMktData',
  },
  question: Type.Object(
    {
      source: Type.Optional(
        OneOf(NEWS_SOURCES, {
          description: 'default headlines where an instrument is named, bulletins otherwise',
        }),
      ),
      symbol: Type.Optional(ContractSymbol),
      ...optionalContractFields,
      providerCodes: Type.Optional(ProviderCodes),
    },
    { additionalProperties: false },
  ),
  row: NewsRow,
  isTape: true,
} as const satisfies FeedDeclaration

/** `/displaygroups` */
export const displayGroups = {
  name: 'displayGroups',
  url: '/displaygroups',
  owner: 'question',
  tag: 'displaygroups',
  title: 'What the display groups of the TWS window show; a Gateway has none',
  ib: {
    request: ['queryDisplayGroups', 'subscribeToGroupEvents'],
    callbacks: ['displayGroupList', 'displayGroupUpdated'],
    end: 'unsubscribeFromGroupEvents',
  },
  question: Type.Object({}, { additionalProperties: false }),
  row: DisplayGroupRow,
} as const satisfies FeedDeclaration

export const newsFeeds: readonly FeedDeclaration[] = [scanners, news, displayGroups]
