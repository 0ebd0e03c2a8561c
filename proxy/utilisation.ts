/** Over how long it is reckoned, ms. */
const WINDOW_MS = 10_000
/** How finely the window moves on, ms. */
const STEP_MS = 1000

/** Slot time up to a moment, ms: at work, and fit for work. */
interface Sum {
  readonly at: number
  readonly busy: number
  readonly fit: number
}

/** What share of the time that slots were fit for work they were at work, lately. */
export class Utilisation {
  readonly #now: () => number
  /** one for each step of the window, oldest first */
  readonly #sums: Sum[]
  #last: Sum
  #busy = 0
  #fit = 0

  constructor(now: () => number) {
    this.#now = now
    this.#last = { at: now(), busy: 0, fit: 0 }
    this.#sums = [this.#last]
  }

  /** So many slots are at work from now on, and so many fit for it, those at work included. */
  count(busy: number, fit: number): void {
    this.#advance()
    this.#busy = busy
    this.#fit = fit
  }

  /** 0 to 1; null when no slot was fit for work. */
  get share(): number | null {
    this.#advance()
    const oldest = this.#sums[0] ?? this.#last
    const fit = this.#last.fit - oldest.fit
    return fit > 0 ? (this.#last.busy - oldest.busy) / fit : null
  }

  #advance(): void {
    const at = this.#now()
    const elapsed = at - this.#last.at
    if (elapsed <= 0) return
    this.#last = {
      at,
      busy: this.#last.busy + elapsed * this.#busy,
      fit: this.#last.fit + elapsed * this.#fit,
    }
    const newest = this.#sums.at(-1)
    if (newest !== undefined && at - newest.at < STEP_MS) return
    this.#sums.push(this.#last)
    // the one before the window begins stays: the window begins within its step
    while (this.#sums.length > 2 && at - (this.#sums[1]?.at ?? at) >= WINDOW_MS) this.#sums.shift()
  }
}
