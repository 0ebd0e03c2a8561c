import { createHash } from 'node:crypto'
import { Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import { refuseFields } from '../fields.ts'
import { type KeptProblem, keptProblem, problemAgain } from '../kept-problem.ts'
import type { Claim, KeyRow } from '../ledger/keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NewPlan } from '../ledger/plans.ts'
import type { Link } from './link.ts'
import { isAcknowledged, isFinal, wasNeverThere, wasOvertaken } from './order-documents.ts'
import { wholeOrder } from './order-figures.ts'
import type { AsList } from './order-requests.ts'
import type { OrderStore } from './order-store.ts'
import type { Orders, Placed } from './orders.ts'
import type { Terms } from './query.ts'
import { recover } from './recovery.ts'
import { toProblem } from './verdicts.ts'

/** A call's key has this much of its hash in `orderRef`, so that its orders are found again by it. */
const STAMP_LENGTH = 16

export interface KeyedOrdersOptions {
  readonly link: Link
  readonly ledger: Ledger
  readonly store: OrderStore
  readonly orders: Orders
  readonly onReplay: () => void
}

/** One call that may be repeated under its key. */
export interface KeyedCall {
  /** the Idempotency-Key, or else the `clientOrderId` of the first order */
  readonly key: string
  readonly requests: readonly OrderRequest[]
  readonly asList: AsList
  readonly terms: Terms
  readonly wait: boolean
  /** what is to follow, written down with the intent; part of what the key is for */
  readonly plan?: NewPlan
}

/** Something else that sends orders and may be repeated under its key. */
export interface OnceCall {
  readonly key: string
  /** what was asked for, by which another call under the same key is told */
  readonly payload: unknown
  readonly terms: Terms
  /** how its orders belong together; default: each by itself */
  readonly asList?: AsList
  /** what is to follow, written down with the intent */
  readonly plan?: NewPlan | undefined
}

/** What was sent and, where the answer says more than the orders, `about` them; no order where none was needed. */
export interface Sent<About> extends Placed {
  readonly about: About
}

/** What a call came to; `replayed`: it is the outcome of an earlier call under the same key. */
export interface KeyedAnswer<About = undefined> extends Sent<About> {
  readonly replayed: boolean
}

/** A connection may leave an order unanswered for so long, ms, before it is given up for a new one. */
const PATIENCE_MS = 5000

/** IB had seen a higher order id: nothing was placed, so the same key may be tried again. */
const OVERTAKEN = 'IB_DUPLICATE_ORDER_ID'

/** There was no position to close. */
const NOTHING_THERE = 'INSTANCE_NO_POSITION'

/** How an answer is kept: what was placed, or what was refused. */
type Stored =
  | { readonly orders: Order[]; readonly about?: unknown }
  | { readonly problem: KeptProblem }

/** A hash of what was asked for that does not mind the order of members. */
export function payloadHash(payload: unknown): string {
  const sorted = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return createHash('sha256')
    .update(JSON.stringify(payload, sorted) ?? '')
    .digest('base64url')
}

/** Orders as they are sent under a key: each bears in `orderRef` what it can be found again by. */
export function stamped(requests: readonly OrderRequest[], key: string): OrderRequest[] {
  const stamp = createHash('sha256').update(key).digest('base64url').slice(0, STAMP_LENGTH)
  return requests.map((request, index) => {
    const { clientOrderId, orderRef } = request
    if (clientOrderId === undefined) {
      const mark = `${stamp}.${index}`
      return { ...request, orderRef: orderRef === undefined ? mark : `${orderRef}~${mark}` }
    }
    if (orderRef !== undefined && orderRef !== clientOrderId) {
      const field = requests.length > 1 ? `${index}.orderRef` : 'orderRef'
      const detail = `${field} must be left out: IB keeps the clientOrderId in it`
      throw refuseFields('/order', [{ field, code: 'bad_format', detail }])
    }
    return { ...request, orderRef: clientOrderId }
  })
}

const STAMP = new RegExp(`^[\\w-]{${STAMP_LENGTH}}\\.\\d+$`)

/** Whether an order was sent under this reference, stamped for a key or not. */
export function bears(orderRef: string | null, reference: string): boolean {
  if (orderRef === reference) return true
  return (
    orderRef?.startsWith(`${reference}~`) === true &&
    STAMP.test(orderRef.slice(reference.length + 1))
  )
}

/**
 * Places orders at most once per key, whatever happens in between (design §5): the intent is on the disk before the
 * bytes leave, and after any doubt IB is asked before anything is sent again.
 */
export class KeyedOrders {
  readonly #options: KeyedOrdersOptions
  readonly #running = new Set<string>()

  constructor(options: KeyedOrdersOptions) {
    this.#options = options
  }

  /**
   * Places what was asked for, or tells what became of it when it was asked for before.
   * @throws Problem REQUEST_KEY_IN_USE while the first call is still running, REQUEST_KEY_REUSED for another payload,
   * the stored refusal, or what `Orders.place` throws
   */
  place({ key, requests, asList, terms, wait, plan }: KeyedCall): Promise<KeyedAnswer> {
    const payload = plan === undefined ? [asList, requests] : [plan.kind, requests, plan.request]
    return this.once({ key, payload, terms, asList, plan }, async (claim) => {
      this.#mustBeNew(requests)
      const { orders } = this.#options
      const placed = await orders.place(stamped(requests, key), asList, terms, wait, claim)
      return { ...placed, about: undefined }
    })
  }

  /**
   * Does work that sends orders, unless it was done under its key before: `work` hands the claim on to
   * `Orders.place`, with what its answer says `about` the orders.
   * @throws Problem as `place`, or what `work` throws
   */
  async once<About>(
    call: OnceCall,
    work: (claim: Claim) => Promise<Sent<About>>,
  ): Promise<KeyedAnswer<About>> {
    const { key } = call
    if (this.#running.has(key)) {
      throw problem('REQUEST_KEY_IN_USE', {
        detail: 'Ask again with the same key: nothing is placed twice',
        retryAfter: 1,
      })
    }
    this.#running.add(key)
    try {
      return await this.#workOnce(call, work)
    } finally {
      this.#running.delete(key)
    }
  }

  async #workOnce<About>(
    { key, payload, plan, terms, asList = false }: OnceCall,
    work: (claim: Claim) => Promise<Sent<About>>,
  ): Promise<KeyedAnswer<About>> {
    const { ledger } = this.#options
    const claim: Claim = { key, payload: payloadHash(payload), plan }
    const row = ledger.keys.find(key)
    if (row !== undefined) {
      const known = await this.#outcomeOf(row, claim, { terms, asList })
      if (known !== undefined) return known as KeyedAnswer<About>
      ledger.keys.free(key)
    }
    try {
      const sent = await work(claim)
      const { orders, about } = sent
      // nothing was needed, so nothing is written down under the key yet
      if (orders.length === 0 && ledger.keys.find(key) === undefined)
        ledger.keys.remember(claim, JSON.stringify({ orders, about }))
      else if (sent.acknowledged) this.#settle(key, { orders, about })
      return { ...sent, replayed: false }
    } catch (error) {
      this.#afterProblem(claim, asList, error)
      throw error
    }
  }

  /** A name belongs to one order for good, under whatever key it is asked for. */
  #mustBeNew(requests: readonly OrderRequest[]): void {
    for (const { clientOrderId } of requests) {
      if (clientOrderId === undefined) continue
      const [taken] = this.#options.ledger
        .ordersNamed(clientOrderId)
        .filter((order) => !wasNotTaken(order))
      if (taken === undefined) continue
      throw problem('REQUEST_KEY_REUSED', {
        detail: `clientOrderId ${clientOrderId} is the name of order ${taken.id}`,
        members: { order: taken },
      })
    }
  }

  /** What an earlier call under this key came to; undefined when it is proven that nothing did. */
  async #outcomeOf(
    row: KeyRow,
    claim: Claim,
    { terms, asList }: { readonly terms: Terms; readonly asList: AsList },
  ): Promise<KeyedAnswer<unknown> | undefined> {
    if (row.payload !== claim.payload) {
      throw problem('REQUEST_KEY_REUSED', {
        detail: 'The first call under this key asked for something else; nothing was sent',
      })
    }
    if (row.answer !== undefined) return this.#replay(JSON.parse(row.answer) as Stored)
    if (this.#standing(row, asList) === 'unknown') await this.#askAgain(terms)
    const standing = this.#standing(row, asList)
    if (standing === 'absent') return undefined
    const orders = this.#ordersOf(row)
    const about: unknown = row.about === undefined ? undefined : JSON.parse(row.about)
    if (standing === 'unknown') {
      this.#provoke(orders)
      return { orders, about, acknowledged: false, replayed: true }
    }
    const refused = orders.filter(({ status }) => status === 'Inactive')
    const [first] = asList === 'basket' && refused.length < orders.length ? [] : refused
    const stored: Stored =
      first === undefined
        ? { orders, about }
        : { problem: keptProblem(this.#refusal(first, orders)) }
    this.#settle(claim.key, stored)
    return this.#replay(stored)
  }

  /** Reads everything again; while that cannot be done what is unknown stays so. */
  async #askAgain(terms: Terms): Promise<void> {
    try {
      await recover(this.#options.link, this.#options.store, terms)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }

  /** A connection that has said nothing of an order for long will not say it any more: only a later login proves it. */
  #provoke(orders: readonly Order[]): void {
    const asOf = Math.max(...orders.map(({ updatedAt }) => Date.parse(updatedAt ?? '') || 0))
    const { link } = this.#options
    const isOlder = (link.status.readySince ?? '') < new Date(asOf).toISOString()
    if (isOlder && Date.now() - asOf > PATIENCE_MS)
      link.renew(`nothing was heard of order ${orders[0]?.id} for ${PATIENCE_MS / 1000} s`)
  }

  #standing(row: KeyRow, asList: AsList): 'known' | 'absent' | 'unknown' {
    const orders = this.#ordersOf(row)
    if (orders.length < row.orderIds.length) return 'unknown'
    // members held back for another are seen by nobody before that one has come; strangers are seen each for itself
    const gone = asList === 'basket' ? orders.every(wasNotTaken) : orders.some(wasNotTaken)
    if (gone && orders.every(({ permId }) => permId === null)) return 'absent'
    return orders.every((order) => isAcknowledged(order) || isFinal(order)) ? 'known' : 'unknown'
  }

  #ordersOf({ orderIds }: KeyRow): Order[] {
    const { store } = this.#options
    return orderIds.map((orderId) => store.get(orderId)).filter((order) => order !== undefined)
  }

  #refusal(refused: Order, orders: Order[]): Problem {
    const { errorCode, errorMsg, orderId, id } = refused
    const text = errorMsg ?? `IB refused order ${id} and gave no reason`
    const word = { code: errorCode ?? 201, text, reqId: orderId }
    return toProblem(word, this.#options.link.clientId, { members: { orders } })
  }

  #replay(stored: Stored): KeyedAnswer<unknown> {
    this.#options.onReplay()
    if ('orders' in stored) {
      const { orders, about } = stored
      return { orders: orders.map(wholeOrder), about, acknowledged: true, replayed: true }
    }
    throw problemAgain(stored.problem)
  }

  /** A refusal by IB is final, and so is that nothing was to be closed; where nothing else was sent the key stays free. */
  #afterProblem(claim: Claim, asList: AsList, error: unknown): void {
    const { ledger } = this.#options
    const { key } = claim
    if (!(error instanceof Problem)) return
    if (error.code === NOTHING_THERE) {
      ledger.keys.remember(claim, JSON.stringify({ problem: keptProblem(error) }))
      return
    }
    const row = ledger.keys.find(key)
    if (row === undefined) return
    if (error.code === OVERTAKEN) ledger.keys.free(key)
    else if (error.code.startsWith('IB_')) this.#settle(key, { problem: keptProblem(error) })
    else if (this.#standing(row, asList) === 'absent') ledger.keys.free(key)
  }

  #settle(key: string, stored: Stored): void {
    this.#options.ledger.settleKey(key, JSON.stringify(stored))
  }
}

/** It is certain that IB does not have the order, and that nothing speaks against it. */
function wasNotTaken(order: Order): boolean {
  return wasNeverThere(order) || wasOvertaken(order)
}
