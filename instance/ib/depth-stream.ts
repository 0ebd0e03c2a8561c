import type { ContractDetails } from '../../shared/schemas/contract.ts'
import { DEPTH_SIDES, type DepthSide } from '../../shared/schemas/depth-feed.ts'
import { numberOf, textOf } from './absent.ts'
import { DEPTH_OPERATIONS, DepthBook, type DepthLine } from './depth-book.ts'
import type { Fullness, Rows, Stream } from './stream.ts'
import { toAskedContract } from './translate-contract.ts'

export interface DepthQuestion {
  readonly details: ContractDetails
  /** lines on each side */
  readonly numRows: number
  readonly isSmartDepth: boolean
}

interface Seen {
  readonly book: DepthBook
  /** rows of a stream before this one have given way */
  isShown: boolean
}

/** IB has emptied the book and begins anew (facts §3.4). */
const RESET = 317

/** The book of one instrument; of its lines each side and position is a row. */
export const depth: Stream<DepthQuestion, Seen> = {
  name: 'marketDepth',
  answeredBy: 'reqId',
  begin: ({ numRows }) => ({ book: new DepthBook(numRows), isShown: false }),
  start: (api, reqId, { details, numRows, isSmartDepth }) =>
    void api.reqMktDepth(reqId, toAskedContract(details), numRows, isSmartDepth),
  cancel: (api, reqId, { isSmartDepth }) => void api.cancelMktDepth(reqId, isSmartDepth),
  reads: {
    updateMktDepth: (rows, [, position, operation, side, price, size], seen, question) =>
      change(rows, seen, question, {
        ...{ position, operation, side },
        line: { price: numberOf(price), size: numberOf(size), marketMaker: null },
      }),
    updateMktDepthL2: (
      rows,
      [, position, marketMaker, operation, side, price, size],
      seen,
      question,
    ) =>
      change(rows, seen, question, {
        ...{ position, operation, side },
        line: {
          price: numberOf(price),
          size: numberOf(size),
          marketMaker: textOf(marketMaker),
        },
      }),
  },
  notices: {
    [RESET]: (rows, { book }) => {
      book.clear()
      rows.clear()
    },
  },
}

interface Told {
  readonly position: number
  readonly operation: number
  readonly side: number
  readonly line: DepthLine
}

function change(
  rows: Rows,
  seen: Seen,
  { numRows }: DepthQuestion,
  { position, operation: number, side: sideNumber, line }: Told,
): Fullness {
  const { book } = seen
  const side = DEPTH_SIDES[sideNumber]
  const operation = DEPTH_OPERATIONS[number]
  if (side !== undefined && operation !== undefined) {
    const { from, to } = book.apply(side, position, operation, line)
    if (seen.isShown) show(rows, book, side, from, to)
    else for (const each of DEPTH_SIDES) show(rows, book, each, 0, numRows)
    seen.isShown = true
  }
  return book.isFull ? 'whole' : 'part'
}

/** Rows as the book has them, from one position up to another. */
function show(rows: Rows, book: DepthBook, side: DepthSide, from: number, to: number): void {
  for (let position = from; position < to; position += 1) {
    const line = book.at(side, position)
    const rowRef = `${side}-${position}`
    if (line === undefined) rows.remove(rowRef)
    else rows.put(rowRef, { side, position, ...line })
  }
}
