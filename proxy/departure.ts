import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { problem } from '../shared/problem.ts'
import type { Service } from '../shared/service.ts'
import { Fifo, type Place } from './fifo.ts'
import { pinOf } from './pin.ts'

/** Answered until the very end: whoever watches over the proxy must hear that it is going. */
const WATCHED: ReadonlySet<string> = new Set(['/clients', '/beacon', '/metrics'])

/** Where an open answer stands among the others. */
const PLACE = Symbol('place')
interface Watched extends Pick<ServerResponse, 'headersSent' | 'shouldKeepAlive'> {
  [PLACE]?: Place<Watched> | undefined
}

function isWatching({ raw, routeOptions }: FastifyRequest): boolean {
  return pinOf(raw) === undefined && WATCHED.has(routeOptions.url ?? '')
}

/**
 * How a proxy goes without failing a call. `leaving`: it serves as before, but says that it is not ready and keeps no
 * connection, so that callers and balancers move on by themselves. `refusing`: newcomers are turned away, whoever came
 * before is still served.
 */
export class Departure {
  readonly #open = new Fifo<Watched>()
  #phase: 'serving' | 'leaving' | 'refusing' = 'serving'
  #onAnswered: (() => void) | undefined
  readonly #onClose: (this: Watched) => void

  constructor() {
    const departure = this
    // one for all: closures of their own would keep answers alive (see Fifo)
    this.#onClose = function () {
      departure.ended(this)
    }
  }

  /** Whether it has begun to go. */
  get hasBegun(): boolean {
    return this.#phase !== 'serving'
  }

  /** Whether newcomers are turned away. */
  get refuses(): boolean {
    return this.#phase === 'refusing'
  }

  /** Watches over every call. Call it before routes are made. */
  register(app: Service): void {
    app.addHook('onRequest', (request, reply, done) => {
      const { raw } = reply
      if (this.#phase !== 'serving') raw.shouldKeepAlive = false
      if (this.#phase === 'refusing' && !isWatching(request))
        throw problem('PROXY_SHUTTING_DOWN', { retryAfter: 1 })
      // a WebSocket is never answered; it is ended apart from this
      if (request.headers.upgrade === undefined) this.#watch(raw)
      done()
    })
  }

  #watch(response: ServerResponse): void {
    this.began(response)
    response.on('close', this.#onClose)
  }

  /** Somebody waits for this answer from now on. */
  began(response: Watched): void {
    response[PLACE] = this.#open.join(response)
  }

  /** It was given, or nobody waits for it any more. */
  ended(response: Watched): void {
    response[PLACE]?.leave()
    response[PLACE] = undefined
    if (this.#open.size === 0) this.#onAnswered?.()
  }

  /** Goes on serving, but keeps no connection beyond its present call. */
  leave(): void {
    this.#phase = 'leaving'
    for (const response of this.#open) if (!response.headersSent) response.shouldKeepAlive = false
  }

  /** Turns newcomers away. */
  refuse(): void {
    this.#phase = 'refusing'
  }

  /** Resolves when everybody has been answered who was here, or after so long, ms. */
  async answered(withinMs: number): Promise<void> {
    if (this.#open.size === 0) return
    const answered = new Promise<void>((resolve) => {
      this.#onAnswered = resolve
    })
    await Promise.race([answered, pause(withinMs, undefined, { ref: false })])
  }
}
