/** Orders and their cancels go before everything else; within a class, first come first sent. */
export type Priority = 'order' | 'read'

interface Message {
  readonly send: () => void
  withdrawn: boolean
}

export interface PaceOptions {
  /** messages in any one second (facts §3.1: 50 is the gateway's limit, all kinds together) */
  readonly perSecond: number
  readonly now?: () => number
}

/**
 * The message rate of one client id: at most so many messages in any second. What fits is sent in the same turn;
 * the rest waits, orders first.
 */
export class Pace {
  readonly #now: () => number
  /** when each of the last messages was sent, ms; a ring */
  readonly #sentAt: number[]
  #next = 0
  readonly #lines: Record<Priority, Message[]> = { order: [], read: [] }
  #timer: NodeJS.Timeout | undefined

  constructor({ perSecond, now = () => performance.now() }: PaceOptions) {
    this.#now = now
    this.#sentAt = Array.from({ length: perSecond }, () => Number.NEGATIVE_INFINITY)
  }

  /** Messages that wait for their turn. */
  get waiting(): number {
    return this.#lines.order.length + this.#lines.read.length
  }

  /** Sends now or as soon as the rate allows; the function it gives withdraws what has not been sent. */
  send(priority: Priority, send: () => void): () => void {
    const message: Message = { send, withdrawn: false }
    this.#lines[priority].push(message)
    this.#drain()
    return () => {
      message.withdrawn = true
    }
  }

  /** Forgets what waits; nothing of it will be sent. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#lines.order = []
    this.#lines.read = []
  }

  #drain(): void {
    if (this.#timer !== undefined) return
    let message = this.#take()
    while (message !== undefined) {
      const now = this.#now()
      const waitMs = (this.#sentAt[this.#next] ?? 0) + 1000 - now
      if (waitMs > 0) {
        this.#lines[message.priority].unshift(message.message)
        this.#timer = setTimeout(() => {
          this.#timer = undefined
          this.#drain()
        }, Math.ceil(waitMs))
        return
      }
      this.#sentAt[this.#next] = now
      this.#next = (this.#next + 1) % this.#sentAt.length
      message.message.send()
      message = this.#take()
    }
  }

  #take(): { priority: Priority; message: Message } | undefined {
    for (const priority of ['order', 'read'] as const) {
      const line = this.#lines[priority]
      while (line.length > 0) {
        const message = line.shift()
        if (message !== undefined && !message.withdrawn) return { priority, message }
      }
    }
    return undefined
  }
}
