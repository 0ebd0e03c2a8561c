import type { PlaceOrderRow } from '../wire/place-order.ts'
import type { Instrument } from '../world/instrument.ts'
import { type OrderType, orderTypeOf } from './order-types.ts'

/** States of an order as IB names them (facts §4); `ApiPending` is one that is held until it is transmitted. */
export type OrderStatus =
  | 'ApiPending'
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'ApiCancelled'
  | 'Cancelled'
  | 'Filled'
  | 'Inactive'

const MOVES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  ApiPending: ['PendingSubmit', 'PreSubmitted', 'Submitted', 'ApiCancelled', 'Inactive'],
  PendingSubmit: ['PreSubmitted', 'Submitted', 'Cancelled', 'Filled', 'Inactive'],
  PreSubmitted: ['Submitted', 'PendingCancel', 'Cancelled', 'Filled', 'Inactive'],
  Submitted: ['PreSubmitted', 'PendingCancel', 'Cancelled', 'Filled', 'Inactive'],
  PendingCancel: ['Cancelled', 'Filled'],
  ApiCancelled: [],
  Cancelled: [],
  Filled: [],
  Inactive: ['Cancelled'],
}

/** What an order is made of when it is placed. */
export interface OrderParts {
  readonly clientId: number
  readonly permId: number
  readonly row: PlaceOrderRow
  readonly instrument: Instrument
  readonly legs: readonly Leg[]
  readonly account: string
  readonly placedAt: number
}

/** One leg of a combination: so many units of the instrument for one unit of the whole; negative is sold. */
export interface Leg {
  readonly instrument: Instrument
  readonly ratio: number
}

/** How an order of a type that is not traded would be traded; it is rejected before that matters. */
const NOT_TRADED: OrderType = { price: 'market' }

/** One order, from the moment it is accepted; it belongs to the client that placed it. */
export class Order {
  readonly clientId: number
  /** 0 for an order placed by hand that no client has bound (facts §3.2) */
  orderId: number
  readonly permId: number
  readonly instrument: Instrument
  readonly legs: readonly Leg[]
  readonly account: string
  readonly placedAt: number
  row: PlaceOrderRow
  filled = 0
  lastFillPrice = 0
  commission = 0
  /** traded and charged so far, by contract id: a combination is charged leg by leg */
  readonly charged = new Map<number, { readonly quantity: number; readonly commission: number }>()
  /** a stop that was reached, a condition that was met, a time that has come */
  triggered = false
  /** place in the line of those at the same price; anew when it is changed to its advantage */
  sequence = 0
  /** a price that was found once and stands */
  anchor: number | undefined
  /** when it last looked at the market */
  lookedAt = 0
  /** when its time in force is over */
  endsAt = Number.POSITIVE_INFINITY
  /** when the auction is that it waits for */
  auctionAt: number | undefined
  completedAt: number | undefined
  completedText = ''
  #status: OrderStatus = 'ApiPending'
  #paid = 0

  constructor(parts: OrderParts) {
    this.clientId = parts.clientId
    this.orderId = parts.row.orderId
    this.permId = parts.permId
    this.instrument = parts.instrument
    this.legs = parts.legs
    this.account = parts.account
    this.placedAt = parts.placedAt
    this.row = parts.row
  }

  get status(): OrderStatus {
    return this.#status
  }

  /** How the simulated market trades it. */
  get type(): OrderType {
    return orderTypeOf(this.row.orderType) ?? NOT_TRADED
  }

  get quantity(): number {
    return this.row.totalQuantity ?? 0
  }

  get remaining(): number {
    return Number((this.quantity - this.filled).toFixed(8))
  }

  get averagePrice(): number {
    return this.filled === 0 ? 0 : Number((this.#paid / this.filled).toFixed(8))
  }

  get isBuy(): boolean {
    return this.row.action === 'BUY'
  }

  get parentId(): number {
    return this.row.parentId ?? 0
  }

  get isHeld(): boolean {
    return this.#status === 'ApiPending'
  }

  /** Visible in open orders and able to be filled. */
  get isWorking(): boolean {
    return ['PendingSubmit', 'PreSubmitted', 'Submitted', 'PendingCancel'].includes(this.#status)
  }

  /** Nothing more will happen to it. */
  get isOver(): boolean {
    return ['ApiCancelled', 'Cancelled', 'Filled', 'Inactive'].includes(this.#status)
  }

  /** @throws when the state cannot follow the present one */
  moveTo(next: OrderStatus): void {
    if (next === this.#status) return
    if (!MOVES[this.#status].includes(next)) {
      throw new Error(
        `order ${this.clientId}.${this.orderId}: ${this.#status} cannot become ${next}`,
      )
    }
    this.#status = next
  }

  /** Counts a part of it as traded. */
  addFill(quantity: number, price: number): void {
    this.filled = Number((this.filled + quantity).toFixed(8))
    this.#paid += quantity * price
    this.lastFillPrice = price
  }
}
