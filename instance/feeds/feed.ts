import { Table } from '../../shared/feed/table.ts'
import type { Problem } from '../../shared/problem.ts'
import type { FeedState } from '../../shared/schemas/feed.ts'
import { Waiters } from '../../shared/waiters.ts'
import type { Session } from '../ib/session.ts'
import type { FeedKind, Sink, Source } from './kind.ts'
import type { Spacing } from './spacing.ts'

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
/** What IB says of requests that came too soon. */
const PACED: ReadonlySet<string> = new Set(['IB_DATA_PACING', 'IB_HISTORY_PACING'])

export interface FeedOptions {
  readonly kind: FeedKind
  readonly question: unknown
  readonly key: string
  /** the session it may use now; undefined while there is none */
  readonly session: () => Session | undefined
  readonly spacing: Spacing
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
  /** until what was known before is told again */
  #retelling: NodeJS.Timeout | undefined
  /** until silence is consent */
  #silence: NodeJS.Timeout | undefined
  #toldAt = performance.now()
  /** readers of any kind */
  readers = 0
  /** those that are told as it happens */
  streams = 0

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

  /** How long its first rows are waited for, ms. */
  get settleMs(): number {
    const { settleMs } = this.kind
    return typeof settleMs === 'number' ? settleMs : settleMs(this.question)
  }

  /** It holds a stream of IB. */
  get isFollowing(): boolean {
    return this.#source !== undefined
  }

  /** ms since it was last told anything */
  get silentMs(): number {
    return performance.now() - this.#toldAt
  }

  /**
   * Asks for the stream, under a new request id, as soon as IB allows; what it had is kept until it is told otherwise,
   * and a stream that may still run runs until then.
   */
  follow(): void {
    const session = this.#options.session()
    if (this.#state === 'ended' || session === undefined) return
    if (this.#mustWait()) return
    this.#leave()
    const { kind, question } = this.#options
    const run = this.#run
    const table = this.table
    const isNow = () => run === this.#run
    const sink: Sink = {
      put: (rowRef, fields) => {
        if (isNow()) table.put(rowRef, fields)
      },
      remove: (rowRef) => {
        if (isNow()) table.remove(rowRef)
      },
      clear: () => {
        if (isNow()) table.clear()
      },
      sent: () => {
        if (isNow() && kind.mayBeSilent) this.#awaitSilence(sink)
      },
      told: (fullness) => {
        if (isNow()) this.#told(fullness === 'whole')
      },
      failed: (reason) => {
        if (isNow()) this.#failed(reason)
      },
    }
    this.#toldAt = performance.now()
    this.#refusal = undefined
    if (kind.retells) table.renew()
    try {
      const source = kind.follow(question, sink, session, table)
      // it may have failed at once
      if (isNow()) this.#source = source
      else source.stop()
    } catch (error) {
      this.gap(String(error))
    }
  }

  /** Has everything told again, and says so: what it has may not be all. */
  renew(reason: string): void {
    this.gap(reason)
    this.follow()
  }

  /** IB does not want to be asked again so soon: it is asked later. */
  #mustWait(): boolean {
    const { kind, question, spacing } = this.#options
    const spaced = kind.spaced?.(question)
    if (spaced === undefined) return false
    const waitMs = spacing.waitMs(spaced)
    if (waitMs === 0) {
      spacing.asked(spaced)
      return false
    }
    if (this.#state === 'opening')
      this.#reason = `IB wants ${spaced.ms / 1000} s between two requests for it`
    this.#followIn(waitMs)
    return true
  }

  #followIn(ms: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.follow(), Math.ceil(ms))
    this.#retry.unref()
  }

  /** It may lack something from now on. */
  gap(reason: string): void {
    if (this.#state === 'ended') return
    clearTimeout(this.#retelling)
    this.#retelling = undefined
    if (this.#state === 'opening') {
      this.#reason = reason
      return
    }
    if (this.#state === 'live') this.#become('gap', reason)
  }

  /** The session is over: the stream with it. */
  lost(reason: string): void {
    this.#leave()
    this.gap(reason)
  }

  /** IB has lost the stream: another is asked for, as soon as that can be. */
  dropped(reason: string): void {
    this.#leave()
    this.gap(reason)
    this.follow()
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

  #awaitSilence(sink: Sink): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => sink.told('whole'), this.settleMs)
    this.#silence.unref()
  }

  #leave(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#retelling)
    this.#retelling = undefined
    clearTimeout(this.#silence)
    this.#run += 1
    const source = this.#source
    this.#source = undefined
    source?.stop()
  }

  #told(isWhole: boolean): void {
    this.#toldAt = performance.now()
    this.#failures = 0
    this.#refusal = undefined
    // it goes on, though another was about to be asked for
    clearTimeout(this.#retry)
    if (isWhole && this.kind.retells && !this.kind.keepsOld) this.table.renewed()
    if (isWhole) this.#becomeLive()
    else if (this.kind.retells !== true) this.#partTold()
    if (isWhole && !this.#isSettled) {
      this.#isSettled = true
      this.#settled.wake()
    }
  }

  /**
   * What was whole before a gap is live again when it is told whole again; or after the time that takes, since a market may
   * have less to tell than it had.
   */
  #partTold(): void {
    if (this.#state !== 'gap' || !this.#isSettled) this.#becomeLive()
    else if (this.#retelling === undefined) {
      const run = this.#run
      this.#retelling = setTimeout(() => {
        if (run === this.#run) this.#becomeLive()
      }, this.settleMs)
      this.#retelling.unref()
    }
  }

  #becomeLive(): void {
    clearTimeout(this.#retelling)
    this.#retelling = undefined
    // whatever the gateway still tells: without IB behind it that is not the market
    if (this.#options.session() === undefined) return
    if (this.#state === 'opening' || this.#state === 'gap') this.#become('live', null)
  }

  /** A stream that readers have is asked for again; one that never began is refused. */
  #failed(problem: Problem): void {
    this.#source = undefined
    this.#leave()
    this.#refusal = problem
    const { kind, question, spacing } = this.#options
    const spaced = kind.spaced?.(question)
    if (spaced !== undefined && !PACED.has(problem.code)) spacing.refused(spaced)
    if (this.#state === 'opening') {
      this.end(problem.message)
      return
    }
    this.gap(problem.message)
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures)
    this.#failures += 1
    // only what came too soon must wait as long as IB says; anything else is tried as soon as it may work
    const paceMs = PACED.has(problem.code) ? (problem.facts.retryAfter ?? 0) * 1000 : 0
    this.#followIn(Math.max(waitMs, paceMs))
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
