import type { Headline, NewsArticle, NewsProvider } from '../../shared/schemas/news.ts'
import { itself, list, type Query } from './query.ts'
import { articleOf, headlineOf } from './translate-news.ts'

/** Whose news this login may read. */
export const newsProviders: Query<undefined, NewsProvider[], NewsProvider[]> = {
  name: 'newsProviders',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqNewsProviders(),
  cancel: null,
  reads: {
    newsProviders: (bag, [providers]) => {
      for (const { providerCode = '', providerName = '' } of providers)
        bag.push({ providerCode, providerName })
      return 'end'
    },
  },
  answer: itself,
}

export interface NewsQuestion {
  readonly conId: number
  readonly providerCodes: readonly string[]
  /** as IB's news have times, or empty for no bound */
  readonly startDateTime: string
  readonly endDateTime: string
  readonly totalResults: number
}

interface Headlines {
  readonly headlines: Headline[]
  hasMore: boolean
}

/** Headlines about a contract, newest first. */
export const historicalNews: Query<NewsQuestion, Headlines, Headlines> = {
  name: 'historicalNews',
  answeredBy: 'reqId',
  begin: () => ({ headlines: [], hasMore: false }),
  start: (api, reqId, question) =>
    void api.reqHistoricalNews(
      reqId,
      question.conId,
      question.providerCodes.join('+'),
      question.startDateTime,
      question.endDateTime,
      question.totalResults,
    ),
  cancel: null,
  reads: {
    historicalNews: (bag, args) => {
      bag.headlines.push(headlineOf(args))
      return 'more'
    },
    historicalNewsEnd: (bag, [, hasMore]) => {
      bag.hasMore = hasMore
      return 'end'
    },
  },
  answer: itself,
}

export interface ArticleQuestion {
  readonly providerCode: string
  readonly articleId: string
}

/** One article. */
export const newsArticle: Query<ArticleQuestion, NewsArticle, NewsArticle> = {
  name: 'newsArticle',
  answeredBy: 'reqId',
  begin: (question) => ({ ...question, articleType: 'text', article: '' }),
  start: (api, reqId, { providerCode, articleId }) =>
    void api.reqNewsArticle(reqId, providerCode, articleId),
  cancel: null,
  reads: {
    newsArticle: (bag, [, type, article]) => {
      Object.assign(bag, articleOf(type, article))
      return 'end'
    },
  },
  answer: itself,
}
