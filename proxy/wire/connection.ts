import { connect as connectTcp, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { connect as connectTls } from 'node:tls'
import { AnswerReader, type AnswerReceiver, MalformedAnswer } from './answer-reader.ts'
import type { Outbox, Sender } from './outbox.ts'

/** A connection not made by then counts as refused, ms. */
const CONNECT_TIMEOUT_MS = 2000
/** How long TCP may hear nothing before it asks whether the other side is there, ms. */
const PROBE_AFTER_MS = 60_000
/**
 * One that has rested this long, ms, is written to at the end of a turn of the event loop: the news that its
 * instance has ended may have arrived and not been read. Under load none rests so long.
 */
const RESTED_MS = 10

/** Holds back what comes on a connection. */
export interface Flow {
  readonly isPaused: boolean
  pause(): void
  resume(): void
}

/** One request and what becomes of it. */
export interface Exchange extends AnswerReceiver {
  readonly method: string
  /** The request as it goes on the wire to that host; asked for when it leaves. */
  requestTo(host: string): string | Buffer
  /** From now on the request may have arrived. */
  onSent(flow: Flow): void
  /** Nothing more will come, and the answer was not whole. */
  onLost(reason: string): void
}

/** Who a connection belongs to. */
export interface ConnectionOwner {
  readonly outbox: Pick<Outbox, 'add' | 'holds'>
  /** It can carry the next exchange. */
  onIdle(connection: Connection): void
  onClosed(connection: Connection): void
  /** Nothing of this exchange was written, but its connection has ended. */
  onUnsent(exchange: Exchange): void
}

/**
 * What all connections read into: a read is taken in before the next one begins, so that nothing is allocated for it.
 */
const readInto = Buffer.allocUnsafeSlow(64 * 1024)

/** One connection to an instance; it carries one exchange at a time and is kept for the next. */
export class Connection implements Flow, Sender {
  readonly #host: string
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader = new AnswerReader()
  readonly #connecting: NodeJS.Timeout
  #exchange: Exchange | undefined
  #isSent = false
  #isOpen = false
  #isDone = false
  #isPaused = false
  #reason: string | undefined
  #idleSince = 0
  /** something was sent or heard since the last look */
  #isStirring = true
  #quietLooks = 0
  readonly #whenWhole = (isClean: boolean): void => this.#release(isClean)

  /** Connects. */
  constructor(origin: URL, exchange: Exchange, owner: ConnectionOwner) {
    this.#host = origin.host
    this.#owner = owner
    this.#exchange = exchange
    const isTls = origin.protocol === 'https:'
    const options = {
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: Number(origin.port) || (isTls ? 443 : 80),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
      onread: { buffer: readInto, callback: (length: number) => this.#read(length) },
    }
    this.#socket = isTls
      ? connectTls({ ...options, ALPNProtocols: ['http/1.1'] })
      : connectTcp(options)
    this.#connecting = setTimeout(() => this.#end('no connection in time'), CONNECT_TIMEOUT_MS)
    this.#socket
      .once(isTls ? 'secureConnect' : 'connect', () => this.#opened())
      .once('end', () => this.#ended())
      .once('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message))
      .once('close', () => this.#closed())
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  /** Whether an idle one may be written to: it has not rested longer than its server keeps it. `now`: `performance.now()`. */
  isFresh(now: number): boolean {
    const restedMs = now - this.#idleSince
    return this.#isOpen && restedMs <= (this.#reader.keepsMs ?? -1)
  }

  /** Sends it at once, or at the end of this turn of the event loop where it has rested or calls wait for slots. */
  carry(exchange: Exchange, now: number): void {
    const { outbox } = this.#owner
    this.#exchange = exchange
    this.#isSent = false
    const hasRested = now - this.#idleSince >= RESTED_MS
    if (hasRested || outbox.holds) outbox.add(this)
    else this.#write(exchange)
  }

  flush(): void {
    if (this.#isOpen && this.#exchange !== undefined) this.#write(this.#exchange)
  }

  /** Called at regular times: it ends when so many times in a row nothing was sent or heard since the time before. */
  look(most: number): void {
    // one that is held back has more to tell
    this.#quietLooks = this.#isStirring || this.#isPaused ? 0 : this.#quietLooks + 1
    this.#isStirring = false
    if (this.#quietLooks >= most) this.#end('the other side is silent')
  }

  /** Ends it; what it carries is lost. */
  destroy(): void {
    this.#end('the proxy is closing')
  }

  #opened(): void {
    clearTimeout(this.#connecting)
    this.#isOpen = true
    if (this.#exchange !== undefined) this.#write(this.#exchange)
  }

  #write(exchange: Exchange): void {
    this.#isSent = true
    this.#isStirring = true
    this.#reader.expect(exchange.method, exchange)
    const request = exchange.requestTo(this.#host)
    exchange.onSent(this)
    if (typeof request === 'string') this.#socket.write(request, 'latin1')
    else this.#socket.write(request)
  }

  #read(length: number): boolean {
    this.#isStirring = true
    try {
      this.#reader.read(readInto, this.#whenWhole, length)
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error
      this.#end(error.message)
    }
    return true
  }

  /** The answer is whole: the connection is free before its receiver hears of it, so that the next request leaves first. */
  #release(isClean: boolean): void {
    this.#exchange = undefined
    this.resume()
    if (isClean && this.#reader.keepsMs !== undefined) {
      this.#idleSince = performance.now()
      this.#owner.onIdle(this)
    } else {
      this.#end('')
    }
  }

  #ended(): void {
    this.#isOpen = false
    if (!this.#reader.ended(this.#whenWhole)) this.#end('the other side has closed the connection')
  }

  #end(reason: string): void {
    this.#isOpen = false
    this.#reason ??= reason
    this.#socket.destroy()
    this.#closed()
  }

  #closed(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#isOpen = false
    clearTimeout(this.#connecting)
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#owner.onClosed(this)
    if (exchange === undefined) return
    if (this.#idleSince > 0 && !this.#isSent) this.#owner.onUnsent(exchange)
    else exchange.onLost(this.#reason ?? 'closed')
  }
}
