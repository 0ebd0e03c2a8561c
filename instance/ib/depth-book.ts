import { DEPTH_SIDES, type DepthSide } from '../../shared/schemas/depth-feed.ts'

/** One line of a book. */
export interface DepthLine {
  readonly price: number | null
  readonly size: number | null
  readonly marketMaker: string | null
}

/** What IB says is to be done at a position, by its number of it. */
export const DEPTH_OPERATIONS = ['insert', 'update', 'delete'] as const
export type DepthOperation = (typeof DEPTH_OPERATIONS)[number]

/** The positions that may have changed, from the first up to but without the last. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A book as IB tells it: of each side the line at each position, best first. */
export class DepthBook {
  readonly #numRows: number
  readonly #sides: Readonly<Record<DepthSide, (DepthLine | undefined)[]>>

  /** @param numRows lines kept on each side */
  constructor(numRows: number) {
    this.#numRows = numRows
    const empty = () => Array<DepthLine | undefined>(numRows).fill(undefined)
    this.#sides = { ask: empty(), bid: empty() }
  }

  /** There is a line at every position. */
  get isFull(): boolean {
    return DEPTH_SIDES.every((side) => !this.#sides[side].includes(undefined))
  }

  /** The line at a position; undefined where there is none. */
  at(side: DepthSide, position: number): DepthLine | undefined {
    return this.#sides[side][position]
  }

  /**
   * Does what IB says: an inserted line pushes those from its position on one down, and the last out; a deleted one pulls
   * those behind it one up; an update changes the one. What is said of positions that are not kept changes nothing.
   */
  apply(side: DepthSide, position: number, operation: DepthOperation, line: DepthLine): Span {
    const to = this.#numRows
    if (!Number.isInteger(position) || position < 0 || position >= to) return { from: 0, to: 0 }
    const lines = this.#sides[side]
    if (operation === 'update') {
      lines[position] = line
      return { from: position, to: position + 1 }
    }
    if (operation === 'insert') {
      lines.splice(position, 0, line)
      lines.length = to
    } else {
      lines.splice(position, 1)
      lines.push(undefined)
    }
    return { from: position, to }
  }

  clear(): void {
    for (const side of DEPTH_SIDES) this.#sides[side].fill(undefined)
  }
}
