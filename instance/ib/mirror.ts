import { Problem } from '../../shared/problem.ts'
import type { PortfolioItem, Position } from '../../shared/schemas/account.ts'
import type { Execution } from '../../shared/schemas/execution.ts'
import { positions, standingPositions } from './account-queries.ts'
import type { GatewayEvent, GatewayEvents } from './events.ts'
import { ExecutionBook } from './execution-book.ts'
import type { Link } from './link.ts'
import { executions } from './order-queries.ts'
import { PositionBook, type PositionReader } from './position-book.ts'
import type { Terms } from './query.ts'
import { positionOf } from './translate-account.ts'
import { executionOf } from './translate-order.ts'

/** What is mirrored, as the metrics call it. */
export const MIRRORED = ['positions', 'executions'] as const
export type Mirrored = (typeof MIRRORED)[number]

/** Who answered: IB, asked for this, or what it had pushed before. */
export const SOURCES = ['gateway', 'mirror'] as const
export type Source = (typeof SOURCES)[number]

/** What IB says of something, and how fresh that is. */
export interface Told<Row> {
  readonly rows: Row[]
  readonly source: Source
  /** when IB last said anything of it */
  readonly asOf: Date
}

export interface MirrorOptions {
  readonly link: Link
  /** off: IB is asked for every answer, and nothing stays subscribed but what a feed reads */
  readonly isOn: boolean
  /** how often everything is read again, ms */
  readonly recheckMs: number
  /** of one such reading, ms */
  readonly timeoutMs: number
  /** something may have been missed and has not been read again yet */
  readonly hasGap: () => boolean
  /** what the mirror had was not what IB says, and no push tells why */
  readonly onDrift: (what: Mirrored, count: number) => void
  readonly onAnswer: (what: Mirrored, source: Source) => void
  readonly onFailure: (error: unknown) => void
}

/**
 * What IB pushes anyway, kept current so that a read costs no message: positions from a standing subscription,
 * executions of this client as they are told (facts §3.2). It answers only where a question asked now could have had the
 * same answer: everything was read to its end in this session, no gap is open, no fill is known whose position is not.
 * Otherwise IB is asked, as with `isFresh`. A stream that died in silence is found by reading again.
 */
export class Mirror {
  readonly #options: MirrorOptions
  readonly #positions: PositionBook
  readonly #executions: ExecutionBook
  #timer: NodeJS.Timeout | undefined
  /** the mirror's own question for positions got no answer, and nobody else's has since */
  #isUnanswered = false
  /** questions for positions under way */
  #asking = 0

  constructor(options: MirrorOptions) {
    this.#options = options
    this.#executions = new ExecutionBook((count) => options.onDrift('executions', count))
    this.#positions = new PositionBook({
      onDrift: (count) => options.onDrift('positions', count),
      onForeignChange: () => this.#executions.doubt(),
    })
  }

  /** An event of the gateway, before anybody else hears of it. */
  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (event === 'position') {
      this.#positions.told(positionOf(args as GatewayEvents['position']))
    } else if (event === 'positionEnd') {
      this.#positions.ended()
    } else if (!this.#options.isOn) {
      return
    } else if (event === 'execDetails') {
      const [reqId, contract, execution] = args as GatewayEvents['execDetails']
      const fill = executionOf(contract, execution)
      const isPushed = reqId < 0
      if (this.#executions.told(fill, isPushed) && isPushed) this.#positions.filled(fill)
    } else if (event === 'execDetailsEnd') {
      this.#executions.ended()
    }
  }

  /** The gateway can be heard, or heard again: subscribes, and reads again from time to time. */
  begin(): void {
    this.end()
    if (!this.#options.isOn) return
    // the list of executions is read by whoever catches up with what was missed
    void this.#readPositions()
    this.#timer = setInterval(() => this.#recheck(), this.#options.recheckMs)
    this.#timer.unref()
  }

  /** The gateway, or IB behind it, cannot be heard any more. */
  end(): void {
    clearInterval(this.#timer)
    this.#positions.forget()
    this.#executions.forget()
  }

  #recheck(): void {
    if (!this.#options.link.isUsable) return
    void this.#readPositions()
    void this.#readExecutions()
  }

  /** An answer that never ends costs the session (facts §2.4): that risk is taken once, then it is left to callers. */
  async #readPositions(): Promise<void> {
    if (this.#isUnanswered) return
    try {
      await this.askPositions(this.#terms())
    } catch (error) {
      this.#isUnanswered = error instanceof Problem && error.code === 'INSTANCE_QUERY_TIMEOUT'
      this.#options.onFailure(error)
    }
  }

  async #readExecutions(): Promise<void> {
    try {
      await this.#askExecutions(this.#terms())
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  #terms(): Terms {
    return { deadlineAt: performance.now() + this.#options.timeoutMs }
  }

  #answered<Row>(what: Mirrored, rows: Row[], heardAt?: Date): Told<Row> {
    const source = heardAt === undefined ? 'gateway' : 'mirror'
    this.#options.onAnswer(what, source)
    return { rows, source, asOf: heardAt ?? new Date() }
  }

  /** Whether what the gateway has sent so far is a true answer. */
  async #isCurrent(book: PositionBook | ExecutionBook): Promise<boolean> {
    const { link, isOn, hasGap } = this.#options
    if (!isOn || !book.isCurrent) return false
    // what came before the question may not have been read yet
    await link.caughtUp()
    return book.isCurrent && link.isUsable && !hasGap()
  }

  /** What every account holds; IB is asked where `isFresh` wants it or the mirror does not know. @throws Problem */
  async positions(terms: Terms, isFresh: boolean): Promise<Told<Position>> {
    if (!isFresh && (await this.#isCurrent(this.#positions)))
      return this.#answered('positions', this.#positions.rows, this.#positions.heardAt)
    return this.#answered('positions', await this.askPositions(terms))
  }

  /** What every account holds, asked of IB now: for what must not be reckoned from less. @throws Problem */
  async askPositions(terms: Terms): Promise<Position[]> {
    const { link, isOn } = this.#options
    // the one of a feed that reads along must not end with this answer
    if (!isOn && !this.#positions.isAsked && this.#positions.readers.size === 0)
      return await link.query(positions, undefined, terms)
    this.#asking += 1
    try {
      const held = await link.query(standingPositions, this.#positions, terms)
      this.#isUnanswered = false
      return held
    } catch (error) {
      if (error instanceof Problem && terms.gone?.aborted !== true)
        for (const reader of [...this.#positions.readers]) reader.failed(error)
      throw error
    } finally {
      this.#asking -= 1
    }
  }

  /**
   * Tells of positions from now on, all there are first; where nothing stays subscribed it does then. The function it
   * gives ends that.
   */
  followPositions(reader: PositionReader): () => void {
    const book = this.#positions
    book.readers.add(reader)
    if (book.isWhole) reader.all(book.rows)
    else if (this.#asking === 0)
      void this.askPositions(this.#terms()).catch(this.#options.onFailure)
    return () => book.readers.delete(reader)
  }

  /** Whether IB's valuation of an account has what it is known to hold. */
  agrees(account: string, portfolio: readonly PortfolioItem[]): boolean {
    return this.#positions.agrees(account, portfolio)
  }

  /** Today's fills that IB shows this client; IB is asked where `isFresh` wants it or the mirror does not know. @throws Problem */
  async executions(terms: Terms, isFresh: boolean): Promise<Told<Execution>> {
    // a trade of somebody else may show in the positions alone: they are looked at first
    const isKnown =
      !isFresh &&
      (await this.#isCurrent(this.#positions)) &&
      (await this.#isCurrent(this.#executions))
    if (isKnown)
      return this.#answered('executions', this.#executions.fills, this.#executions.heardAt)
    return this.#answered('executions', await this.#askExecutions(terms))
  }

  async #askExecutions(terms: Terms): Promise<Execution[]> {
    const question = this.#executions.ask()
    const listed = await this.#options.link.query(executions, undefined, terms)
    this.#executions.listed(question)
    return listed
  }

  /** Fills first heard of in the last so many ms. */
  executionsOfLast(ms: number): Execution[] {
    return this.#executions.since(performance.now() - ms)
  }
}
