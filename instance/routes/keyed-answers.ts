import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problem } from '../../shared/problem.ts'
import { callerOf } from '../callers.ts'
import { refuseFields } from '../fields.ts'
import { payloadHash } from '../ib/keyed-orders.ts'
import { type KeptProblem, keptProblem, problemAgain } from '../kept-problem.ts'
import type { Ledger } from '../ledger/ledger.ts'

/** An opaque key of 1 to 255 visible characters (D.3). */
const KEY = /^[!-~]{1,255}$/

/** The Idempotency-Key of a call; undefined where it has none. @throws Problem REQUEST_INVALID for a key that is none */
export function idempotencyKey(headers: IncomingHttpHeaders, endpoint: string): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  const detail = 'Idempotency-Key must be 1 to 255 visible ASCII characters'
  throw refuseFields(endpoint, [{ field: 'Idempotency-Key', code: 'bad_format', detail }])
}

/** A key as it is kept: it belongs to one method of one path, its query included (D.3). */
export function scoped(key: string, { method, url }: FastifyRequest): string {
  return `${method} ${url} ${key}`
}

/** What of an answer is given again beside status and body. */
const KEPT_FIELDS = ['etag', 'location', 'preference-applied'] as const

type Kept =
  | { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown }
  | { readonly problem: KeptProblem }

/** After these nothing was sent, and the next call may well come to something else. */
const NOT_FINISHED: ReadonlySet<string> = new Set([
  'INSTANCE_ORDER_UNCONFIRMED',
  'INSTANCE_ORDER_CHANGED',
])

interface KeyedRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * Keeps the finished answers of calls that may be worked on twice without harm: cancels, and changes, whose values
 * are absolute. A repetition under the same key gets the answer of the first; one that did not finish runs again.
 */
export class KeyedAnswers {
  readonly #ledger: Ledger
  readonly #onReplay: () => void
  readonly #running = new Set<string>()
  readonly #open = new WeakSet<FastifyRequest>()

  constructor(ledger: Ledger, onReplay: () => void) {
    this.#ledger = ledger
    this.#onReplay = onReplay
  }

  /** What was asked for is not settled though the status is that of a finished answer. */
  leaveOpen(request: FastifyRequest): void {
    this.#open.add(request)
  }

  /**
   * The answer to a call: `work`'s, or where the call has a key under which it was answered before, that one.
   * @throws Problem REQUEST_KEY_IN_USE, REQUEST_KEY_REUSED, what `work` throws, or threw under that key
   */
  async answer({ request, reply }: KeyedRequest, work: () => unknown): Promise<unknown> {
    const path = request.url.split('?', 1)[0] ?? ''
    const given = idempotencyKey(request.headers, path)
    if (given === undefined) return await work()
    // each caller has keys of its own: what is worked on twice does no harm here
    const who = callerOf(request.headers)
    const key = `${scoped(given, request)}${who === undefined ? '' : ` ${who.name}`}`
    const claim = { key, payload: payloadHash(request.body ?? null) }
    const row = this.#ledger.keys.find(key)
    if (row !== undefined && row.payload !== claim.payload) {
      throw problem('REQUEST_KEY_REUSED', {
        detail: 'The first call under this key asked for something else; nothing was sent',
      })
    }
    if (row?.answer !== undefined) return this.#again(JSON.parse(row.answer) as Kept, reply)
    if (this.#running.has(key)) {
      throw problem('REQUEST_KEY_IN_USE', { detail: 'Ask again with the same key', retryAfter: 1 })
    }
    this.#running.add(key)
    try {
      const body = await work()
      if (reply.statusCode !== 202 && !this.#open.has(request))
        this.#keep(claim, { status: reply.statusCode, headers: fieldsOf(reply), body }, request)
      return body
    } catch (error) {
      if (error instanceof Problem && isFinal(error))
        this.#keep(claim, { problem: keptProblem(error) }, request)
      throw error
    } finally {
      this.#running.delete(key)
    }
  }

  #again(kept: Kept, reply: FastifyReply): unknown {
    this.#onReplay()
    if ('problem' in kept) throw problemAgain(kept.problem)
    reply.code(kept.status).headers(kept.headers).header('idempotency-replayed', 'true')
    return kept.body
  }

  /** An answer that cannot be written down is given all the same: its repetition does no harm. */
  #keep(claim: { key: string; payload: string }, kept: Kept, { log }: FastifyRequest): void {
    try {
      this.#ledger.keys.remember(claim, JSON.stringify(kept))
    } catch (error) {
      log.warn({ err: error }, 'an answer could not be kept under its key')
    }
  }
}

function isFinal({ status, retryable, code }: Problem): boolean {
  return status < 500 && status !== 429 && !retryable && !NOT_FINISHED.has(code)
}

function fieldsOf(reply: FastifyReply): Record<string, string> {
  const given = KEPT_FIELDS.filter((name) => reply.hasHeader(name))
  return Object.fromEntries(given.map((name) => [name, String(reply.getHeader(name))]))
}
