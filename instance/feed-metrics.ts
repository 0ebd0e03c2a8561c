import { Counter, Gauge, type Registry } from 'prom-client'
import { feeds as declared } from '../shared/api/feeds.ts'
import type { Changes } from '../shared/feed/view.ts'
import { FEED_LINES, FEED_STATES } from '../shared/schemas/feed.ts'
import type { Feed } from './feeds/feed.ts'
import type { OpenFeeds } from './feeds/open-feeds.ts'
import { DROPS, type Drop } from './feeds/stream.ts'
import type { Subscriptions } from './feeds/subscriptions.ts'

/** What is counted of feeds as it happens. */
export interface FeedCounts {
  /** a feed may lack something from now on */
  readonly gapOpened: (feed: Feed) => void
  /** a reader was told these */
  readonly told: (feed: Feed, changes: Pick<Changes, 'rows'>) => void
  /** a subscription ended because it was not read */
  readonly expired: (feed: string) => void
  readonly dropped: (feed: Feed, why: Drop) => void
}

/** What is read of feeds when somebody asks for the metrics. */
export interface WatchedFeeds {
  readonly feeds: OpenFeeds
  readonly subscriptions: Subscriptions
}

/** Registers what is to be seen of feeds (D.7): by their kind, never by what they follow. */
export function countFeeds(
  registry: Registry,
  clientId: number,
  watched: () => WatchedFeeds,
): FeedCounts {
  const registers = [registry]
  const client = { client_id: String(clientId) }
  const names = declared.map(({ name }) => name)
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: (set: (of: Record<Label, string>, value: number) => void, now: WatchedFeeds) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['client_id', ...labels],
      registers,
      collect() {
        this.reset()
        read((of, value) => this.set({ ...client, ...of }, value), watched())
      },
    })
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter({ name, help, labelNames: ['client_id', 'feed', ...labels], registers })

  /** of each kind the sum of what is counted */
  const sums = (all: readonly Feed[], of: (feed: Feed) => number) => {
    const total = new Map(names.map((name) => [name, 0]))
    for (const feed of all) {
      const { name } = feed.kind.feed
      total.set(name, (total.get(name) ?? 0) + of(feed))
    }
    return total
  }
  gauge('ibrest_feeds', 'Feeds that are open, by how they stand', ['feed', 'state'], (set, now) => {
    for (const state of FEED_STATES)
      for (const [feed, count] of sums(now.feeds.all, (each) => Number(each.state === state)))
        set({ feed, state }, count)
  })
  gauge('ibrest_feed_subscriptions', 'Subscriptions that are polled', ['feed'], (set, now) => {
    const of = now.subscriptions.all.map(({ feed }) => feed)
    for (const [feed, count] of sums(of, () => 1)) set({ feed }, count)
  })
  gauge('ibrest_feed_streams', 'Readers of server-sent events', ['feed'], (set, now) => {
    for (const [feed, count] of sums(now.feeds.all, ({ streams }) => streams)) set({ feed }, count)
  })
  gauge(
    'ibrest_feed_lines',
    'What feeds use of the limits that IB sets each login; market-data are its market data lines',
    ['line'],
    (set, now) => {
      const used = now.feeds.all.filter(({ isFollowing }) => isFollowing)
      for (const line of FEED_LINES)
        set({ line }, used.filter(({ kind }) => kind.line === line).length)
    },
  )
  gauge(
    'ibrest_feed_last_update_timestamp_seconds',
    'When the feed of each kind that has been silent for longest was told something',
    ['feed'],
    (set, now) => {
      for (const name of names) {
        const told = now.feeds.all
          .filter(({ kind }) => kind.feed.name === name)
          .map(({ table, since }) => (table.changedAt ?? since).getTime())
        if (told.length > 0) set({ feed: name }, Math.min(...told) / 1000)
      }
    },
  )
  const gaps = counter('ibrest_feed_gaps_total', 'Times a feed came to lack something')
  const conflated = counter(
    'ibrest_feed_conflated_total',
    'Values that came and went before a reader was told them',
  )
  const expired = counter(
    'ibrest_feed_expired_total',
    'Subscriptions that ended because they were not read',
  )
  const dropped = counter(
    'ibrest_feed_dropped_readers_total',
    'Readers of streams that were let go because they did not keep up',
    'reason',
  )
  // present from the start, so that a rate can be told from the first one on
  for (const feed of names) {
    for (const each of [gaps, conflated, expired]) each.inc({ ...client, feed }, 0)
    for (const reason of DROPS) dropped.inc({ ...client, feed, reason }, 0)
  }
  const labels = ({ kind }: Feed) => ({ ...client, feed: kind.feed.name })
  return {
    gapOpened: (feed) => gaps.inc(labels(feed)),
    told: (feed, { rows }) => {
      let values = 0
      for (const row of rows) values += row.conflated
      if (values > 0) conflated.inc(labels(feed), values)
    },
    expired: (feed) => expired.inc({ ...client, feed }),
    dropped: (feed, reason) => dropped.inc({ ...labels(feed), reason }),
  }
}
