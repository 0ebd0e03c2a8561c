import { listFeeds } from '../../shared/api/open-feeds.ts'
import type { OpenFeed } from '../../shared/schemas/open-feed.ts'
import type { Service } from '../../shared/service.ts'
import type { Feed } from '../feeds/feed.ts'
import { type Parts, serve } from './serve.ts'

/** `/feeds`: what is followed here, and for whom. */
export function routeOpenFeeds(app: Service, parts: Parts): void {
  const { feeds, subscriptions, link } = parts

  serve(app, parts, listFeeds, ({ query, reply }) => {
    reply.header('cache-control', 'no-store')
    const subscribed = new Map<Feed, number>()
    for (const { feed } of subscriptions.all) subscribed.set(feed, (subscribed.get(feed) ?? 0) + 1)
    const lingering = new Set(feeds.lingering)
    return feeds.all
      .filter(({ kind }) => query.feed === undefined || kind.feed.name === query.feed)
      .map((feed): OpenFeed => {
        const { key, kind, question, state, reason, since, table, readers, streams } = feed
        return {
          id: `${link.clientId}.${key}`,
          clientId: link.clientId,
          feed: kind.feed.name,
          url: kind.feed.url,
          key,
          question: kind.summary?.(question) ?? key,
          state,
          reason,
          since: since.toISOString(),
          asOf: table.changedAt?.toISOString() ?? null,
          rows: table.size,
          readers,
          subscriptions: subscribed.get(feed) ?? 0,
          streams,
          isLingering: lingering.has(feed),
          line: feed.isFollowing ? (kind.line ?? null) : null,
        }
      })
  })
}
