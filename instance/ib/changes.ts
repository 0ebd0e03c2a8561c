import { type Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { OrderChange } from '../../shared/schemas/order-change.ts'
import type { Guards } from '../guards.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Cancels, finished } from './cancels.ts'
import { changedRequest, showsChange } from './changed-request.ts'
import type { Contracts } from './contracts.ts'
import type { GatewayWord } from './events.ts'
import type { Limits } from './limits.ts'
import type { Link } from './link.ts'
import { isAcknowledged, isFinal } from './order-documents.ts'
import { allOpenOrders } from './order-queries.ts'
import { type PreparedOrder, prepareOrders } from './order-requests.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import type { Session } from './session.ts'
import { toIbOrder } from './translate-order-request.ts'
import { Turns } from './turns.ts'
import { nameOf, toProblem } from './verdicts.ts'

/** The answer to a change nobody waits for any more is still listened for so long, ms. */
const LISTEN_MS = 60_000

/** A change of an order that is held back is not confirmed (facts §4.6); it is not waited for longer than this, ms. */
const HELD_MS = 500

/** How a change ended, for the metrics. */
export type ChangeOutcome = 'changed' | 'open' | 'refused' | 'over' | 'lost' | 'unsent'

export interface ChangesOptions {
  readonly link: Link
  readonly ledger: Ledger
  readonly store: OrderStore
  readonly contracts: Contracts
  readonly cancels: Cancels
  readonly guards: Guards
  readonly limits: Limits
  readonly onChanged: (outcome: ChangeOutcome) => void
}

/** A change as it was asked for. */
export interface ChangeCall {
  readonly orderId: number
  readonly change: OrderChange
  /** the path that was called, for findings */
  readonly endpoint: string
  /** throws where the order is no longer as its caller knew it */
  readonly mustFit: (order: Order) => void
  readonly wait: boolean
  readonly terms: Terms
}

/** An order after a change; `confirmed`: IB shows it as it was asked for. */
export interface Changed {
  readonly order: Order
  readonly confirmed: boolean
}

/** A change between its first byte and what IB makes of it. */
interface Sending {
  readonly orderId: number
  readonly change: OrderChange
  readonly session: Session
  readonly whole: OrderRequest
  readonly before: OrderRequest | undefined
  /** openOrder messages there were before */
  readonly tellings: number
  /** an earlier change is unanswered: what is refused now may be that one */
  readonly isSecond: boolean
  written: boolean
}

type Answer = 'changed' | 'over' | 'lost' | 'superseded' | GatewayWord

/** Changes orders of this client, those of one order one after the other. A change is never sent again by itself. */
export class Changes {
  readonly #options: ChangesOptions
  readonly #turns = new Turns<number>()
  /** the last change of an order whose answer has not come */
  readonly #unanswered = new Map<number, Sending>()

  constructor(options: ChangesOptions) {
    this.#options = options
  }

  /**
   * Sends a change and waits until IB shows or refuses it, or `terms` are over.
   * @throws Problem with nothing sent: REQUEST_INVALID, INSTANCE_UNKNOWN_ORDER, INSTANCE_ORDER_EXECUTED,
   * INSTANCE_ORDER_FINISHED, INSTANCE_ORDER_UNCONFIRMED, INSTANCE_BUSY, or what `mustFit` throws; IB_* when IB refused
   */
  async modify(call: ChangeCall): Promise<Changed> {
    const { orderId, terms } = call
    await this.#options.cancels.find(orderId, terms)
    return await this.#turns.take(orderId, terms, async () =>
      this.#conclude(await this.#send(call), call),
    )
  }

  /** What a change would send. Nothing is sent. @throws Problem as `modify` with nothing sent */
  async prepare(call: ChangeCall): Promise<PreparedOrder> {
    const { prepared } = await this.#prepared(call)
    return prepared
  }

  async #prepared(call: ChangeCall) {
    const { link, ledger, store, contracts, limits } = this.#options
    const { orderId, change, endpoint, terms } = call
    const { accounts, serverVersion } = link.ready()
    const before = ledger.request(orderId)
    const known = await this.#alive(orderId, before, terms)
    const whole = changedRequest(known, before, change, endpoint)
    const options = { contracts, accounts, serverVersion, limits, terms, endpoint }
    const [prepared] = await prepareOrders([whole], false, options)
    const order = store.get(orderId) ?? known
    if (isFinal(order)) throw finished(order, 'changed')
    call.mustFit(order)
    return { before, whole, order, prepared: prepared as PreparedOrder }
  }

  async #send(call: ChangeCall): Promise<Sending> {
    const { link, store, guards } = this.#options
    const { orderId, change } = call
    guards.pass()
    const { before, whole, order, prepared } = await this.#prepared(call)
    // from here to the send nothing else happens
    guards.pass()
    const session = link.ready()
    this.#writeDown(orderId, whole)
    const sending: Sending = {
      ...{ orderId, change, session, whole, before, written: false },
      tellings: store.tellingsOf(orderId),
      isSecond: this.#unanswered.has(orderId),
    }
    this.#unanswered.set(orderId, sending)
    store.forgetTrouble(orderId)
    store.changeBegan(orderId)
    this.#write(sending, prepared, order.parentId ?? 0)
    return sending
  }

  #write(sending: Sending, { contract }: PreparedOrder, parentId: number): void {
    const { orderId, session, whole } = sending
    const ibOrder = toIbOrder(whole, { parentId, transmit: whole.transmit !== false })
    session.send(
      (api) => void api.placeOrder(orderId, contract, ibOrder),
      () => {
        sending.written = true
      },
    )
  }

  /** A change of an order the gateway does not have would place it: it must be known to live, or to be held there. */
  async #alive(orderId: number, asked: OrderRequest | undefined, terms: Terms): Promise<Order> {
    const { link, store, cancels } = this.#options
    const order = await cancels.find(orderId, terms)
    if (isFinal(order)) throw finished(order, 'changed')
    // nobody is told of orders that are held (facts §4.6)
    if (asked?.transmit === false && !isAcknowledged(order)) return order
    if (!store.hasHeardOf(orderId) || order.status === 'Unknown')
      await link.query(allOpenOrders, undefined, terms)
    const seen = store.get(orderId) ?? order
    if (isFinal(seen)) throw finished(seen, 'changed')
    if (store.hasHeardOf(orderId) && seen.status !== 'Unknown') return seen
    throw problem('INSTANCE_ORDER_UNCONFIRMED', {
      detail: `The gateway has not confirmed order ${seen.id}, and does not show it: to change it could place it. Nothing was sent.`,
      members: { order: seen },
    })
  }

  /** What is asked for now, on the disk before a byte leaves: the next change builds on it. */
  #writeDown(orderId: number, request: OrderRequest): void {
    try {
      this.#options.ledger.recordRequest(orderId, request)
    } catch (error) {
      throw problem('INSTANCE_LEDGER_FAILED', {
        detail: `Nothing was sent, because it could not be written down first: ${String(error)}`,
        cause: error,
      })
    }
  }

  async #conclude(sending: Sending, { wait, terms }: ChangeCall): Promise<Changed> {
    const { store, onChanged } = this.#options
    const { orderId } = sending
    const begun = performance.now()
    const held = sending.whole.transmit === false ? begun + HELD_MS : Number.POSITIVE_INFINITY
    const until = wait ? Math.min(terms.deadlineAt, held) : begun
    const answer = await store.wait(() => this.#answerTo(sending), until)
    terms.spent?.('ib', performance.now() - begun)
    const order = store.get(orderId) as Order
    if (answer === undefined || (typeof answer === 'object' && sending.isSecond)) {
      void this.#listenOn(sending)
      onChanged('open')
      return { order: unconfirmed(order, answer), confirmed: false }
    }
    this.#end(sending)
    if (answer === 'lost' && !sending.written) {
      this.#takeBack(sending)
      onChanged('unsent')
      const detail = 'The gateway was lost before the change was sent'
      throw problem('INSTANCE_NOT_READY', { detail, retryAfter: 1 })
    }
    if (typeof answer === 'object') {
      this.#takeBack(sending)
      onChanged('refused')
      throw this.#refusal(order, answer)
    }
    onChanged(answer === 'superseded' ? 'open' : answer)
    if (answer === 'over') throw finished(order, 'changed')
    if (answer === 'changed') return { order, confirmed: true }
    return { order: unconfirmed(order, answer), confirmed: false }
  }

  #answerTo(sending: Sending): Answer | undefined {
    const { store } = this.#options
    const { orderId, change, whole, session, tellings } = sending
    if (this.#unanswered.get(orderId) !== sending) return 'superseded'
    const order = store.get(orderId)
    if (order === undefined) return undefined
    if (store.tellingsOf(orderId) > tellings && showsChange(order, change, whole)) return 'changed'
    const trouble = store.troubleOf(orderId)
    const against = trouble !== undefined && AGAINST.has(trouble.effect)
    if (against && !OF_CANCELS.has(trouble.word.code)) return trouble.word
    if (isFinal(order)) return 'over'
    return session.state === 'ended' ? 'lost' : undefined
  }

  /** A refusal that comes late is still one: the next change does not build on what was refused. */
  async #listenOn(sending: Sending): Promise<void> {
    const { store } = this.#options
    store.forgetTrouble(sending.orderId)
    const until = performance.now() + LISTEN_MS
    const answer = await store.wait(() => this.#answerTo(sending), until)
    if (answer === 'superseded') return
    if (typeof answer === 'object') this.#takeBack(sending)
    this.#end(sending)
  }

  #end({ orderId }: Sending): void {
    this.#unanswered.delete(orderId)
    this.#options.store.changeEnded(orderId)
  }

  /** The order is again what was asked for before. A ledger that cannot be written keeps the later wish. */
  #takeBack({ orderId, before }: Sending): void {
    try {
      this.#options.ledger.recordRequest(orderId, before)
    } catch {
      // the ledger tells of its failure itself, and nothing of the order depends on this
    }
  }

  #refusal(order: Order, word: GatewayWord): Problem {
    const { clientId } = this.#options.link
    const said = { errorCode: word.code, errorMsg: word.text, client_id: clientId, order }
    if (order.status === 'Filled') return finished(order, 'changed')
    if (nameOf(word) === 'IB_UNKNOWN_ORDER')
      return problem('INSTANCE_UNKNOWN_ORDER', { detail: word.text, members: said })
    if (!REFUSES_CHANGE.has(word.code))
      return toProblem(word, clientId, { members: { order }, detail: word.text })
    return toProblem({ ...word, code: REFUSED }, clientId, { members: said, detail: word.text })
  }
}

const AGAINST: ReadonlySet<string> = new Set(['refused', 'rejected', 'untouched'])
/** What IB says to a cancel, which may be under way beside a change. */
const OF_CANCELS: ReadonlySet<number> = new Set([136, 161, 10147, 10148])
/** IB's own code for a change it does not take; 104 and 201 mean the same while the order lives. */
const REFUSED = 105
const REFUSES_CHANGE: ReadonlySet<number> = new Set([104, 201])

function unconfirmed(order: Order, answer: Answer | undefined): Order {
  const why =
    answer === 'lost'
      ? 'The gateway was lost before it confirmed this change; it may still be taken. Look before you change it again.'
      : 'The gateway has not confirmed this change yet; it may still be taken. Look before you change it again.'
  const words =
    typeof answer === 'object' ? `IB said to this change or the one before: ${answer.text}` : null
  const warningText = [order.warningText, why, words].filter((part) => part !== null).join('; ')
  return { ...order, warningText }
}
