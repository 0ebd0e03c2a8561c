import { getHeadlines, getNewsArticle, getNewsProviders } from '../../shared/api/news.ts'
import { problem } from '../../shared/problem.ts'
import type { ContractQuery } from '../../shared/schemas/contract.ts'
import type { Service } from '../../shared/service.ts'
import { refuseFields } from '../fields.ts'
import { writeNewsTime } from '../ib/instants.ts'
import { NewsProviders } from '../ib/news-providers.ts'
import { historicalNews, newsArticle } from '../ib/news-queries.ts'
import type { Terms } from '../ib/query.ts'
import { withoutListing } from './history.ts'
import { spanOf } from './moments.ts'
import { type Parts, serve } from './serve.ts'

/** `/news/…`, as far as it is asked for once. */
export function routeNews(app: Service, parts: Parts): void {
  const { link, contracts } = parts
  const providers = new NewsProviders(link)

  serve(app, parts, getNewsProviders, ({ terms }) => providers.ask(terms))

  /** A number alone names its contract: IB need not be asked which one it is. */
  async function conIdOf(named: ContractQuery, terms: Terms, path: string): Promise<number> {
    const { conId, ...others } = named
    if (conId !== undefined && Object.keys(others).length === 0) return conId
    return (await contracts.only(named, terms, path)).conId
  }

  async function codesOf(
    given: string | undefined,
    terms: Terms,
    path: string,
  ): Promise<readonly string[]> {
    // a + of the query has become a space
    const wanted = [...new Set(given?.split(/[+, ]/) ?? [])]
    const has = await providers.codes(terms, wanted)
    if (has.length === 0) {
      const detail = 'This login has no news provider; subscribe to one in the Client Portal'
      throw problem('INSTANCE_NO_NEWS_PROVIDER', { detail })
    }
    const unknown = wanted.filter((code) => !has.includes(code))
    if (unknown.length === 0) return given === undefined ? has : wanted
    const detail = `providerCodes ${unknown.join(', ')} must be from: ${has.join(', ')}`
    throw refuseFields(path, [{ field: 'providerCodes', code: 'not_allowed', detail }])
  }

  serve(app, parts, getHeadlines, async ({ query, path, terms }) => {
    const {
      providerCodes: given,
      startDateTime,
      endDateTime,
      totalResults,
      ...named
    } = withoutListing(query)
    const { start, end } = spanOf({ startDateTime, endDateTime }, path)
    const providerCodes = await codesOf(given, terms, path)
    const conId = await conIdOf(named, terms, path)
    const { headlines, hasMore } = await link.query(
      historicalNews,
      {
        conId,
        providerCodes,
        startDateTime: start === undefined ? '' : writeNewsTime(start),
        endDateTime: end === undefined ? '' : writeNewsTime(end),
        totalResults,
      },
      terms,
    )
    return {
      conId,
      providerCodes,
      startDateTime: start?.toISOString() ?? null,
      endDateTime: end?.toISOString() ?? null,
      hasMore,
      headlines,
    }
  })

  serve(app, parts, getNewsArticle, ({ params, query, terms }) =>
    link.query(
      newsArticle,
      { articleId: params.articleId, providerCode: query.providerCode },
      terms,
    ),
  )
}
