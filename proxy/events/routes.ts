import accepts from '@fastify/accepts'
import websocket from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { WebSocket } from 'ws'
import { listOrderEvents, openEventSocket } from '../../shared/api/order-events.ts'
import { asksToWait, timeoutOf } from '../../shared/deadline.ts'
import { mustFit } from '../../shared/judged.ts'
import { readRange } from '../../shared/listing/wish.ts'
import { V1_TYPE } from '../../shared/media.ts'
import { problem } from '../../shared/problem.ts'
import type { FieldError } from '../../shared/schemas/problem.ts'
import { fieldsOf, type Service } from '../../shared/service.ts'
import { callerIn } from '../auth/caller.ts'
import type { Gate } from '../auth/gate.ts'
import { SocketEntrance } from '../auth/socket-entrance.ts'
import type { FeedRoutes } from '../feeds/routes.ts'
import type { SocketEar } from '../feeds/socket-feeds.ts'
import { standingFields } from '../limits/standings.ts'
import { shuttingDown } from '../refusals.ts'
import { atomFeed } from './atom.ts'
import { type Cursor, formatCursor, parseCursor } from './cursor.ts'
import type { Batch, MergedEvents } from './merged-events.ts'
import { CLOUD_EVENTS, EventSocket } from './socket.ts'
import { streamEvents } from './sse.ts'
import { type ReadableEvents, visibleEvents } from './visible-events.ts'

/** Readers on open streams, of both kinds together. */
const MAX_READERS = 1000
/** A stream on which nothing happens says so, ms, so that nothing in between takes it for dead. */
const HEARTBEAT_MS = 15_000
/** The largest command a WebSocket may send, bytes. */
const MAX_COMMAND = 16_384

const JSON_TYPE = 'application/json'
const SSE_TYPE = 'text/event-stream'
const ATOM_TYPE = 'application/atom+xml'

type Question = Static<typeof listOrderEvents.schema.querystring>

/** The faces of the merged events: poll, long-poll, server-sent events, Atom at one address, and `/ws`. */
export class EventRoutes {
  readonly #merged: MergedEvents
  readonly #closing = new AbortController()
  readonly #sockets = new Set<EventSocket>()
  #streams = 0

  readonly #feeds: FeedRoutes
  readonly #gate: Gate
  readonly #entrance: SocketEntrance

  constructor(merged: MergedEvents, feeds: FeedRoutes, gate: Gate) {
    this.#merged = merged
    this.#feeds = feeds
    this.#gate = gate
    this.#entrance = new SocketEntrance(gate)
  }

  /** Open streams by their kind, for the metrics. */
  get readers(): { readonly sse: number; readonly websocket: number } {
    // one that is let go may take a while to hear of it, and takes up room until then
    const websocket = [...this.#sockets].filter(({ isOpen }) => isOpen).length
    return { sse: this.#streams, websocket }
  }

  /** Ends every stream; its readers resume at another proxy, or here after the restart. */
  stop(): void {
    this.#closing.abort()
    for (const socket of this.#sockets) socket.leave()
    this.#merged.stop()
  }

  /** Answers `GET /order/events` as its caller likes to read it. */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    reply.header('vary', 'accept').header('cache-control', 'no-store')
    reply.header('accept-ranges', 'timestamp')
    const liked = request.accepts().type([JSON_TYPE, V1_TYPE, SSE_TYPE, ATOM_TYPE])
    switch (liked) {
      case V1_TYPE:
      case JSON_TYPE:
        reply.type(`${liked}; charset=utf-8`)
        return await this.#json(questionOf(request), request, reply)
      case SSE_TYPE:
        return await this.#stream(questionOf(request), request, reply)
      case ATOM_TYPE:
        return await this.#page(questionOf(request), request, reply)
      default:
        throw problem('REQUEST_NOT_ACCEPTABLE', {
          detail: `${listOrderEvents.url} comes as ${JSON_TYPE}, ${SSE_TYPE} or ${ATOM_TYPE}`,
        })
    }
  }

  /** Routes `/ws`. Call it before other routes are made: it watches over them all. */
  register(app: Service): void {
    void app.register(accepts)
    void app.register(websocket, {
      options: {
        maxPayload: MAX_COMMAND,
        handleProtocols: (asked) => (asked.has(CLOUD_EVENTS) ? CLOUD_EVENTS : false),
      },
    })
    void app.register((scope, _, done) => {
      scope.route({
        method: 'GET',
        url: openEventSocket.url,
        preValidation: async (request) => {
          if (!request.ws) return
          this.#position(sinceOf(request), 'since')
          this.#mustHaveRoom()
        },
        handler: () => {
          throw problem('REQUEST_UPGRADE_REQUIRED', {
            detail: '/ws is a WebSocket; the same events come at /order/events',
            headers: { upgrade: 'websocket' },
          })
        },
        wsHandler: (webSocket, request) => {
          this.#admit(webSocket, request, (socket) => void socket.read(sinceOf(request)))
        },
      })
      this.#feeds.register(scope as Service, (webSocket, request, feed) => {
        const { sourceRef, cursor, ...query } = request.query as Record<string, string>
        const command = {
          type: 'subscribe' as const,
          feed: feed.url,
          query: sourceRef === undefined ? query : { ...query, sourceRef },
          ...(sourceRef !== undefined && { sourceRef }),
          ...(cursor !== undefined && { cursor }),
        }
        this.#admit(webSocket, request, (socket) => void socket.open(command))
      })
      done()
    })
  }

  #admit(
    webSocket: WebSocket,
    request: FastifyRequest,
    begin: (socket: EventSocket) => void,
  ): void {
    const isBare = webSocket.protocol !== CLOUD_EVENTS
    this.#entrance.admit(webSocket, request, isBare, () => begin(this.#open(webSocket, request)))
  }

  #open(webSocket: WebSocket, request: FastifyRequest): EventSocket {
    const feedsOf = (ear: SocketEar) => this.#feeds.onSocket(ear, request)
    const socket = new EventSocket(
      { socket: webSocket, wire: request.raw.socket },
      this.#readable(request),
      feedsOf,
    )
    this.#sockets.add(socket)
    webSocket.on('close', () => this.#sockets.delete(socket))
    return socket
  }

  /** The events that whoever calls may see. */
  #readable({ raw }: FastifyRequest): ReadableEvents {
    return visibleEvents(this.#merged, callerIn(raw.headers))
  }

  #mustHaveRoom(): void {
    if (this.#closing.signal.aborted) throw shuttingDown()
    if (this.#streams + this.#sockets.size < MAX_READERS) return
    throw problem('PROXY_TOO_MANY_READERS', {
      detail: `${MAX_READERS} readers are here already`,
      retryAfter: 5,
    })
  }

  /** What follows a position, or what was in a time (S4.6); how many there are in all nobody counts. */
  async #json(question: Question, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { range } = request.headers
    const isHeard = range !== undefined && request.method === 'GET'
    const window = isHeard ? readRange(range, true)?.window : undefined
    if (window === undefined) return await this.#poll(question, request)
    const first = new Date(Math.max(0, window.from) * 1000).toISOString()
    const batch = await this.#merged.after(this.#position(first, 'since'), question.limit)
    const isIn = ({ time }: { time: string }) => Date.parse(time) <= window.to * 1000
    const events = batch.events.filter(isIn)
    if (events.length === 0)
      throw problem('REQUEST_RANGE', {
        detail: 'There is no event in that time',
        headers: { 'content-range': 'timestamp */*' },
      })
    reply.code(206).header('content-range', `timestamp 1-${events.length}/*`)
    return told({ ...batch, events, more: batch.more && events.length === batch.events.length })
  }

  async #poll({ since, before, limit }: Question, request: FastifyRequest): Promise<unknown> {
    const readable = this.#readable(request)
    if (before !== undefined) {
      return told(await readable.before(this.#position(before, 'before'), limit))
    }
    const from = since === 'now' ? await readable.now() : this.#position(since ?? '0', 'since')
    const batch = await readable.after(from, limit)
    if (batch.events.length > 0 || !asksToWait(request.headers)) return told(batch)
    const waitMs = timeoutOf(request.headers, 0)
    const gone = AbortSignal.any([request.callerGone, this.#closing.signal])
    for await (const next of readable.along(batch.cursor, waitMs, gone, limit)) {
      return told(next)
    }
    return told(batch)
  }

  async #stream(
    { since }: Question,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    this.#mustHaveRoom()
    const readable = this.#readable(request)
    const resumed = request.headers['last-event-id']
    const start = typeof resumed === 'string' && resumed !== '' ? resumed : (since ?? 'now')
    const from = start === 'now' ? await readable.now() : this.#position(start, 'since')
    // a position that is gone is refused before the stream begins
    await readable.after(from, 1)
    reply.hijack()
    this.#streams += 1
    const response = reply.raw
    const gone = AbortSignal.any([request.callerGone, this.#closing.signal])
    const forget = this.#gate.hold(request, () => response.destroy())
    try {
      response.writeHead(200, {
        'content-type': `${SSE_TYPE}; charset=utf-8`,
        'cache-control': 'no-store',
        'x-request-id': request.id,
        'x-accel-buffering': 'no',
        ...standingFields(request.raw.headers),
        vary: 'accept',
      })
      await streamEvents(response, from, readable.along(from, HEARTBEAT_MS, gone), gone)
    } catch (error) {
      request.log.info({ err: error, reqId: request.id }, 'a stream of events ended')
    } finally {
      this.#streams -= 1
      forget()
      response.end()
    }
    return reply
  }

  /** A page for feed readers: the newest events first. */
  async #page(
    { since, before, limit }: Question,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const readable = this.#readable(request)
    const isNewest = before === undefined && since === undefined
    const batch =
      since === undefined
        ? await readable.before(this.#position(before ?? 'now', 'before'), limit)
        : await readable.after(this.#position(since, 'since'), limit)
    const events = batch.events.toReversed()
    const older = since === undefined && batch.more ? formatCursor(batch.cursor) : undefined
    const address = (query: string) => `${listOrderEvents.url}?${query}limit=${limit}`
    const etag = `W/"${events[0]?.id ?? 'none'}/${events.length}"`
    reply.header('etag', etag).type(`${ATOM_TYPE}; charset=utf-8`)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return atomFeed({
      events,
      self: isNewest
        ? address('')
        : address(`${since === undefined ? `before=${before}` : `since=${since}`}&`),
      older: older === undefined ? undefined : address(`before=${older}&`),
      newest: address(''),
    })
  }

  #position(text: string, field: string): Cursor {
    const cursor = parseCursor(text, this.#merged.clients, new Date())
    if (cursor !== undefined) return cursor
    const detail = `${field} must be a cursor, a moment (ISO 8601) or now`
    throw invalid([{ endpoint: listOrderEvents.url, field, code: 'bad_format', detail }])
  }
}

function told({ events, cursor, more, missing }: Batch): object {
  return { events, cursor: formatCursor(cursor), more, missing }
}

function invalid(errors: FieldError[]) {
  return problem('REQUEST_INVALID', fieldsOf(errors))
}

function questionOf(request: FastifyRequest): Question {
  const question = { ...(request.query as object) }
  mustFit(listOrderEvents.schema.querystring, question, listOrderEvents.url)
  const { since, before } = question as Question
  if (since !== undefined && before !== undefined) {
    const detail = 'before is not allowed beside since'
    throw invalid([{ endpoint: listOrderEvents.url, field: 'before', code: 'not_allowed', detail }])
  }
  return question as Question
}

function sinceOf(request: FastifyRequest): string {
  const { since } = request.query as { since?: unknown }
  return typeof since === 'string' ? since : 'now'
}
