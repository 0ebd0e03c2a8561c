import { Table } from '../../shared/feed/table.ts'
import type { Problem } from '../../shared/problem.ts'
import type { FeedState } from '../../shared/schemas/feed.ts'
import { Waiters } from '../../shared/waiters.ts'
import type { Session } from '../ib/session.ts'
import type { FeedKind, Sink, Source } from './kind.ts'

/** Never back from `ended`: who wants it again opens another. */
const moves: Readonly<Record<FeedState, readonly FeedState[]>> = {
  opening: ['live', 'gap', 'ended'],
  live: ['gap', 'ended'],
  gap: ['live', 'ended'],
  ended: [],
}

/** A stream that was refused is asked for again after so long, ms; it doubles up to the longest. */
const RETRY_MIN_MS = 1000
const RETRY_MAX_MS = 30_000

export interface FeedOptions {
  readonly kind: FeedKind
  readonly question: unknown
  readonly key: string
  /** the session it may use now; undefined while there is none */
  readonly session: () => Session | undefined
  readonly moved: (feed: Feed, state: FeedState) => void
}

/** One stream of IB and the rows it keeps, for as many readers as there are. It says of itself when it may lack something. */
export class Feed {
  readonly key: string
  readonly kind: FeedKind
  readonly question: unknown
  readonly table: Table
  readonly since = new Date()
  readonly #options: FeedOptions
  readonly #settled = new Waiters()
  #state: FeedState = 'opening'
  #reason: string | null = null
  #refusal: Problem | undefined
  #isSettled = false
  #source: Source | undefined
  /** tells the words of the source that runs from those of one that was left */
  #run = 0
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  #toldAt = performance.now()
  /** readers of any kind */
  readers = 0

  constructor(options: FeedOptions) {
    this.#options = options
    this.key = options.key
    this.kind = options.kind
    this.question = options.question
    const { capacity, compare } = options.kind
    this.table = new Table({ capacity, compare })
  }

  get state(): FeedState {
    return this.#state
  }

  /** Why it is not live. */
  get reason(): string | null {
    return this.#reason
  }

  /** What the gateway said when it refused to begin, or ended it. */
  get refusal(): Problem | undefined {
    return this.#refusal
  }

  /** It holds a stream of IB. */
  get isFollowing(): boolean {
    return this.#source !== undefined
  }

  /** ms since it was last told anything */
  get silentMs(): number {
    return performance.now() - this.#toldAt
  }

  /** Asks for the stream, under a new request id; what it had is kept until it is told otherwise. */
  follow(): void {
    const session = this.#options.session()
    if (this.#state === 'ended' || session === undefined) return
    this.#leave()
    const { kind, question } = this.#options
    const run = this.#run
    const table = this.table
    const isNow = () => run === this.#run
    const sink: Sink = {
      put: (rowRef, fields) => table.put(rowRef, fields),
      remove: (rowRef) => table.remove(rowRef),
      clear: () => table.clear(),
      told: (fullness) => {
        if (isNow()) this.#told(fullness === 'whole')
      },
      failed: (reason) => {
        if (isNow()) this.#failed(reason)
      },
    }
    this.#toldAt = performance.now()
    if (kind.retells) table.renew()
    try {
      this.#source = kind.follow(question, sink, session, table)
    } catch (error) {
      this.gap(String(error))
    }
  }

  /** It may lack something from now on. */
  gap(reason: string): void {
    if (this.#state === 'ended') return
    if (this.#state === 'opening') {
      this.#reason = reason
      return
    }
    if (this.#state === 'live') this.#become('gap', reason)
  }

  /** The session, or IB behind it, is lost: the stream with it. */
  lost(reason: string): void {
    clearTimeout(this.#retry)
    this.#source = undefined
    this.#run += 1
    this.gap(reason)
  }

  /** IB is back, and says that the stream went on. */
  restored(): void {
    if (this.#state === 'gap' && this.isFollowing) this.#become('live', null)
  }

  /** True when the first rows, or a refusal, have come within so long, ms. */
  async settled(withinMs: number, gone?: AbortSignal): Promise<boolean> {
    if (this.#isSettled || this.#state === 'ended') return true
    return await this.#settled.wait(withinMs, gone)
  }

  /** Gives its stream up; readers are told why. */
  end(reason: string): void {
    if (this.#state === 'ended') return
    this.#leave()
    this.#become('ended', reason)
    this.#settled.wake()
  }

  #leave(): void {
    clearTimeout(this.#retry)
    this.#run += 1
    const source = this.#source
    this.#source = undefined
    source?.stop()
  }

  #told(isWhole: boolean): void {
    this.#toldAt = performance.now()
    this.#failures = 0
    this.#refusal = undefined
    if (isWhole && this.kind.retells) this.table.renewed()
    if (isWhole || this.kind.retells !== true) this.#becomeLive()
    if (isWhole && !this.#isSettled) {
      this.#isSettled = true
      this.#settled.wake()
    }
  }

  #becomeLive(): void {
    // whatever the gateway still tells: without IB behind it that is not the market
    if (this.#options.session() === undefined) return
    if (this.#state === 'opening' || this.#state === 'gap') this.#become('live', null)
  }

  /** A stream that readers have is asked for again; one that never began is refused. */
  #failed(problem: Problem): void {
    this.#source = undefined
    this.#run += 1
    this.#refusal = problem
    if (this.#state === 'opening') {
      this.end(problem.message)
      return
    }
    this.gap(problem.message)
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#retry = setTimeout(() => this.follow(), waitMs)
    this.#retry.unref()
  }

  #become(state: FeedState, reason: string | null): void {
    if (!moves[this.#state].includes(state))
      throw new Error(`feed: ${this.#state} cannot become ${state}`)
    this.#state = state
    if (state === 'gap') this.table.mark('gap.opened', reason ?? '')
    if (state === 'live') this.table.mark('gap.closed', this.#reason ?? '')
    if (state === 'ended') this.table.wake()
    this.#reason = reason
    this.#options.moved(this, state)
  }
}
