import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Commission } from '../../shared/schemas/execution.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type {
  EventType,
  Gap,
  GapEventWord,
  OrderEvent,
  OrderEventWord,
} from '../../shared/schemas/order-event.ts'
import { Waiters } from '../../shared/waiters.ts'

/** How long events can be read again, days. */
export const KEEP_EVENTS_DAYS = 90

/** What an order goes through at most once, whatever is told twice. */
const ONCE: ReadonlySet<EventType> = new Set([
  'ibrest.order.placed',
  'ibrest.order.acknowledged',
  'ibrest.order.executed',
  'ibrest.order.canceled',
  'ibrest.order.rejected',
])

/** An event before it has its number. */
interface News {
  readonly type: EventType
  readonly orderId: number | null
  readonly subject: string | null
  readonly time: string
  readonly data: object
}

interface Row {
  readonly sequence: number
  readonly type: EventType
  readonly subject: string | null
  readonly time: string
  readonly document: string
}

/** The begin or the end of a time nobody listened. */
export interface GapMark {
  readonly type: EventType
  readonly time: string
  readonly data: Gap
}

/** Where events begin and end that are still there; both 0 where there never was one. */
export interface Extent {
  readonly first: number
  readonly last: number
}

/**
 * What happened to the orders of one client, numbered in order. Events are written in the transaction that writes
 * what they tell of, so there is neither one without the other; they can be read once they are on the disk.
 */
export class EventLog {
  readonly #clientId: number
  readonly #statements: Record<
    'add' | 'after' | 'before' | 'ofOrder' | 'first' | 'last' | 'since' | 'once' | 'gap',
    StatementSync
  >
  readonly #news: News[] = []
  readonly #waiters = new Waiters()
  /** asked for at every mirrored read, so kept at hand */
  #lastGap: GapMark | undefined
  #first: number
  #last: number
  #closed = false

  constructor(database: DatabaseSync, clientId: number) {
    this.#clientId = clientId
    const prepare = (sql: string) => database.prepare(sql)
    const columns = 'sequence, type, subject, time, document'
    const oldest = new Date(Date.now() - KEEP_EVENTS_DAYS * 86_400_000).toISOString()
    prepare('DELETE FROM events WHERE time < ?').run(oldest)
    this.#statements = {
      add: prepare(
        'INSERT INTO events (type, orderId, subject, time, document) VALUES (?, ?, ?, ?, ?)',
      ),
      after: prepare(`SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`),
      before: prepare(
        `SELECT ${columns} FROM events WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`,
      ),
      ofOrder: prepare(`SELECT ${columns} FROM events WHERE orderId = ? ORDER BY sequence`),
      first: prepare('SELECT min(sequence) AS number FROM events'),
      last: prepare(`SELECT seq AS number FROM sqlite_sequence WHERE name = 'events'`),
      since: prepare('SELECT min(sequence) AS number FROM events WHERE time >= ?'),
      once: prepare('SELECT 1 AS number FROM events WHERE orderId = ? AND type = ? LIMIT 1'),
      gap: prepare(
        `SELECT ${columns} FROM events WHERE type IN ('ibrest.gap.opened', 'ibrest.gap.closed')
         ORDER BY sequence DESC LIMIT 1`,
      ),
    }
    this.#first = this.#number('first') ?? 0
    this.#last = this.#number('last') ?? 0
    const [gap] = this.#read([this.#statements.gap.get()].filter((row) => row !== undefined))
    if (gap !== undefined) this.#lastGap = { ...gap, data: gap.data as Gap }
  }

  #number(statement: 'first' | 'last'): number | undefined {
    return (this.#statements[statement].get() as { number: number | null } | undefined)?.number as
      | number
      | undefined
  }

  get extent(): Extent {
    return { first: this.#first, last: this.#last }
  }

  /** Events that are not on the disk yet. */
  get unwritten(): number {
    return this.#news.length
  }

  /** What was told beyond so many has not happened: it could not be written. */
  forget(beyond: number): void {
    this.#news.length = beyond
  }

  /** Something happened to an order; `data` tells how things stand now. */
  tell(word: OrderEventWord, { id, orderId }: Pick<Order, 'id' | 'orderId'>, data: object): void {
    const type = `ibrest.order.${word}` as const
    if (ONCE.has(type) && this.#wasTold(type, orderId)) return
    this.#news.push({ type, orderId, subject: id, time: new Date().toISOString(), data })
  }

  /** A fill has its commission. */
  tellCommission(commission: Commission, of: { orderId: number; id: string | null }): void {
    this.tell('commission', of, { ...commission, id: of.id, orderId: of.orderId })
  }

  tellGap(word: GapEventWord, data: Gap): void {
    const mark = { type: `ibrest.gap.${word}` as const, time: new Date().toISOString(), data }
    this.#lastGap = mark
    this.#news.push({ ...mark, orderId: null, subject: null })
  }

  #wasTold(type: EventType, orderId: number): boolean {
    if (this.#news.some((news) => news.type === type && news.orderId === orderId)) return true
    return this.#statements.once.get(orderId, type) !== undefined
  }

  /** Part of the transaction that writes what the events tell of; `written` follows once that has been committed. */
  write(): void {
    for (const { type, orderId, subject, time, data } of this.#news)
      this.#statements.add.run(type, orderId, subject, time, JSON.stringify(data))
  }

  /** All news is on the disk: whoever waits for it is told. */
  written(): void {
    if (this.#news.length === 0) return
    this.#news.length = 0
    this.#last = this.#number('last') ?? this.#last
    if (this.#first === 0) this.#first = this.#number('first') ?? 0
    this.#waiters.wake()
  }

  /** The events after a position, oldest first. */
  after(sequence: number, limit: number): OrderEvent[] {
    return this.#read(this.#statements.after.all(sequence, limit))
  }

  /** The last events before a position, oldest first. */
  before(sequence: number, limit: number): OrderEvent[] {
    return this.#read(this.#statements.before.all(sequence, limit)).reverse()
  }

  /** What an order of this client went through, oldest first. */
  ofOrder(orderId: number): OrderEvent[] {
    return this.#read(this.#statements.ofOrder.all(orderId))
  }

  /** The position before the first event at or after a moment. */
  positionAt(time: Date): number {
    const row = this.#statements.since.get(time.toISOString()) as { number: number | null }
    return row.number === null ? this.#last : row.number - 1
  }

  /** The last gap mark that was written or is about to be. */
  get lastGap(): GapMark | undefined {
    return this.#lastGap
  }

  /** Resolves when there is an event after a position, at the deadline (clock of `performance.now()`, ms), or when its caller goes. */
  async wait(after: number, deadlineAt: number, gone: AbortSignal | undefined): Promise<void> {
    if (this.#last > after || this.#closed) return
    await this.#waiters.wait(deadlineAt - performance.now(), gone)
  }

  /** Nobody waits here any longer. */
  close(): void {
    this.#closed = true
    this.#waiters.wake()
  }

  #read(rows: unknown): OrderEvent[] {
    const clientId = this.#clientId
    return (rows as Row[]).map(({ sequence, type, subject, time, document }) => ({
      specversion: '1.0',
      id: `${clientId}-${sequence}`,
      source: `/clients/${clientId}`,
      type,
      ...(subject !== null && { subject }),
      time,
      datacontenttype: 'application/json',
      sequence,
      clientid: clientId,
      data: JSON.parse(document),
    }))
  }
}
