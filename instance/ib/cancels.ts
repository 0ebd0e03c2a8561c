import { formatOrderId } from '../../shared/ids.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { GatewayWord } from './events.ts'
import type { Link } from './link.ts'
import { inDoubt, isFinal } from './order-documents.ts'
import { allOpenOrders, completedOrders } from './order-queries.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import type { Session } from './session.ts'
import { nameOf, toProblem } from './verdicts.ts'

/** Pauses between two looks at what a global cancel left, ms; the gateway tells nobody about others' orders. */
const LOOK_AGAIN_MS = [50, 100, 200, 400, 800] as const

export interface CancelsOptions {
  readonly link: Link
  readonly store: OrderStore
  readonly onCancelled: (outcome: CancelOutcome) => void
}

/** How cancelling ended, for the metrics. */
export type CancelOutcome = 'cancelled' | 'open' | 'refused' | 'lost'

/** An order after a cancel; `confirmed`: it is over. */
export interface Cancelled {
  readonly order: Order
  readonly confirmed: boolean
}

/** Finds and cancels orders of this client. */
export class Cancels {
  readonly #options: CancelsOptions

  constructor(options: CancelsOptions) {
    this.#options = options
  }

  /** An order of this client as far as it is known here. */
  known(orderId: number): Order | undefined {
    return this.#options.store.get(orderId)
  }

  /**
   * An order of this client: from memory, the ledger, or the gateway's open orders.
   * @throws Problem INSTANCE_UNKNOWN_ORDER where none of them has it
   */
  async find(orderId: number, terms: Terms): Promise<Order> {
    const { link, store } = this.#options
    const known = store.get(orderId)
    if (known === undefined) await link.query(allOpenOrders, undefined, terms)
    const found = known ?? store.get(orderId)
    const { accounts } = link.status
    const isSeen = found === undefined || (terms.caller?.seesOrder(found, accounts) ?? true)
    if (found === undefined || !isSeen) throw unknownOrder(link.clientId, orderId)
    return found
  }

  /**
   * Cancels an order and waits until it is over, or `terms` are.
   * @throws Problem INSTANCE_ORDER_EXECUTED when it was or has meanwhile been filled, INSTANCE_ORDER_FINISHED when it
   * was over before, INSTANCE_UNKNOWN_ORDER
   */
  async cancel(orderId: number, terms: Terms): Promise<Cancelled> {
    const { link, store, onCancelled } = this.#options
    const before = await this.find(orderId, terms)
    mayCancel(terms, before)
    if (isFinal(before)) throw finished(before)
    const session = link.ready()
    store.forgetTrouble(orderId)
    const begun = performance.now()
    session.send((api) => void api.cancelOrder(orderId))
    const outcome = await store.wait(() => this.#outcomeOf(orderId, session), terms.deadlineAt)
    terms.spent?.('ib', performance.now() - begun)
    const order = store.get(orderId) ?? before
    onCancelled(outcomeName(order, outcome))
    if (outcome === 'over' && order.status === 'Filled') throw finished(order)
    if (outcome === 'over') return { order, confirmed: true }
    if (typeof outcome === 'object') throw this.#refusal(order, outcome)
    return { order: this.#unconfirmed(order, outcome), confirmed: false }
  }

  #outcomeOf(orderId: number, session: Session): 'over' | 'lost' | GatewayWord | undefined {
    const { store } = this.#options
    const order = store.get(orderId)
    if (order !== undefined && isFinal(order)) return 'over'
    const trouble = store.troubleOf(orderId)
    const against = trouble?.effect === 'untouched' || trouble?.effect === 'refused'
    // a change under way may be refused meanwhile
    const refused = against && nameOf(trouble.word) !== 'IB_MODIFICATION_REFUSED'
    // one already under way is refused too, and is still to be confirmed
    if (refused && !/PendingCancel/i.test(trouble.word.text)) return trouble.word
    return session.state === 'ended' ? 'lost' : undefined
  }

  #refusal(order: Order, word: GatewayWord): Problem {
    const { clientId } = this.#options.link
    const members = { errorCode: word.code, errorMsg: word.text, client_id: clientId }
    const detail = word.text
    if (nameOf(word) === 'IB_UNKNOWN_ORDER')
      return problem('INSTANCE_UNKNOWN_ORDER', { detail, members })
    if (/state:?\s*(Api)?Cancelled/i.test(word.text))
      return problem('INSTANCE_ORDER_FINISHED', { detail, members })
    if (order.status === 'Filled' || /state:?\s*Filled/i.test(word.text))
      return problem('INSTANCE_ORDER_EXECUTED', { detail, members })
    return toProblem(word, clientId)
  }

  #unconfirmed(order: Order, outcome: 'lost' | undefined): Order {
    const { store } = this.#options
    const why =
      outcome === 'lost'
        ? 'The gateway was lost before it confirmed the cancel; it may have it.'
        : 'The gateway has not confirmed the cancel yet.'
    const pending = { ...inDoubt(order, why), status: 'PendingCancel' as const }
    store.put({ ...pending, state: pending.filled ? 'partially_executed' : 'placed' })
    return store.get(order.orderId) ?? pending
  }

  /** Cancels every order of the login, TWS' own included, and looks until none is left or `terms` are over. */
  async cancelAll(terms: Terms): Promise<{ cancelled: Order[]; remaining: Order[] }> {
    const { link } = this.#options
    const before = await this.#openNow(terms)
    link.ready().send((api) => void api.reqGlobalCancel())
    const left = await this.#whatIsLeft(terms)
    const gone = before.filter((order) => !left.has(keyOf(order)))
    const cancelled = await this.#asTheyEnded(gone, terms)
    return { cancelled, remaining: [...left.values()] }
  }

  async #openNow(terms: Terms): Promise<Order[]> {
    return stillOpen(await this.#options.link.query(allOpenOrders, undefined, terms))
  }

  async #whatIsLeft(terms: Terms): Promise<Map<string, Order>> {
    const { store } = this.#options
    let left = new Map<string, Order>()
    for (let look = 0; ; look += 1) {
      left = new Map((await this.#openNow(terms)).map((order) => [keyOf(order), order]))
      const pauseMs = LOOK_AGAIN_MS[Math.min(look, LOOK_AGAIN_MS.length - 1)] ?? 0
      if (left.size === 0 || performance.now() + pauseMs >= terms.deadlineAt) return left
      // our own orders report themselves, so mostly nothing is waited for
      await store.wait(() => undefined, performance.now() + pauseMs)
    }
  }

  /** Own orders told how they ended; others only IB's list of completed orders knows. Filled ones were not cancelled. */
  async #asTheyEnded(gone: readonly Order[], terms: Terms): Promise<Order[]> {
    const { link, store } = this.#options
    const foreign = gone.some(({ clientId }) => clientId !== link.clientId)
    const completed = foreign ? await link.query(completedOrders, undefined, terms) : []
    const statusByPermId = new Map(completed.map(({ permId, status }) => [permId, status]))
    return gone
      .map((order): Order => {
        if (order.clientId === link.clientId) return store.get(order.orderId) ?? order
        const status = statusByPermId.get(order.permId) ?? 'Unknown'
        if (status === 'Unknown') return { ...order, status, state: 'unknown' }
        return { ...order, status, state: 'canceled', clear: null }
      })
      .filter(({ status }) => status !== 'Filled')
  }
}

/** Orders that IB itself counts as open. */
export function stillOpen(orders: readonly Order[]): Order[] {
  return orders.filter(
    ({ status }) => status !== 'Filled' && status !== 'Cancelled' && status !== 'ApiCancelled',
  )
}

function keyOf({ clientId, orderId, permId }: Order): string {
  return `${clientId}.${orderId}.${permId}`
}

function outcomeName(
  order: Order,
  outcome: 'over' | 'lost' | GatewayWord | undefined,
): CancelOutcome {
  if (outcome === 'lost') return 'lost'
  if (outcome === 'over') return order.status === 'Filled' ? 'refused' : 'cancelled'
  return outcome === undefined ? 'open' : 'refused'
}

function unknownOrder(clientId: number, orderId: number): Problem {
  const id = formatOrderId({ clientId, orderId })
  return problem('INSTANCE_UNKNOWN_ORDER', { detail: `Order ${id} does not exist` })
}

/** Why nothing can be done any more to an order that is over. */
export function finished(order: Order, done = 'cancelled'): Problem {
  const members = { order }
  if (order.status === 'Filled') {
    const detail = `Order ${order.id} has been executed: it can no longer be ${done}`
    return problem('INSTANCE_ORDER_EXECUTED', { detail, members })
  }
  const detail = `Order ${order.id} is already over (${order.status})`
  return problem('INSTANCE_ORDER_FINISHED', { detail, members })
}

/** Who sees an order of several contracts may cancel it. @throws Problem REQUEST_FORBIDDEN */
export function mayCancel({ caller }: Terms, { contract }: Pick<Order, 'contract'>): void {
  if (contract.secType !== 'BAG') caller?.mustTrade(contract.symbol)
}
