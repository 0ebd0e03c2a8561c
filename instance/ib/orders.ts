import { type Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { Guards } from '../guards.ts'
import type { Claim } from '../ledger/keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Contracts } from './contracts.ts'
import type { OrderIds } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Link } from './link.ts'
import {
  isAcknowledged,
  isFinal,
  neverThere,
  requestedOrder,
  wasOvertaken,
} from './order-documents.ts'
import { nextValidId } from './order-queries.ts'
import { type AsList, type PreparedOrder, placingOf, prepareOrders } from './order-requests.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import type { Session } from './session.ts'
import { toIbOrder } from './translate-order-request.ts'
import { toProblem } from './verdicts.ts'

/** Once one of a list was refused, the others have this long to say how they stand, ms. */
const SIBLINGS_MS = 300
/** An order held back (`transmit` false) is often not confirmed at all; it is not waited for longer than this, ms. */
const HELD_MS = 500

/** How placing ended, for the metrics. */
export type PlacingOutcome = 'acknowledged' | 'open' | 'refused' | 'lost' | 'unsent'

export interface OrdersOptions {
  readonly link: Link
  readonly ledger: Ledger
  readonly ids: OrderIds
  readonly store: OrderStore
  readonly contracts: Contracts
  readonly guards: Guards
  readonly limits: Limits
  readonly onPlaced: (outcome: PlacingOutcome, seconds: number) => void
}

/**
 * Orders as they stand, in the order they were given; acknowledged: IB has taken every one of them, or of a basket
 * some and refused the others.
 */
export interface Placed {
  readonly orders: Order[]
  readonly acknowledged: boolean
}

/** One call's orders between the first byte and what IB makes of them. */
interface Sending {
  readonly session: Session
  readonly prepared: readonly PreparedOrder[]
  /** one that is refused does not undo the others */
  readonly unrelated: boolean
  readonly orderIds: readonly number[]
  /** whose bytes have left */
  readonly written: Set<number>
}

/** Places orders. What may have reached the gateway is never sent again and never called "not placed" (design §5). */
export class Orders {
  readonly #options: OrdersOptions
  #closing = false

  constructor(options: OrdersOptions) {
    this.#options = options
  }

  /**
   * Sends orders and waits until IB has taken or refused each, or `terms` are over. With `wait` false it does not
   * wait. A caller who leaves changes nothing. A `claim` is written down together with the orders.
   * @throws Problem: nothing was sent (INSTANCE_*, REQUEST_*), or IB refused (IB_*, with every order in `orders`): any
   * of a family, all of a basket
   */
  async place(
    requests: readonly OrderRequest[],
    asList: AsList,
    terms: Terms,
    wait = true,
    claim?: Claim,
  ): Promise<Placed> {
    const { link, guards, onPlaced } = this.#options
    guards.pass()
    const prepared = await this.check(requests, asList, terms)
    // it may have become forbidden while the contracts were looked up
    guards.pass()
    const unrelated = asList === 'basket'
    let sending = this.#send(prepared, unrelated, claim)
    if (!wait) return this.#placed(sending)
    const begun = performance.now()
    let outcome = await this.#await(sending, terms.deadlineAt)
    if (outcome === 'refused' && this.#wasOvertaken(sending)) {
      await link.query(nextValidId, undefined, terms).catch(() => undefined)
      if (guards.isOpen) {
        sending = this.#send(prepared, unrelated, claim)
        outcome = await this.#await(sending, terms.deadlineAt)
      }
    }
    const ms = performance.now() - begun
    terms.spent?.('ib', ms)
    onPlaced(outcome, ms / 1000)
    return this.#conclude(sending, outcome)
  }

  /**
   * What placing these orders would send; nothing is sent.
   * @throws Problem REQUEST_INVALID naming every field at once, INSTANCE_NOT_READY, or what the gateway said
   */
  async check(
    requests: readonly OrderRequest[],
    asList: AsList,
    terms: Terms,
    endpoint?: string,
  ): Promise<PreparedOrder[]> {
    const { link, contracts, limits } = this.#options
    const { accounts, serverVersion } = link.ready()
    const known = { contracts, accounts, serverVersion, limits, terms, endpoint }
    return await prepareOrders(requests, asList, known)
  }

  /** Orders as they stand when all of them are over, or at the deadline, or when this process must end. */
  async untilFinal(orders: readonly Order[], { deadlineAt }: Terms): Promise<Order[]> {
    const { store } = this.#options
    const now = () => orders.map((order) => store.get(order.orderId) ?? order)
    await store.wait(() => now().every(isFinal) || this.#closing || undefined, deadlineAt)
    return now()
  }

  /** Nobody waits for a fill any more. */
  close(): void {
    this.#closing = true
    this.#options.store.wake()
  }

  #send(prepared: readonly PreparedOrder[], unrelated: boolean, claim: Claim | undefined): Sending {
    const { link, store } = this.#options
    const session = link.ready()
    const orderIds = this.#reserve(prepared, claim)
    const written = new Set<number>()
    for (const [index, order] of prepared.entries()) {
      if (!session.isUsable) break
      const orderId = orderIds[index] ?? 0
      const ibOrder = toIbOrder(order.request, placingOf(order, orderIds[0] ?? 0))
      store.forgetTrouble(orderId)
      session.send(
        (api) => void api.placeOrder(orderId, order.contract, ibOrder),
        () => void written.add(orderId),
      )
    }
    return { session, prepared, unrelated, orderIds, written }
  }

  /** Numbers, and the intent, on the disk before a byte leaves. */
  #reserve(prepared: readonly PreparedOrder[], claim: Claim | undefined): number[] {
    const { link, ledger, ids, store } = this.#options
    try {
      const orderIds = ids.take(prepared.length)
      const intents = prepared.map((each, index) => {
        const owner = { clientId: link.clientId, orderId: orderIds[index] ?? 0 }
        const placing = placingOf(each, orderIds[0] ?? 0)
        return {
          order: requestedOrder(owner, each.request, each.described, placing),
          request: each.request,
        }
      })
      ledger.recordIntents(intents, claim)
      for (const { order } of intents) store.put(order)
      return orderIds
    } catch (error) {
      throw problem('INSTANCE_LEDGER_FAILED', {
        detail: `Nothing was sent, because it could not be written down first: ${String(error)}`,
        cause: error,
      })
    }
  }

  async #await(sending: Sending, deadlineAt: number): Promise<PlacingOutcome> {
    const { store } = this.#options
    const { session, prepared } = sending
    const isReleased = (index: number) => prepared[index]?.transmit === true
    const isAlone = sending.unrelated || !prepared.some(({ transmit }) => transmit)
    const mayRest = isAlone && prepared.some(({ transmit }) => !transmit)
    const settledBut = (patience: 'for all' | 'for the released') => () => {
      const isDone = (orderId: number, index: number) =>
        (patience === 'for the released' && !isReleased(index)) ||
        this.#isSettled(orderId, prepared[index])
      if (sending.orderIds.every(isDone)) return 'settled'
      if (this.#isRefused(sending)) return 'refused'
      return session.state === 'ended' ? 'lost' : undefined
    }
    const settled = settledBut('for all')
    const soonest = performance.now() + HELD_MS
    const all = await store.wait(settled, mayRest ? Math.min(deadlineAt, soonest) : deadlineAt)
    const first = all ?? (await store.wait(settledBut('for the released'), deadlineAt))
    if (first === 'lost') return sending.written.size === 0 ? 'unsent' : 'lost'
    if (first === undefined) return 'open'
    if (first === 'refused') {
      const soon = Math.min(deadlineAt, performance.now() + SIBLINGS_MS)
      await store.wait(() => (settled() === 'refused' ? undefined : true), soon)
    }
    if (this.#isRefused(sending)) return 'refused'
    return this.#orders(sending).every(wasTaken) ? 'acknowledged' : 'open'
  }

  /** A higher id has reached the gateway before (103), and of all that was sent it has taken nothing: it may go again. */
  #wasOvertaken({ session, orderIds }: Sending): boolean {
    const orders = orderIds.map((orderId) => this.#options.store.get(orderId))
    return session.isUsable && orders.every((order) => order !== undefined && wasOvertaken(order))
  }

  #isSettled(orderId: number, prepared: PreparedOrder | undefined): boolean {
    const { store } = this.#options
    const order = store.get(orderId)
    if (order === undefined) return false
    if (isAcknowledged(order) || isFinal(order)) return true
    // it rests until its hour, or until it is released (S0.s7)
    const rests =
      prepared?.request.goodAfterTime !== undefined || prepared?.request.transmit === false
    return rests && store.hasHeardOf(orderId)
  }

  #conclude(sending: Sending, outcome: PlacingOutcome): Placed {
    const { store, link } = this.#options
    const unheard = sending.orderIds.filter((orderId) => !store.hasHeardOf(orderId))
    const unsent = sending.orderIds.filter((orderId) => !sending.written.has(orderId))
    switch (outcome) {
      case 'unsent':
        this.#neverSent(unsent)
        link.ready()
        throw problem('INSTANCE_NOT_READY', {
          detail: 'The gateway was lost before anything was sent',
          retryAfter: 1,
        })
      case 'lost':
        this.#neverSent(unsent)
        store.doubt(
          sending.orderIds.filter((orderId) => sending.written.has(orderId)),
          'The gateway was lost before it confirmed this order; it may well have it. Look before you place it again.',
        )
        break
      case 'open':
        store.doubt(
          unheard,
          'The gateway has not confirmed this order yet; it may well have it. Look before you place it again.',
        )
        break
      case 'refused':
        throw this.#refusal(sending)
      case 'acknowledged':
        break
    }
    return this.#placed(sending)
  }

  #neverSent(orderIds: readonly number[]): void {
    const { store } = this.#options
    for (const orderId of orderIds) {
      const order = store.get(orderId)
      if (order !== undefined) store.put(neverThere(order, 'Never sent'))
    }
  }

  #placed(sending: Sending): Placed {
    const orders = this.#orders(sending)
    return { orders, acknowledged: orders.every(wasTaken) }
  }

  #orders({ orderIds }: Sending): Order[] {
    const { store, ledger } = this.#options
    ledger.flush()
    return orderIds.map((orderId) => store.get(orderId)).filter((order) => order !== undefined)
  }

  /** A family stands or falls as one; of a basket what is left stands. */
  #isRefused(sending: Sending): boolean {
    const refusals = this.#refusals(sending).length
    return sending.unrelated ? refusals === sending.orderIds.length : refusals > 0
  }

  #refusals(sending: Sending): Order[] {
    const { prepared } = sending
    return sending.orderIds
      .map((orderId, index) => ({ order: this.#options.store.get(orderId), of: prepared[index] }))
      .filter(({ order, of }) => order !== undefined && isRefused(order, of?.request))
      .map(({ order }) => order as Order)
  }

  #refusal(sending: Sending): Problem {
    const orders = this.#orders(sending)
    const [refused] = this.#refusals(sending)
    const { orderId = -1, id, status, errorCode, errorMsg, warningText } = refused ?? {}
    const said = this.#options.store.troubleOf(orderId)?.word
    const code = errorCode ?? said?.code ?? (status === 'Inactive' ? 201 : 202)
    const text = errorMsg ?? said?.text ?? warningText ?? `IB answered ${status} and gave no reason`
    const detail = orders.length > 1 ? `Order ${id}: ${text}` : text
    return toProblem({ code, text, reqId: orderId }, this.#options.link.clientId, {
      detail,
      members: { orders },
    })
  }
}

/** Fill-or-kill orders end cancelled when they find no match: taken all the same. */
const KILLED_BY_NATURE: ReadonlySet<string | undefined> = new Set(['IOC', 'FOK'])

function isRefused(order: Order, request: OrderRequest | undefined): boolean {
  if (order.status === 'Inactive') return true
  const cancelled = order.status === 'Cancelled' || order.status === 'ApiCancelled'
  return cancelled && !order.filled && !KILLED_BY_NATURE.has(request?.tif)
}

function wasTaken(order: Order): boolean {
  return isAcknowledged(order) || isFinal(order)
}
