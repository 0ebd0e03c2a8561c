import { createHash } from 'node:crypto'
import { Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import { refuseFields } from '../fields.ts'
import type { Claim, KeyRow } from '../ledger/keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NewPlan, PlanKind } from '../ledger/plans.ts'
import type { Link } from './link.ts'
import { isAcknowledged, isFinal, wasNeverThere } from './order-documents.ts'
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

/** What a call came to; `replayed`: it is the outcome of an earlier call under the same key. */
export interface KeyedAnswer extends Placed {
  readonly replayed: boolean
}

/** A connection may leave an order unanswered for so long, ms, before it is given up for a new one. */
const PATIENCE_MS = 5000

/** IB had seen a higher order id: nothing was placed, so the same key may be tried again. */
const OVERTAKEN = 'IB_DUPLICATE_ORDER_ID'

/** How an answer is kept: what was placed, or what was refused. */
type Stored =
  | { readonly orders: Order[] }
  | { readonly problem: Pick<Problem, 'code' | 'status' | 'title' | 'facts'> }

/** A hash of what was asked for that does not mind the order of members. */
export function payloadHash(requests: unknown, asList: AsList | PlanKind): string {
  const sorted = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return createHash('sha256')
    .update(JSON.stringify([asList, requests], sorted))
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
  async place(call: KeyedCall): Promise<KeyedAnswer> {
    const { key } = call
    if (this.#running.has(key)) {
      throw problem('REQUEST_KEY_IN_USE', {
        detail: 'Ask again with the same key: nothing is placed twice',
        retryAfter: 1,
      })
    }
    this.#running.add(key)
    try {
      return await this.#placeOnce(call)
    } finally {
      this.#running.delete(key)
    }
  }

  async #placeOnce(call: KeyedCall): Promise<KeyedAnswer> {
    const { ledger, orders } = this.#options
    const { key, requests, asList, terms, wait, plan } = call
    const payload =
      plan === undefined
        ? payloadHash(requests, asList)
        : payloadHash([requests, plan.request], plan.kind)
    const claim: Claim = { key, payload, plan }
    const row = ledger.keys.find(key)
    if (row !== undefined) {
      const known = await this.#outcomeOf(row, claim, call)
      if (known !== undefined) return known
      ledger.keys.free(key)
    }
    this.#mustBeNew(requests)
    try {
      const placed = await orders.place(stamped(requests, key), asList, terms, wait, claim)
      if (placed.acknowledged) this.#settle(key, { orders: placed.orders })
      return { ...placed, replayed: false }
    } catch (error) {
      this.#afterProblem(call, error)
      throw error
    }
  }

  /** A name belongs to one order for good, under whatever key it is asked for. */
  #mustBeNew(requests: readonly OrderRequest[]): void {
    for (const { clientOrderId } of requests) {
      if (clientOrderId === undefined) continue
      const [taken] = this.#options.ledger
        .ordersNamed(clientOrderId)
        .filter((order) => !wasNeverThere(order))
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
    { terms, asList }: KeyedCall,
  ): Promise<KeyedAnswer | undefined> {
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
    if (standing === 'unknown') {
      this.#provoke(orders)
      return { orders, acknowledged: false, replayed: true }
    }
    const refused = orders.filter(({ status }) => status === 'Inactive')
    const [first] = asList === 'basket' && refused.length < orders.length ? [] : refused
    const stored: Stored =
      first === undefined ? { orders } : { problem: stripped(this.#refusal(first, orders)) }
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
    const gone = asList === 'basket' ? orders.every(wasNeverThere) : orders.some(wasNeverThere)
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

  #replay(stored: Stored): KeyedAnswer {
    this.#options.onReplay()
    if ('orders' in stored) return { orders: stored.orders, acknowledged: true, replayed: true }
    const { code, status, title, facts } = stored.problem
    const headers = { ...facts.headers, 'idempotency-replayed': 'true' }
    throw new Problem(code, { status, title }, { ...facts, headers })
  }

  /** A refusal by IB is final; where nothing was sent the key stays free. */
  #afterProblem({ key, asList }: KeyedCall, error: unknown): void {
    const { ledger } = this.#options
    const row = ledger.keys.find(key)
    if (row === undefined || !(error instanceof Problem)) return
    if (error.code === OVERTAKEN) ledger.keys.free(key)
    else if (error.code.startsWith('IB_')) this.#settle(key, { problem: stripped(error) })
    else if (this.#standing(row, asList) === 'absent') ledger.keys.free(key)
  }

  #settle(key: string, stored: Stored): void {
    this.#options.ledger.keys.settle(key, JSON.stringify(stored))
  }
}

function stripped({
  code,
  status,
  title,
  facts,
}: Problem): Pick<Problem, 'code' | 'status' | 'title' | 'facts'> {
  const { cause: _, ...told } = facts
  return { code, status, title, facts: told }
}
