/** Something that runs alone in its lane. */
export interface Runner {
  begin(): void
}

export interface LaneOptions {
  /** pause between two starts, ms */
  readonly spacingMs: number
  /** a runner left behind never came to its end */
  readonly onStale: () => void
}

/**
 * Queries that must run one at a time, first come first served. One that nobody waits for any more holds the lane
 * until its own end has come: with no id on the wire, that end would pass for the end of the next (facts §2.4).
 */
export class Lane<Each extends Runner> {
  readonly #options: LaneOptions
  readonly #waiting: Each[] = []
  #current: Each | undefined
  #staleTimer: NodeJS.Timeout | undefined
  #startTimer: NodeJS.Timeout | undefined
  #lastStart = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Who runs, or holds the lane. */
  get current(): Each | undefined {
    return this.#current
  }

  /** Runs it as soon as the lane is free. */
  enter(runner: Each): void {
    this.#waiting.push(runner)
    this.#next()
  }

  /** Its answer is complete, or it never started: the next may go. */
  leave(runner: Each): void {
    const index = this.#waiting.indexOf(runner)
    if (index >= 0) this.#waiting.splice(index, 1)
    if (this.#current !== runner) return
    clearTimeout(this.#staleTimer)
    this.#current = undefined
    this.#next()
  }

  /** Nobody waits for it any more, but its end is still to come; not within `holdMs`, and the lane is lost. */
  abandon(runner: Each, holdMs: number): void {
    if (this.#current !== runner) {
      this.leave(runner)
      return
    }
    clearTimeout(this.#staleTimer)
    this.#staleTimer = setTimeout(this.#options.onStale, holdMs)
  }

  /** Nothing starts here any more. */
  close(): void {
    this.#closed = true
    this.#waiting.length = 0
    clearTimeout(this.#staleTimer)
    clearTimeout(this.#startTimer)
  }

  #next(): void {
    clearTimeout(this.#startTimer)
    if (this.#closed || this.#current !== undefined || this.#waiting.length === 0) return
    const waitMs = this.#lastStart + this.#options.spacingMs - performance.now()
    if (waitMs > 0) {
      this.#startTimer = setTimeout(() => this.#next(), Math.ceil(waitMs))
      return
    }
    this.#lastStart = performance.now()
    this.#current = this.#waiting.shift()
    this.#current?.begin()
  }
}
