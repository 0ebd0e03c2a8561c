import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { FeedDeclaration } from '../../shared/api/feed.ts'
import { feedOperations } from '../../shared/api/feed.ts'
import { feeds } from '../../shared/api/feeds.ts'
import type { Operation } from '../../shared/api/operation.ts'
import { endIdleFeeds, getSubscription } from '../../shared/api/subscriptions.ts'
import { timeoutOf } from '../../shared/deadline.ts'
import { problem } from '../../shared/problem.ts'
import type { Service } from '../../shared/service.ts'
import { askAll } from '../gather.ts'
import { onBehalf } from '../headers.ts'
import { standingFields } from '../limits/standings.ts'
import { pinOf } from '../pin.ts'
import { shuttingDown, unknownClient } from '../refusals.ts'
import {
  bodyOf,
  deadline,
  endedIn,
  fieldOf,
  fieldsOf,
  isFull,
  isStream,
  onwards,
  recordOf,
  refIn,
} from './call-fields.ts'
import { carry, type FeedRoutesOptions, passBack } from './carry.ts'
import { Everywhere, followEverywhere } from './everywhere.ts'
import { type Declined, Following, type Pieces } from './following.ts'
import { Instruments } from './instruments.ts'
import { type Asked, FeedOwners } from './owners.ts'
import { type SocketEar, SocketFeeds } from './socket-feeds.ts'

/** Readers of feeds on open streams. */
const MAX_STREAMS = 4096
/** A reader that takes nothing for so long is let go, ms; it resumes where it stopped. */
const SLOW_READER_MS = 60_000
const SSE_TYPE = 'text/event-stream'

/** When lines were given up for a newcomer, it is tried again so often, and after so long each time, ms. */
const RETRIES = 3
const RETRY_MS = 50

/** A stream somebody wants. */
export interface Wanted {
  readonly feed: FeedDeclaration
  /** the subscription to be streamed; undefined: what the question asks */
  readonly sourceRef: string | undefined
  readonly question: Readonly<Record<string, unknown>>
  readonly pin: number | undefined
  /** path and query, as the instance is asked */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** where to go on */
  readonly from: string | undefined
  readonly asked: Asked
}

/** The feeds as callers meet them: sent to the client that keeps them, beside its slots; streams outlive its absence. */
export class FeedRoutes {
  readonly #options: FeedRoutesOptions
  readonly #owners: FeedOwners
  readonly #everywhere: Everywhere
  readonly #closing = new AbortController()
  #streams = 0

  constructor(options: FeedRoutesOptions) {
    this.#options = options
    this.#owners = new FeedOwners(options, new Instruments(options))
    this.#everywhere = new Everywhere(options)
  }

  /** Open streams. */
  get streams(): number {
    return this.#streams
  }

  /** Ends every stream; its readers resume at another proxy, or here after the restart. */
  stop(): void {
    this.#closing.abort()
  }

  /** Routes every feed; call it where WebSockets are known, which `onSocket` takes. */
  register(
    app: Service,
    onSocket: (socket: WebSocket, request: FastifyRequest, feed: FeedDeclaration) => void,
  ): void {
    for (const feed of feeds)
      for (const operation of Object.values(feedOperations(feed)))
        app.route({
          method: operation.method,
          url: operation.url,
          preValidation: async (request) => {
            if (request.ws) this.#mustHaveRoom()
          },
          handler: (request, reply) => this.#answer(feed, operation, request, reply),
          ...(operation.method === 'GET' && {
            wsHandler: (socket: WebSocket, request: FastifyRequest) =>
              onSocket(socket, request, feed),
          }),
        })
    app.route({
      method: getSubscription.method,
      url: getSubscription.url,
      handler: async (request, reply) => {
        const { sourceRef } = request.params as { sourceRef: string }
        return await this.#bySourceRef(sourceRef, request, reply)
      },
    })
  }

  async #answer(
    feed: FeedDeclaration,
    operation: Operation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (isStream(request)) return await this.#stream(feed, request, reply)
    if (feed.owner === 'everybody' && this.#pin(request) === undefined)
      return await this.#everywhere.answer(feed, request, reply)
    const named = request.method === 'PUT' ? 'subscription' : 'source'
    const sourceRef = refIn(request, named)
    const isNew =
      operation.method === 'POST' || (sourceRef === undefined && request.method !== 'PUT')
    if (isNew) return await this.#open(feed, sourceRef, request, reply)
    // what names no subscription is refused by whichever instance reads it
    if (sourceRef === undefined)
      return passBack(await carry(this.#options, this.#anyone(), request), reply)
    return await this.#bySourceRef(sourceRef, request, reply)
  }

  /** Asks for something that has no subscription yet: a subscription, or an Atom page. */
  async #open(
    feed: FeedDeclaration,
    sourceRef: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const asked = this.#asked(request)
    if (sourceRef !== undefined && request.method === 'POST')
      await this.#mustBeFree(sourceRef, asked)
    const clientId = await this.#place(feed, request, asked)
    let answered = await carry(this.#options, clientId, request)
    for (let attempt = 0; answered.status === 429 && isFull(answered.body); attempt += 1) {
      if (attempt === RETRIES || (attempt === 0 && !(await this.#release(asked)))) break
      // what was given up elsewhere is free when IB has read that
      await pause(RETRY_MS, undefined, { ref: false })
      answered = await carry(this.#options, clientId, request)
    }
    const given = fieldOf(answered.headers, 'source-ref')
    if (answered.status === 200 && given !== undefined) this.#owners.remember(given, clientId)
    return passBack(answered, reply)
  }

  /** Follows a subscription to where it is: where it was last seen, or where a search finds it. */
  async #bySourceRef(
    sourceRef: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const pin = this.#pin(request)
    if (pin !== undefined) return passBack(await carry(this.#options, pin, request), reply)
    const remembered = this.#owners.remembered(sourceRef)
    const { pool } = this.#options
    if (remembered !== undefined && pool.members[remembered] !== undefined) {
      const answered = await carry(this.#options, remembered, request)
      if (answered.status !== 404 && answered.status !== 410) return passBack(answered, reply)
      this.#owners.forget(sourceRef)
    }
    const found = await this.#owners.search(sourceRef, this.#asked(request))
    return passBack(await carry(this.#options, found ?? this.#anyone(), request), reply)
  }

  /** @throws Problem INSTANCE_FEED_REF_IN_USE */
  async #mustBeFree(sourceRef: string, asked: Asked): Promise<void> {
    const { pool, upstreams } = this.#options
    const words = await askAll(pool, upstreams, {
      ...asked,
      path: `/subscriptions/${encodeURIComponent(sourceRef)}`,
    })
    const taken = words.find(({ status }) => status === 200)
    if (taken === undefined) return
    throw problem('INSTANCE_FEED_REF_IN_USE', {
      detail: `There is a subscription ${sourceRef} already, at client ${taken.clientId}: read it, end it, or choose another Source-Ref`,
      members: { source_ref: sourceRef, client_id: taken.clientId },
    })
  }

  /** Lines that are kept for nobody are given up everywhere; whether there were any. */
  async #release(asked: Asked): Promise<boolean> {
    const { pool, upstreams } = this.#options
    const words = await askAll(pool, upstreams, {
      // not on the reader's behalf: lines nobody reads are the proxy's to give up
      headers: { accept: 'application/json' },
      timeoutMs: asked.timeoutMs,
      method: 'DELETE',
      path: endIdleFeeds.url,
    })
    return words.some(({ body }) => endedIn(body) > 0)
  }

  #asked(request: FastifyRequest): Asked {
    return {
      headers: {
        accept: 'application/json',
        'x-request-id': request.id,
        ...onBehalf(request),
      },
      timeoutMs: timeoutOf(request.headers, this.#options.requestTimeoutMs),
    }
  }

  #anyone(): number {
    return this.#options.pool.anyUp()
  }

  /** @throws Problem PROXY_UNKNOWN_CLIENT */
  #pin(request: FastifyRequest): number | undefined {
    const pin = pinOf(request.raw)
    const { size } = this.#options.pool
    if (pin !== undefined && pin >= size) throw unknownClient(pin, size)
    return pin
  }

  async #place(feed: FeedDeclaration, request: FastifyRequest, asked: Asked): Promise<number> {
    const pin = this.#pin(request)
    if (pin !== undefined) return pin
    const question = { ...(request.query as object), ...bodyOf(request) }
    return await this.#owners.ofQuestion(feed, question, asked)
  }

  /** @throws Problem PROXY_SHUTTING_DOWN, PROXY_TOO_MANY_READERS */
  #mustHaveRoom(): void {
    if (this.#closing.signal.aborted) throw shuttingDown()
    if (this.#streams >= MAX_STREAMS)
      throw problem('PROXY_TOO_MANY_READERS', {
        detail: `${MAX_STREAMS} readers are here already`,
        retryAfter: 5,
      })
  }

  /** The feeds of one WebSocket. */
  onSocket(ear: SocketEar, request: FastifyRequest): SocketFeeds {
    const asked = this.#asked(request)
    return new SocketFeeds({
      ear,
      closing: this.#closing.signal,
      begin: async (wish, gone) => {
        this.#mustHaveRoom()
        const query = new URLSearchParams(wish.query)
        const wanted: Wanted = {
          ...{ feed: wish.feed, asked, headers: { ...asked.headers, ...deadline(asked) } },
          pin: this.#pin(request),
          sourceRef: wish.query.sourceRef,
          question: wish.query,
          path: `${wish.feed.url}?${query}`,
          from: wish.from,
        }
        return await this.follow(wanted, gone)
      },
      counted: (by) => {
        this.#streams += by
      },
    })
  }

  async #stream(
    feed: FeedDeclaration,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    this.#mustHaveRoom()
    const gone = AbortSignal.any([request.callerGone, this.#closing.signal])
    const started = await this.follow(this.#wanted(feed, request), gone)
    if ('status' in started)
      return reply
        .code(started.status)
        .headers(fieldsOf(started.headers))
        .send(Buffer.from(started.body))
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': `${SSE_TYPE}; charset=utf-8`,
      'cache-control': 'no-store',
      'x-request-id': request.id,
      'x-accel-buffering': 'no',
      ...standingFields(request.raw.headers),
      vary: 'accept',
    })
    response.flushHeaders()
    this.#streams += 1
    const forget = this.#options.gate.hold(request, () => response.destroy())
    try {
      for await (const piece of started.pieces()) {
        if (response.write(piece) || gone.aborted) continue
        const signal = AbortSignal.any([gone, AbortSignal.timeout(SLOW_READER_MS)])
        await once(response, 'drain', { signal }).catch(() => response.destroy())
      }
    } finally {
      forget()
      this.#streams -= 1
      response.end()
    }
    return reply
  }

  /** A stream of a feed, or of a subscription, that has begun; or what was said instead. @throws Problem */
  async follow(wanted: Wanted, gone: AbortSignal): Promise<Pieces | Declined> {
    const { feed, sourceRef, question, pin, path, headers, from, asked } = wanted
    if (feed.owner === 'everybody' && pin === undefined)
      return await followEverywhere(this.#options, wanted, gone)
    const clientId =
      pin ??
      (sourceRef === undefined
        ? await this.#owners.ofQuestion(feed, question, asked)
        : ((await this.#owners.search(sourceRef, asked)) ?? this.#anyone()))
    const begin = async () => {
      const following = new Following(this.#options, { clientId, path, headers, from, gone })
      return (await following.begin()) ?? following
    }
    let begun = await begin()
    for (let attempt = 0; 'status' in begun && begun.status === 429; attempt += 1) {
      if (!isFull(begun.body) || attempt === RETRIES) break
      if (attempt === 0 && !(await this.#release(asked))) break
      await pause(RETRY_MS, undefined, { ref: false })
      begun = await begin()
    }
    return begun
  }

  #wanted(feed: FeedDeclaration, request: FastifyRequest): Wanted {
    const asked = this.#asked(request)
    const { cursor } = request.query as { cursor?: string }
    const lastId = request.headers['last-event-id'] ?? cursor
    const { 'last-event-id': _, ...headers } = recordOf(onwards(request, asked.timeoutMs))
    return {
      ...{ feed, headers, asked },
      pin: this.#pin(request),
      sourceRef: refIn(request, 'source'),
      question: request.query as Record<string, unknown>,
      path: request.raw.url ?? feed.url,
      from: typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
    }
  }
}
