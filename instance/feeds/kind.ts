import type { FeedDeclaration } from '../../shared/api/feed.ts'
import type { Fields, Table } from '../../shared/feed/table.ts'
import type { Problem } from '../../shared/problem.ts'
import type { FeedLine } from '../../shared/schemas/feed.ts'
import type { Contracts } from '../ib/contracts.ts'
import type { Terms } from '../ib/query.ts'
import type { Session } from '../ib/session.ts'
import type { Fullness, Rows } from '../ib/stream.ts'
import type { Spaced } from './spacing.ts'

/** Which of IB's farms a feed lives on: news of their trouble concerns it (facts §3.4). */
export type Farm = 'market' | 'history'

/** What judges and completes what a reader asks. */
export interface Asking {
  readonly contracts: Contracts
  readonly terms: Terms
  /** the path, for problems */
  readonly endpoint: string
}

/** Where the words of a source go. */
export interface Sink extends Rows {
  /** its request has left */
  sent(): void
  /** it told something; `whole`: all that is known now */
  told(fullness: Fullness): void
  /** it does not go on, or never began */
  failed(reason: Problem): void
}

/** What fills a feed, while it runs. */
export interface Source {
  stop(): void
}

/** How one kind of feed is filled: a row for each in `kinds/`. */
export interface FeedKind<Question = unknown> {
  readonly feed: FeedDeclaration
  /** the most rows kept; the oldest leave */
  readonly capacity: number
  readonly compare?: (a: Fields, b: Fields) => number
  readonly farm?: Farm | ((question: Question) => Farm)
  /** a new session or a lost stream tells all rows again: those it does not are gone */
  readonly retells?: true
  /** what it missed while IB was out of reach is not told by itself: it is asked for again although its stream was kept */
  readonly rereads?: true
  /** IB gives one of this kind at a time: says what one has that stands in the way of another */
  readonly taken?: (by: Question) => string
  /** it may have nothing to say for days: not refused for `settleMs` after it was asked for, it is live */
  readonly mayBeSilent?: true
  /** with `retells`: a row that is not told again is old, not gone */
  readonly keepsOld?: true
  /** how long a subscription waits for the first rows, ms; it is answered with what there is then */
  readonly settleMs: number | ((question: Question) => number)
  /** it may be asked of IB only so often; a feed waits for that */
  readonly spaced?: (question: Question) => Spaced | undefined
  /** what is asked, from what a reader wrote, fit by the declaration. @throws Problem */
  readonly question: (written: Record<string, unknown>, asking: Asking) => Promise<Question>
  /** the same text for questions that one stream answers */
  readonly key: (question: Question) => string
  /** what is followed, for people; the key unless told */
  readonly summary?: (question: Question) => string
  /** which of IB's limits each of these uses up */
  readonly line?: FeedLine
  /** follows it on a session that is usable */
  readonly follow: (question: Question, sink: Sink, session: Session, table: Table) => Source
  /** the longest silence to be expected at a moment, ms; undefined where silence means nothing */
  readonly quietMs?: (question: Question, now: Date) => number | undefined
}
