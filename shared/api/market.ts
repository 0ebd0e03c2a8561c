import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { listingFields } from '../schemas/listing.ts'
import { BAR_SIZES, History, Quote, WHAT_TO_SHOW } from '../schemas/market.ts'
import { OneOf } from '../schemas/value.ts'
import { getDepthExchanges } from './market-feeds.ts'
import { inParts, operation, unchanged } from './operation.ts'

const symbolParams = Type.Object({ symbol: ContractSymbol })

export const getHistory = operation({
  operationId: 'getHistory',
  method: 'GET',
  url: '/history/:symbol',
  aliases: ['/historical/:symbol'],
  traffic: 'leased',
  pacing: 'history',
  list: {
    member: 'bars',
    // whole days have no time of day
    time: ['timestamp', 'date'],
    summary: ['date', 'timestamp', 'close'],
    csv: true,
  },
  tag: 'history',
  summary: 'Bars of one contract',
  ib: { request: ['reqHistoricalData'], callbacks: ['historicalData'], end: 'historicalDataEnd' },
  schema: {
    params: symbolParams,
    querystring: Type.Object(
      {
        ...optionalContractFields,
        endDateTime: Type.Optional(
          Type.String({
            maxLength: 40,
            pattern:
              '^(\\d{8}[- ]{1,2}\\d{2}:\\d{2}:\\d{2}( [A-Za-z_/+-]+)?|\\d{4}-\\d{2}-\\d{2}T[0-9:.]+(Z|[+-]\\d{2}:?\\d{2})?|\\d{8})?$',
            description: 'default now; yyyymmdd-hh:mm:ss (UTC) or ISO 8601',
          }),
        ),
        durationStr: Type.String({
          default: '1 D',
          pattern: '^[1-9]\\d{0,5} [SDWMY]$',
          description: 'a number and S, D, W, M or Y',
        }),
        barSizeSetting: OneOf(BAR_SIZES, { default: '1 min' }),
        whatToShow: OneOf(WHAT_TO_SHOW, { default: 'TRADES' }),
        useRTH: Type.Boolean({ default: false }),
        formatDate: Type.Integer({ default: 2, minimum: 1, maximum: 2 }),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: { ...inParts(History), ...unchanged },
  },
})
export const getQuote = operation({
  operationId: 'getQuote',
  method: 'GET',
  url: '/market/:symbol',
  traffic: 'leased',
  pacing: 'snapshot',
  tag: 'market',
  summary: 'The market now: quote, last trade and the day so far',
  ib: {
    request: ['reqMktData'],
    callbacks: ['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'marketDataType'],
    end: 'tickSnapshotEnd',
  },
  schema: {
    params: symbolParams,
    querystring: Type.Object(
      {
        ...optionalContractFields,
        marketDataType: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 4, description: '1 live … 4 delayed-frozen' }),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 200: Quote },
  },
})

export const marketOperations = [getHistory, getQuote, getDepthExchanges] as const
