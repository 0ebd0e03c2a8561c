import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { type Level, levelsOf, MAX_LEVELS } from '../world/depth.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Quote } from '../world/market.ts'
import { type Answer, answer, type Client, theInstrument } from './answer.ts'
import { hasLiveData } from './quote-answers.ts'
import { both, duplicate } from './tick-answers.ts'

const INSERT = 0
const UPDATE = 1
const DELETE = 2
const SIDES = [
  { name: 'bid', code: 1 },
  { name: 'ask', code: 0 },
] as const
/** Rows of depth on each side, unless a client says how many. */
const USUAL_ROWS = 5

/** One line of a book: a row of one side that came, changed or went. */
interface Line {
  readonly row: number
  readonly operation: number
  readonly price: number
  readonly size: number
}

/** What makes the new rows of a side out of the old ones. */
function* changes(before: readonly Level[], levels: readonly Level[]): Generator<Line> {
  for (const [row, { price, size }] of levels.entries()) {
    const old = before[row]
    if (old === undefined) yield { row, operation: INSERT, price, size }
    else if (old.price !== price || old.size !== size) yield { row, operation: UPDATE, price, size }
  }
  for (let row = before.length - 1; row >= levels.length; row -= 1) {
    yield { row, operation: DELETE, price: 0, size: 0 }
  }
}

/** Tells one client the book of one instrument: first all of it, then what has changed. */
class Book {
  readonly #client: Client
  readonly #reqId: number
  readonly #instrument: Instrument
  readonly #rows: number
  readonly #isSmart: boolean
  readonly #shown = { bid: [] as readonly Level[], ask: [] as readonly Level[] }

  constructor(
    client: Client,
    instrument: Instrument,
    asked: { reqId: number; rows: number; isSmart: boolean },
  ) {
    this.#client = client
    this.#reqId = asked.reqId
    this.#instrument = instrument
    this.#rows = asked.rows
    this.#isSmart = asked.isSmart
  }

  show(quote: Quote, at: number): void {
    const marketMaker = this.#instrument.primaryExch || this.#instrument.exchange
    for (const { name, code } of SIDES) {
      const levels = levelsOf(this.#instrument, quote, name, { at, rows: this.#rows })
      for (const line of changes(this.#shown[name], levels)) {
        const told = { reqId: this.#reqId, side: code, ...line }
        if (this.#isSmart) {
          const smart = { ...told, marketMaker, isSmartDepth: true }
          this.#client.send(messages.updateMktDepthL2, smart)
        } else this.#client.send(messages.updateMktDepth, told)
      }
      this.#shown[name] = levels
    }
  }
}

/** Depth of the market. */
export const depthAnswers: readonly Answer[] = [
  answer(requests.reqMktDepth, (client, row) => {
    const { reqId, isSmart } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const { market, tape, usage } = client.world
    if (!hasLiveData(client, instrument)) {
      client.error(reqId, 354, 'Requested market data is not subscribed.')
      return
    }
    if (client.runs('depth', reqId)) {
      duplicate(client, reqId)
      return
    }
    const release = usage.depth.take(instrument.conId)
    if (release === undefined) {
      const text = `Max number (${usage.limits.depthRequests}) of market depth requests has been reached`
      client.error(reqId, 309, text)
      return
    }
    const rows = Math.max(1, Math.min(row.rows ?? USUAL_ROWS, MAX_LEVELS))
    const book = new Book(client, instrument, { reqId, rows, isSmart })
    const stop = tape.follow(instrument, ({ quote, now }) => book.show(quote, now))
    client.keep('depth', reqId, both(stop, release))
    book.show(market.quote(instrument), market.tradedAt(instrument))
  }),
  answer(requests.cancelMktDepth, (client, { reqId }) => {
    if (!client.drop('depth', reqId)) {
      client.error(reqId, 310, `Can't find the subscribed market depth with tickerId:${reqId}`)
    }
  }),
]
