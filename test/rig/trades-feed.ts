import type { AddressInfo } from 'node:net'
import accepts from '@fastify/accepts'
import type { Test } from 'tap'
import { Type } from 'typebox'
import { Admission } from '../../instance/admission.ts'
import { readConfig } from '../../instance/config.ts'
import { countFeeds } from '../../instance/feed-metrics.ts'
import type { FeedKind, Sink } from '../../instance/feeds/kind.ts'
import { OpenFeeds } from '../../instance/feeds/open-feeds.ts'
import { Subscriptions } from '../../instance/feeds/subscriptions.ts'
import type { Link } from '../../instance/ib/link.ts'
import { routeFeeds } from '../../instance/routes/feeds.ts'
import type { Parts } from '../../instance/routes/serve.ts'
import { createRegistry } from '../../shared/metrics.ts'
import { createService } from '../../shared/service.ts'
import type { Parsed } from './parsed.ts'

/** A trade as in the examples of other data servers. */
export interface Trade {
  readonly price?: number
  readonly quantity?: number
  readonly tradeId?: string
  readonly symbol?: string
  readonly side?: 'Buy' | 'Sell'
}

export interface TradesFeed {
  readonly url: string
  readonly feeds: OpenFeeds
  readonly subscriptions: Subscriptions
  /** where a test tells rows; that of the source that runs now */
  readonly sink: () => Sink
  /** sources that were begun, and those that were stopped */
  readonly sources: { begun: number; stopped: number }
  /** whether there is a session */
  readonly link: { isUsable: boolean }
  metrics(): Promise<string>
  call(
    method: string,
    headers?: Record<string, string>,
    body?: unknown,
    query?: string,
  ): Promise<{ status: number; headers: Headers; body: Parsed }>
}

export interface TradesWishes {
  /** trades there are when the first reader comes */
  readonly trades?: number
  readonly kind?: Partial<FeedKind>
  readonly isTape?: boolean
  readonly config?: Partial<ReturnType<typeof readConfig>>
}

/** `/all-trades`: the routes of feeds over one kind of our own with many rows, before no gateway at all. */
export async function tradesFeed(t: Test, wishes: TradesWishes = {}): Promise<TradesFeed> {
  const { trades = 0, isTape = false } = wishes
  const link = { isUsable: true }
  const sources = { begun: 0, stopped: 0 }
  let sink: Sink | undefined
  const kind: FeedKind = {
    feed: {
      name: 'allTrades',
      url: '/all-trades',
      owner: 'question',
      tag: 'market',
      title: 'Trades',
      isTape,
      question: Type.Object(
        { desk: Type.Optional(Type.String()) },
        { additionalProperties: false },
      ),
      row: Type.Object({
        price: Type.Number(),
        quantity: Type.Integer(),
        tradeId: Type.String(),
        symbol: Type.String(),
        side: Type.String(),
      }),
    },
    capacity: 1000,
    settleMs: 1000,
    question: async (written) => written,
    key: (question) => JSON.stringify(question),
    follow: (_, into) => {
      sources.begun += 1
      sink = into
      if (sources.begun === 1)
        for (let number = 1; number <= trades; number += 1) into.put(`${number}`, trade(number))
      into.told('whole')
      return {
        stop: () => {
          sources.stopped += 1
        },
      }
    },
    ...wishes.kind,
  }
  const config = {
    ...readConfig({ LOG_LEVEL: 'silent', IBREST_PORT: '0' }),
    ...wishes.config,
  }
  const app = createService({ name: 'trades', logLevel: 'silent', bodyLimitBytes: 100_000 })
  const registry = createRegistry('instance', '0')
  const feeds = new OpenFeeds({
    link: {
      ready: () => ({}),
      ...link,
      get isUsable() {
        return link.isUsable
      },
    } as unknown as Link,
    lingerMs: config.feedLingerMs,
  })
  const feedCounts = countFeeds(registry, 0, () => ({ feeds, subscriptions }))
  const subscriptions: Subscriptions = new Subscriptions({
    feeds,
    clientId: 0,
    expiryMs: config.feedExpiryMs,
    onExpired: feedCounts.expired,
  })
  const admission = new Admission(1)
  const streams = new Set<() => void>()
  const parts = { config, feeds, subscriptions, feedCounts, admission, streams } as unknown
  void app.register(accepts)
  routeFeeds(app, { ...(parts as Parts), tradingModes: { mode: 'paper' } as never }, [kind])
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  t.teardown(async () => {
    feeds.stop('the test is over')
    subscriptions.stop()
    for (const leave of streams) leave()
    await app.close()
  })
  return {
    url: `${url}/all-trades`,
    feeds,
    subscriptions,
    sources,
    link,
    sink: () => sink as Sink,
    metrics: async () => await registry.metrics(),
    call: async (method, headers = {}, body, query = '') => {
      const answer = await fetch(`${url}/all-trades${query}`, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = /json/.test(answer.headers.get('content-type') ?? '')
      return {
        status: answer.status,
        headers: answer.headers,
        body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
      }
    },
  }
}

/** The trade of a number. */
export function trade(number: number): Trade & Readonly<Record<string, unknown>> {
  return {
    price: 100 + number,
    quantity: 10 * number,
    tradeId: `TRADE_${String(number).padStart(3, '0')}`,
    symbol: number % 2 === 1 ? 'AAPL' : 'GOOG',
    side: number % 2 === 1 ? 'Buy' : 'Sell',
  }
}
