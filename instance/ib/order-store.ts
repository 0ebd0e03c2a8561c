import type { Order } from '../../shared/schemas/order.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { OrderEffect } from './codes.ts'
import type { GatewayEvent, GatewayEvents, GatewayWord } from './events.ts'
import {
  blankOrder,
  inDoubt,
  isFinal,
  withExecution,
  withOpenOrder,
  withStatus,
  withTrouble,
} from './order-documents.ts'
import { whatHappened } from './order-life.ts'
import type { Completion } from './translate-order.ts'
import { executionOf } from './translate-order.ts'

/** Orders of the day are kept at hand; the ledger has them all. */
const REMEMBERED = 5000

/** What was said against an order, last. */
export interface Trouble {
  readonly word: GatewayWord
  readonly effect: OrderEffect
}

/**
 * The orders of this client as one document each, an idempotent upsert of everything the gateway says of them
 * (facts §5). Whoever waits for an order to change is woken once per turn, when all of a packet has been read.
 */
export class OrderStore {
  readonly #clientId: number
  readonly #ledger: Ledger
  readonly #orders = new Map<number, Order>()
  readonly #heard = new Set<number>()
  readonly #troubles = new Map<number, Trouble>()
  readonly #tellings = new Map<number, number>()
  readonly #changing = new Set<number>()
  readonly #waiting = new Set<() => void>()
  #scheduled: NodeJS.Immediate | undefined

  constructor(clientId: number, ledger: Ledger) {
    this.#clientId = clientId
    this.#ledger = ledger
  }

  /** An order of this client, as last heard of, today or before. */
  get(orderId: number): Order | undefined {
    return this.#orders.get(orderId) ?? this.#ledger.order(orderId)
  }

  /** The gateway has said something of this order in this run. */
  hasHeardOf(orderId: number): boolean {
    return this.#heard.has(orderId)
  }

  /** The last thing said against it since `forgetTrouble`. */
  troubleOf(orderId: number): Trouble | undefined {
    return this.#troubles.get(orderId)
  }

  forgetTrouble(orderId: number): void {
    this.#troubles.delete(orderId)
  }

  /** How many openOrder messages told of this order: one more since a change was sent may answer it. */
  tellingsOf(orderId: number): number {
    return this.#tellings.get(orderId) ?? 0
  }

  /** Until `changeEnded`, what is said against this order is said against its change: it lives on. */
  changeBegan(orderId: number): void {
    this.#changing.add(orderId)
  }

  changeEnded(orderId: number): void {
    this.#changing.delete(orderId)
  }

  /** Orders that have not ended as far as is known. */
  open(): Order[] {
    const known = new Map(this.#ledger.openOrders().map((order) => [order.orderId, order]))
    for (const [orderId, order] of this.#orders) known.set(orderId, order)
    return [...known.values()].filter((order) => !isFinal(order))
  }

  /** Takes an order as it now stands. */
  put(order: Order): void {
    const { orderId } = order
    const happened = whatHappened(this.get(orderId), order)
    this.#orders.delete(orderId)
    this.#orders.set(orderId, order)
    this.#ledger.recordOrder(order, happened)
    if (this.#orders.size > REMEMBERED) this.#letGo()
    this.wake()
  }

  #letGo(): void {
    for (const [orderId, order] of this.#orders) {
      if (!isFinal(order)) continue
      this.#orders.delete(orderId)
      this.#heard.delete(orderId)
      this.#troubles.delete(orderId)
      this.#tellings.delete(orderId)
      return
    }
  }

  arrived(event: GatewayEvent, args: readonly unknown[]): void {
    if (event === 'openOrder') this.#openOrder(args as GatewayEvents['openOrder'])
    else if (event === 'orderStatus') this.#orderStatus(args as GatewayEvents['orderStatus'])
    else if (event === 'execDetails') this.#execDetails(args as GatewayEvents['execDetails'])
  }

  #openOrder(args: GatewayEvents['openOrder']): void {
    const [orderId, , { clientId, whatIf }] = args
    if (clientId !== this.#clientId || orderId === 0 || whatIf === true) return
    this.#tellings.set(orderId, this.tellingsOf(orderId) + 1)
    this.#said(orderId, (known) => withOpenOrder(known, args))
  }

  #orderStatus(args: GatewayEvents['orderStatus']): void {
    const [orderId, , , , , , , , clientId] = args
    if (clientId === this.#clientId && orderId !== 0)
      this.#said(orderId, (known) => withStatus(known, args))
  }

  #execDetails([, contract, execution]: GatewayEvents['execDetails']): void {
    const { orderId = 0, clientId } = execution
    if (clientId !== this.#clientId || orderId === 0) return
    this.#said(orderId, (known) =>
      withExecution(known ?? blankOrder(clientId, orderId), executionOf(contract, execution)),
    )
  }

  #said(orderId: number, change: (known: Order | undefined) => Order): void {
    const known = this.get(orderId)
    this.#heard.add(orderId)
    const order = change(known)
    // repeated statuses are ordinary (facts §5) and change nothing
    if (known !== undefined && sameButWhen(known, order)) this.wake()
    else this.put(order)
  }

  /** The gateway named an order in an error or warning. */
  trouble(word: GatewayWord, effect: OrderEffect): void {
    const known = this.get(word.reqId)
    this.#troubles.set(word.reqId, { word, effect })
    if (known !== undefined && !this.#concernsChange(known, effect)) {
      this.#heard.add(word.reqId)
      this.put(withTrouble(known, { effect, code: word.code, text: word.text }))
    }
    this.wake()
  }

  /** A refused change leaves the order as it was; if the order died of it, its status says so (facts §4.4). */
  #concernsChange(known: Order, effect: OrderEffect): boolean {
    const isAgainst = effect !== 'warning' && effect !== 'cancelled'
    return isAgainst && this.#changing.has(known.orderId) && !isFinal(known)
  }

  /** An order that ended while nobody listened; told by its permanent id alone. */
  completed(said: Completion): void {
    if (said.permId === null) return
    const known = this.#openAs(said)
    if (known === undefined) return
    const filled = said.status === 'Filled' ? (known.totalQuantity ?? said.filled) : said.filled
    const { orderId, clientId, avgFillPrice, lastFillPrice } = known
    const remaining = Math.max(0, (known.totalQuantity ?? filled) - filled)
    this.put(
      withStatus(known, [
        orderId,
        said.status,
        filled,
        remaining,
        avgFillPrice ?? undefined,
        said.permId,
        undefined,
        lastFillPrice ?? undefined,
        clientId,
        undefined,
        undefined,
      ]),
    )
  }

  /** By its permanent id, or where it was never confirmed by the reference that it alone bears. */
  #openAs({ permId, orderRef }: Completion): Order | undefined {
    const open = this.open()
    const known = open.find((order) => order.permId === permId)
    if (known !== undefined || orderRef === null) return known
    const bearers = open.filter((order) => order.permId === null && order.orderRef === orderRef)
    return bearers.length === 1 ? bearers[0] : undefined
  }

  /** Nobody can say what became of these. */
  doubt(orderIds: readonly number[], why: string): void {
    for (const orderId of orderIds) {
      const known = this.get(orderId)
      if (known !== undefined) this.put(inDoubt(known, why))
    }
  }

  /** Lets everyone who waits look again, at the end of this turn. */
  wake(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      for (const look of [...this.#waiting]) look()
    })
  }

  /** Resolves with the first fact that is there, or `undefined` at the deadline (clock of `performance.now()`, ms). */
  wait<Fact>(fact: () => Fact | undefined, deadlineAt: number): Promise<Fact | undefined> {
    const now = fact()
    if (now !== undefined) return Promise.resolve(now)
    return new Promise((resolve) => {
      const end = (found: Fact | undefined) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      const look = () => {
        const found = fact()
        if (found !== undefined) end(found)
      }
      const timer = setTimeout(() => end(fact()), Math.max(0, deadlineAt - performance.now()))
      this.#waiting.add(look)
    })
  }
}

const UNTIMED = { updatedAt: null, timestamp: null }

function sameButWhen(one: Order, other: Order): boolean {
  return JSON.stringify({ ...one, ...UNTIMED }) === JSON.stringify({ ...other, ...UNTIMED })
}
