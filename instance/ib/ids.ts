import { FIRST_REQUEST_ID } from '../../shared/ids.ts'

/** IB's ids are 32-bit; the largest of them means "not set". */
const LAST_REQUEST_ID = 2_147_483_000

/** Request ids: far above every order id, so that the two never meet in IB's one `error` number space (facts §2.3). */
export class RequestIds {
  #next = FIRST_REQUEST_ID

  /** An id no answer still under way can belong to. */
  take(): number {
    const id = this.#next
    this.#next = id >= LAST_REQUEST_ID ? FIRST_REQUEST_ID : id + 1
    return id
  }
}

/** Where the lowest unused order id is kept. */
export interface Floor {
  read(): number
  /** durable when it returns; throws when it cannot be */
  write(floor: number): void
}

/**
 * Order ids of this client. They only rise: above the gateway's nextValidId, above every id ever used here, and
 * above every id this client was shown, whoever owns it (facts §3.2, F3, F4).
 */
export class OrderIds {
  readonly #floor: Floor
  #next: number

  constructor(floor: Floor) {
    this.#floor = floor
    this.#next = Math.max(1, floor.read())
  }

  /** The lowest id not yet used. */
  get next(): number {
    return this.#next
  }

  /** The gateway's nextValidId: never taken for more than a lower bound, it may fall behind after a restart (F4). */
  raise(nextValidId: number): void {
    if (nextValidId < FIRST_REQUEST_ID) this.#next = Math.max(this.#next, nextValidId)
  }

  /** An id was shown to this client; the next must exceed it. */
  saw(orderId: number): void {
    this.raise(orderId + 1)
  }

  /**
   * `count` ids in a row, recorded as used before they are given.
   * @throws when they cannot be recorded, or none are left
   */
  take(count: number): number[] {
    const first = this.#next
    if (first + count > FIRST_REQUEST_ID) {
      throw new RangeError(`order ids are used up at ${first}: reset them in the gateway`)
    }
    this.#floor.write(first + count)
    this.#next = first + count
    return Array.from({ length: count }, (_, index) => first + index)
  }
}
