import type { IBApi } from '@stoqey/ib'
import { problem } from '../../shared/problem.ts'
import { ADDRESSED, type GatewayEvent } from './events.ts'
import type { RequestIds } from './ids.ts'
import { Lane } from './lane.ts'
import type { Pace } from './pace.ts'
import type { Outcome, Progress, Query, Terms } from './query.ts'

export interface PendingOptions {
  readonly api: IBApi
  readonly pace: Pace
  readonly requestIds: RequestIds
  /** how long the end of an answer nobody wants any more may be late, ms */
  readonly staleHoldMs: number
  /** calls it when all that has arrived by now has been read */
  readonly afterArrived: (act: () => void) => void
  /** that end never came: answers of this kind can no longer be told apart */
  readonly onMixedUp: (name: string) => void
  readonly onEnd: (name: string, outcome: Outcome, seconds: number) => void
  readonly onLate: (name: string) => void
}

/** Ids of queries that ended without their answer, remembered to tell late answers from nonsense. */
const REMEMBERED = 1000

/** One query between its question and its answer; its types stay inside. */
interface Entry {
  readonly name: string
  readonly reqId: number
  /** no id on the wire */
  readonly byKind: boolean
  /** answered, or nobody waits for it any more */
  over: boolean
  readonly begin: () => void
  readonly read: (event: GatewayEvent, args: readonly unknown[]) => Progress | undefined
  /** what the gateway has sent so far is the answer */
  readonly finish: (progress: 'enough' | 'end') => void
  readonly fail: (reason: unknown, outcome: Outcome) => void
}

/**
 * Which answer belongs to whom: by request id, or by kind where the wire carries no id (facts §2.4). Answers that
 * come late, twice, or for nobody are dropped.
 */
export class Pending {
  readonly #options: PendingOptions
  readonly #running = new Map<number, Entry>()
  readonly #lanes = new Map<string, Lane<Entry>>()
  readonly #abandoned = new Map<number, string>()

  constructor(options: PendingOptions) {
    this.#options = options
  }

  /** Queries that have not ended. */
  get size(): number {
    return this.#running.size
  }

  /**
   * Runs one query to its end.
   * @throws Problem INSTANCE_QUERY_TIMEOUT at the deadline, INSTANCE_SESSION_LOST, or what the gateway said
   */
  run<Question, Bag, Answer>(
    query: Query<Question, Bag, Answer>,
    question: Question,
    terms: Terms,
  ): Promise<Answer> {
    let resolve: (answer: Answer) => void = () => {}
    let reject: (reason: unknown) => void = () => {}
    const promise = new Promise<Answer>((...settle) => {
      ;[resolve, reject] = settle
    })
    const { api, pace, requestIds, onEnd, staleHoldMs } = this.#options
    const reqId = requestIds.take()
    const lane = this.#laneOf(query)
    const bag = query.begin(question)
    const begun = performance.now()
    let sentAt: number | undefined
    let withdraw = () => {}

    const end = (outcome: Outcome): boolean => {
      if (entry.over) return false
      entry.over = true
      clearTimeout(timer)
      terms.gone?.removeEventListener('abort', leave)
      withdraw()
      this.#running.delete(reqId)
      const now = performance.now()
      terms.spent?.('pace', (sentAt ?? now) - begun)
      if (sentAt !== undefined) terms.spent?.('ib', now - sentAt)
      onEnd(query.name, outcome, (now - begun) / 1000)
      return true
    }
    const cancel = () => {
      if (sentAt !== undefined && query.cancel !== null)
        pace.send('read', () => query.cancel?.(api, reqId, question))
    }
    const abandon = (outcome: 'timeout' | 'gone') => {
      if (!end(outcome)) return
      reject(unanswered(query.name, outcome, performance.now() - begun))
      if (sentAt === undefined) {
        lane?.leave(entry)
      } else if (entry.byKind) {
        // its end may still come, and must not pass for the end of the next of its kind
        const leftMs = Math.max(0, terms.deadlineAt - performance.now())
        lane?.abandon(entry, leftMs + staleHoldMs)
        if (outcome === 'timeout') cancel()
      } else {
        this.#remember(reqId, query.name)
        cancel()
        lane?.leave(entry)
      }
    }
    const leave = () => abandon('gone')
    const timer = setTimeout(() => abandon('timeout'), Math.max(0, terms.deadlineAt - begun))

    const entry: Entry = {
      name: query.name,
      reqId,
      byKind: query.answeredBy === 'kind',
      over: false,
      begin: () => {
        const clear = query.clear?.(question)
        if (clear !== undefined) pace.send('read', () => clear(api))
        withdraw = pace.send('read', () => {
          sentAt = performance.now()
          try {
            query.start(api, reqId, question)
          } catch (error) {
            entry.fail(error, 'error')
          }
        })
      },
      read: (event, args) => query.reads[event]?.(bag, args as never, question),
      finish: (progress) => {
        const wanted = end('answered')
        // before the next of its kind begins, or that would be what is cancelled
        if (progress === 'enough' ? wanted : query.subscription) cancel()
        if (wanted || progress === 'end') lane?.leave(entry)
        if (!wanted) return
        try {
          resolve(query.answer(bag, question))
        } catch (error) {
          reject(error)
        }
      },
      fail: (reason, outcome) => {
        if (!end(outcome)) return
        lane?.leave(entry)
        reject(reason)
      },
    }
    terms.gone?.addEventListener('abort', leave, { once: true })
    this.#running.set(reqId, entry)
    if (terms.gone?.aborted) leave()
    else if (lane === undefined) entry.begin()
    else lane.enter(entry)
    return promise
  }

  #laneOf<Question, Bag, Answer>(query: Query<Question, Bag, Answer>): Lane<Entry> | undefined {
    const { name, answeredBy, exclusive, spacingMs } = query
    if (answeredBy === 'reqId' && !exclusive && spacingMs === undefined) return undefined
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      const onStale = () => this.#options.onMixedUp(name)
      lane = new Lane({ spacingMs: spacingMs ?? 0, onStale })
      this.#lanes.set(name, lane)
    }
    return lane
  }

  #remember(reqId: number, name: string): void {
    this.#abandoned.set(reqId, name)
    if (this.#abandoned.size <= REMEMBERED) return
    for (const oldest of this.#abandoned.keys()) {
      this.#abandoned.delete(oldest)
      return
    }
  }

  /** An event of the gateway goes to the query it belongs to, or nowhere. */
  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (ADDRESSED[event] === 'reqId') {
      const entry = this.#running.get(args[0] as number)
      if (entry === undefined) this.#late(args[0] as number)
      else this.#proceed(entry, entry.read(event, args))
      return
    }
    for (const lane of this.#lanes.values()) {
      const entry = lane.current
      if (entry?.byKind) this.#proceed(entry, entry.read(event, args))
    }
  }

  #proceed(entry: Entry, progress: Progress | undefined): void {
    if (progress === 'end') {
      if (entry.over) this.#options.onLate(entry.name)
      entry.finish('end')
    } else if (progress === 'enough' && !entry.over) {
      // what came in the same packet still belongs to it
      this.#options.afterArrived(() => entry.finish('enough'))
    }
  }

  #late(reqId: number): void {
    const name = this.#abandoned.get(reqId)
    if (name === undefined) return
    this.#abandoned.delete(reqId)
    this.#options.onLate(name)
  }

  /** The gateway ended the query of this id with an error; one that was cancelled often gets such an echo. */
  failed(reqId: number, reason: unknown): void {
    this.#running.get(reqId)?.fail(reason, 'error')
  }

  /**
   * An error that names nobody can only mean the queries that carry no id, or the one it is known to be about; true when
   * there was one.
   */
  failedUnnamed(reason: unknown, only?: string): boolean {
    let found = false
    for (const lane of this.#lanes.values()) {
      const entry = lane.current
      if (!entry?.byKind || (only !== undefined && entry.name !== only)) continue
      if (entry.over) lane.leave(entry)
      else entry.fail(reason, 'error')
      found = true
    }
    return found
  }

  /** The session ended: nothing more will be answered. */
  lost(why: string): void {
    for (const lane of this.#lanes.values()) lane.close()
    for (const entry of [...this.#running.values()]) {
      const detail = `The gateway was lost while it worked on ${entry.name}: ${why}`
      entry.fail(
        problem('INSTANCE_SESSION_LOST', { detail, retryable: true, retryAfter: 1 }),
        'lost',
      )
    }
  }
}

function unanswered(name: string, outcome: 'timeout' | 'gone', ms: number): unknown {
  const seconds = Math.round(ms / 10) / 100
  const detail =
    outcome === 'timeout'
      ? `The gateway did not answer ${name} within ${seconds} s`
      : `The caller left before ${name} was answered`
  return problem('INSTANCE_QUERY_TIMEOUT', { detail, retryable: true })
}
