import type { IBApi } from '@stoqey/ib'
import type { Caller } from '../callers.ts'
import type { GatewayEvent, GatewayEvents } from './events.ts'

/**
 * What an event did to an answer: there is `more` to come; it says `enough` to leave, though the gateway goes on;
 * it is the `end`.
 */
export type Progress = 'more' | 'enough' | 'end'

/** A request to the gateway that ends by itself, as a row: how it starts, what it gathers, what ends it. */
export interface Query<Question, Bag, Answer> {
  readonly name: string
  /** `kind`: nothing on the wire says whose answer it is, so that one runs at a time */
  readonly answeredBy: 'reqId' | 'kind'
  /** one at a time although its answers name it: the gateway allows few at once */
  readonly exclusive?: true
  /** pause between two starts that the gateway wants, ms */
  readonly spacingMs?: number
  readonly begin: (question: Question) => Bag
  /** what has to end before it starts, as a message of its own; undefined where nothing stands in its way */
  readonly clear?: (question: Question) => ((api: IBApi) => void) | undefined
  readonly start: (api: IBApi, reqId: number, question: Question) => void
  /** `null`: the gateway takes no cancel for it */
  readonly cancel: ((api: IBApi, reqId: number, question: Question) => void) | null
  /** a subscription goes on after its end, so it is cancelled then too */
  readonly subscription?: true
  readonly reads: {
    readonly [Event in GatewayEvent]?: (
      bag: Bag,
      args: GatewayEvents[Event],
      question: Question,
    ) => Progress
  }
  readonly answer: (bag: Bag, question: Question) => Answer
}

/** How long and for whom a query may run, and who wants to hear how long it took. */
export interface Terms {
  /** on the clock of `performance.now()`, ms */
  readonly deadlineAt: number
  /** the caller has gone */
  readonly gone?: AbortSignal
  readonly spent?: (stage: 'ib' | 'pace', ms: number) => void
  /** on whose behalf; undefined: whoever calls may everything, or it is our own doing */
  readonly caller?: Caller | undefined
}

/** How a query ended, for the metrics. */
export type Outcome = 'answered' | 'error' | 'timeout' | 'lost' | 'gone'

/** A bag for answers that are a list. */
export function list<Item>(): Item[] {
  return []
}

/** For answers that are what was gathered. */
export function itself<Bag>(bag: Bag): Bag {
  return bag
}
