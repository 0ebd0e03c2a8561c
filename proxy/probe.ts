import { request } from 'undici'
import type { Pool } from './pool.ts'

export interface ProbeOptions {
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** An instance may explain itself in the body; its status judges it, unless it says that it is another client. */
interface Explanation {
  readonly clientId: number | null
  readonly reason: string | null
  readonly hint: string | null
}

/**
 * Asks every instance `GET /clients`, each on its own clock: 200 is usable, anything else is not.
 */
export class Probe {
  readonly #pool: Pool
  readonly #options: ProbeOptions
  readonly #timers = new Map<number, NodeJS.Timeout>()
  readonly #watched = new Set<number>()
  #begun = false
  #stopped = false

  constructor(pool: Pool, options: ProbeOptions) {
    this.#pool = pool
    this.#options = options
  }

  /** Asks all at once and keeps asking; resolves when each was asked once. */
  async start(): Promise<void> {
    this.#begun = true
    await Promise.all(this.#pool.members.map(({ clientId }) => this.#round(clientId)))
  }

  /** Asks a client too that joined after the start, at once. */
  watch(clientId: number): void {
    if (this.#begun && !this.#watched.has(clientId)) void this.#round(clientId)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  async #round(clientId: number): Promise<void> {
    const origin = this.#pool.members[clientId]?.origin
    if (origin === undefined || this.#stopped) {
      this.#watched.delete(clientId)
      return
    }
    this.#watched.add(clientId)
    await this.#ask(clientId, origin)
    if (this.#stopped) return
    this.#timers.set(
      clientId,
      setTimeout(() => void this.#round(clientId), this.#options.intervalMs),
    )
  }

  async #ask(clientId: number, origin: string): Promise<void> {
    try {
      const { statusCode, body } = await request(`${origin}/clients`, {
        // a connection each time: a kept one that died would be taken for a dead instance
        reset: true,
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(this.#options.timeoutMs),
      })
      const text = await body.text()
      if (this.#isOver(clientId, origin)) return
      this.#judge(clientId, statusCode, text)
    } catch (error) {
      if (this.#isOver(clientId, origin)) return
      this.#judgeSilence(clientId, origin, error as Error & { code?: string })
    }
  }

  /** What an instance says counts no more once its client is somewhere else. */
  #isOver(clientId: number, origin: string): boolean {
    return this.#stopped || this.#pool.members[clientId]?.origin !== origin
  }

  #judge(clientId: number, status: number, body: string): void {
    const { clientId: said, reason, hint } = explanationIn(body)
    if (said !== null && said !== clientId) {
      // orders and keys would go to the wrong ledger
      this.#pool.down(clientId, `the instance there is client ${said}`, 'Is INSTANCES in order?')
      return
    }
    if (status === 200) {
      this.#pool.up(clientId)
      return
    }
    this.#pool.down(clientId, reason ?? `GET /clients there answered ${status}`, hint)
  }

  #judgeSilence(clientId: number, origin: string, error: Error & { code?: string }): void {
    const timedOut = error.name === 'TimeoutError'
    // one that works on a call may be too busy to answer; how that call ends will tell
    if (timedOut && (this.#pool.members[clientId]?.active ?? 0) > 0) return
    const reason = timedOut
      ? `no answer to GET /clients within ${this.#options.timeoutMs} ms`
      : (error.code ?? error.message)
    this.#pool.down(clientId, `${origin}: ${reason}`, 'Is the instance running?')
  }
}

function explanationIn(text: string): Explanation {
  try {
    const { clientId, reason, hint, detail } = JSON.parse(text) as Record<string, unknown>
    const said = typeof reason === 'string' ? reason : detail
    return {
      clientId: typeof clientId === 'number' ? clientId : null,
      reason: typeof said === 'string' ? said : null,
      hint: typeof hint === 'string' ? hint : null,
    }
  } catch {
    return { clientId: null, reason: null, hint: null }
  }
}
