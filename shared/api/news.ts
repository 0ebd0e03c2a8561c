import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { listingFields } from '../schemas/listing.ts'
import { Headlines, NewsArticle, NewsProvider } from '../schemas/news.ts'
import { requiredUnless } from '../schemas/when.ts'
import { inParts, operation } from './operation.ts'
import { Moment } from './ticks.ts'

const PROVIDER = '[A-Za-z0-9_.-]{1,32}'

export const ProviderCodes = Type.String({
  maxLength: 1000,
  pattern: `^${PROVIDER}([+, ]${PROVIDER}){0,49}$`,
  description: 'codes with + or , between them; default all this login has',
})

export const getNewsProviders = operation({
  operationId: 'getNewsProviders',
  method: 'GET',
  url: '/news/providers',
  traffic: 'leased',
  list: { summary: ['providerCode'] },
  tag: 'news',
  summary: 'Whose news this login may read',
  ib: { request: ['reqNewsProviders'], callbacks: ['newsProviders'], end: 'newsProviders' },
  schema: {
    querystring: Type.Object({ ...listingFields }, { additionalProperties: false }),
    response: inParts(Type.Array(NewsProvider)),
  },
})

export const getHeadlines = operation({
  operationId: 'getHeadlines',
  method: 'GET',
  url: '/news/headlines',
  traffic: 'leased',
  list: {
    member: 'headlines',
    time: ['timestamp'],
    summary: ['timestamp', 'providerCode', 'articleId', 'headline'],
    csv: true,
  },
  tag: 'news',
  summary: 'Headlines about a contract, newest first',
  ib: {
    request: ['reqNewsProviders', 'reqHistoricalNews'],
    callbacks: ['newsProviders', 'historicalNews'],
    end: 'historicalNewsEnd',
  },
  schema: {
    querystring: Type.Object(
      {
        symbol: Type.Optional(ContractSymbol),
        ...optionalContractFields,
        providerCodes: Type.Optional(ProviderCodes),
        startDateTime: Type.Optional(Moment),
        endDateTime: Type.Optional(Moment),
        totalResults: Type.Integer({ default: 10, minimum: 1, maximum: 300 }),
        ...listingFields,
      },
      {
        additionalProperties: false,
        allOf: [requiredUnless('symbol', 'conId', 'localSymbol', 'secId')],
      },
    ),
    response: inParts(Headlines),
  },
})

export const getNewsArticle = operation({
  operationId: 'getNewsArticle',
  method: 'GET',
  url: '/news/articles/:articleId',
  traffic: 'leased',
  tag: 'news',
  summary: 'One article',
  ib: { request: ['reqNewsArticle'], callbacks: ['newsArticle'], end: 'newsArticle' },
  schema: {
    params: Type.Object({ articleId: Type.String({ minLength: 1, maxLength: 128 }) }),
    querystring: Type.Object(
      {
        providerCode: Type.String({
          pattern: `^${PROVIDER}$`,
          description: 'as the headline names it',
        }),
      },
      { additionalProperties: false },
    ),
    response: { 200: NewsArticle },
  },
})

export const newsOperations = [getNewsProviders, getHeadlines, getNewsArticle] as const
