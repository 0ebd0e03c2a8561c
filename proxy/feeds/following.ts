import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { GAP_HEADER } from '../../shared/api/feed.ts'
import { HEARTBEAT } from '../../shared/feed/events.ts'
import { ownerDown } from '../refusals.ts'
import type { Instances } from '../upstreams.ts'

/** How soon a client that was lost is looked for again, ms. */
const LOOK_AGAIN_MS = 250
/** While it is away, its readers are told so often that their streams live, ms. */
const HEARTBEAT_MS = 15_000

/** A stream to be followed at the client that keeps its feed. */
export interface Followed {
  readonly clientId: number
  /** path and query */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** where to go on, as `Last-Event-ID` */
  readonly from: string | undefined
  readonly gone: AbortSignal
}

/** A stream that has begun, piece after piece. */
export interface Pieces {
  pieces(): AsyncGenerator<string>
}

/** What an instance answered when it would not begin a stream. */
export interface Declined {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly body: string
}

/**
 * Follows a stream of server-sent events from its client to its end: piece after piece, each made of whole events. When
 * the client is lost, the reader is told of the gap at once, the stream is asked for again where it stopped, and the gap is
 * closed by the client's own word. Nothing is read ahead of a reader that takes nothing.
 */
export class Following {
  readonly #instances: Instances
  readonly #what: Followed
  #lastId: string | undefined
  #body: AsyncIterable<string> | undefined
  #isOver = false

  constructor(instances: Instances, what: Followed) {
    this.#instances = instances
    this.#what = what
    this.#lastId = what.from
  }

  /**
   * Asks for the stream; what the instance says instead, if it does not begin. Whoever goes on from somewhere waits for a
   * client that is away as those do who never left: a browser that is refused once does not come again.
   * @throws Problem when it cannot be asked
   */
  async begin(): Promise<Declined | undefined> {
    const { clientId, from, gone } = this.#what
    const { pool } = this.#instances
    let declined: Declined | undefined
    let lost: string | null | undefined
    try {
      if (pool.isUp(clientId)) declined = await this.#open(false)
      else lost = pool.reasonOf(clientId)
    } catch (error) {
      if (gone.aborted) throw error
      lost = String((error as Error).message)
    }
    const isAway = lost !== undefined || (declined !== undefined && declined.status >= 500)
    if (isAway && from !== undefined) return undefined
    if (lost !== undefined) throw ownerDown(clientId, lost)
    return declined
  }

  async #open(isCutOff: boolean): Promise<Declined | undefined> {
    const { clientId, path, headers, gone } = this.#what
    const upstream = this.#instances.upstreams.feeds(clientId)
    if (upstream === undefined) throw new Error(`client ${clientId} has left the pool`)
    const answer = await upstream.request({
      method: 'GET',
      path,
      headers: {
        ...headers,
        accept: 'text/event-stream',
        ...(this.#lastId !== undefined && { 'last-event-id': this.#lastId }),
        ...(isCutOff && { [GAP_HEADER]: 'open' }),
      },
      signal: gone,
    })
    const { statusCode: status, headers: given, body } = answer
    if (status !== 200) return { status, headers: given, body: await body.text() }
    body.setEncoding('utf8')
    this.#body = body
    return undefined
  }

  /** What comes, until the stream ends by its own word or its reader goes. */
  async *pieces(): AsyncGenerator<string> {
    const { gone, clientId } = this.#what
    while (!gone.aborted && !this.#isOver) {
      try {
        for await (const piece of this.#whole()) {
          const leaving = LEAVING.exec(piece)
          if (leaving === null) {
            this.#isOver = END.test(piece)
            yield piece
            continue
          }
          if (leaving.index > 0) yield piece.slice(0, leaving.index)
          break
        }
      } catch {
        // the instance was lost, or its reader has gone
      }
      if (this.#isOver || gone.aborted) return
      yield markOf('gap.opened', `client ${clientId} is not connected`)
      yield* this.#again()
    }
  }

  /** The body in whole events; what was cut off in the middle is told again. */
  async *#whole(): AsyncGenerator<string> {
    let rest = ''
    for await (const chunk of this.#body ?? []) {
      rest += chunk
      const end = rest.lastIndexOf('\n\n')
      if (end < 0) continue
      const piece = rest.slice(0, end + 2)
      rest = rest.slice(end + 2)
      const at = piece.lastIndexOf('\nid: ')
      const from = at >= 0 ? at + 5 : piece.startsWith('id: ') ? 4 : -1
      if (from >= 0) this.#lastId = piece.slice(from, piece.indexOf('\n', from))
      yield piece
    }
  }

  /** Until the client is there again and goes on, or says that it does not. */
  async *#again(): AsyncGenerator<string> {
    const { clientId, gone } = this.#what
    let toldAt = performance.now()
    while (!gone.aborted) {
      await pause(LOOK_AGAIN_MS, undefined, { signal: gone, ref: false }).catch(() => undefined)
      if (performance.now() - toldAt > HEARTBEAT_MS) {
        toldAt = performance.now()
        yield HEARTBEAT
      }
      if (gone.aborted || !this.#instances.pool.isUp(clientId)) continue
      try {
        const declined = await this.#open(true)
        if (declined === undefined) return
        if (declined.status >= 500 || declined.status === 429) continue
        const { detail } = JSON.parse(declined.body) as { detail?: string }
        this.#isOver = true
        yield endOf(detail ?? `status ${declined.status}`, this.#lastId)
        return
      } catch {
        // not yet
      }
    }
  }
}

const END = /^event: end$/m
/** An instance that restarts ends its streams; its readers wait for it. */
const LEAVING = /^event: end\ndata: \{"reason":"the instance is shutting down".*\n\n/m

function markOf(type: 'gap.opened', reason: string): string {
  const data = { type, at: new Date().toISOString(), reason, sequence: 0 }
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

function endOf(reason: string, cursor: string | undefined): string {
  return `event: end\ndata: ${JSON.stringify({ reason, cursor: cursor ?? null })}\n\n`
}
