import { Type } from 'typebox'
import { ContractQuery } from '../schemas/contract.ts'
import { DepthExchange, DepthRow } from '../schemas/depth-feed.ts'
import { listingFields } from '../schemas/listing.ts'
import { BAR_SIZES, Bar } from '../schemas/market.ts'
import { MAX_TICKS } from '../schemas/past-ticks.ts'
import { TICK_TYPES, TickRow } from '../schemas/tick-feed.ts'
import { OneOf } from '../schemas/value.ts'
import type { FeedDeclaration } from './feed.ts'
import { inParts, operation } from './operation.ts'

const instrument = ContractQuery.properties
const closed = { additionalProperties: false } as const

/** Lines on each side of a book, at most. */
const MAX_DEPTH = 20

export const marketDepth = {
  name: 'marketDepth',
  url: '/market/depth',
  owner: 'contract',
  tag: 'market',
  title: 'The book of one instrument',
  ib: {
    request: ['reqMktDepth'],
    callbacks: ['updateMktDepth', 'updateMktDepthL2'],
    end: 'cancelMktDepth',
  },
  question: Type.Object(
    {
      ...instrument,
      numRows: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_DEPTH,
          description: 'lines on each side, default 5',
        }),
      ),
      isSmartDepth: Type.Optional(
        Type.Boolean({ description: 'one book of all exchanges; default where exchange is SMART' }),
      ),
    },
    closed,
  ),
  row: DepthRow,
} as const satisfies FeedDeclaration

export const marketTicks = {
  name: 'marketTicks',
  url: '/market/ticks',
  owner: 'contract',
  tag: 'market',
  title: 'Every tick of one instrument',
  ib: {
    request: ['reqTickByTickData'],
    callbacks: [
      'tickByTickAllLast',
      'tickByTickBidAsk',
      'tickByTickMidPoint',
      'historicalTicks',
      'historicalTicksBidAsk',
      'historicalTicksLast',
    ],
    end: 'cancelTickByTickData',
  },
  question: Type.Object(
    {
      ...instrument,
      tickType: Type.Optional(OneOf(TICK_TYPES, { description: 'default Last' })),
      numberOfTicks: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: MAX_TICKS,
          description: 'ticks of the past to begin with; a feed that runs already has what it kept',
        }),
      ),
      ignoreSize: Type.Optional(
        Type.Boolean({ description: 'of BidAsk: a new size alone is no tick' }),
      ),
    },
    closed,
  ),
  row: TickRow,
  isTape: true,
} as const satisfies FeedDeclaration

/** Bar sizes that IB keeps up to date: five seconds and longer. */
export const KEPT_BAR_SIZES = BAR_SIZES.filter((size) => size !== '1 secs')

/** What bars that come live can be made of. */
export const BAR_SOURCES = ['TRADES', 'MIDPOINT', 'BID', 'ASK'] as const

export const bars = {
  name: 'bars',
  url: '/bars',
  owner: 'contract',
  tag: 'market',
  title: 'Bars of one instrument as they come',
  ib: {
    request: ['reqRealTimeBars', 'reqHistoricalData'],
    callbacks: ['realtimeBar', 'historicalData', 'historicalDataUpdate'],
    end: 'cancelRealTimeBars, cancelHistoricalData',
  },
  question: Type.Object(
    {
      ...instrument,
      barSize: Type.Optional(
        OneOf(KEPT_BAR_SIZES, {
          description: 'default 5 secs, from now on; of any other the past comes first',
        }),
      ),
      whatToShow: Type.Optional(
        OneOf(BAR_SOURCES, { description: 'default TRADES, of CASH MIDPOINT' }),
      ),
      useRTH: Type.Optional(Type.Boolean({ description: 'regular trading hours only' })),
      durationStr: Type.Optional(
        Type.String({
          pattern: '^[1-9]\\d{0,5} [SDWMY]$',
          description: 'how far the past reaches: a number and S, D, W, M or Y',
        }),
      ),
    },
    closed,
  ),
  row: Bar,
} as const satisfies FeedDeclaration

export const getDepthExchanges = operation({
  operationId: 'getDepthExchanges',
  method: 'GET',
  url: '/market/depth/exchanges',
  traffic: 'leased',
  list: { summary: ['exchange', 'secType'] },
  tag: 'market',
  summary: 'Which exchanges have depth of what',
  ib: {
    request: ['reqMktDepthExchanges'],
    callbacks: ['mktDepthExchanges'],
    end: 'mktDepthExchanges',
  },
  schema: {
    querystring: Type.Object({ ...listingFields }, closed),
    response: inParts(Type.Array(DepthExchange)),
  },
})

export const marketFeeds = [marketDepth, marketTicks, bars] as const
