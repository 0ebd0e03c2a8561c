import type { Instrument } from '../world/instrument.ts'
import type { Order } from './order.ts'

/** One trade of one order. */
export interface Execution {
  readonly execId: string
  readonly order: Order
  /** the instrument traded: of a combination, one of its legs or the whole */
  readonly instrument: Instrument
  readonly time: number
  readonly exchange: string
  readonly side: 'BOT' | 'SLD'
  readonly shares: number
  readonly price: number
  readonly cumQty: number
  readonly avgPrice: number
  /** false for the line that stands for a whole combination: its legs are what is settled */
  readonly isSettled: boolean
  /** true when the order rested and so added liquidity */
  readonly isMaker: boolean
}

/** What a trade cost and what it earned. */
export interface Commission {
  readonly execId: string
  readonly commission: number
  readonly currency: string
  /** undefined when the trade opened a position */
  readonly realizedPnl: number | undefined
}

/**
 * Gives permanent ids and execution ids that no other run of the simulator has given: both carry the moment of the start.
 */
export class TradeIds {
  readonly #startHex: string
  #permId: number
  #execution = 0

  constructor(startedAt: number) {
    // 32 bits of 64 ms steps: the same again after eight years
    this.#startHex = hex8(Math.floor(startedAt / 64))
    // must stay a 32-bit number for clients below 191; 200 orders a second before a restart could meet an old one
    this.#permId = 1 + (Math.floor(startedAt / 1000) % 10_000_000) * 200
  }

  nextPermId(): number {
    this.#permId += 1
    return this.#permId
  }

  /** `0000e0d5.6a1b2c3d.01.01`: the part after the last dot counts corrections. */
  nextExecId(leg = 1): string {
    this.#execution += 1
    return `${hex8(this.#execution)}.${this.#startHex}.${String(leg).padStart(2, '0')}.01`
  }
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
