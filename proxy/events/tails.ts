import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { FILLS_HEADER } from '../../shared/api/operation.ts'
import type { OrderEvent, OrderEvents } from '../../shared/schemas/order-event.ts'
import { Waiters } from '../../shared/waiters.ts'
import type { Instances } from '../upstreams.ts'

/** How long an instance may keep a question for news, seconds. */
const WAIT_S = 20
/** Events of one client kept at hand for those who read along. */
const REMEMBERED = 2000
/** Events asked for at once. */
const BATCH = 500
/** An instance that cannot be asked is tried again after so long, ms. */
const AGAIN_MS = 200
/** Nobody has read along for so long: the instances are left alone, ms. */
const LINGER_MS = 30_000

/** The newest events of one client: all those after `from`, up to `upTo`. */
interface Tail {
  from: number
  upTo: number
  readonly events: OrderEvent[]
}

/** Follows the events of every client while somebody reads along: one question to each instance, however many read. */
export class Tails {
  readonly #options: Instances
  readonly #tails = new Map<number, Tail>()
  readonly #waiters = new Waiters()
  #readers = 0
  #following: AbortController | undefined
  /** clients that are followed */
  readonly #followed = new Set<number>()
  #linger: NodeJS.Timeout | undefined

  constructor(options: Instances) {
    this.#options = options
  }

  /** Keeps following until the function it gives is called. */
  join(): () => void {
    clearTimeout(this.#linger)
    this.#readers += 1
    this.#following ??= new AbortController()
    this.cover()
    return () => {
      this.#readers -= 1
      if (this.#readers > 0) return
      this.#linger = setTimeout(() => this.stop(), LINGER_MS)
      this.#linger.unref()
    }
  }

  stop(): void {
    clearTimeout(this.#linger)
    this.#following?.abort()
    this.#following = undefined
    this.#followed.clear()
    this.#tails.clear()
    this.#waiters.wake()
  }

  /** A client's events after a sequence; undefined where they are not all at hand. */
  after(clientId: number, sequence: number): readonly OrderEvent[] | undefined {
    const tail = this.#tails.get(clientId)
    if (tail === undefined || sequence < tail.from || sequence > tail.upTo) return undefined
    const first = tail.events.findIndex((event) => event.sequence > sequence)
    return first < 0 ? [] : tail.events.slice(first)
  }

  /** Resolves with the next news of any client, after so long, ms, or when its reader goes. */
  async news(withinMs: number, gone: AbortSignal): Promise<void> {
    await this.#waiters.wait(withinMs, gone)
  }

  /** Follows those too who have joined the pool since. */
  cover(): void {
    const { pool } = this.#options
    for (let clientId = 0; clientId < pool.size && this.#following !== undefined; clientId += 1) {
      if (this.#followed.has(clientId)) continue
      this.#followed.add(clientId)
      void this.#follow(clientId, this.#following.signal)
    }
  }

  async #follow(clientId: number, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      try {
        // its instance may be somewhere else now
        const upstream = this.#options.upstreams.ofEvents(clientId)
        if (upstream === undefined) {
          this.#tails.delete(clientId)
          throw new Error(`client ${clientId} has left`)
        }
        await this.#ask(clientId, upstream, ended)
      } catch {
        // it may be down; its events wait in its ledger
        await pause(AGAIN_MS, undefined, { signal: ended, ref: false }).catch(() => undefined)
      }
    }
  }

  async #ask(clientId: number, upstream: Dispatcher, ended: AbortSignal): Promise<void> {
    const tail = this.#tails.get(clientId)
    const since = tail === undefined ? 'now' : String(tail.upTo)
    const { statusCode, headers, body } = await upstream.request({
      method: 'GET',
      path: `/order/events?since=${since}&limit=${BATCH}`,
      // where it begins is asked for at once
      headers: tail === undefined ? {} : { prefer: `wait=${WAIT_S}` },
      signal: ended,
    })
    this.#options.pool.fills.marked(clientId, headers[FILLS_HEADER])
    const text = await body.text()
    if (ended.aborted) return
    // another ledger than before: begun anew
    if (statusCode === 410) this.#tails.delete(clientId)
    if (statusCode !== 200) throw new Error(`client ${clientId} answered ${statusCode}`)
    this.#take(clientId, JSON.parse(text) as OrderEvents)
  }

  #take(clientId: number, { events, cursor }: OrderEvents): void {
    const upTo = Number(cursor)
    const tail = this.#tails.get(clientId)
    if (tail === undefined) {
      this.#tails.set(clientId, { from: upTo, upTo, events: [] })
    } else {
      tail.events.push(...events)
      tail.upTo = upTo
      const surplus = tail.events.splice(0, Math.max(0, tail.events.length - REMEMBERED))
      tail.from = surplus.at(-1)?.sequence ?? tail.from
    }
    if (tail === undefined || events.length > 0) this.#waiters.wake()
  }
}
