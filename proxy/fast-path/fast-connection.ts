import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { TurnEnd } from '../turn-end.ts'
import type { Found } from './admission.ts'
import { type AnswerOwner, FastAnswer } from './fast-answer.ts'
import { type Fields, type PlainRead, PlainReads } from './plain-read.ts'

/** So much may come before the answer to what came first. */
const MOST_EARLY_BYTES = 64 * 1024

/**
 *             a plain read               written
 *   resting ────────────────► answering ───────────► resting
 *      │ anything else            │ its caller has gone
 *      └─────────► left ◄─────────┘
 */
type State = 'resting' | 'answering' | 'left'

/** Who a connection belongs to. */
export interface ConnectionOwner {
  /** as `AnswerOwner` has it */
  readonly keepAlive: string
  /**
   * Answers leave together, when everything that has come in a turn was seen to. Written one after the other in between they would
   * wake their readers one by one, which costs more than to answer: a quarter of all calls with 64 callers.
   */
  readonly outbox: TurnEnd<FastConnection>
  /** of a call */
  readonly mostBytes: number
  /** who takes nothing of what was written for him for so long is let go */
  readonly slowReaderMs: number
  /** no connection is kept any more */
  readonly isClosing: boolean
  /** Whether a call is carried here; if so it is begun. */
  serve(read: PlainRead, answer: FastAnswer, connection: FastConnection): boolean
  /** Whatever comes on it from now on is Node's, these bytes first. */
  leave(connection: FastConnection, bytes: Buffer | undefined): void
  /** An answer is written, or nobody takes it any more. */
  onEnded(answer: FastAnswer): void
  onClosed(connection: FastConnection): void
}

/** One connection of a caller as long as nothing but plain reads comes on it, one at a time. */
export class FastConnection implements AnswerOwner {
  readonly socket: Socket
  /** the address it comes from */
  readonly ip: string
  /** What was found of the header fields last said on it; the same fields, the same finding. */
  found: { readonly fields: Fields; readonly as: Found | undefined } | undefined
  readonly #owner: ConnectionOwner
  readonly #reads: PlainReads
  #state: State = 'resting'
  #answer: FastAnswer | undefined
  /** of an answer, until this turn of the event loop ends */
  #unsent: string | undefined
  /** what came while an answer was due */
  readonly #early: Buffer[] = []
  #earlyBytes = 0
  #isFresh = true
  #since = performance.now()

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket
    this.ip = socket.remoteAddress ?? ''
    this.#owner = owner
    this.#reads = new PlainReads(owner.mostBytes)
    for (const [event, heard] of this.#listeners) socket.on(event, heard)
  }

  get keepAlive(): string {
    return this.#owner.keepAlive
  }

  /** No call has come yet. */
  get isFresh(): boolean {
    return this.#isFresh
  }

  get isResting(): boolean {
    return this.#state === 'resting'
  }

  /** For how long it has rested, ms. */
  restedMs(now: number): number {
    return this.isResting ? now - this.#since : 0
  }

  /** Listens to it no more. */
  release(): void {
    this.#state = 'left'
    for (const [event, heard] of this.#listeners) this.socket.off(event, heard)
  }

  readonly #whenData = (bytes: Buffer): void => {
    if (this.#state === 'resting') {
      // whoever does not read his answers is Node's, which waits for him
      const read = this.socket.writableNeedDrain ? undefined : this.#reads.recognise(bytes)
      if (read === undefined || !this.#begin(read)) this.#owner.leave(this, bytes)
      return
    }
    this.#early.push(bytes)
    this.#earlyBytes += bytes.length
    // up to there it is read on, so that a caller who hangs up is noticed
    if (this.#earlyBytes > MOST_EARLY_BYTES) this.socket.pause()
  }

  #begin(read: PlainRead): boolean {
    const answer = new FastAnswer(this)
    this.#answer = answer
    this.#state = 'answering'
    if (!this.#owner.serve(read, answer, this)) return false
    this.#isFresh = false
    return true
  }

  send(text: string): void {
    this.#unsent = text
    this.#owner.outbox.add(this)
  }

  flush(): void {
    const [text, answer] = [this.#unsent, this.#answer]
    this.#unsent = undefined
    if (text === undefined || answer === undefined || !this.socket.writable) return
    this.socket.write(text, 'latin1')
    this.#rest(answer)
  }

  onAnswered(answer: FastAnswer): void {
    this.#owner.onEnded(answer)
    if (this.#unsent === undefined) this.#rest(answer)
  }

  #rest(answer: FastAnswer): void {
    this.#answer = undefined
    if (this.#state === 'left') return
    const { socket } = this
    if (socket.writableLength > 0) socket.setTimeout(this.#owner.slowReaderMs)
    if (!answer.shouldKeepAlive || this.#owner.isClosing) {
      socket.destroySoon()
      return
    }
    this.#state = 'resting'
    this.#since = performance.now()
    // whoever does not wait for answers is Node's
    if (this.#early.length > 0) process.nextTick(FastConnection.#leaveEarly, this)
  }

  static readonly #leaveEarly = (connection: FastConnection): void => {
    if (connection.isResting) connection.#owner.leave(connection, Buffer.concat(connection.#early))
  }

  readonly #whenDrained = (): void => {
    this.socket.setTimeout(0)
    this.#answer?.emit('drain')
  }

  readonly #whenStuck = (): void => {
    if (this.socket.writableLength > 0) this.socket.destroy()
    else this.socket.setTimeout(0)
  }

  /** Whoever sends no more is taken to have gone, as Node's server takes it. */
  readonly #whenEnded = (): void => {
    this.socket.end()
  }

  readonly #whenBroken = (): void => undefined

  readonly #whenClosed = (): void => {
    const answer = this.#answer
    this.release()
    this.#owner.onClosed(this)
    if (answer === undefined) return
    answer.cutOff()
    this.#owner.onEnded(answer)
  }

  readonly #listeners: readonly (readonly [string, (said: Buffer) => void])[] = [
    ['data', this.#whenData],
    ['end', this.#whenEnded],
    ['drain', this.#whenDrained],
    ['error', this.#whenBroken],
    ['close', this.#whenClosed],
    ['timeout', this.#whenStuck],
  ]
}
