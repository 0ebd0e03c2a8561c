/** Names whose failures are counted; whoever failed longest ago is forgotten first. */
const MAX_NAMES = 10_000
/** No lock-out is longer, ms. */
const LAST_MS = 900_000

interface Failures {
  count: number
  /** epoch ms */
  lockedUntil: number
  at: number
}

/** Counts what failed by name, and locks out whoever failed more than so often, for longer each time. */
export class Backoff {
  /** failures that cost nothing */
  readonly free: number
  /** how long the first lock-out is, ms; each further one is twice as long */
  readonly #firstMs: number
  readonly #failures = new Map<string, Failures>()

  constructor(free: number, firstMs: number) {
    this.free = free
    this.#firstMs = firstMs
  }

  /** Until when nothing more is taken under a name, epoch ms; undefined: it is. */
  lockedUntil(name: string, now = Date.now()): number | undefined {
    const until = this.#failures.get(name)?.lockedUntil ?? 0
    return until > now ? until : undefined
  }

  /** Failures since the last success, those included that are long past. */
  countOf(name: string): number {
    return this.#failures.get(name)?.count ?? 0
  }

  failed(name: string, now = Date.now()): void {
    const known = this.#failures.get(name)
    // who has been quiet for as long as the longest lock-out begins anew
    const count = known !== undefined && now - known.at < LAST_MS * 2 ? known.count + 1 : 1
    const beyond = count - this.free
    const lockedUntil =
      beyond < 0 ? 0 : now + Math.min(LAST_MS, this.#firstMs * 2 ** Math.min(beyond, 20))
    this.#failures.delete(name)
    this.#failures.set(name, { count, lockedUntil, at: now })
    if (this.#failures.size <= MAX_NAMES) return
    const [oldest] = this.#failures.keys()
    if (oldest !== undefined) this.#failures.delete(oldest)
  }

  succeeded(name: string): void {
    this.#failures.delete(name)
  }
}
