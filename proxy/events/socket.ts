import type { Socket } from 'node:net'
import { Type } from 'typebox'
import type { WebSocket } from 'ws'
import { problem } from '../../shared/problem.ts'
import type { EventType, OrderEvent } from '../../shared/schemas/order-event.ts'
import { findingsOf } from '../../shared/validation.ts'
import { Waiters } from '../../shared/waiters.ts'
import type { FeedCommand, SocketEar, SocketFeeds } from '../feeds/socket-feeds.ts'
import { type Cursor, formatCursor, parseCursor } from './cursor.ts'
import type { MergedEvents } from './merged-events.ts'
import { advanced, SLOW_READER_MS } from './sse.ts'

/** The sub-protocol of CloudEvents over WebSocket. */
export const CLOUD_EVENTS = 'cloudevents.json'

/**
 * A socket is asked whether it lives so often, ms; one that did not answer by the next time is let go. A reader that
 * takes nothing does not even see the question.
 */
const PING_MS = 25_000
/** What may wait to be sent to one reader, bytes; more is not read for it before it has taken that. */
const UNSENT_LIMIT = 1_048_576
/** A close reason has room for so many bytes (RFC 6455 § 5.5). */
const MAX_REASON = 123
/** Close codes: of RFC 6455, and our own. */
const CODES = { goingAway: 1001, gone: 4410, tooSlow: 4008 } as const

/** The words of bare clients (S2.20–S2.22); what has none is not told to them. */
const PLAIN: Partial<Record<EventType, string>> = {
  'ibrest.order.acknowledged': 'Placed',
  'ibrest.order.executed': 'Executed',
  'ibrest.order.canceled': 'Canceled',
  'ibrest.order.rejected': 'Rejected',
}

const Command = Type.Object(
  {
    type: Type.Unsafe<'subscribe' | 'unsubscribe' | 'resume'>({
      type: 'string',
      enum: ['subscribe', 'unsubscribe', 'resume'],
    }),
    since: Type.Optional(Type.String({ maxLength: 400 })),
    sourceRef: Type.Optional(Type.String({ maxLength: 64 })),
    feed: Type.Optional(Type.String({ maxLength: 64 })),
    query: Type.Optional(Type.Object({}, { additionalProperties: true })),
    cursor: Type.Optional(Type.String({ maxLength: 400 })),
  },
  { additionalProperties: false, required: ['type'] },
)

/**
 * One reader on a WebSocket: it is told of order events, and may stop, go on, or go back to a cursor; and of the feeds it
 * asks for.
 */
export class EventSocket implements SocketEar {
  readonly #socket: WebSocket
  readonly #merged: MergedEvents
  readonly isCloud: boolean
  readonly #feeds: SocketFeeds
  /** something that was to be sent has left */
  readonly #sent = new Waiters()
  readonly #wire: Socket
  #isGathering = false
  #reading: AbortController | undefined
  /** where the reader stands in what it was sent */
  #cursor: Cursor = []
  #lives = true

  constructor(
    { socket, wire }: { readonly socket: WebSocket; readonly wire: Socket },
    merged: MergedEvents,
    feedsOf: (ear: SocketEar) => SocketFeeds,
  ) {
    this.#socket = socket
    this.#wire = wire
    this.#merged = merged
    this.isCloud = socket.protocol === CLOUD_EVENTS
    this.#feeds = feedsOf(this)
    const ping = setInterval(() => this.#ping(), PING_MS)
    socket.on('pong', () => {
      this.#lives = true
    })
    socket.on('message', (data) => void this.#command(String(data)))
    socket.on('close', () => {
      clearInterval(ping)
      this.#reading?.abort()
      this.#feeds.stop()
    })
    // a broken frame closes the socket by itself
    socket.on('error', () => undefined)
  }

  /** It may be told something; false from the moment it is being closed. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Reads from a cursor, a moment, or from now on. */
  async read(since: string): Promise<boolean> {
    const { clients } = this.#merged
    const from =
      since === 'now' ? await this.#merged.now() : parseCursor(since, clients, new Date())
    if (from === undefined) return false
    this.#reading?.abort()
    const reading = new AbortController()
    this.#reading = reading
    void this.#tell(from, reading.signal)
    return true
  }

  /** Says good-bye: the proxy is leaving. */
  leave(): void {
    this.#reading?.abort()
    this.#feeds.stop()
    this.#close(CODES.goingAway, 'the proxy is shutting down')
  }

  async #tell(from: Cursor, gone: AbortSignal): Promise<void> {
    this.#cursor = from
    try {
      for await (const { events } of this.#merged.along(from, PING_MS, gone)) {
        for (const event of events) {
          if (this.isFull && !(await this.hasRoom(gone))) return this.letGo()
          if (gone.aborted) return
          this.#cursor = advanced(this.#cursor, event)
          this.#send(event, this.#cursor)
        }
      }
    } catch (error) {
      this.#close(CODES.gone, String((error as Error).message).slice(0, 120))
    }
  }

  #send(event: OrderEvent, cursor: Cursor): void {
    if (this.isCloud) {
      this.say({ ...event, cursor: formatCursor(cursor) })
      return
    }
    const status = PLAIN[event.type]
    if (status !== undefined) this.say({ orderId: event.subject ?? null, status })
  }

  /** Sends a message. */
  say(message: object): void {
    this.sayText(JSON.stringify(message))
  }

  /** Sends what is JSON already. */
  sayText(text: string): void {
    this.#gather()
    this.#socket.send(text, this.#whenSent)
  }

  readonly #whenSent = (): void => this.#sent.wake()

  /** What is said in one turn of the event loop leaves together: writing to the wire is what costs most. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#wire.cork()
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    if (!this.#isGathering) return
    this.#isGathering = false
    this.#wire.uncork()
  }

  #close(code: number, reason: string): void {
    this.#flush()
    this.#socket.close(code, reason)
  }

  /** More is waiting to be sent than may. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > UNSENT_LIMIT
  }

  /** Waits until what was sent has left; false for a reader that takes nothing for too long. */
  async hasRoom(gone: AbortSignal): Promise<boolean> {
    while (this.isFull && !gone.aborted)
      if (!(await this.#sent.wait(SLOW_READER_MS, gone)) && !gone.aborted) return false
    return true
  }

  /** Tells a reader that takes nothing why it ends; it hears that if it goes on before the connection is given up. */
  letGo(): void {
    this.#reading?.abort()
    this.#feeds.stop()
    const reason = `too slow; resume since=${formatCursor(this.#cursor)}`
    // part of a cursor would be another place
    const fits = reason.length <= MAX_REASON
    this.#close(CODES.tooSlow, fits ? reason : 'too slow; resume from the last cursor')
  }

  #ping(): void {
    if (this.#lives) this.#socket.ping()
    else this.letGo()
    this.#lives = false
  }

  /** Begins with a feed, as the address asked. */
  async open(command: FeedCommand): Promise<void> {
    await this.#feeds.command(command)
  }

  async #command(text: string): Promise<void> {
    const command = commandIn(text)
    if (command === undefined) return this.#refuse('type must be subscribe, unsubscribe or resume')
    if (command.feed !== undefined || command.sourceRef !== undefined)
      return await this.#feeds.command(command)
    const { type, since = 'now' } = command
    if (type === 'unsubscribe') {
      this.#reading?.abort()
    } else if (!(await this.read(since).catch(() => false))) {
      return this.#refuse('since must be a cursor, a moment (ISO 8601) or now')
    }
    this.say({ type: `${type}d` })
  }

  #refuse(detail: string): void {
    this.say({ error: problem('REQUEST_INVALID', { detail }).document('websocket') })
  }
}

function commandIn(text: string): (FeedCommand & { since?: string }) | undefined {
  try {
    const command = JSON.parse(text)
    return findingsOf(Command, command).length === 0 ? command : undefined
  } catch {
    return undefined
  }
}
