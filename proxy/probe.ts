import { STATE_HEADER } from '../shared/api/operation.ts'
import { fieldOf } from './feeds/call-fields.ts'
import type { Pool } from './pool.ts'
import { Asker, NoAnswerInTime } from './wire/asker.ts'
import type { Outbox } from './wire/outbox.ts'

/** How long an instance may keep a question for news of itself, and how much later it is given up, seconds. */
const LISTEN_S = 20
const LISTEN_GRACE_S = 5
/**
 * So many clients are asked at once, the next so many later: each time wakes the proxy, which costs more than to ask, and calls wait
 * for as long as all these questions take.
 */
const TOGETHER = 4
/** One that answers a long question sooner than this, ms, with nothing new does not keep them. */
const HASTY_MS = 1000

export interface ProbeOptions {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly outbox: Outbox
  /** what it bears, so that instances tell it more than strangers: name, value */
  readonly credentials?: readonly string[]
  /** what an instance says of itself, before it is used again; never rejects */
  readonly heard?: (clientId: number, said: Readonly<Record<string, unknown>>) => Promise<void>
}

const TOKEN_HINT = 'Have proxy and instances the same INSTANCE_TOKEN?'

/** What an instance answered. */
interface Word {
  readonly status: number
  /** its content, where that is a JSON object */
  readonly said: Readonly<Record<string, unknown>>
  /** as it names its state; undefined for a stranger, who is only asked short questions */
  readonly state: string | undefined
}

/** An instance may explain itself in the body; its status judges it, unless it says that it is another client or takes us for a stranger. */
interface Explanation {
  readonly isStranger: boolean
  readonly clientId: number | null
  readonly reason: string | null
  readonly hint: string | null
}

/**
 * Asks every instance `GET /clients` once in an interval: 200 is usable, anything else is not.
 */
export class Probe {
  readonly #pool: Pool
  readonly #options: ProbeOptions
  /** by origin */
  readonly #askers = new Map<string, Asker>()
  /** origins that were asked a short question and have not answered */
  readonly #asking = new Set<string>()
  /** origins with which a long question was left */
  readonly #listening = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  /** whose turn it was last */
  #group = -1
  #begun = false
  #stopped = false

  constructor(pool: Pool, options: ProbeOptions) {
    this.#pool = pool
    this.#options = options
  }

  /** Asks all at once and keeps asking; resolves when each was asked once. */
  async start(): Promise<void> {
    this.#begun = true
    // one that is silent keeps nobody else waiting
    this.#wait()
    await Promise.all(this.#pool.members.map(({ clientId, origin }) => this.#ask(clientId, origin)))
  }

  /** Asks a client too that joined after the start, at once. */
  watch(clientId: number): void {
    this.#prune()
    const origin = this.#pool.members[clientId]?.origin
    if (this.#begun && origin !== undefined) void this.#ask(clientId, origin)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const asker of this.#askers.values()) asker.close()
  }

  #askerOf(origin: string): Asker {
    let asker = this.#askers.get(origin)
    if (asker === undefined) {
      asker = new Asker(origin, this.#options.outbox)
      this.#askers.set(origin, asker)
    }
    return asker
  }

  /** Leaves the instances that are in the pool no more. */
  #prune(): void {
    const origins = new Set(this.#pool.members.map(({ origin }) => origin))
    for (const [origin, asker] of this.#askers) {
      if (origins.has(origin)) continue
      asker.close()
      this.#askers.delete(origin)
    }
  }

  get #groups(): number {
    return Math.max(1, Math.ceil(this.#pool.size / TOGETHER))
  }

  #wait(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.#askNext(), this.#options.intervalMs / this.#groups)
  }

  #askNext(): void {
    this.#group = (this.#group + 1) % this.#groups
    const first = this.#group * TOGETHER
    for (const { clientId, origin } of this.#pool.members.slice(first, first + TOGETHER))
      void this.#ask(clientId, origin)
    this.#wait()
  }

  async #ask(clientId: number, origin: string): Promise<void> {
    if (this.#asking.has(origin) || this.#stopped) return
    this.#asking.add(origin)
    try {
      const word = await this.#question(origin, {}, this.#options.timeoutMs)
      await this.#options.heard?.(clientId, word.said)
      if (this.#isOver(clientId, origin)) return
      this.#judge(clientId, word)
      if (word.state !== undefined) void this.#listen(clientId, origin, word.state)
    } catch (error) {
      if (this.#isOver(clientId, origin)) return
      this.#judgeSilence(clientId, origin, error as Error)
    } finally {
      this.#asking.delete(origin)
    }
  }

  /**
   * Leaves a question with an instance that names its states: it answers as soon as it can be used or no longer can.
   * One that stays silent is found out by the short questions, which go on.
   */
  async #listen(clientId: number, origin: string, known: string): Promise<void> {
    if (this.#listening.has(origin)) return
    this.#listening.add(origin)
    try {
      for (let state = known; !this.#isOver(clientId, origin); ) {
        const asked = performance.now()
        const word = await this.#question(
          origin,
          { prefer: `wait=${LISTEN_S}`, [STATE_HEADER]: state },
          (LISTEN_S + LISTEN_GRACE_S) * 1000,
        )
        if (this.#isOver(clientId, origin)) return
        await this.#options.heard?.(clientId, word.said)
        if (this.#isOver(clientId, origin)) return
        this.#judge(clientId, word)
        // answered too soon with nothing new: not one of ours
        if (
          word.state === undefined ||
          (word.state === state && performance.now() - asked < HASTY_MS)
        )
          return
        state = word.state
      }
    } catch {
      // it has gone, or its machine has: how it is now is asked in the usual way
      if (!this.#isOver(clientId, origin)) void this.#ask(clientId, origin)
    } finally {
      this.#listening.delete(origin)
    }
  }

  async #question(
    origin: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<Word> {
    const { status, fields, content } = await this.#askerOf(origin).ask('/clients', {
      fields: [
        ...(this.#options.credentials ?? []),
        ...Object.entries({ accept: 'application/json', ...headers }).flat(),
      ],
      timeoutMs,
    })
    return { status, said: saidIn(content.toString()), state: fieldOf(fields, STATE_HEADER) }
  }

  /** What an instance says counts no more once its client is somewhere else. */
  #isOver(clientId: number, origin: string): boolean {
    return this.#stopped || this.#pool.members[clientId]?.origin !== origin
  }

  #judge(clientId: number, { status, said }: Word): void {
    const { isStranger, clientId: named, reason, hint } = explanationIn(said)
    if (isStranger) {
      this.#pool.down(clientId, 'the instance there does not know this proxy', TOKEN_HINT)
      return
    }
    if (named !== null && named !== clientId) {
      // orders and keys would go to the wrong ledger
      this.#pool.down(clientId, `the instance there is client ${named}`, 'Is INSTANCES in order?')
      return
    }
    if (status === 200) {
      this.#pool.up(clientId)
      return
    }
    this.#pool.down(clientId, reason ?? `GET /clients there answered ${status}`, hint, true)
  }

  #judgeSilence(clientId: number, origin: string, error: Error): void {
    const timedOut = error instanceof NoAnswerInTime
    // one that works on a call may be too busy to answer; how that call ends will tell
    if (timedOut && (this.#pool.members[clientId]?.active ?? 0) > 0) return
    const reason = timedOut
      ? `no answer to GET /clients within ${this.#options.timeoutMs} ms`
      : error.message
    this.#pool.down(clientId, `${origin}: ${reason}`, 'Is the instance running?')
  }
}

function explanationIn(said: Word['said']): Explanation {
  const { clientId, reason, hint, detail, stranger } = said
  const why = typeof reason === 'string' ? reason : detail
  return {
    isStranger: stranger === true,
    clientId: typeof clientId === 'number' ? clientId : null,
    reason: typeof why === 'string' ? why : null,
    hint: typeof hint === 'string' ? hint : null,
  }
}

function saidIn(text: string): Word['said'] {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
