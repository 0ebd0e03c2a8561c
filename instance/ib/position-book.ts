import type { Problem } from '../../shared/problem.ts'
import type { PortfolioItem, Position } from '../../shared/schemas/account.ts'
import type { Execution } from '../../shared/schemas/execution.ts'

/** A fill and the position it makes come a moment apart; one that is still missing then is a sign of a dead stream, ms. */
const FILL_TO_POSITION_MS = 1000
/** Sizes are decimals; what differs by less is rounding. */
const ROUNDING = 1e-8

/** What an account holds of a contract, by name. */
export function holdingOf({
  account,
  contract,
}: {
  readonly account: string
  readonly contract: { readonly conId: number | null }
}): string {
  return `${account} ${contract.conId}`
}

type Holding = Pick<Position, 'contract' | 'position'>

/** A fill whose position has not been told yet. */
interface Owed {
  /** what will be held; undefined where it cannot be reckoned */
  readonly position: number | undefined
  readonly since: number
  /** it was known before the answer under way was asked for, which therefore has it */
  readonly isCovered: boolean
}

/** Who is told of positions as the gateway tells them. */
export interface PositionReader {
  /** what an account holds now; 0 of what it holds no more */
  changed(position: Position): void
  /** all there are: what is not among them is held no more */
  all(positions: readonly Position[]): void
  /** the gateway left a question for them unanswered: what it pushes may be lost too */
  failed(reason: Problem): void
}

export interface PositionBookOptions {
  /** positions that turned out to be others than had been pushed, so many at once */
  readonly onDrift: (count: number) => void
  /** a position changed and no fill of this client explains it: somebody else has traded */
  readonly onForeignChange: () => void
  readonly now?: () => number
}

/**
 * What all accounts hold, kept current from a standing subscription: whole since the end of its first answer, then
 * changed by every push. It knows when it cannot be trusted: before that end, and while a fill of this client is
 * known whose position is not.
 */
export class PositionBook {
  readonly #options: PositionBookOptions
  readonly #now: () => number
  #rows: Map<string, Position> | undefined
  /** the answer under way, and what it tells more than once */
  #coming: { readonly rows: Map<string, Position>; readonly changed: Set<string> } | undefined
  /** what was believed when it was asked for */
  #before: Map<string, Position> | undefined
  readonly #owed = new Map<string, Owed>()
  /** told of everything as it is told here */
  readonly readers = new Set<PositionReader>()
  #asked = false
  #heardAt: Date | undefined

  constructor(options: PositionBookOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** The subscription was asked for in this session. */
  get isAsked(): boolean {
    return this.#asked
  }

  /** What it says is what the gateway would say, as far as the gateway has spoken. */
  get isCurrent(): boolean {
    return this.#rows !== undefined && this.#owed.size === 0
  }

  /** When the gateway last said something of positions. */
  get heardAt(): Date | undefined {
    return this.#heardAt
  }

  /** It was read to its end, and is kept current since. */
  get isWhole(): boolean {
    return this.#rows !== undefined
  }

  /**
   * Whether an account's portfolio, as IB values it, is what it holds as far as is known here; not while a fill of it is
   * known and its position is not. Currencies are held in ways of their own.
   */
  agrees(account: string, portfolio: readonly PortfolioItem[]): boolean {
    if (this.#rows === undefined) return true
    if ([...this.#owed.keys()].some((holding) => holding.startsWith(`${account} `))) return false
    const mine = this.rows.filter((each) => each.account === account)
    const [held, valued] = [mine, portfolio].map(
      (each: readonly Holding[]) =>
        new Map(
          each
            .filter(({ contract, position }) => contract.secType !== 'CASH' && position !== 0)
            .map(({ contract, position }) => [contract.conId, position]),
        ),
    ) as [Map<number | null, number>, Map<number | null, number>]
    return (
      held.size === valued.size &&
      [...held].every(([conId, position]) => valued.get(conId) === position)
    )
  }

  /** What is held; empty unless `isCurrent`. */
  get rows(): Position[] {
    return this.#rows === undefined ? [] : [...this.#rows.values()]
  }

  /** The gateway is asked, from the first; what it said before counts no more. */
  ask(): void {
    this.#asked = true
    for (const [holding, owed] of this.#owed) this.#owed.set(holding, { ...owed, isCovered: true })
    this.#before ??= this.#rows
    this.#rows = undefined
    this.#coming = { rows: new Map(), changed: new Set() }
  }

  /** The gateway names a position, asked or not. */
  told(position: Position): void {
    const holding = holdingOf(position)
    if (this.#coming !== undefined) {
      const { rows, changed } = this.#coming
      if (rows.has(holding)) changed.add(holding)
      rows.set(holding, position)
    } else if (this.#rows !== undefined) {
      this.#changed(this.#rows, holding, position)
    } else {
      return
    }
    this.#heardAt = new Date()
    for (const reader of this.readers) reader.changed(position)
  }

  #changed(rows: Map<string, Position>, holding: string, position: Position): void {
    const owed = this.#owed.get(holding)
    const isOwed =
      owed?.position !== undefined && Math.abs(owed.position - position.position) < ROUNDING
    if (isOwed) this.#owed.delete(holding)
    else if (!isSame(rows.get(holding), position)) this.#options.onForeignChange()
    set(rows, holding, position)
  }

  /** The answer under way is complete. */
  ended(): void {
    if (this.#coming === undefined) return
    const { rows, changed } = this.#coming
    const before = this.#before
    this.#coming = undefined
    this.#before = undefined
    this.#heardAt = new Date()
    this.#rows = new Map([...rows].filter(([, { position }]) => position !== 0))
    for (const reader of this.readers) reader.all(this.rows)
    if (before !== undefined) this.#compare(before, this.#rows, changed)
    // a fill that came during the answer may be in it or not
    for (const [holding, { isCovered }] of this.#owed) if (isCovered) this.#owed.delete(holding)
  }

  #compare(
    before: ReadonlyMap<string, Position>,
    after: ReadonlyMap<string, Position>,
    changed: ReadonlySet<string>,
  ): void {
    const { onDrift, onForeignChange } = this.#options
    const others = [...new Set([...before.keys(), ...after.keys()])].filter(
      (holding) => !isSame(before.get(holding), after.get(holding)),
    )
    const unexplained = others.filter((holding) => !changed.has(holding) && !this.#isDue(holding))
    if (others.some((holding) => !this.#owed.has(holding))) onForeignChange()
    if (unexplained.length > 0) onDrift(unexplained.length)
  }

  /** A fill of ours explains it, and its position may still be on its way. */
  #isDue(holding: string): boolean {
    const owed = this.#owed.get(holding)
    return owed !== undefined && this.#now() - owed.since < FILL_TO_POSITION_MS
  }

  /** A fill of this client is known: until its position is, the book is behind. */
  filled({ acctNumber: account, contract, side, shares }: Execution): void {
    // a combination is held as its legs, which have fills of their own
    if (!this.#asked || contract.secType === 'BAG') return
    const holding = holdingOf({ account, contract })
    const owed = this.#owed.get(holding)
    const signed = side === 'SLD' ? -shares : shares
    const isReckoned =
      this.#rows !== undefined && (owed === undefined || owed.position !== undefined)
    const held = owed?.position ?? this.#rows?.get(holding)?.position ?? 0
    this.#owed.set(holding, {
      position: isReckoned ? held + signed : undefined,
      since: owed?.since ?? this.#now(),
      isCovered: false,
    })
  }

  /** Nobody listens any more. */
  forget(): void {
    this.#rows = undefined
    this.#coming = undefined
    this.#before = undefined
    this.#asked = false
    this.#owed.clear()
  }
}

/** A position of 0 is one just closed. */
function set(rows: Map<string, Position>, holding: string, position: Position): void {
  if (position.position === 0) rows.delete(holding)
  else rows.set(holding, position)
}

function isSame(one: Position | undefined, other: Position | undefined): boolean {
  return (
    (one?.position ?? 0) === (other?.position ?? 0) &&
    (one === undefined || other === undefined || one.avgCost === other.avgCost)
  )
}
