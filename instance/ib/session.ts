import { EventName, IBApi } from '@stoqey/ib'
import { problem } from '../../shared/problem.ts'
import type { SessionEffect } from './codes.ts'
import { type EndReason, endOfCode } from './endings.ts'
import { GATEWAY_EVENTS, type GatewayEvent, type GatewayWord } from './events.ts'
import { Streams } from './following.ts'
import type { RequestIds } from './ids.ts'
import type { Inbox } from './inbox.ts'
import { tame, tuneSocket } from './library.ts'
import type { SessionLimits, SessionObserver } from './observer.ts'
import type { Pace } from './pace.ts'
import { Pending } from './pending.ts'
import type { Query, Terms } from './query.ts'
import type { Following, Rows, Stream, StreamObserver } from './stream.ts'
import { classify, toProblem } from './verdicts.ts'
import { Watchdog } from './watchdog.ts'

/** Never back: the link makes a new session for every attempt (facts §2.3: a used one replays). */
export type SessionState = 'connecting' | 'greeting' | 'ready' | 'ended'

const moves: Readonly<Record<SessionState, readonly SessionState[]>> = {
  connecting: ['greeting', 'ended'],
  greeting: ['ready', 'ended'],
  ready: ['ended'],
  ended: [],
}

export interface SessionOptions {
  readonly host: string
  readonly port: number
  readonly clientId: number
  readonly limits: SessionLimits
  readonly pace: Pace
  readonly requestIds: RequestIds
  readonly observer: SessionObserver
}

/** One login over one TCP connection, used once. Usable when `ready` and not cut off from IB. */
export class Session {
  readonly #options: SessionOptions
  readonly #api: IBApi
  readonly #inbox: Inbox
  readonly #pending: Pending
  readonly #streams: Streams
  readonly #watchdog: Watchdog
  #state: SessionState = 'connecting'
  /** its connection is over, though what came on it may not have been read to the end */
  #isClosed = false
  #end: EndReason | undefined
  #cutOff: string | undefined
  #nextValidId: number | undefined
  #accounts: readonly string[] = []
  #zone: string | undefined
  #timer: NodeJS.Timeout | undefined
  #lastTrouble: string | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const { host, port, pace, requestIds, limits, observer } = options
    this.#api = new IBApi({ host, port })
    this.#pending = new Pending({
      api: this.#api,
      pace,
      requestIds,
      staleHoldMs: limits.staleHoldMs,
      afterArrived: (act) => this.#inbox.afterArrived(act),
      onMixedUp: (name) =>
        this.end({ kind: 'mixed-up', text: `the gateway never ended its answer to ${name}` }),
      onEnd: (name, outcome, seconds) => observer.queryEnded(name, outcome, seconds),
      onLate: (name) => observer.lateAnswer(name),
    })
    this.#streams = new Streams({ api: this.#api, pace, requestIds })
    this.#watchdog = new Watchdog({
      ...limits,
      askForTime: () => pace.send('read', () => this.#api.reqCurrentTime()),
      onSilent: (ms) =>
        this.end({ kind: 'silent', text: `the gateway has said nothing for ${seconds(ms)}` }),
    })
    this.#inbox = tame(this.#api, {
      frame: (direction) => {
        if (direction === 'in') this.#watchdog.heard()
        observer.frame(direction)
      },
      closed: () => {
        this.#isClosed = true
      },
      broken: (error) =>
        this.end({ kind: 'undecodable', text: `a message could not be decoded: ${String(error)}` }),
    })
    this.#listen()
  }

  get state(): SessionState {
    return this.#state
  }

  /** Why it ended. */
  get endReason(): EndReason | undefined {
    return this.#end
  }

  /** IB's own text, while the gateway is cut off from IB (1100). */
  get cutOff(): string | undefined {
    return this.#cutOff
  }

  get isUsable(): boolean {
    return this.#state === 'ready' && this.#cutOff === undefined && !this.#isClosed
  }

  get accounts(): readonly string[] {
    return this.#accounts
  }

  /** The gateway's time zone as it names it in its greeting (facts §1.1). */
  get zone(): string | undefined {
    return this.#zone
  }

  get serverVersion(): number | null {
    return this.#api.serverVersion || null
  }

  /** Queries that have not ended. */
  get pending(): number {
    return this.#pending.size
  }

  open(): void {
    const { limits, clientId } = this.#options
    const text = `no answer within ${seconds(limits.connectTimeoutMs)}`
    this.#after(limits.connectTimeoutMs, () => this.end({ kind: 'no-connection', text }))
    this.#api.connect(clientId)
    tuneSocket(this.#api)
  }

  /** Runs a query to its end. @throws Problem, also when the session is not usable */
  query<Question, Bag, Answer>(
    query: Query<Question, Bag, Answer>,
    question: Question,
    terms: Terms,
  ): Promise<Answer> {
    this.#mustBeUsable()
    return this.#pending.run(query, question, terms)
  }

  /** Resolves when what has arrived by now has been read, or the session has ended. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => this.#inbox.afterArrived(resolve))
  }

  /** Sends an order or a cancel as soon as the message rate allows; `wrote` is called when the bytes left. */
  send(message: (api: IBApi) => void, wrote: () => void = () => {}): void {
    this.#mustBeUsable()
    this.#options.pace.send('order', () => {
      try {
        message(this.#api)
        wrote()
      } catch (error) {
        this.end({ kind: 'undecodable', text: `a message could not be sent: ${String(error)}` })
      }
    })
  }

  /** Starts a stream, which runs until it is closed, the gateway ends it, or the session ends. @throws Problem when the session is not usable */
  follow<Question, Bag>(
    stream: Stream<Question, Bag>,
    question: Question,
    rows: Rows,
    observer: StreamObserver,
  ): Following {
    this.#mustBeUsable()
    return this.#streams.follow(stream, question, rows, observer)
  }

  /** Which kind of market data is meant by what is asked from now on: 1 live … 4 delayed and frozen. */
  setMarketDataType(type: number): void {
    this.#mustBeUsable()
    this.#streams.setMarketDataType(type)
  }

  /** Ends it, once; everything pending is told. */
  end(reason: EndReason): void {
    if (this.#state === 'ended') return
    this.#end = reason
    clearTimeout(this.#timer)
    this.#watchdog.stop()
    this.#options.pace.clear()
    this.#api.removeAllListeners()
    if (this.#api.isConnected || this.#state === 'connecting') this.#api.disconnect()
    this.#moveTo('ended')
    this.#pending.lost(reason.text)
    this.#streams.clear()
    this.#inbox.stop()
  }

  #mustBeUsable(): void {
    if (this.isUsable) return
    const why = this.#cutOff ?? this.#end?.text ?? `the session is ${this.#state}`
    throw problem('INSTANCE_NOT_READY', { detail: why, retryAfter: 1 })
  }

  #moveTo(state: SessionState): void {
    if (!moves[this.#state].includes(state))
      throw new Error(`session: ${this.#state} cannot become ${state}`)
    this.#state = state
    this.#options.observer.moved(this, state)
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, ms)
  }

  #listen(): void {
    // a listener that throws would stop the library's decoder in the middle of a packet (facts §2.3)
    const guarded =
      <Args extends unknown[]>(listener: (...args: Args) => void) =>
      (...args: Args) => {
        try {
          listener(...args)
        } catch (error) {
          this.end({ kind: 'undecodable', text: `an answer could not be used: ${String(error)}` })
        }
      }
    const api = this.#api
    api.on(
      EventName.server,
      guarded((_version: number, connectionTime: string) => this.#greet(connectionTime)),
    )
    api.on(
      EventName.disconnected,
      guarded(() => this.#disconnected()),
    )
    api.on(
      EventName.error,
      guarded((error: Error, code: number, reqId: number) =>
        this.#said({ code, text: error.message, reqId }),
      ),
    )
    api.on(
      EventName.info,
      guarded((text: string, code: number) => this.#said({ code, text, reqId: -1 })),
    )
    for (const event of GATEWAY_EVENTS) {
      // the library types each event's listener apart; ours takes any
      const on = api.on as (event: string, listener: (...args: unknown[]) => void) => unknown
      on.call(
        api,
        event,
        guarded((...args: unknown[]) => this.#arrived(event, args)),
      )
    }
  }

  #greet(connectionTime: string): void {
    this.#zone = /^\S+ \S+ (.+)$/.exec(connectionTime)?.[1]
    this.#moveTo('greeting')
    const { greetingTimeoutMs } = this.#options.limits
    const text = `the gateway did not finish its greeting within ${seconds(greetingTimeoutMs)}`
    this.#after(greetingTimeoutMs, () => this.end({ kind: 'no-greeting', text }))
  }

  #arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (event === 'nextValidId') this.#nextValidId = args[0] as number
    if (event === 'managedAccounts') {
      const names = (args[0] as string).split(',').map((name) => name.trim())
      this.#accounts = names.filter((name) => name !== '')
    }
    this.#options.observer.arrived(event, args)
    this.#pending.arrived(event, args)
    this.#streams.arrived(event, args)
    if (this.#state !== 'greeting' || this.#nextValidId === undefined) return
    if (this.#accounts.length === 0) return
    clearTimeout(this.#timer)
    // first, since whoever hears of it may end the session at once
    this.#watchdog.start()
    this.#moveTo('ready')
  }

  #disconnected(): void {
    const before = this.#state === 'ready' ? 'the gateway closed the connection' : 'closed at once'
    const text = this.#lastTrouble ?? before
    const refused = this.#state === 'connecting' && this.#lastTrouble !== undefined
    this.end({ kind: refused ? 'refused' : 'closed', text })
  }

  #said(word: GatewayWord): void {
    const { observer, clientId } = this.#options
    const verdict = classify(word)
    observer.said(word, verdict)
    switch (verdict.about) {
      case 'session':
        this.#changed(word, verdict.effect)
        break
      case 'query':
        if (!verdict.fails) {
          this.#streams.noticed(word.reqId, word.code)
          break
        }
        this.#pending.failed(word.reqId, toProblem(word, clientId))
        this.#streams.failed(word.reqId, toProblem(word, clientId))
        break
      case 'kind':
        if (word.code === 502) this.#lastTrouble = word.text
        else this.#pending.failedUnnamed(toProblem(word, clientId), verdict.only)
        break
      case 'order':
        observer.orderTrouble(word, verdict)
        break
      case 'notice':
      case 'decoding':
        break
    }
  }

  #changed(word: GatewayWord, effect: SessionEffect): void {
    if (effect === 'ended') {
      this.end(endOfCode(word))
      return
    }
    const cutOff = effect === 'cut-off' ? word.text : undefined
    if ((cutOff === undefined) === (this.#cutOff === undefined)) return
    this.#cutOff = cutOff
    this.#options.observer.cutOff(this)
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
