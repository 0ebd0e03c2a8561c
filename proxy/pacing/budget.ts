import type { PacingRule } from './rules.ts'

interface Return {
  /** ms */
  readonly at: number
  readonly cost: number
}

/** Who takes of budgets. */
export interface Taker {
  /** what it takes of one */
  costOf(budget: Budget): number
}

/**
 * One quota. What is taken comes back a window after the work for it has *ended*: the gateway saw it at some moment
 * between, so that no window of its own ever holds more than the quota, however long a call was on its way.
 */
export class Budget {
  readonly rule: PacingRule
  /** those who lack room here, or stand behind one who does, in the order they came */
  readonly heldUp = new Set<Taker>()
  /** how many wait who will take of it, whether there is room here or not */
  awaited = 0
  readonly #windowMs: number
  #open = 0
  #spent = 0
  #returns: Return[] = []
  #closedUntil = Number.NEGATIVE_INFINITY

  constructor(rule: PacingRule) {
    this.rule = rule
    this.#windowMs = (rule.windowSeconds ?? 0) * 1000
  }

  /** How much may be taken now. */
  room(now: number): number {
    this.#collect(now)
    return now < this.#closedUntil ? 0 : this.rule.quota - this.#open - this.#spent
  }

  /** Whether nothing is known of it that a new one would not know. */
  isUntouched(now: number): boolean {
    return this.awaited === 0 && this.room(now) === this.rule.quota
  }

  take(cost: number): void {
    this.#open += cost
  }

  /** Nothing was done with it. */
  giveBack(cost: number): void {
    this.#open -= cost
  }

  /** The work has ended. */
  end(cost: number, now: number): void {
    this.#open -= cost
    if (this.#windowMs === 0) return
    this.#spent += cost
    this.#returns.push({ at: now + this.#windowMs, cost })
  }

  /** Gives nothing out before that moment, ms. */
  close(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until)
  }

  /** The next moment at which there will be more than now without anything ending, ms; undefined: there is none. */
  nextReturn(now: number): number | undefined {
    this.#collect(now)
    return now < this.#closedUntil ? this.#closedUntil : this.#returns[0]?.at
  }

  /** The moment before which there can be no room for one behind those who are held up here before it, ms. */
  earliest(taker: Taker, now: number): number {
    this.#collect(now)
    const returns = [...this.#returns]
    if (this.#open > 0) returns.push({ at: now + this.#windowMs, cost: this.#open })
    let free = this.rule.quota - this.#open - this.#spent
    let at = Math.max(now, this.#closedUntil)
    for (const next of [...this.#before(taker), taker]) {
      const cost = next.costOf(this)
      while (free < cost) {
        const back = returns.shift()
        if (back === undefined) return at
        free += back.cost
        at = Math.max(at, back.at)
      }
      free -= cost
      returns.push({ at: at + this.#windowMs, cost })
    }
    return at
  }

  #before(taker: Taker): Taker[] {
    const all = [...this.heldUp]
    const index = all.indexOf(taker)
    return index < 0 ? all : all.slice(0, index)
  }

  #collect(now: number): void {
    let index = 0
    for (const { at, cost } of this.#returns) {
      if (at > now) break
      this.#spent -= cost
      index += 1
    }
    if (index > 0) this.#returns.splice(0, index)
  }
}
