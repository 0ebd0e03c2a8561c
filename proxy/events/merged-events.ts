import { problem } from '../../shared/problem.ts'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { askAll, type Word } from '../gather.ts'
import type { Instances } from '../upstreams.ts'
import { type Cursor, formatPosition, type Position } from './cursor.ts'
import { Tails } from './tails.ts'

/** Who reads along looks again after so long even without news: a client may have come back, ms. */
const LOOK_AGAIN_MS = 1000
/** Events read at once for one reader: so many stay in memory for one that takes nothing. */
const BATCH = 100
/** How long an instance may take to read its ledger, ms. */
const READ_MS = 5000

/** Some events of all clients, in order within each client and by time among them. */
export interface Batch {
  readonly events: readonly OrderEvent[]
  /** where to read on: after the newest of these, or before the oldest when reading backwards */
  readonly cursor: Cursor
  readonly more: boolean
  /** clients that could not be asked */
  readonly missing: readonly number[]
}

/** One client's share of a batch before it is merged. */
interface Share {
  readonly events: readonly OrderEvent[]
  readonly position: Position
  readonly more: boolean
  readonly isMissing: boolean
}

/** The events of all clients as one stream. Each stays in its client's ledger until it is read; nothing is kept here. */
export class MergedEvents {
  readonly #options: Instances
  readonly #tails: Tails

  constructor(options: Instances) {
    this.#options = options
    this.#tails = new Tails(options)
  }

  /** Clients whose events are merged, those included that have left the pool: they may come back. */
  get clients(): number {
    return this.#options.pool.known
  }

  /** Ends everything that reads along. */
  stop(): void {
    this.#tails.stop()
  }

  /**
   * The events after a cursor, asked of every instance that answers.
   * @throws Problem PROXY_EVENTS_GONE for a position no ledger has (any more)
   */
  async after(cursor: Cursor, limit: number): Promise<Batch> {
    return merged(await this.#ask('since', cursor, limit), limit)
  }

  /** The newest events before a cursor. @throws Problem as `after` */
  async before(cursor: Cursor, limit: number): Promise<Batch> {
    return mergedBackwards(await this.#ask('before', cursor, limit), limit)
  }

  /** Where the events end now; a client that cannot be asked is read from this moment on. */
  async now(): Promise<Cursor> {
    const moment = new Date()
    const unknown = Array.from({ length: this.clients }, () => moment)
    const shares = await this.#ask('since', unknown, 1, { instead: 'now' })
    return shares.map(({ position }) => position)
  }

  /**
   * Reads along from a cursor: batch after batch, each as soon as there is one and of `limit` events at most, until its
   * reader goes. After `quietMs` without any event comes an empty one.
   * @throws Problem as `after`
   */
  async *along(
    from: Cursor,
    quietMs: number,
    gone: AbortSignal,
    limit: number = BATCH,
  ): AsyncGenerator<Batch> {
    const leave = this.#tails.join()
    const begun = new Date()
    let cursor = from
    let quietSince = performance.now()
    try {
      while (!gone.aborted) {
        this.#tails.cover()
        const batch = await this.#read(this.#widened(cursor, begun), limit)
        cursor = batch.cursor
        const quiet = performance.now() - quietSince
        if (batch.events.length > 0 || quiet >= quietMs) {
          yield batch
          quietSince = performance.now()
          continue
        }
        await this.#tails.news(Math.min(LOOK_AGAIN_MS, quietMs - quiet), gone)
      }
    } finally {
      leave()
    }
  }

  /** A client that has joined since is read from then on. */
  #widened(cursor: Cursor, from: Date): Cursor {
    const missing = Math.max(0, this.clients - cursor.length)
    return [...cursor, ...Array.from({ length: missing }, () => from)]
  }

  /** What follows a cursor, from memory where it is at hand. */
  async #read(cursor: Cursor, limit: number): Promise<Batch> {
    const atHand = cursor.map((position, clientId) =>
      typeof position === 'number' ? this.#tails.after(clientId, position) : undefined,
    )
    const asked = atHand.some((events) => events === undefined)
      ? await this.#ask('since', cursor, limit, {
          isAsked: (clientId) => atHand[clientId] === undefined,
        })
      : []
    const shares = cursor.map((position, clientId): Share => {
      const events = atHand[clientId]
      if (events === undefined) return asked[clientId] as Share
      return { events, position, more: false, isMissing: false }
    })
    return merged(shares, limit)
  }

  async #ask(
    direction: 'since' | 'before',
    cursor: Cursor,
    limit: number,
    {
      instead,
      isAsked = () => true,
    }: { instead?: string; isAsked?: (clientId: number) => boolean } = {},
  ): Promise<Share[]> {
    const { pool, upstreams } = this.#options
    const words = await askAll(
      pool,
      upstreams,
      {
        path: (clientId) => {
          const position = instead ?? formatPosition(cursor[clientId] ?? 0)
          return `/order/events?${direction}=${encodeURIComponent(position)}&limit=${limit}`
        },
        headers: { accept: 'application/json' },
        timeoutMs: READ_MS,
      },
      // what a ledger holds can be read while its gateway is away
      (clientId) => pool.members[clientId]?.answers === true && isAsked(clientId),
    )
    const shares = words.map((word) => shareOf(word, cursor[word.clientId] ?? 0))
    // another proxy knows of more clients: their positions are kept
    const unasked = cursor
      .slice(shares.length)
      .map((position): Share => ({ events: [], position, more: false, isMissing: true }))
    return [...shares, ...unasked]
  }
}

function shareOf({ clientId, status, body }: Word, position: Position): Share {
  if (status === 410) {
    const { detail } = body as { detail?: string }
    throw problem('PROXY_EVENTS_GONE', { detail: detail ?? '', members: { client_id: clientId } })
  }
  if (status !== 200) return { events: [], position, more: false, isMissing: true }
  const { events, cursor, more } = body as OrderEvents
  return { events, position: Number(cursor), more, isMissing: false }
}

function missingOf(shares: readonly Share[]): number[] {
  return shares.flatMap(({ isMissing }, clientId) => (isMissing ? [clientId] : []))
}

/** By time among the clients; within one client its own sequence rules, whatever its clock did. */
function byTime(shares: readonly Share[]): OrderEvent[] {
  const next = shares.map(() => 0)
  const head = (clientId: number) => shares[clientId]?.events[next[clientId] ?? 0]
  const inOrder: OrderEvent[] = []
  for (;;) {
    let earliest = -1
    for (const clientId of next.keys()) {
      const [event, best] = [head(clientId), head(earliest)]
      if (event !== undefined && (best === undefined || event.time < best.time)) earliest = clientId
    }
    const event = head(earliest)
    if (event === undefined) return inOrder
    inOrder.push(event)
    next[earliest] = (next[earliest] ?? 0) + 1
  }
}

function merged(shares: readonly Share[], limit: number): Batch {
  const all = byTime(shares)
  const events = all.slice(0, limit)
  const cursor = shares.map(({ events: own, position }, clientId) => {
    const last = events.findLast(({ clientid }) => clientid === clientId)
    if (last !== undefined) return last.sequence
    const [first] = own
    return first === undefined ? position : first.sequence - 1
  })
  const more = all.length > limit || shares.some((share) => share.more)
  return { events, cursor, more, missing: missingOf(shares) }
}

function mergedBackwards(shares: readonly Share[], limit: number): Batch {
  const all = byTime(shares)
  const events = all.slice(-limit)
  const cursor = shares.map(({ events: own, position }, clientId) => {
    const first = events.find(({ clientid }) => clientid === clientId)
    return first === undefined ? (own.at(-1)?.sequence ?? position) : first.sequence - 1
  })
  const more = all.length > limit || shares.some((share) => share.more)
  return { events, cursor, more, missing: missingOf(shares) }
}
