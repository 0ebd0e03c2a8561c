import type { Layout } from '../wire/column.ts'
import type { ContractRow } from '../wire/contract-columns.ts'
import type { Cancel } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import type { World } from '../world.ts'

/** What a message is about, where the fault rules need to know. */
export interface About {
  readonly orderId?: number
  /** told unasked, as orders are, not the answer to a request */
  readonly pushed?: boolean
}

/** A connected client, as the answers see it. */
export interface Client {
  readonly clientId: number
  readonly version: number
  readonly world: World
  /** the kind of market data it has asked for: 1 live, 2 frozen, 3 delayed, 4 delayed or frozen */
  marketDataType: number
  /** nobody may trade through the API */
  readonly isReadOnly: boolean
  /** false when this gateway tells a client its own executions only (facts §3.2: sources disagree) */
  readonly seesAllExecutions: boolean
  send<Row extends object>(message: Layout<Row>, row: Row, about?: About): void
  /** `id` is the request or order it concerns, −1 for a notice */
  error(id: number, code: number, text: string, about?: About): void
  /**
   * Keeps something running under a request id until the client drops it or leaves.
   * @returns false when that id already runs something of this kind
   */
  keep(kind: Kept, reqId: number, cancel: Cancel): boolean
  /** Whether something of this kind is running under that id. */
  runs(kind: Kept, reqId: number): boolean
  /** Ends it; false when there was nothing. */
  drop(kind: Kept, reqId: number): boolean
  /** How many of that kind are running. */
  kept(kind: Kept): number
}

/** What can run under a request id. */
export type Kept =
  | 'quotes'
  | 'depth'
  | 'ticks'
  | 'bars'
  | 'history'
  | 'positions'
  | 'positionsMulti'
  | 'summary'
  | 'updates'
  | 'updatesMulti'
  | 'pnl'
  | 'pnlSingle'
  | 'group'
  | 'scanner'
  | 'bulletins'
  | 'search'

/** How one request is served. */
export interface Answer {
  readonly id: number
  readonly name: string
  /** reads the request into `row`, strictly, and serves it */
  readonly serve: (client: Client, fields: readonly string[], row: object) => void
}

/** Joins a request with what serves it. */
export function answer<Row extends object>(
  request: Layout<Row>,
  serve: (client: Client, row: Row) => void,
): Answer {
  const { id, name } = request
  return {
    id,
    name,
    serve: (client, fields, row) => serve(client, request.read(fields, client.version, row)),
  }
}

/** The same for a request that trades: in read-only mode it is refused with 321 (facts §3.4). */
export function tradingAnswer<Row extends object>(
  request: Layout<Row>,
  serve: (client: Client, row: Row) => void,
): Answer {
  return answer(request, (client, row) => {
    if (!client.isReadOnly) serve(client, row)
    else {
      const { orderId, reqId }: { orderId?: number; reqId?: number } = row
      const text = validating('The API interface is currently in Read-Only mode.')
      client.error(orderId ?? reqId ?? -1, 321, text)
    }
  })
}

/** Text of error 321, which says that a request was read but makes no sense (facts §3.4). */
export function validating(cause: string): string {
  return `Error validating request.-'sim' : cause - ${cause}`
}

/** Text of error 322, which says that a request makes sense but cannot be served now (facts §3.4). */
export function processing(cause: string): string {
  return `Error processing request.-'sim' : cause - ${cause}`
}

/** The one instrument a request means; tells the client error 200 and gives undefined when there is none or several. */
export function theInstrument(
  client: Client,
  reqId: number,
  row: ContractRow,
): Instrument | undefined {
  if (row.secType === 'BAG') {
    client.error(reqId, 321, validating('combinations are traded but not quoted by the simulator'))
    return undefined
  }
  const found = client.world.catalogue.find(row)
  if (found.length === 1) return found[0]
  client.error(
    reqId,
    200,
    found.length === 0
      ? 'No security definition has been found for the request'
      : `The contract description specified for ${row.symbol} is ambiguous.`,
  )
  return undefined
}
