import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Cancel, Clock } from './world/clock.ts'

/** Sockets at once, those that have not said who they are included. */
const MAX_SOCKETS = 128
/** After it was shut the port may still be held for a moment, ms. */
const REOPEN_MS = 50

export interface ListenerOptions {
  readonly host: string
  /** 0 takes any free port, and keeps it */
  readonly port: number
  readonly clock: Clock
  readonly welcome: (socket: Socket) => void
  readonly report: (message: string) => void
}

/** The port that clients come to: it is opened, shut, and opened again. */
export class Listener {
  readonly #options: ListenerOptions
  #server: Server | undefined
  #port: number
  #stopWaiting: Cancel | undefined
  #isClosed = false

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  /** Resolves when clients can connect; rejects when the port is taken. */
  async open(): Promise<void> {
    const { host, welcome, report } = this.#options
    const server = createServer({ noDelay: true }, welcome)
    server.maxConnections = MAX_SOCKETS
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port: this.#port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => report(String(error)))
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
    // closed while it was opening
    if (this.#isClosed) await this.#shut()
  }

  /** Lets nobody in for that time; `opening` is told just before it opens again. */
  shutFor(downMs: number, opening: () => void): void {
    void this.#shut()
    this.#stopWaiting?.()
    this.#reopenAfter(downMs, opening)
  }

  /** Shuts for good; resolves when the last connection is gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWaiting?.()
    await this.#shut()
  }

  #reopenAfter(delayMs: number, opening: () => void): void {
    this.#stopWaiting = this.#options.clock.after(delayMs, () => {
      opening()
      this.open().catch((error) => {
        if (this.#isClosed) return
        this.#options.report(`listening again: ${String(error)}`)
        this.#reopenAfter(REOPEN_MS, opening)
      })
    })
  }

  #shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    return new Promise((resolve) => {
      if (server === undefined) resolve()
      else server.close(() => resolve())
    })
  }
}
