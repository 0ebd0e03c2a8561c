import type { Problem } from '../../shared/problem.ts'
import { problem } from '../../shared/problem.ts'
import type { PacingStatus } from '../../shared/schemas/client.ts'
import { rateFields, type Standing } from '../rate-fields.ts'
import { shuttingDown } from '../refusals.ts'
import { Budget, type Taker } from './budget.ts'
import type { PacedQuestion } from './question.ts'
import { type PacingRule, type PacingSettings, PENALTY_SECONDS, rulesOf } from './rules.ts'

/** A closed budget opens again after so long at most, whatever IB's answer says, s. */
const LONGEST_PENALTY_SECONDS = 600

/** What tells the governor the time, in ms that only rise, and wakes it. */
export interface PacingClock {
  now(): number
  /** Runs something after so many ms; gives what takes that back. */
  after(ms: number, run: () => void): () => void
}

const machine: PacingClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Who is told of its turn, if that is not held at once. */
export interface TurnTaker {
  admitted(): void
  /** it can no longer come in time */
  refused(why: Problem): void
}

/** One call under the limits: it waits, holds what it costs, or is over. */
export class Turn implements Taker {
  readonly budgets: readonly Budget[]
  readonly begun: number
  /** when its caller gives up, ms */
  readonly until: number
  readonly taker: TurnTaker
  state: 'waiting' | 'held' | 'over' = 'waiting'
  readonly #cost: number

  constructor(
    budgets: readonly Budget[],
    cost: number,
    times: { readonly begun: number; readonly until: number },
    taker: TurnTaker,
  ) {
    this.budgets = budgets
    this.#cost = cost
    this.begun = times.begun
    this.until = times.until
    this.taker = taker
  }

  /** Never more than there is: a share may be smaller than a request that counts twice. Under way it is one in any case. */
  costOf({ rule }: Budget): number {
    return rule.windowSeconds === null ? 1 : Math.min(this.#cost, rule.quota)
  }
}

export interface GovernorOptions {
  readonly settings: PacingSettings
  /** callers that may wait for a budget at once */
  readonly limit: number
  /** a call was admitted after so many ms */
  readonly onAdmitted?: (waitedMs: number) => void
  readonly clock?: PacingClock
}

/**
 * Gives out what IB allows one login, so that IB never has to refuse: a call takes a place in all its budgets at once or
 * waits. Who came first is first at each budget; who waits for one does not hold up those who need others.
 */
export class Governor {
  readonly #rules: readonly PacingRule[]
  readonly #limit: number
  readonly #onAdmitted: (waitedMs: number) => void
  readonly #clock: PacingClock
  readonly #budgets = new Map<string, Budget>()
  readonly #waiting = new Set<Turn>()
  #cancelTimer: (() => void) | undefined

  constructor({ settings, limit, onAdmitted, clock = machine }: GovernorOptions) {
    this.#rules = rulesOf(settings)
    this.#limit = limit
    this.#onAdmitted = onAdmitted ?? (() => undefined)
    this.#clock = clock
    for (const rule of this.#rules) if (rule.per === 'login') this.#budgetOf(rule, '')
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * A turn under all limits that count a question, held at once or later.
   * @throws Problem PROXY_PACED when it cannot be held within `patienceMs`
   */
  turn(question: PacedQuestion, patienceMs: number, taker: TurnTaker): Turn {
    const begun = this.#clock.now()
    const times = { begun, until: begun + patienceMs }
    const turn = new Turn(this.#budgetsOf(question), question.cost, times, taker)
    if (this.#blocking(turn, begun) !== undefined) {
      const isFull = this.#waiting.size >= this.#limit
      if (isFull || this.#earliest(turn, begun).at > turn.until) throw this.#paced(turn, begun)
    }
    if (!this.#take(turn, begun)) this.#wait(turn)
    this.#arm(begun)
    return turn
  }

  /** Its caller has gone, or nothing was done for it. */
  leave(turn: Turn): void {
    if (turn.state === 'over') return
    if (turn.state === 'held')
      for (const budget of turn.budgets) budget.giveBack(turn.costOf(budget))
    this.#waitNoMore(turn)
    turn.state = 'over'
    this.#advance()
  }

  /** What was done for it has ended. */
  end(turn: Turn): void {
    if (turn.state !== 'held') return
    const now = this.#clock.now()
    for (const budget of turn.budgets) budget.end(turn.costOf(budget), now)
    turn.state = 'over'
    this.#advance()
  }

  /** IB has spoken of a violation: the first budget of such questions gives nothing out for a while. */
  close(question: PacedQuestion, seconds: number = PENALTY_SECONDS): void {
    const now = this.#clock.now()
    const ms = Math.min(seconds, LONGEST_PENALTY_SECONDS) * 1000
    this.#budgetsOf(question)[0]?.close(now + ms)
    this.#advance()
    for (const turn of [...this.#waiting]) {
      if (turn.state !== 'waiting' || this.#earliest(turn, now).at <= turn.until) continue
      const why = this.#paced(turn, now)
      this.leave(turn)
      turn.taker.refused(why)
    }
  }

  /** The least a turn has still to wait, ms; 0 when it waits no more. */
  waitOf(turn: Turn): number {
    const now = this.#clock.now()
    return turn.state === 'waiting' ? this.#earliest(turn, now).at - now : 0
  }

  /** What a caller hears whose turn has not come, or cannot come, in time. */
  paced(turn: Turn): Problem {
    return this.#paced(turn, this.#clock.now())
  }

  /** What is left of what counts a question. */
  standingsFor(question: PacedQuestion): Standing[] {
    return standingsOf(this.#budgetsOf(question), this.#clock.now())
  }

  /** Every limit with what is left of it; of those that are kept for each contract, where least is left. */
  status(): PacingStatus[] {
    const now = this.#clock.now()
    return this.#rules.map((rule) => {
      const own = [...this.#budgets.values()].filter((budget) => budget.rule === rule)
      return {
        name: rule.name,
        quota: rule.quota,
        windowSeconds: rule.windowSeconds,
        remaining: Math.min(rule.quota, ...own.map((budget) => Math.max(0, budget.room(now)))),
        waiting: own.reduce((sum, { heldUp }) => sum + heldUp.size, 0),
      }
    })
  }

  /** Refuses everybody who waits. */
  stop(): void {
    for (const turn of [...this.#waiting]) {
      this.leave(turn)
      turn.taker.refused(shuttingDown())
    }
    this.#cancelTimer?.()
  }

  #budgetsOf(question: PacedQuestion): Budget[] {
    const rules = this.#rules.filter(({ counts }) => question.counts.includes(counts))
    const isKnown = (rule: PacingRule) => this.#budgets.has(nameOf(rule, keyOf(rule, question)))
    // before any is taken up: one of them may be untouched as yet
    if (!rules.every(isKnown)) this.#forgetUntouched()
    return rules.map((rule) => this.#budgetOf(rule, keyOf(rule, question)))
  }

  #budgetOf(rule: PacingRule, key: string): Budget {
    const name = nameOf(rule, key)
    const known = this.#budgets.get(name)
    if (known !== undefined) return known
    const budget = new Budget(rule)
    this.#budgets.set(name, budget)
    return budget
  }

  /** What is kept for each contract or question is as many as were used of late. */
  #forgetUntouched(): void {
    const now = this.#clock.now()
    for (const [name, budget] of this.#budgets)
      if (budget.rule.per !== 'login' && budget.isUntouched(now)) this.#budgets.delete(name)
  }

  #wait(turn: Turn): void {
    this.#waiting.add(turn)
    for (const budget of turn.budgets) budget.awaited += 1
  }

  #waitNoMore(turn: Turn): void {
    if (!this.#waiting.delete(turn)) return
    for (const budget of turn.budgets) budget.awaited -= 1
  }

  #blocking(turn: Turn, now: number): Budget | undefined {
    return turn.budgets.find(
      (budget) => budget.heldUp.size > 0 || budget.room(now) < turn.costOf(budget),
    )
  }

  /** Takes all it needs, or stands behind the others where there is no room for it. */
  #take(turn: Turn, now: number): boolean {
    if (this.#blocking(turn, now) === undefined) {
      for (const budget of turn.budgets) budget.take(turn.costOf(budget))
      turn.state = 'held'
      this.#onAdmitted(now - turn.begun)
      return true
    }
    for (const budget of turn.budgets)
      if (budget.heldUp.size > 0 || budget.room(now) < turn.costOf(budget)) budget.heldUp.add(turn)
    return false
  }

  /** Something has changed: everybody who waits is looked at, in the order they came. */
  #advance(): void {
    const now = this.#clock.now()
    for (const budget of this.#budgets.values()) budget.heldUp.clear()
    const admitted: Turn[] = []
    for (const turn of this.#waiting) if (this.#take(turn, now)) admitted.push(turn)
    for (const turn of admitted) this.#waitNoMore(turn)
    this.#arm(now)
    // last, for what they do may bring us here again
    for (const turn of admitted) if (turn.state === 'held') turn.taker.admitted()
  }

  #arm(now: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#waiting.size === 0) return
    let next = Number.POSITIVE_INFINITY
    for (const budget of this.#budgets.values())
      if (budget.heldUp.size > 0) next = Math.min(next, budget.nextReturn(now) ?? next)
    if (next === Number.POSITIVE_INFINITY) return
    this.#cancelTimer = this.#clock.after(Math.max(1, Math.ceil(next - now)), () => this.#advance())
  }

  #earliest(turn: Turn, now: number): { at: number; budget: Budget | undefined } {
    let latest: { at: number; budget: Budget | undefined } = { at: now, budget: undefined }
    for (const budget of turn.budgets) {
      const at = budget.earliest(turn, now)
      if (at > latest.at) latest = { at, budget }
    }
    return latest
  }

  #paced(turn: Turn, now: number): Problem {
    const { at, budget } = this.#earliest(turn, now)
    const rule = (budget ?? this.#blocking(turn, now) ?? turn.budgets[0])?.rule
    const { name, quota, windowSeconds } = rule ?? { name: 'none', quota: 0, windowSeconds: null }
    const bound = windowSeconds === null ? 'at once' : `in any ${windowSeconds} s`
    return problem('PROXY_PACED', {
      detail: `${name}: ${quota} ${bound}; IB would refuse more, so nothing was sent`,
      retryAfter: (at - now) / 1000,
      headers: rateFields(standingsOf(turn.budgets, now)),
      members: { policy: name, limit: quota, reset_at: Math.ceil((Date.now() + at - now) / 1000) },
    })
  }
}

function nameOf({ name }: PacingRule, key: string): string {
  return `${name} ${key}`
}

function keyOf({ per }: PacingRule, { contract, whole }: PacedQuestion): string {
  if (per === 'login') return ''
  return per === 'contract' ? contract : whole
}

/** One that any question exhausts by being sent is left out. */
function standingsOf(budgets: readonly Budget[], now: number): Standing[] {
  const told = budgets.filter(({ rule }) => rule.per !== 'question')
  return told.map((budget) => standingOf(budget, now))
}

function standingOf(budget: Budget, now: number): Standing {
  const { rule } = budget
  const remaining = Math.max(0, Math.min(rule.quota, budget.room(now)))
  const next = budget.nextReturn(now)
  const resetSeconds = next === undefined ? rule.windowSeconds : Math.ceil((next - now) / 1000)
  const { name, quota, windowSeconds } = rule
  return { name, quota, windowSeconds, remaining, resetSeconds }
}
