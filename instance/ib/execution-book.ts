import type { Execution } from '../../shared/schemas/execution.ts'

interface Known {
  readonly fill: Execution
  /** the last question before it was last told */
  readonly question: number
  /** on the clock of `performance.now()`, ms */
  readonly at: number
}

/**
 * Today's fills as far as the gateway shows them to this client: all since the end of a list read in this session, then
 * what is pushed. Fills of others are not pushed to it but may be listed (facts §3.2), so that a trade of somebody else
 * puts it in doubt until a list has been read again.
 */
export class ExecutionBook {
  readonly #onDrift: (count: number) => void
  readonly #known = new Map<string, Known>()
  #questions = 0
  /** the question after which somebody else is known to have traded */
  #doubtedAt: number | undefined
  #isWhole = false
  #heardAt: Date | undefined
  /** fills a list had that had not been pushed */
  #unannounced = 0

  /** @param onDrift fills that should have been pushed and were not, so many at once */
  constructor(onDrift: (count: number) => void) {
    this.#onDrift = onDrift
  }

  /** Every fill the gateway would list is here, as far as the gateway has spoken. */
  get isCurrent(): boolean {
    return this.#isWhole && this.#doubtedAt === undefined
  }

  /** When the gateway last said something of fills. */
  get heardAt(): Date | undefined {
    return this.#heardAt
  }

  get fills(): Execution[] {
    return [...this.#known.values()].map(({ fill }) => fill)
  }

  /** Fills first told since a moment of the clock of `performance.now()`. */
  since(at: number): Execution[] {
    return [...this.#known.values()].filter((known) => known.at >= at).map(({ fill }) => fill)
  }

  /** A list is about to be asked for; its number is for `listed`. */
  ask(): number {
    this.#questions += 1
    return this.#questions
  }

  /** The gateway tells of a fill, asked or not. @returns whether it is new */
  told(fill: Execution, isPushed: boolean): boolean {
    const known = this.#known.get(fill.execId)
    if (known === undefined && !isPushed) this.#unannounced += 1
    const at = known?.at ?? performance.now()
    this.#known.set(fill.execId, { fill, question: this.#questions, at })
    this.#heardAt = new Date()
    return known === undefined
  }

  /** A list is complete. */
  ended(): void {
    const isDrift = this.isCurrent && this.#unannounced > 0
    if (isDrift) this.#onDrift(this.#unannounced)
    this.#unannounced = 0
    this.#isWhole = true
    this.#heardAt = new Date()
  }

  /** A list was read to its end since `question`: what it lacks is none of today's any more, and no doubt is left. */
  listed(question: number): void {
    for (const [execId, known] of this.#known)
      if (known.question < question) this.#known.delete(execId)
    if (this.#doubtedAt !== undefined && this.#doubtedAt < question) this.#doubtedAt = undefined
  }

  /** Somebody else has traded, and a list might tell what was not pushed here. */
  doubt(): void {
    this.#doubtedAt = this.#questions
  }

  /** Nobody listens any more. */
  forget(): void {
    this.#known.clear()
    this.#isWhole = false
    this.#doubtedAt = undefined
    this.#unannounced = 0
  }
}
