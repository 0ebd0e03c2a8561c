import type { Headline, NewsArticle } from '../../shared/schemas/news.ts'
import type { GatewayEvents } from './events.ts'
import { readNewsTime } from './instants.ts'

/** `{A:800015:L:en:K:0.95:C:0.9}What happened`: what IB knows of a headline stands in braces before it. */
const MARKED = /^\{([A-Z]:[^{}]*)\}(.*)$/s

/** A headline, and what stood in braces before it. */
export function unmarked(text: string): Pick<Headline, 'headline' | 'metadata'> {
  const [, metadata = null, headline = text] = MARKED.exec(text) ?? []
  return { headline, metadata }
}

/** `historicalNews` → a headline. */
export function headlineOf(args: GatewayEvents['historicalNews']): Headline {
  const [, time, providerCode, articleId, headline] = args
  const { datetime = null, timestamp = null } = readNewsTime(time) ?? {}
  return { time, datetime, timestamp, providerCode, articleId, ...unmarked(headline) }
}

/** IB's numbers of what an article is: 0 text, which may be HTML; 1 a PDF in base64. */
const PDF = 1
const MARKUP = /<\/?[a-z][a-z0-9]*(\s[^<>]*)?\/?>/i

/** `newsArticle` → what it is, and its text. */
export function articleOf(
  type: number,
  article: string,
): Pick<NewsArticle, 'articleType' | 'article'> {
  if (type === PDF) return { articleType: 'pdf', article }
  return { articleType: MARKUP.test(article) ? 'html' : 'text', article }
}
