import { problem } from '../../shared/problem.ts'
import type { FeedState } from '../../shared/schemas/feed.ts'
import type { GatewayWord } from '../ib/events.ts'
import type { Link } from '../ib/link.ts'
import { Feed } from './feed.ts'
import type { Farm, FeedKind } from './kind.ts'

/** Feeds of one instance; IB gives the whole login some hundred lines (facts §3.1). */
const MAX_FEEDS = 2000
/** How often feeds are looked at for a silence that should not be, ms. */
const LOOK_MS = 1000

/** What the gateway says of its farms: which, and whether it is down (facts §3.4). */
const FARMS: Readonly<Record<number, { readonly farm: Farm; readonly isDown: boolean }>> = {
  2103: { farm: 'market', isDown: true },
  2105: { farm: 'history', isDown: true },
  2104: { farm: 'market', isDown: false },
  2106: { farm: 'history', isDown: false },
  2108: { farm: 'market', isDown: false },
  2107: { farm: 'history', isDown: false },
}
const SUBSCRIPTIONS_LOST = 1101

export interface OpenFeedsOptions {
  readonly link: Link
  /** a feed without readers keeps its stream so long, ms */
  readonly lingerMs: number
  readonly moved?: (feed: Feed, state: FeedState) => void
  readonly now?: () => Date
}

/** The feeds of this instance: opened for the first reader, shared by all, ended a while after the last. */
export class OpenFeeds {
  readonly #options: OpenFeedsOptions
  readonly #feeds = new Map<string, Feed>()
  readonly #lingering = new Map<Feed, NodeJS.Timeout>()
  /** what was said of the farms that are down, by their names */
  readonly #down = new Map<string, { readonly farm: Farm; readonly text: string }>()
  /** feeds kept for readers that come back */
  readonly #held = new Map<Feed, NodeJS.Timeout>()
  #look: NodeJS.Timeout | undefined

  constructor(options: OpenFeedsOptions) {
    this.#options = options
  }

  get all(): readonly Feed[] {
    return [...this.#feeds.values()]
  }

  /** Feeds kept for readers that may come, though none is there. */
  get lingering(): readonly Feed[] {
    return [...this.#lingering.keys()]
  }

  /**
   * The feed that answers a question, with one reader more; `leave` it when that has gone.
   * @throws Problem INSTANCE_TOO_MANY_FEEDS, INSTANCE_NOT_READY when it is not open and cannot be opened now
   */
  enter<Question>(kind: FeedKind<Question>, question: Question): Feed {
    const key = `${kind.feed.name} ${kind.key(question)}`
    let feed = this.#feeds.get(key)
    if (feed === undefined) feed = this.#open(key, kind as FeedKind, question)
    clearTimeout(this.#lingering.get(feed))
    this.#lingering.delete(feed)
    feed.readers += 1
    return feed
  }

  /** A reader has gone. */
  leave(feed: Feed): void {
    feed.readers -= 1
    if (feed.readers > 0) return
    if (feed.state === 'ended') {
      this.#forget(feed)
      return
    }
    const timer = setTimeout(() => feed.end('nobody reads it'), this.#options.lingerMs)
    timer.unref()
    this.#lingering.set(feed, timer)
  }

  /** Keeps a feed that was entered for a reader who comes back within so long, ms. */
  hold(feed: Feed, ms: number): void {
    const held = this.#held.get(feed)
    if (held !== undefined) {
      clearTimeout(held)
      this.leave(feed)
    }
    const timer = setTimeout(() => {
      this.#held.delete(feed)
      this.leave(feed)
    }, ms)
    timer.unref()
    this.#held.set(feed, timer)
  }

  /** Ends what nobody reads: its streams are wanted elsewhere. How many there were. */
  release(): number {
    const idle = this.lingering
    for (const feed of idle) feed.end('nobody reads it')
    return idle.length
  }

  #open(key: string, kind: FeedKind, question: unknown): Feed {
    if (this.#feeds.size >= MAX_FEEDS)
      throw problem('INSTANCE_TOO_MANY_FEEDS', {
        detail: `${MAX_FEEDS} feeds are open here`,
        retryAfter: 5,
      })
    const { link, moved } = this.#options
    // nothing is promised that cannot begin now
    link.ready()
    const feed = new Feed({
      kind,
      question,
      key,
      session: () => (link.isUsable ? link.ready() : undefined),
      moved: (of, state) => {
        if (state === 'ended') this.#forget(of)
        moved?.(of, state)
      },
    })
    this.#feeds.set(key, feed)
    feed.follow()
    this.#watch()
    return feed
  }

  #forget(feed: Feed): void {
    clearTimeout(this.#lingering.get(feed))
    this.#lingering.delete(feed)
    if (this.#feeds.get(feed.key) === feed) this.#feeds.delete(feed.key)
  }

  /** The gateway can be used, by a new login or because IB is back: streams that were lost are asked for again. */
  ready(): void {
    for (const feed of this.all) {
      if (feed.isFollowing) feed.restored()
      else feed.follow()
    }
  }

  /** The session is over, and every stream with it. */
  lost(reason: string): void {
    this.#down.clear()
    for (const feed of this.all) feed.lost(reason)
  }

  /** IB behind the gateway cannot be reached; streams may go on when it can. */
  cutOff(reason: string): void {
    for (const feed of this.all) feed.gap(reason)
  }

  /** What the gateway says to everybody: subscriptions lost, a farm down or back. */
  said({ code, text }: GatewayWord): void {
    if (code === SUBSCRIPTIONS_LOST) {
      for (const feed of this.all) feed.lost(text)
      return
    }
    const word = FARMS[code]
    if (word === undefined) return
    const { farm, isDown } = word
    // `Market data farm connection is broken:usfarm`
    const name = `${farm} ${/:([\w.-]+)\s*$/.exec(text)?.[1] ?? ''}`
    // every login hears that a farm is up, whether it was down or not
    if (!isDown && !this.#down.delete(name)) return
    if (isDown) this.#down.set(name, { farm, text })
    for (const feed of this.all) {
      if (feed.kind.farm !== farm) continue
      if (isDown) feed.gap(text)
      else if (feed.state === 'gap') feed.follow()
    }
  }

  /** Looks for silence where the market would speak. */
  #watch(): void {
    if (this.#look !== undefined) return
    this.#look = setInterval(() => {
      const now = this.#options.now?.() ?? new Date()
      for (const feed of this.all) {
        if (!feed.isFollowing) continue
        const quietMs = feed.kind.quietMs?.(feed.question, now)
        if (quietMs === undefined || feed.silentMs < quietMs) continue
        feed.gap(
          `nothing was told for ${Math.round(feed.silentMs / 1000)} s while its market is open`,
        )
        feed.follow()
      }
    }, LOOK_MS)
    this.#look.unref()
  }

  /** Ends all: the instance goes. */
  stop(reason: string): void {
    clearInterval(this.#look)
    for (const timer of [...this.#lingering.values(), ...this.#held.values()]) clearTimeout(timer)
    for (const feed of this.all) feed.end(reason)
  }
}
