import type { NewsProvider } from '../../shared/schemas/news.ts'
import type { Link } from './link.ts'
import { newsProviders } from './news-queries.ts'
import type { Terms } from './query.ts'

/** What a login may read changes by a subscription at most; ms. */
const FRESH_MS = 3_600_000

/** Whose news this login may read, remembered for an hour. */
export class NewsProviders {
  readonly #link: Link
  #known: { readonly codes: readonly string[]; readonly at: number } | undefined

  constructor(link: Link) {
    this.#link = link
  }

  /** Asked of the gateway now. */
  async ask(terms: Terms): Promise<NewsProvider[]> {
    const providers = await this.#link.query(newsProviders, undefined, terms)
    const codes = providers.map(({ providerCode }) => providerCode)
    this.#known = { codes, at: performance.now() }
    return providers
  }

  /** Their codes. With `wanted` they are asked for anew where one of those is not among them: it may be new. */
  async codes(terms: Terms, wanted: readonly string[] = []): Promise<readonly string[]> {
    const known = this.#known
    const isFresh = known !== undefined && performance.now() - known.at < FRESH_MS
    if (isFresh && wanted.every((code) => known.codes.includes(code))) return known.codes
    return (await this.ask(terms)).map(({ providerCode }) => providerCode)
  }
}
