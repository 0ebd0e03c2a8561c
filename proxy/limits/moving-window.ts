import type { Rate } from './rate.ts'

/** Room is taken for so many moments at first, and for more when there are more. */
const FIRST_ROOM = 64
/** How often those who have done nothing for a whole window are looked for when there is no room, ms. */
const SWEEP_MS = 1000
/** The name of all who came when there was no room for one more. */
const CROWD = ''

/**
 * Counts what happened within the last window by its moments, so that no window of that length, wherever it begins, ever holds
 * more than the quota. Nothing is made for what is counted, and nothing is searched.
 */
export class MovingWindow implements Rate {
  readonly quota: number
  readonly windowMs: number
  /** a ring */
  #moments: Float64Array
  #first = 0
  #count = 0

  constructor({ quota, windowMs }: Rate) {
    this.quota = quota
    this.windowMs = windowMs
    this.#moments = new Float64Array(Math.min(quota, FIRST_ROOM))
  }

  /** Counts so many at once, unless that would be too many: then none of them. Moments in ms, never falling. */
  take(now: number, wanted = 1): boolean {
    this.#forget(now)
    if (this.#count + wanted > this.quota) return false
    for (let taken = 0; taken < wanted; taken += 1) this.#add(now)
    return true
  }

  /** How many more may happen. */
  remaining(now: number): number {
    this.#forget(now)
    return this.quota - this.#count
  }

  /** Until there is room for so many, ms; where there is, until there is room for more. */
  waitMs(now: number, wanted = 1): number {
    this.#forget(now)
    if (this.#count === 0) return this.windowMs
    const excess = Math.max(1, this.#count + wanted - this.quota)
    return this.#at(Math.min(this.#count, excess) - 1) + this.windowMs - now
  }

  isUntouched(now: number): boolean {
    this.#forget(now)
    return this.#count === 0
  }

  /** The same with another limit: what has happened has happened. */
  changedTo(rate: Rate): MovingWindow {
    const changed = new MovingWindow(rate)
    for (let index = Math.max(0, this.#count - rate.quota); index < this.#count; index += 1)
      changed.#add(this.#at(index))
    return changed
  }

  #at(index: number): number {
    return this.#moments[(this.#first + index) % this.#moments.length] as number
  }

  #forget(now: number): void {
    const until = now - this.windowMs
    while (this.#count > 0 && this.#at(0) <= until) {
      this.#first = (this.#first + 1) % this.#moments.length
      this.#count -= 1
    }
  }

  #add(now: number): void {
    if (this.#count === this.#moments.length) {
      const larger = new Float64Array(Math.min(this.quota, 2 * this.#count))
      for (let index = 0; index < this.#count; index += 1) larger[index] = this.#at(index)
      this.#moments = larger
      this.#first = 0
    }
    this.#moments[(this.#first + this.#count) % this.#moments.length] = now
    this.#count += 1
  }
}

/** A window for each caller, for so many of them; who comes when so many are busy shares one with the others who do. */
export class WindowsByCaller {
  readonly #limit: number
  readonly #windows = new Map<string, MovingWindow>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The window of a caller whose limit is this now. */
  of(caller: string, rate: Rate, now: number): MovingWindow {
    const known = this.#windows.get(caller)
    if (known !== undefined) return this.#fitting(caller, known, rate)
    if (this.#windows.size >= this.#limit) this.#sweep(now)
    const name = this.#windows.size >= this.#limit ? CROWD : caller
    const crowd = this.#windows.get(name)
    if (crowd !== undefined) return this.#fitting(name, crowd, rate)
    const window = new MovingWindow(rate)
    this.#windows.set(name, window)
    return window
  }

  #fitting(name: string, window: MovingWindow, rate: Rate): MovingWindow {
    if (window.quota === rate.quota && window.windowMs === rate.windowMs) return window
    const changed = window.changedTo(rate)
    this.#windows.set(name, changed)
    return changed
  }

  /** Whoever has done nothing for a whole window need not be known. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    for (const [name, window] of this.#windows)
      if (window.isUntouched(now)) this.#windows.delete(name)
  }
}
