import { problem } from '../../shared/problem.ts'
import type { OrderRequest } from '../../shared/schemas/order.ts'
import type { Preview } from '../../shared/schemas/order-change.ts'
import { numberOf, textOf } from './absent.ts'
import type { OrderEffect } from './codes.ts'
import type { Contracts } from './contracts.ts'
import type { GatewayEvent, GatewayEvents, GatewayWord } from './events.ts'
import type { OrderIds } from './ids.ts'
import type { Link } from './link.ts'
import { type PreparedOrder, prepareOrders } from './order-requests.ts'
import type { OrderStore } from './order-store.ts'
import type { Terms } from './query.ts'
import { toIbOrder } from './translate-order-request.ts'
import { toProblem } from './verdicts.ts'

/** Numbers of orders that were only asked about; an answer may be late by so many. */
const REMEMBERED = 1000

/** What was said of one question so far. */
interface Answer {
  preview: Preview | undefined
  refusal: GatewayWord | undefined
  readonly warnings: string[]
}

export interface PreviewsOptions {
  readonly link: Link
  readonly ids: OrderIds
  /** only to be woken by: no order comes of a preview */
  readonly store: OrderStore
  readonly contracts: Contracts
}

/** Asks what orders would bind and cost. Each question takes an order's number, and nothing is placed (facts §4.9). */
export class Previews {
  readonly #options: PreviewsOptions
  readonly #answers = new Map<number, Answer>()

  constructor(options: PreviewsOptions) {
    this.#options = options
  }

  /**
   * What an order would bind and cost if it were placed now.
   * @throws Problem as placing it would, and INSTANCE_QUERY_TIMEOUT or INSTANCE_SESSION_LOST
   */
  async preview(request: OrderRequest, endpoint: string, terms: Terms): Promise<Preview> {
    const { link, contracts } = this.#options
    const { accounts, serverVersion } = link.ready()
    const options = { contracts, accounts, serverVersion, terms, endpoint }
    const [prepared] = await prepareOrders([request], false, options)
    return await this.ask(prepared as PreparedOrder, terms)
  }

  /** The same of an order that is ready to be sent. */
  async ask({ request, contract }: PreparedOrder, terms: Terms): Promise<Preview> {
    const { link, store } = this.#options
    const session = link.ready()
    const orderId = this.#take()
    const placing = { parentId: request.parentId ?? 0, transmit: true }
    // a what-if that is held back is refused (413)
    const ibOrder = { ...toIbOrder(request, placing), whatIf: true }
    const answer: Answer = { preview: undefined, refusal: undefined, warnings: [] }
    this.#remember(orderId, answer)
    session.send((api) => void api.placeOrder(orderId, contract, ibOrder))
    const begun = performance.now()
    const heard = () => answer.preview ?? answer.refusal ?? (session.state === 'ended' || undefined)
    await store.wait(heard, terms.deadlineAt)
    const ms = performance.now() - begun
    terms.spent?.('ib', ms)
    if (answer.preview !== undefined) return withWarnings(answer.preview, answer.warnings)
    if (answer.refusal !== undefined) throw toProblem(answer.refusal, link.clientId)
    throw unanswered(session.state === 'ended', ms)
  }

  /** The next order id, recorded as used. */
  #take(): number {
    try {
      const [orderId = 0] = this.#options.ids.take(1)
      return orderId
    } catch (error) {
      throw problem('INSTANCE_LEDGER_FAILED', {
        detail: `Nothing was sent, because it could not be written down first: ${String(error)}`,
        cause: error,
      })
    }
  }

  #remember(orderId: number, answer: Answer): void {
    this.#answers.set(orderId, answer)
    if (this.#answers.size <= REMEMBERED) return
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest)
      return
    }
  }

  /** Whether a word of the gateway is about an order that was only asked about: it is no order's business. */
  arrived(event: GatewayEvent, args: readonly unknown[]): boolean {
    if (event !== 'openOrder' && event !== 'orderStatus') return false
    const answer = this.#own(event, args)
    if (answer === undefined) return false
    if (event === 'openOrder') {
      const [, , order, state] = args as GatewayEvents['openOrder']
      answer.preview = previewOf(order, state)
      this.#options.store.wake()
    }
    return true
  }

  #own(event: 'openOrder' | 'orderStatus', args: readonly unknown[]): Answer | undefined {
    const clientId =
      event === 'openOrder'
        ? (args as GatewayEvents['openOrder'])[2].clientId
        : (args as GatewayEvents['orderStatus'])[8]
    // another client's order may well have the same number
    return clientId === this.#options.link.clientId
      ? this.#answers.get(args[0] as number)
      : undefined
  }

  /** The same for an error or a warning. */
  trouble(word: GatewayWord, effect: OrderEffect): boolean {
    const answer = this.#answers.get(word.reqId)
    if (answer === undefined) return false
    if (effect === 'warning') answer.warnings.push(word.text)
    else answer.refusal ??= word
    this.#options.store.wake()
    return true
  }
}

const MONEY = [
  'initMarginBefore',
  'initMarginChange',
  'initMarginAfter',
  'maintMarginBefore',
  'maintMarginChange',
  'maintMarginAfter',
  'equityWithLoanBefore',
  'equityWithLoanChange',
  'equityWithLoanAfter',
  'commission',
  'minCommission',
  'maxCommission',
] as const

function previewOf(
  order: GatewayEvents['openOrder'][2],
  state: GatewayEvents['openOrder'][3],
): Preview {
  const money = Object.fromEntries(MONEY.map((name) => [name, numberOf(state[name])]))
  return {
    account: textOf(order.account),
    ...(money as Record<(typeof MONEY)[number], number | null>),
    commissionCurrency: textOf(state.commissionCurrency),
    warningText: textOf(state.warningText),
  }
}

function withWarnings(preview: Preview, warnings: readonly string[]): Preview {
  const all = [preview.warningText, ...warnings].filter((text) => text !== null)
  return { ...preview, warningText: all.length === 0 ? null : all.join('; ') }
}

function unanswered(isLost: boolean, ms: number) {
  if (isLost) {
    const detail = 'The gateway was lost before it answered; nothing was placed'
    return problem('INSTANCE_SESSION_LOST', { detail, retryable: true, retryAfter: 1 })
  }
  const seconds = Math.round(ms / 10) / 100
  const detail = `The gateway did not answer the preview within ${seconds} s; nothing was placed`
  return problem('INSTANCE_QUERY_TIMEOUT', { detail, retryable: true })
}
