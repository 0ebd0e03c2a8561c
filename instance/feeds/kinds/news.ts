import { news } from '../../../shared/api/news-feeds.ts'
import type { NEWS_SOURCES } from '../../../shared/schemas/news-feed.ts'
import { refuseFields } from '../../fields.ts'
import { bulletins, type HeadlinesQuestion, headlines } from '../../ib/news-streams.ts'
import type { Asking, FeedKind } from '../kind.ts'
import { instrumentOf } from './instrument.ts'

/** The most rows kept. */
const CAPACITY = 1000
/** How long IB has to refuse: news may not come for days, ms. */
const SETTLE_MS = 1000

type NewsQuestion =
  | { readonly source: 'bulletins' }
  | ({ readonly source: 'headlines' } & HeadlinesQuestion)

/** `/news`. Bulletins are one stream, with those of today, whoever asks. */
export const newsKind: FeedKind<NewsQuestion> = {
  feed: news,
  capacity: CAPACITY,
  settleMs: SETTLE_MS,
  mayBeSilent: true,
  question: async (written, asking) => {
    const { source, providerCodes, ...named } = written as {
      source?: (typeof NEWS_SOURCES)[number]
      providerCodes?: string
    }
    const narrowing = Object.keys(written).filter((name) => name !== 'source')
    if (source === 'bulletins' || (source === undefined && narrowing.length === 0)) {
      refuseNarrowing(narrowing, asking)
      return { source: 'bulletins' }
    }
    const codes = codesOf(providerCodes)
    const { secType } = named as { secType?: string }
    if (secType === 'NEWS' && codes.length > 0)
      throw refuse(asking, 'providerCodes', 'providerCodes is not allowed: the symbol names one')
    const { conId, symbol, exchange, ...details } = await instrumentOf(named, asking)
    const contract = { conId, symbol, secType: details.secType, exchange }
    return { source: 'headlines', contract, providerCodes: codes }
  },
  key: (question) => {
    if (question.source === 'bulletins') return question.source
    const { contract, providerCodes } = question
    return `${question.source} ${contract.conId} ${providerCodes.join('+')}`
  },
  follow: (question, sink, session) => {
    const following =
      question.source === 'bulletins'
        ? session.follow(bulletins, undefined, sink, sink)
        : session.follow(headlines, question, sink, sink)
    return { stop: () => following.close() }
  },
}

function refuse({ endpoint }: Asking, field: string, detail: string) {
  return refuseFields(endpoint, [{ field, code: 'not_allowed', detail }])
}

/** @throws Problem REQUEST_INVALID: bulletins are about nothing in particular */
function refuseNarrowing(fields: readonly string[], { endpoint }: Asking): void {
  if (fields.length === 0) return
  throw refuseFields(
    endpoint,
    fields.map((field) => ({
      field,
      code: 'not_allowed',
      detail: `${field} is not allowed: bulletins are told to everybody; headlines are chosen`,
    })),
  )
}

/** `BRFG+DJ-N` as codes, in one sequence whichever way they are written. A `+` in a query is read as a space. */
function codesOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [...new Set(text.split(/[+, ]/))].sort()
}
