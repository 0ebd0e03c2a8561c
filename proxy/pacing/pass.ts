import type { FastifyRequest } from 'fastify'
import type { PacingClass } from '../../shared/api/operation.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Answer } from '../answer.ts'
import { wantsFresh } from '../question.ts'
import { rateFields, type Standing } from '../rate-fields.ts'
import type { Governor, Turn } from './governor.ts'
import type { KeptAnswer, KeptAnswers } from './kept-answers.ts'
import { type PacedQuestion, pacedQuestionOf } from './question.ts'

/** How a call fares before it may ask for a slot. Exactly one of the three is told. */
export interface PacedCaller {
  /** epoch ms */
  readonly deadline: number
  /** it may be sent: on to the line */
  lease(): void
  /** it need not be sent */
  served(kept: KeptAnswer): void
  refused(why: Problem): void
}

/** How an answer was come by, as `IBREST-Cache` tells it. */
export type CacheOutcome = 'hit' | 'miss' | 'bypass'

/** What all passes share. */
export interface PassOffice {
  readonly governor: Governor
  /** undefined: no answer is kept, everybody is sent */
  readonly kept: KeptAnswers | undefined
  /** the pass on whose answer others wait, by what they want to know */
  readonly leaders: Map<string, Pass>
  /** whether any call could be sent at all */
  readonly isServing: () => boolean
  readonly onCache: (outcome: CacheOutcome) => void
}

/** Callers who wait for the answer to one question that is under way; more are refused. */
const FOLLOWERS_LIMIT = 1000

/** Codes by which an instance says that IB found it too fast. */
const VIOLATIONS: ReadonlySet<unknown> = new Set(['IB_HISTORY_PACING', 'IB_DATA_PACING'])

/**
 * What a paced call needs before it may stand in line: a turn under the limits of the login, or the answer to the same
 * question of a moment ago. It is given back when nothing was sent, and ends when the *instance* has finished.
 */
export class Pass {
  readonly #office: PassOffice
  readonly #question: PacedQuestion
  readonly #caller: PacedCaller
  readonly #isFresh: boolean
  readonly #hasBody: boolean
  #turn: Turn | undefined
  #leader: Pass | undefined
  readonly #followers = new Set<Pass>()
  #outcome: CacheOutcome | undefined
  #ageSeconds = 0

  constructor(
    office: PassOffice,
    question: PacedQuestion,
    caller: PacedCaller,
    manner: { readonly isFresh: boolean; readonly hasBody: boolean },
  ) {
    this.#office = office
    this.#question = question
    this.#caller = caller
    this.#isFresh = manner.isFresh
    this.#hasBody = manner.hasBody
  }

  /** The name under which its answer is kept. */
  get #name(): string | undefined {
    return this.#office.kept === undefined ? undefined : this.#question.answer
  }

  /** Begins to wait, or goes through. */
  enter(): void {
    const name = this.#name
    if (name !== undefined && !this.#isFresh && (this.#serve(name) || this.#follow(name))) return
    try {
      this.#turn = this.#office.governor.turn(this.#question, this.#patienceMs, {
        admitted: () => this.#caller.lease(),
        refused: (why) => this.#caller.refused(why),
      })
    } catch (why) {
      this.#caller.refused(why as Problem)
      return
    }
    if (name !== undefined) {
      this.#outcome = this.#isFresh ? 'bypass' : 'miss'
      this.#office.onCache(this.#outcome)
      if (this.#hasBody && !this.#office.leaders.has(name)) this.#office.leaders.set(name, this)
    }
    // where nobody could serve it there is nothing to wait for: the pool says so
    if (this.#turn.state === 'held' || !this.#office.isServing()) this.#caller.lease()
  }

  get #patienceMs(): number {
    return Math.max(0, this.#caller.deadline - Date.now())
  }

  #serve(name: string): boolean {
    const found = this.#office.kept?.find(name)
    if (found === undefined) return false
    this.#outcome = 'hit'
    this.#ageSeconds = found.ageSeconds
    this.#office.onCache('hit')
    this.#caller.served(found.kept)
    return true
  }

  #follow(name: string): boolean {
    const leader = this.#office.leaders.get(name)
    if (leader === undefined) return false
    const turn = leader.#turn
    const { governor } = this.#office
    const isInVain = turn !== undefined && governor.waitOf(turn) > this.#patienceMs
    if (turn !== undefined && (isInVain || leader.#followers.size >= FOLLOWERS_LIMIT)) {
      this.#caller.refused(governor.paced(turn))
      return true
    }
    this.#leader = leader
    leader.#followers.add(this)
    return true
  }

  /** What a caller hears whose deadline passed here; undefined when it is past this. */
  get lateness(): Problem | undefined {
    if (this.#leader !== undefined) {
      return problem('PROXY_PACED', {
        detail: 'The same question is under way, and its answer did not come before the deadline',
        retryAfter: 1,
        headers: rateFields(this.standings),
        members: { policy: 'ib-history-repeat' },
      })
    }
    const turn = this.#turn
    return turn?.state === 'waiting' ? this.#office.governor.paced(turn) : undefined
  }

  /** Nothing was sent for it, and nothing will be unless it enters again. */
  leave(): void {
    if (this.#leader !== undefined) this.#leader.#followers.delete(this)
    this.#leader = undefined
    if (this.#turn !== undefined) this.#office.governor.leave(this.#turn)
    this.#turn = undefined
    this.#handOver()
  }

  /** The instance has finished with it; the answer where it came whole. */
  ended(answer: Answer | undefined, clientId: number | undefined): void {
    const turn = this.#turn
    if (turn === undefined) return
    const name = this.#name
    const word = answer === undefined || answer.status < 400 ? undefined : wordOf(answer)
    // refused before anything was sent to IB
    if (word?.code?.startsWith('REQUEST_')) {
      this.leave()
      return
    }
    this.#turn = undefined
    this.#office.governor.end(turn)
    if (VIOLATIONS.has(word?.code)) this.#office.governor.close(this.#question, word?.retryAfter)
    if (name !== undefined && answer?.status === 200 && this.#hasBody)
      this.#office.kept?.keep(name, { answer, clientId }, this.#question.freshMs)
    this.#handOver()
  }

  /** Those who waited for its answer find that kept, or one of them goes in its stead. */
  #handOver(): void {
    const name = this.#name
    if (name === undefined || this.#office.leaders.get(name) !== this) return
    this.#office.leaders.delete(name)
    const followers = [...this.#followers]
    this.#followers.clear()
    for (const follower of followers) follower.#leader = undefined
    for (const follower of followers) follower.enter()
  }

  /** What is left of the limits that count its call. */
  get standings(): readonly Standing[] {
    return this.#office.governor.standingsFor(this.#question)
  }

  /** How the answer was come by; names in lower case. */
  get fields(): Record<string, string> {
    return {
      ...(this.#outcome && { 'ibrest-cache': this.#outcome }),
      ...(this.#outcome === 'hit' && { age: String(this.#ageSeconds) }),
    }
  }
}

/** An instance's problem, as far as it matters here. */
function wordOf({ headers, body }: Answer): { code?: string; retryAfter?: number } {
  const at = headers.indexOf('retry-after')
  const seconds = at < 0 ? Number.NaN : Number(headers[at + 1])
  try {
    const { code } = JSON.parse(body.toString()) as { code?: string }
    return {
      ...(typeof code === 'string' && { code }),
      ...(seconds > 0 && { retryAfter: seconds }),
    }
  } catch {
    return {}
  }
}

/** The pass of a call; undefined for one its instance will refuse unsent. */
export function passFor(
  office: PassOffice,
  paced: PacingClass,
  request: FastifyRequest,
  caller: PacedCaller,
): Pass | undefined {
  const question = pacedQuestionOf(paced, request)
  if (question === undefined) return undefined
  const { method = 'GET', headers } = request.raw
  return new Pass(office, question, caller, {
    isFresh: wantsFresh(headers),
    hasBody: method === 'GET',
  })
}
