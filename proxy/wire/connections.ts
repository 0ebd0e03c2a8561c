import { performance } from 'node:perf_hooks'
import { Connection, type ConnectionOwner, type Exchange } from './connection.ts'
import type { Outbox } from './outbox.ts'

/** How often it is looked, in the time one may be silent, whether it is: a timer of each would be set anew by all it sends and hears. */
const LOOKS = 5

/**
 * The connections to one instance that carry calls of callers: made when they are wanted, up to a limit; what finds
 * none free waits in the order of coming. The one used last is used first.
 */
export class Connections implements ConnectionOwner {
  readonly outbox: Outbox
  readonly #origin: URL
  readonly #limit: number
  readonly #silenceMs: number
  readonly #open = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting: Exchange[] = []
  #looking: NodeJS.Timeout | undefined
  #isClosing = false

  /** `silenceMs`: a connection that sends and hears nothing for so long is given up; what it carries is lost. */
  constructor(origin: string, limit: number, silenceMs: number, outbox: Outbox) {
    this.outbox = outbox
    this.#origin = new URL(origin)
    this.#limit = limit
    this.#silenceMs = silenceMs
  }

  /** Sends it as soon as a connection is free. */
  send(exchange: Exchange): void {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      const now = performance.now()
      if (idle.isFresh(now)) {
        idle.carry(exchange, now)
        return
      }
      idle.destroy()
    }
    if (this.#open.size < this.#limit) this.#connect(exchange)
    else this.#waiting.push(exchange)
  }

  /** Ends them as they become idle; nothing new is sent. */
  close(): void {
    this.#isClosing = true
    for (const idle of this.#idle.splice(0)) idle.destroy()
  }

  /** Ends them all; what they carry and what waits is lost. */
  destroy(): void {
    this.#isClosing = true
    for (const exchange of this.#waiting.splice(0)) exchange.onLost('the proxy is closing')
    for (const connection of [...this.#open]) connection.destroy()
  }

  onIdle(connection: Connection): void {
    const next = this.#waiting.length > 0 ? this.#waiting.shift() : undefined
    if (next !== undefined) connection.carry(next, performance.now())
    else if (this.#isClosing) connection.destroy()
    else this.#idle.push(connection)
  }

  onClosed(connection: Connection): void {
    this.#open.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index >= 0) this.#idle.splice(index, 1)
    const next = this.#waiting.shift()
    if (next !== undefined) this.#connect(next)
    if (this.#open.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  onUnsent(exchange: Exchange): void {
    this.send(exchange)
  }

  #look(): void {
    for (const connection of [...this.#open]) connection.look(LOOKS)
  }

  #connect(exchange: Exchange): void {
    this.#looking ??= setInterval(() => this.#look(), this.#silenceMs / LOOKS).unref()
    this.#open.add(new Connection(this.#origin, exchange, this))
  }
}
