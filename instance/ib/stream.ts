import type { IBApi } from '@stoqey/ib'
import type { Problem } from '../../shared/problem.ts'
import type { GatewayEvent, GatewayEvents } from './events.ts'

/** The rows that a stream keeps; a feed's table is one. */
export interface Rows {
  put(rowRef: string, fields: Readonly<Record<string, unknown>>): void
  remove(rowRef: string): void
  clear(): void
}

/** What an event did to the rows: there is more to come of what is known already, or all of that is told. */
export type Fullness = 'part' | 'whole'

/** A request to the gateway that goes on until it is cancelled, as a row: how it starts, what its words do, what ends it. */
export interface Stream<Question, Bag = unknown> {
  readonly name: string
  /** `kind`: nothing on the wire says whose words they are, so all of that kind are its own */
  readonly answeredBy: 'reqId' | 'kind'
  readonly begin: (question: Question) => Bag
  readonly start: (api: IBApi, reqId: number, question: Question) => void
  readonly cancel: (api: IBApi, reqId: number, question: Question) => void
  /** which kind of market data it asks for: a setting of the whole session, said before it starts */
  readonly marketDataType?: (question: Question) => number
  readonly reads: {
    readonly [Event in GatewayEvent]?: (
      rows: Rows,
      args: GatewayEvents[Event],
      bag: Bag,
      question: Question,
    ) => Fullness
  }
  /** it is nothing that IB would refuse: what is said against nobody in particular is not said against it */
  readonly isNeverRefused?: true
  /** whether a notice that names no request ends it, by IB's code */
  readonly unnamed?: Readonly<Record<number, (bag: Bag) => boolean>>
  /** what a warning about it does, by IB's code; it goes on */
  readonly notices?: Readonly<Record<number, (rows: Rows, bag: Bag) => Fullness | undefined>>
}

/** Who hears how a stream fares, beside its rows. */
export interface StreamObserver {
  /** its request has left */
  sent?(): void
  /** it told something; `whole`: all that is known now */
  told(fullness: Fullness): void
  /** the gateway ended it, or never began it */
  failed(reason: Problem): void
}

/** A stream that runs. */
export interface Following {
  /** Cancels it; nothing of it is heard any more. */
  close(): void
}
