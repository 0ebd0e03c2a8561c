import { type Problem, problem } from '../../shared/problem.ts'
import type { LINK_STATES } from '../../shared/schemas/client.ts'
import { CUT_OFF_HINT, type EndReason, hints } from './endings.ts'
import type { RequestIds } from './ids.ts'
import { dayIn } from './instants.ts'
import type { SessionLimits, SessionObserver } from './observer.ts'
import { Pace } from './pace.ts'
import type { Query, Terms } from './query.ts'
import { Session, type SessionState } from './session.ts'

export type LinkState = (typeof LINK_STATES)[number]

export interface LinkOptions {
  readonly host: string
  readonly port: number
  readonly clientId: number
  readonly messagesPerSecond: number
  readonly reconnectMinMs: number
  readonly reconnectMaxMs: number
  readonly limits: SessionLimits
  readonly requestIds: RequestIds
  readonly observer: Omit<SessionObserver, 'moved' | 'cutOff'> & {
    /** the session has become usable, by a login or because IB is back; things may have happened meanwhile */
    ready(session: Session): void
    /** a session that had been ready is over */
    lost(session: Session, reason: EndReason): void
    changed(state: LinkState, reason: string | null): void
    /** a login failed, for the so-manieth time in a row */
    waiting(reason: EndReason, attempt: number): void
  }
}

/** Zones to reckon with where the gateway names none that is known. */
const UNSURE_ZONES = ['UTC', 'America/New_York', 'Asia/Hong_Kong']

/** How the instance stands with the gateway, in words. */
export interface LinkStatus {
  readonly state: LinkState
  /** when it became usable, or stopped being so */
  readonly since: string
  readonly reason: string | null
  readonly hint: string | null
  readonly accounts: readonly string[]
  readonly serverVersion: number | null
  /** when the present login became ready */
  readonly readySince: string | null
  readonly reconnects: number
}

/** Keeps the instance logged in: one session after another, never two, with growing pauses while that fails. */
export class Link {
  readonly #options: LinkOptions
  readonly #pace: Pace
  #session: Session | undefined
  #state: LinkState = 'waiting'
  #since = new Date()
  #readySince: Date | null = null
  #lastEnd: EndReason | undefined
  #failures = 0
  #logins = 0
  #timer: NodeJS.Timeout | undefined
  #retryAt = 0
  #stopped = false

  constructor(options: LinkOptions) {
    this.#options = options
    this.#pace = new Pace({ perSecond: options.messagesPerSecond })
  }

  get clientId(): number {
    return this.#options.clientId
  }

  get isUsable(): boolean {
    return this.#session?.isUsable === true
  }

  /** By whose midnight the gateway's lists of today begin: its own zone, or where that is not known those it may be in. */
  get zones(): readonly string[] {
    const zone = this.#session?.zone
    return zone !== undefined && dayIn(zone, 0) !== undefined ? [zone] : UNSURE_ZONES
  }

  /** Logins after the first. */
  get reconnects(): number {
    return Math.max(0, this.#logins - 1)
  }

  /** Which login this is, or the last one was: they are numbered. */
  get login(): number {
    return this.#logins
  }

  get state(): LinkState {
    return this.#state
  }

  /** Queries the gateway has not finished. */
  get pending(): number {
    return this.#session?.pending ?? 0
  }

  get status(): LinkStatus {
    const ready = this.#session?.state === 'ready'
    const cutOff = this.#session?.cutOff
    return {
      state: this.#state,
      since: this.#since.toISOString(),
      reason: cutOff ?? (ready ? null : (this.#lastEnd?.text ?? null)),
      hint: cutOff === undefined ? (ready ? null : this.#hint()) : CUT_OFF_HINT,
      accounts: this.#session?.accounts ?? [],
      serverVersion: this.#session?.serverVersion ?? null,
      readySince: this.#readySince?.toISOString() ?? null,
      reconnects: this.reconnects,
    }
  }

  #hint(): string {
    return this.#lastEnd === undefined ? 'Logging in to the gateway.' : hints[this.#lastEnd.kind]
  }

  start(): void {
    this.#open()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#session?.end({ kind: 'stopped', text: 'the instance is shutting down' })
  }

  /** Logs in anew, unless a query is under way: what the gateway's lists lack then is proven never to have come. */
  renew(why: string): void {
    if (this.isUsable && this.pending === 0) this.#session?.end({ kind: 'in-doubt', text: why })
  }

  /**
   * The session calls may use now.
   * @throws Problem INSTANCE_NOT_READY with the reason; nothing is queued for later (facts §2.3)
   */
  ready(): Session {
    const session = this.#session
    if (session?.isUsable) return session
    throw this.#notReady()
  }

  #notReady(): Problem {
    const { reason, hint } = this.status
    const untilRetry = Math.max(0, this.#retryAt - performance.now())
    return problem('INSTANCE_NOT_READY', {
      detail: [reason ?? 'not logged in yet', hint].filter((part) => part !== null).join('. '),
      retryAfter: Math.max(1, untilRetry / 1000),
      members: { client_id: this.#options.clientId },
    })
  }

  /** Runs a query on the present session. @throws Problem */
  async query<Question, Bag, Answer>(
    query: Query<Question, Bag, Answer>,
    question: Question,
    terms: Terms,
  ): Promise<Answer> {
    return await this.ready().query(query, question, terms)
  }

  /** Resolves when what the gateway has sent by now has been read. */
  async caughtUp(): Promise<void> {
    await this.#session?.caughtUp()
  }

  #open(): void {
    const { observer, host, port, clientId, limits, requestIds } = this.#options
    this.#session = new Session({
      host,
      port,
      clientId,
      limits,
      requestIds,
      pace: this.#pace,
      observer: {
        ...delegate(observer),
        moved: (session, state) => this.#moved(session, state),
        cutOff: (session) => this.#cutOff(session),
      },
    })
    this.#became('connecting')
    this.#session.open()
  }

  #moved(session: Session, state: SessionState): void {
    if (session !== this.#session) return
    if (state === 'ended') this.#ended(session)
    else if (state === 'ready') this.#ready(session)
    else this.#became(state)
  }

  #ready(session: Session): void {
    this.#failures = 0
    this.#logins += 1
    this.#lastEnd = undefined
    this.#readySince = new Date()
    this.#became(session.isUsable ? 'ready' : 'cut-off')
    this.#options.observer.ready(session)
  }

  #cutOff(session: Session): void {
    this.#became(session.isUsable ? 'ready' : 'cut-off')
    if (session.isUsable) this.#options.observer.ready(session)
  }

  #ended(session: Session): void {
    const reason = session.endReason ?? { kind: 'closed', text: 'ended' }
    const wasReady = this.#readySince !== null
    this.#lastEnd = reason
    this.#readySince = null
    this.#session = undefined
    const waitMs = this.#pause()
    this.#retryAt = performance.now() + waitMs
    this.#became('waiting')
    if (wasReady) this.#options.observer.lost(session, reason)
    else this.#options.observer.waiting(reason, this.#failures)
    if (!this.#stopped) this.#timer = setTimeout(() => this.#open(), waitMs)
  }

  /** Doubles while logins fail; spread out, so that eight instances do not knock at the same moment. */
  #pause(): number {
    const { reconnectMinMs, reconnectMaxMs } = this.#options
    const grown = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** Math.min(this.#failures, 20))
    this.#failures += 1
    return grown * (0.5 + Math.random() / 2)
  }

  #became(state: LinkState): void {
    const usable = state === 'ready'
    if (usable !== (this.#state === 'ready')) this.#since = new Date()
    this.#state = state
    this.#options.observer.changed(state, this.status.reason)
  }
}

function delegate(observer: LinkOptions['observer']) {
  return {
    arrived: observer.arrived.bind(observer),
    orderTrouble: observer.orderTrouble.bind(observer),
    said: observer.said.bind(observer),
    frame: observer.frame.bind(observer),
    queryEnded: observer.queryEnded.bind(observer),
    lateAnswer: observer.lateAnswer.bind(observer),
  } satisfies Partial<SessionObserver>
}
