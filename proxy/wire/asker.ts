import { Connection, type ConnectionOwner, type Exchange } from './connection.ts'
import type { Outbox } from './outbox.ts'
import { linesOf } from './request.ts'

/** What was answered; fields: name in lower case, value, name, value … */
export interface Reply {
  readonly status: number
  readonly fields: readonly string[]
  readonly content: Buffer
}

/** How something is asked. */
export interface Asking {
  /** name, value, name, value … */
  readonly fields: readonly string[]
  readonly timeoutMs: number
}

/** Nothing, or not all of an answer, came within the time given. */
export class NoAnswerInTime extends Error {}

/** Asks an instance what the proxy itself wants to know of it: GETs, on connections that no call of a caller travels on. */
export class Asker implements ConnectionOwner {
  readonly outbox: Outbox
  readonly #origin: URL
  readonly #open = new Set<Connection>()
  /** kept for the next question: to make a connection costs more than to ask */
  #idle: Connection | undefined
  #isClosed = false

  constructor(origin: string, outbox: Outbox) {
    this.outbox = outbox
    this.#origin = new URL(origin)
  }

  /** @throws NoAnswerInTime; an error whose message is why there is no answer */
  async ask(path: string, asking: Asking): Promise<Reply> {
    const kept = this.#idle
    this.#idle = undefined
    if (kept?.isFresh(performance.now()) === true) {
      try {
        return await this.#ask(path, asking, (exchange) => {
          kept.carry(exchange, performance.now())
          return kept
        })
      } catch (error) {
        // a kept connection that died says nothing of its instance
        if (this.#isClosed || error instanceof NoAnswerInTime) throw error
      }
    } else {
      kept?.destroy()
    }
    return await this.#ask(path, asking, (exchange) => this.#connect(exchange))
  }

  #connect(exchange: Exchange): Connection {
    const connection = new Connection(this.#origin, exchange, this)
    this.#open.add(connection)
    return connection
  }

  #ask(
    path: string,
    { fields, timeoutMs }: Asking,
    send: (exchange: Exchange) => Connection,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = []
      let head: Omit<Reply, 'content'> | undefined
      const timer = setTimeout(() => {
        reject(new NoAnswerInTime(`no answer within ${timeoutMs} ms`))
        connection.destroy()
      }, timeoutMs)
      const connection = send({
        method: 'GET',
        requestTo: (host) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${linesOf(fields)}\r\n`,
        onSent: () => undefined,
        onHead: (status, told) => {
          head = { status, fields: told }
        },
        onContent: (piece) => void pieces.push(piece),
        onEnd: () => {
          clearTimeout(timer)
          if (head !== undefined) resolve({ ...head, content: Buffer.concat(pieces) })
        },
        onLost: (reason) => {
          clearTimeout(timer)
          reject(new Error(reason))
        },
      })
    })
  }

  /** Ends everything; what is being asked is lost. */
  close(): void {
    this.#isClosed = true
    for (const connection of [...this.#open]) connection.destroy()
  }

  onIdle(connection: Connection): void {
    if (this.#idle === undefined) this.#idle = connection
    else connection.destroy()
  }

  onClosed(connection: Connection): void {
    this.#open.delete(connection)
    if (this.#idle === connection) this.#idle = undefined
  }

  onUnsent(exchange: Exchange): void {
    exchange.onLost('closed')
  }
}
