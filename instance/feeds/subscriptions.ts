import { randomBytes } from 'node:crypto'
import { View, type Wishes } from '../../shared/feed/view.ts'
import { problem } from '../../shared/problem.ts'
import type { Feed } from './feed.ts'
import type { OpenFeeds } from './open-feeds.ts'

/** Subscriptions at one instance. */
const MAX_SUBSCRIPTIONS = 5000
/** Ended subscriptions whose end can still be told. */
const REMEMBERED = 10_000

/** What one reader polls: a view of a feed under a handle. */
export interface Subscription {
  readonly sourceRef: string
  readonly feed: Feed
  readonly view: View
  /** the fields told; undefined: all */
  fields: readonly string[] | undefined
  readonly isPaged: boolean
  /** answers given */
  sequenceId: number
  /** calls that read it now: it does not expire under them */
  reading: number
  /** ends the stream that tells it now: there is one at a time, or each would have a part */
  endStream: (() => void) | undefined
  timer: NodeJS.Timeout | undefined
}

export interface SubscriptionsOptions {
  readonly feeds: OpenFeeds
  readonly clientId: number
  /** one that is not read for so long ends, ms (S3.14) */
  readonly expiryMs: number
  /** they can be read; while the gateway is away the proxy asks nobody, and that is not their readers' silence */
  readonly isReadable?: () => boolean
  readonly onExpired?: (feed: string) => void
}

/** The subscriptions of this instance by their handles; each ends by a word of its reader or because it is not read. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #open = new Map<string, Subscription>()
  /** why the last ones ended */
  readonly #ended = new Map<string, string>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#open.size
  }

  get all(): readonly Subscription[] {
    return [...this.#open.values()]
  }

  /** A handle that says where it lives. */
  newRef(): string {
    return `${this.#options.clientId}.${randomBytes(9).toString('base64url')}`
  }

  /** @throws Problem INSTANCE_FEED_REF_IN_USE, INSTANCE_TOO_MANY_READERS */
  mustBeFree(sourceRef: string): void {
    if (this.#open.has(sourceRef))
      throw problem('INSTANCE_FEED_REF_IN_USE', {
        detail: `There is a subscription ${sourceRef} already: read it, end it, or choose another Source-Ref`,
        members: { source_ref: sourceRef },
      })
    if (this.#open.size >= MAX_SUBSCRIPTIONS)
      throw problem('INSTANCE_TOO_MANY_READERS', {
        detail: `${MAX_SUBSCRIPTIONS} subscriptions are open here`,
        retryAfter: 5,
      })
  }

  /** Subscribes to a feed that was entered for it. */
  add(sourceRef: string, feed: Feed, wishes: Wishes): Subscription {
    this.mustBeFree(sourceRef)
    const subscription: Subscription = {
      sourceRef,
      feed,
      view: new View(feed.table, wishes),
      fields: wishes.fields,
      isPaged: wishes.viewNumber !== undefined,
      sequenceId: 0,
      reading: 0,
      endStream: undefined,
      timer: undefined,
    }
    this.#open.set(sourceRef, subscription)
    this.#ended.delete(sourceRef)
    this.#begin(subscription)
    return subscription
  }

  /**
   * The subscription of a handle.
   * @throws Problem INSTANCE_FEED_ENDED with why, INSTANCE_UNKNOWN_FEED when there never was one, or long ago
   */
  find(sourceRef: string, feedName?: string): Subscription {
    const found = this.#open.get(sourceRef)
    if (found !== undefined && feedName !== undefined && found.feed.kind.feed.name !== feedName)
      throw problem('INSTANCE_UNKNOWN_FEED', {
        detail: `${sourceRef} is a subscription to ${found.feed.kind.feed.url}`,
        members: { source_ref: sourceRef },
      })
    if (found !== undefined) {
      if (found.feed.state === 'ended') this.end(sourceRef, found.feed.reason ?? 'the feed ended')
      else return found
    }
    const why = this.#ended.get(sourceRef)
    if (why !== undefined)
      throw problem('INSTANCE_FEED_ENDED', {
        detail: `The subscription ${sourceRef} has ended: ${why}. Subscribe again with POST.`,
        members: { source_ref: sourceRef },
      })
    throw problem('INSTANCE_UNKNOWN_FEED', {
      detail: `There is no subscription ${sourceRef} at client ${this.#options.clientId}: it never was, or the instance has restarted since. Subscribe with POST.`,
      members: { source_ref: sourceRef },
    })
  }

  /** Reads it, and it lives as long again; while the work runs it does not expire. */
  async reading<Result>(
    subscription: Subscription,
    read: () => Promise<Result> | Result,
  ): Promise<Result> {
    clearTimeout(subscription.timer)
    subscription.reading += 1
    try {
      return await read()
    } finally {
      subscription.reading -= 1
      if (subscription.reading === 0 && this.#open.has(subscription.sourceRef))
        this.#begin(subscription)
    }
  }

  #begin(subscription: Subscription): void {
    const { expiryMs, isReadable, onExpired } = this.#options
    clearTimeout(subscription.timer)
    subscription.timer = setTimeout(() => {
      const { sourceRef, feed } = subscription
      if (feed.state === 'ended') {
        this.end(sourceRef, feed.reason ?? 'the feed ended')
        return
      }
      if (isReadable?.() === false) {
        this.#begin(subscription)
        return
      }
      this.end(sourceRef, `it was not read for ${expiryMs / 1000} s`)
      onExpired?.(feed.kind.feed.name)
    }, expiryMs)
    subscription.timer.unref()
  }

  end(sourceRef: string, why: string): void {
    const subscription = this.#open.get(sourceRef)
    if (subscription === undefined) return
    this.#open.delete(sourceRef)
    clearTimeout(subscription.timer)
    subscription.endStream?.()
    this.#ended.set(sourceRef, why)
    if (this.#ended.size > REMEMBERED) {
      const [oldest] = this.#ended.keys()
      if (oldest !== undefined) this.#ended.delete(oldest)
    }
    this.#options.feeds.leave(subscription.feed)
  }

  stop(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer)
  }
}
