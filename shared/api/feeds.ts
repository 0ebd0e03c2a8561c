import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { QuoteRow } from '../schemas/quote-feed.ts'
import { accountFeeds } from './account-feeds.ts'
import { type FeedDeclaration, feedOperations } from './feed.ts'
import { marketFeeds } from './market-feeds.ts'
import { newsFeeds } from './news-feeds.ts'

/** How a feed names its one instrument: by symbol, or by conId alone. */
export const instrument = {
  symbol: Type.Optional(ContractSymbol),
  ...optionalContractFields,
} as const

/** The fields by which an instrument is named. */
export const instrumentFields = Object.keys(instrument)

export const marketData = {
  name: 'marketData',
  url: '/market/data',
  owner: 'contract',
  tag: 'market',
  title: 'Quotes of one instrument',
  ib: {
    request: ['reqMktData'],
    callbacks: ['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickOptionComputation'],
    end: 'cancelMktData',
  },
  question: Type.Object(
    {
      ...instrument,
      genericTickList: Type.Optional(
        Type.String({
          pattern: '^\\d{1,3}(,\\d{1,3})*$',
          maxLength: 200,
          description: "IB's numbers of further ticks, with commas: 233,236,318",
        }),
      ),
      marketDataType: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 4, description: '1 live … 4 delayed-frozen' }),
      ),
    },
    { additionalProperties: false },
  ),
  row: QuoteRow,
} as const satisfies FeedDeclaration

/** Every feed. */
export const feeds: readonly FeedDeclaration[] = [
  marketData,
  ...marketFeeds,
  ...newsFeeds,
  ...accountFeeds,
]

export const feedOperationsList = feeds.flatMap((feed) => Object.values(feedOperations(feed)))
