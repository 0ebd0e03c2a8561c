import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { OWNED_HEADER } from '../shared/api/operation.ts'
import { type Problem, problem } from '../shared/problem.ts'
import { hasField, passedBack, passedOn } from './headers.ts'
import type { Lease } from './lease.ts'
import type { CallClass, Waiter } from './line.ts'
import type { ProxyMetrics } from './metrics.ts'
import type { Pool } from './pool.ts'
import type { Slot } from './slot.ts'
import type { Upstreams } from './upstreams.ts'

/** Answers up to this size are held until complete, so that a slow reader never keeps a slot. Bytes. */
const HOLD_LIMIT = 4 * 1024 * 1024

/** A caller who hung up, as the metrics call it; nothing is sent. */
const CALLER_GONE = 499

/** Codes an instance uses when it did nothing with the call: another slot may have it. */
const TURNED_AWAY = {
  INSTANCE_BUSY: 'turned-away',
  INSTANCE_NOT_READY: 'lost',
  INSTANCE_SHUTTING_DOWN: 'lost',
} as const

/** Everything a call needs of the proxy around it. */
export interface CallContext {
  readonly pool: Pool
  readonly upstreams: Upstreams
  readonly metrics: ProxyMetrics
  readonly logCalls: boolean
}

/** What one call is, apart from how it fares. */
export interface CallFacts {
  readonly route: string
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  /** ms from arrival, covering waiting and work */
  readonly timeoutMs: number
}

/**
 * One call on its way to an instance and back. It waits for a slot (`leased`) or goes straight to its owner, is
 * sent, and is answered once. Its lease ends when the *instance* has finished, whatever the caller does.
 */
export class Call implements Waiter, Dispatcher.DispatchHandler {
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  readonly deadline: number
  readonly #context: CallContext
  readonly #route: string
  readonly #request: FastifyRequest
  readonly #response: ServerResponse
  readonly #arrived = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #tried: Slot[] = []
  readonly #onClose: () => void
  #queueMs = 0
  #lease: Lease | null = null
  #clientId: number | undefined
  #sent = false
  /** the caller has been answered, or has gone */
  #over = false
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: string[] = []
  #chunks: Buffer[] = []
  #held = 0
  #streaming = false

  constructor(
    context: CallContext,
    facts: CallFacts,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    this.#context = context
    this.#route = facts.route
    this.callClass = facts.callClass
    this.pinnedTo = facts.pinnedTo
    this.deadline = Date.now() + facts.timeoutMs
    this.#request = request
    this.#response = reply.raw
    this.#timer = setTimeout(() => this.#late(), facts.timeoutMs)
    this.#onClose = () => this.#callerGone()
    this.#response.once('close', this.#onClose)
  }

  /** Sends it to a slot as soon as it may have one. */
  lease(): void {
    this.#context.pool.acquire(this)
  }

  /** Sends it to the one instance that owns what it names, beside the slots. */
  toOwner(clientId: number, connections: Dispatcher): void {
    this.#clientId = clientId
    this.#dispatch(connections)
  }

  hasTried(slot: Slot): boolean {
    return this.#tried.includes(slot)
  }

  granted(lease: Lease): void {
    this.#lease = lease
    this.#clientId = lease.slot.clientId
    this.#queueMs = performance.now() - this.#arrived
    this.#context.metrics.queued(this.#queueMs / 1000)
    this.#dispatch(this.#context.upstreams.ofSlot(lease.slot))
  }

  refused(why: Problem): void {
    this.#context.metrics.refused(why.code)
    this.#fail(why)
  }

  #dispatch(connections: Dispatcher): void {
    this.#sent = false
    this.#status = 0
    const { raw, body } = this.#request
    connections.dispatch(
      {
        path: raw.url ?? '/',
        method: raw.method as Dispatcher.HttpMethod,
        headers: this.#requestHeaders(),
        body: (body as Buffer | undefined) ?? null,
      },
      this,
    )
  }

  #requestHeaders(): string[] {
    const left = Math.max(1, Math.floor(this.deadline - Date.now()))
    return [
      ...passedOn(this.#request.raw.headers),
      'x-request-id',
      this.#request.id,
      'x-deadline-ms',
      String(left),
      // beside the slots: the instance need not wait for one either
      ...(this.#lease === null ? [OWNED_HEADER, '1'] : []),
    ]
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#sent = true
    this.#controller = controller
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    this.#status = status
    this.#headers = passedBack(controller.rawHeaders as Buffer[])
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    if (this.#streaming) {
      this.#stream(controller, chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (this.#held > HOLD_LIMIT) this.#startStreaming(controller)
  }

  #startStreaming(controller: Dispatcher.DispatchController): void {
    this.#streaming = true
    this.#response.writeHead(this.#status, this.#answerHeaders())
    const held = this.#chunks
    this.#chunks = []
    for (const chunk of held) this.#stream(controller, chunk)
  }

  #stream(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response.write(chunk) || controller.paused) return
    controller.pause()
    this.#response.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    const turnedAway = this.#status === 503 ? this.#turnedAway() : undefined
    // the slot first: its next call leaves before this one's answer is written
    this.#settle(turnedAway ?? 'finished', 'it does not take calls at the moment')
    if (this.#over) return
    if (turnedAway !== undefined && this.#lease !== null) {
      this.#retry(this.#lease, turnedAway)
      return
    }
    this.#answer()
  }

  onResponseError(
    _controller: Dispatcher.DispatchController,
    error: Error & { code?: string },
  ): void {
    const reason = error.code ?? error.message
    if (reason === 'UND_ERR_INVALID_ARG') {
      // the fault is in what the caller wrote, not in the instance
      this.#settle('finished', '')
      this.#fail(problem('REQUEST_MALFORMED', { detail: error.message }))
      return
    }
    this.#settle('lost', `${this.#request.method} ${this.#route} there ended in ${reason}`)
    if (this.#lease === null) this.#context.pool.down(this.#clientId ?? -1, `connection: ${reason}`)
    if (this.#over) return
    if (!this.#sent && this.#lease !== null) {
      this.#retry(this.#lease, 'refused-connection')
    } else if (this.#streaming) {
      this.#finish(this.#status)
      this.#response.destroy()
    } else {
      this.#fail(this.#sent ? this.#lostProblem(reason) : this.#unreachable(reason))
    }
  }

  #settle(ending: 'finished' | 'turned-away' | 'lost', reason: string): void {
    this.#lease?.settle(ending, reason)
  }

  /** Only what was never worked on comes here: it goes to another slot, once per slot (design §3.5). */
  #retry(lease: Lease, why: string): void {
    this.#context.metrics.retried(why)
    this.#tried.push(lease.slot)
    this.#lease = null
    this.#clientId = undefined
    this.#chunks = []
    this.#held = 0
    this.lease()
  }

  #turnedAway(): (typeof TURNED_AWAY)[keyof typeof TURNED_AWAY] | undefined {
    if (this.#lease === null) return undefined
    try {
      const { code } = JSON.parse(Buffer.concat(this.#chunks).toString()) as {
        code?: keyof typeof TURNED_AWAY
      }
      return code === undefined ? undefined : TURNED_AWAY[code]
    } catch {
      return undefined
    }
  }

  #lostProblem(reason: string): Problem {
    const safe = this.#request.method === 'GET' || this.#request.method === 'HEAD'
    const doubt = safe
      ? ''
      : '; what was asked for may have happened: look before you send it again'
    return problem('PROXY_INSTANCE_LOST', {
      detail: `Client ${this.#clientId} was lost during the call (${reason})${doubt}`,
      retryable: safe,
      members: { client_id: this.#clientId },
    })
  }

  #unreachable(reason: string): Problem {
    return problem('PROXY_OWNER_DOWN', {
      detail: `Only client ${this.#clientId} can serve this, and it cannot be reached: ${reason}`,
      retryAfter: 1,
      members: { client_id: this.#clientId },
    })
  }

  #answer(): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    const headers = this.#answerHeaders()
    if (this.#streaming) {
      this.#response.end()
    } else {
      const bodiless =
        this.#request.method === 'HEAD' || this.#status === 204 || this.#status === 304
      if (!bodiless && !hasField(headers, 'content-length'))
        headers.push('content-length', String(this.#held))
      this.#response.writeHead(this.#status, headers)
      this.#response.end(bodiless ? undefined : body)
    }
    this.#finish(this.#status)
  }

  #answerHeaders(): string[] {
    const total = performance.now() - this.#arrived
    return [
      ...this.#headers,
      'x-request-id',
      this.#request.id,
      'ibrest-client-id',
      String(this.#clientId),
      'server-timing',
      `queue;dur=${this.#queueMs.toFixed(2)}, proxy;dur=${total.toFixed(2)}`,
    ]
  }

  #fail(why: Problem): void {
    if (this.#over) return
    const body = JSON.stringify(why.document(this.#request.id))
    const headers: Record<string, string> = {
      ...why.headers,
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': this.#request.id,
      'server-timing': `queue;dur=${(this.#clientId === undefined ? performance.now() - this.#arrived : this.#queueMs).toFixed(2)}`,
    }
    if (this.#clientId !== undefined) headers['ibrest-client-id'] = String(this.#clientId)
    this.#response.writeHead(why.status, headers)
    this.#response.end(this.#request.method === 'HEAD' ? undefined : body)
    this.#finish(why.status, why.code)
  }

  /** The deadline passed. Where an instance works already the caller is told, but the slot stays with the call. */
  #late(): void {
    if (this.#over) return
    if (this.#clientId === undefined) {
      this.refused(this.#context.pool.giveUp(this))
      return
    }
    if (this.#streaming) {
      this.#finish(this.#status)
      this.#response.destroy()
      this.#controller?.resume()
      return
    }
    const safe = this.#request.method === 'GET' || this.#request.method === 'HEAD'
    this.#fail(
      problem('PROXY_DEADLINE', {
        detail: `Client ${this.#clientId} did not answer before the deadline${safe ? '' : '; what was asked for may still happen'}`,
        retryable: safe,
        members: { client_id: this.#clientId },
      }),
    )
  }

  #callerGone(): void {
    if (this.#over) return
    this.#context.pool.line.leave(this)
    this.#finish(CALLER_GONE)
    // what the instance still sends is read and dropped, so that its slot comes free
    this.#controller?.resume()
  }

  #finish(status: number, code?: string): void {
    this.#over = true
    this.#chunks = []
    clearTimeout(this.#timer)
    this.#response.off('close', this.#onClose)
    const ms = performance.now() - this.#arrived
    const { method } = this.#request
    this.#context.metrics.answered(method, this.#route, status, this.#clientId ?? 'none', ms / 1000)
    if (!this.#context.logCalls) return
    this.#request.log.info(
      {
        reqId: this.#request.id,
        method,
        route: this.#route,
        status,
        code,
        clientId: this.#clientId,
        queueMs: round(this.#queueMs),
        ms: round(ms),
      },
      'call',
    )
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
