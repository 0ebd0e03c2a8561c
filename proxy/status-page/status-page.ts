import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { operations, urlsOf } from '../../shared/api/index.ts'
import { getStatusPage } from '../../shared/api/status-page.ts'
import { mustFit } from '../../shared/judged.ts'
import { problem } from '../../shared/problem.ts'
import type { EndedCall } from '../call-log.ts'
import { SLOW_READER_MS } from '../events/sse.ts'
import type { LocalAnswer } from '../forward.ts'
import { standingFields } from '../limits/standings.ts'
import { shuttingDown } from '../refusals.ts'
import { Broadcast, MAX_READERS, type SnapshotReader } from './broadcast.ts'
import { Latency } from './latency.ts'
import { OrderCalls } from './order-calls.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import { RecentCalls } from './recent-calls.ts'
import {
  markOf,
  type Said,
  type StatusSnapshot,
  type StatusSources,
  snapshotOf,
} from './snapshot.ts'
import { Traffic } from './traffic.ts'

const HTML_TYPE = 'text/html'
const SSE_TYPE = 'text/event-stream'
const JSON_TYPE = 'application/json'

/** Nothing but what the proxy itself serves, nothing written into the page, no frame around it. */
const SAFETY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

/** What the proxy answers by itself is watched over elsewhere, and asked for by every balancer. */
const localRoutes: ReadonlySet<string> = new Set(
  operations.filter(({ traffic }) => traffic === 'local').flatMap(urlsOf),
)

/** The page at `/status`: sees the calls go by, and tells those who look how things stand. */
export class StatusPage {
  readonly #sources: StatusSources
  readonly #files: ReadonlyMap<string, PageFile> = readPageFiles()
  readonly #begun = Date.now()
  readonly #recent = new RecentCalls()
  readonly #traffic: Traffic
  readonly #latency = new Latency(this.#begun)
  readonly #orderCalls = new OrderCalls(this.#begun)
  readonly #said = new Map<number, Said>()
  readonly #broadcast: Broadcast

  constructor(sources: StatusSources) {
    this.#sources = sources
    this.#traffic = new Traffic(this.#recent, sources.settle)
    this.#broadcast = new Broadcast({
      snapshot: () => JSON.stringify(this.snapshot()),
      mark: () => markOf(sources),
    })
  }

  /** By operation id: what it answers. */
  get answers(): Readonly<Record<string, LocalAnswer>> {
    return {
      getStatusPage: (request, reply) => this.#answer(request, reply),
      getStatusPageFile: (request, reply) => this.#file(request, reply),
      ...this.#traffic.answers,
    }
  }

  /** A call has been answered, or its caller has gone. Comes once per call, so it does little. */
  ended(ended: EndedCall, isAnalyzed = false): void {
    const { at, call } = ended
    this.#traffic.ended(ended)
    this.#latency.observe(at, call.ms)
    // nothing came of it
    if (!isAnalyzed) this.#orderCalls.add(at, call.method, call.route, call.status)
  }

  /** A call was answered here without being carried to one instance. */
  answered(request: FastifyRequest, status: number): void {
    const { id, method, routeOptions, arrivedAt } = request
    const route = routeOptions.url ?? 'unknown'
    if (localRoutes.has(route)) return
    // those that ended before it come first
    this.#sources.settle()
    const ms = performance.now() - arrivedAt
    const times = { beforeMs: ms, isPaced: false, queueMs: 0, ms }
    const call = { id, method, route, status, code: undefined, clientId: undefined, ...times }
    const { headers: given, ip: address } = request
    this.ended({ at: Date.now(), call, given, address, headers: [] })
  }

  /** What an instance said of itself. */
  heard(clientId: number, { overlaps, reconnects, restartWindow, tradingMode }: Said): void {
    this.#said.set(clientId, {
      ...(typeof overlaps === 'number' && { overlaps }),
      ...(typeof reconnects === 'number' && { reconnects }),
      ...(typeof restartWindow?.until === 'string' && { restartWindow }),
      ...(typeof tradingMode === 'string' && { tradingMode }),
    })
  }

  /** How things stand now. */
  snapshot(): StatusSnapshot {
    this.#sources.settle()
    const now = Date.now()
    return snapshotOf(
      this.#sources,
      {
        begun: this.#begun,
        said: this.#said,
        calls: this.#recent.count,
        latency: this.#latency.view(now),
        orderCalls: this.#orderCalls.view(now),
        recent: this.#recent.view(),
      },
      now,
    )
  }

  /** Ends every reader's stream. */
  stop(): void {
    this.#broadcast.stop()
  }

  #answer(request: FastifyRequest, reply: FastifyReply): unknown {
    mustFit(getStatusPage.schema.querystring, { ...(request.query as object) }, getStatusPage.url)
    reply.header('vary', 'accept').header('cache-control', 'no-store')
    switch (request.accepts().type([HTML_TYPE, SSE_TYPE, JSON_TYPE])) {
      case HTML_TYPE:
        return this.#page(request, reply)
      case SSE_TYPE:
        return this.#stream(request, reply)
      case JSON_TYPE:
        return reply.send(this.snapshot())
      default:
        throw problem('REQUEST_NOT_ACCEPTABLE', {
          detail: `${getStatusPage.url} comes as ${HTML_TYPE}, ${SSE_TYPE} or ${JSON_TYPE}`,
        })
    }
  }

  #page(request: FastifyRequest, reply: FastifyReply): unknown {
    // the page names its parts beside itself, so that it works below any prefix
    if (/\/(\?|$)/.test(request.originalUrl)) return reply.redirect('../status', 308)
    const { type, body } = this.#files.get('page.html') as PageFile
    return reply.headers(SAFETY).type(type).send(body)
  }

  #file(request: FastifyRequest, reply: FastifyReply): unknown {
    const { file: name } = request.params as { file: string }
    const file = name === 'page.html' ? undefined : this.#files.get(name)
    if (file === undefined)
      throw problem('REQUEST_UNKNOWN_PATH', { detail: `The page has no part ${name}` })
    reply.headers({ ...SAFETY, 'cache-control': 'no-cache', etag: file.etag })
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
    return reply.type(file.type).send(file.body)
  }

  #stream(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (!this.#broadcast.hasRoom) {
      if (this.#sources.isLeaving()) throw shuttingDown()
      throw problem('PROXY_TOO_MANY_READERS', {
        detail: `${MAX_READERS} readers are here already`,
        retryAfter: 5,
      })
    }
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': `${SSE_TYPE}; charset=utf-8`,
      'cache-control': 'no-store',
      'x-request-id': request.id,
      'x-accel-buffering': 'no',
      ...standingFields(request.raw.headers),
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    })
    if (request.method === 'HEAD') {
      response.end()
      return reply
    }
    const leave = this.#broadcast.enter(readerOn(response))
    const forget = this.#sources.hold(request, () => response.destroy())
    response.once('close', leave).once('close', forget)
    return reply
  }
}

/** Nothing is kept for a slow reader: it has the newest snapshot when it has taken the last, or is let go. */
function readerOn(response: ServerResponse): SnapshotReader {
  let tookAt = Date.now()
  return {
    take: (text) => {
      const now = Date.now()
      if (!response.writableNeedDrain) {
        tookAt = now
        response.write(`data: ${text}\n\n`)
      } else if (now - tookAt > SLOW_READER_MS) response.destroy()
    },
    end: () => response.end(),
  }
}
