import { request } from 'undici'
import type { Pool } from './pool.ts'

export interface ProbeOptions {
  readonly origins: readonly string[]
  readonly intervalMs: number
  readonly timeoutMs: number
  /** what an instance says of itself, before it is used again; never rejects */
  readonly heard?: (clientId: number, said: Readonly<Record<string, unknown>>) => Promise<void>
}

/** An instance may explain itself in the body; only its status judges it. */
interface Explanation {
  readonly reason: string | null
  readonly hint: string | null
}

/**
 * Asks every instance `GET /clients`, each on its own clock: 200 is usable, anything else is not. These are the only
 * repeating timers of the proxy.
 */
export class Probe {
  readonly #pool: Pool
  readonly #options: ProbeOptions
  readonly #timers = new Map<number, NodeJS.Timeout>()
  #stopped = false

  constructor(pool: Pool, options: ProbeOptions) {
    this.#pool = pool
    this.#options = options
  }

  /** Asks all at once and keeps asking; resolves when each was asked once. */
  async start(): Promise<void> {
    await Promise.all(
      this.#options.origins.map((origin, clientId) => this.#round(clientId, origin)),
    )
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  async #round(clientId: number, origin: string): Promise<void> {
    await this.#ask(clientId, origin)
    if (this.#stopped) return
    this.#timers.set(
      clientId,
      setTimeout(() => void this.#round(clientId, origin), this.#options.intervalMs),
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
      await this.#options.heard?.(clientId, saidIn(text))
      if (this.#stopped) return
      this.#judge(clientId, statusCode, text)
    } catch (error) {
      if (!this.#stopped) this.#judgeSilence(clientId, origin, error as Error & { code?: string })
    }
  }

  #judge(clientId: number, status: number, body: string): void {
    if (status === 200) {
      this.#pool.up(clientId)
      return
    }
    const { reason, hint } = explanationIn(body)
    this.#pool.down(clientId, reason ?? `GET /clients there answered ${status}`, hint)
  }

  #judgeSilence(clientId: number, origin: string, error: Error & { code?: string }): void {
    const timedOut = error.name === 'TimeoutError'
    // one that works on a call may be too busy to answer; how that call ends will tell
    if (timedOut && this.#pool.slotsOf(clientId).some(({ lease }) => lease !== null)) return
    const reason = timedOut
      ? `no answer to GET /clients within ${this.#options.timeoutMs} ms`
      : (error.code ?? error.message)
    this.#pool.down(clientId, `${origin}: ${reason}`, 'Is the instance running?')
  }
}

function explanationIn(text: string): Explanation {
  const { reason, hint, detail } = saidIn(text)
  const said = typeof reason === 'string' ? reason : detail
  return {
    reason: typeof said === 'string' ? said : null,
    hint: typeof hint === 'string' ? hint : null,
  }
}

function saidIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
