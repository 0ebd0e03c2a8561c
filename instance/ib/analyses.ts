import { formatOrderId } from '../../shared/ids.ts'
import { Problem, problem } from '../../shared/problem.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { Analysis, WouldSend } from '../analysis.ts'
import type { Barrier, Guards } from '../guards.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Cancels, finished, mayCancel, stillOpen } from './cancels.ts'
import type { ChangeCall, Changes } from './changes.ts'
import { stamped } from './keyed-orders.ts'
import type { Link } from './link.ts'
import { isFinal } from './order-documents.ts'
import { allOpenOrders } from './order-queries.ts'
import { type AsList, type PreparedOrder, placingOf } from './order-requests.ts'
import type { Orders } from './orders.ts'
import type { Previews } from './previews.ts'
import type { Terms } from './query.ts'

/** What a route finds out about a call that is only analyzed. */
export type Finding = Pick<Analysis, 'wouldSend' | 'notes'> & { readonly about?: unknown }

const NOTES = {
  apart: 'Each order is priced by itself; together they may bind less.',
  change:
    'IB prices no changes: margin and commission are those of the changed order as if it were placed anew.',
  cancel: 'IB was not asked: the order is told as this client knows it.',
  keyUsed:
    'This key has been used: the call itself would be answered with what came of that, and would send nothing.',
} as const

export interface AnalysesOptions {
  readonly link: Link
  readonly ledger: Ledger
  /** what stands before orders, whether they are analyzed or sent */
  readonly guards: Guards
  readonly orders: Orders
  readonly changes: Changes
  readonly cancels: Cancels
  readonly previews: Previews
}

/** Where everything is only analyzed no order passes, whoever sends it: also not what follows an earlier one. */
export function sealed(isOn: boolean): Barrier {
  const refusal = problem('REQUEST_NOT_IMPLEMENTED', {
    detail: 'ANALYZER is on: nothing is sent that could become an order',
  })
  return { guard: 'analyzer', refusal: () => (isOn ? refusal : undefined) }
}

/** Says what calls would send and what that would bind and cost. Nothing is sent but what-ifs, nothing is written down of it. */
export class Analyses {
  readonly #options: AnalysesOptions

  constructor(options: AnalysesOptions) {
    this.#options = options
  }

  /**
   * Orders that would be placed, priced one by one.
   * @throws Problem as placing them would: for any of a family, for all of a basket
   */
  async placing(
    requests: readonly OrderRequest[],
    asList: AsList,
    terms: Terms,
    { key, endpoint, when }: { key?: string | undefined; endpoint?: string; when?: string } = {},
  ): Promise<Finding> {
    const { guards, orders } = this.#options
    guards.pass()
    const marked = key === undefined ? requests : stamped(requests, key)
    const prepared = await orders.check(marked, asList, terms, endpoint)
    const wouldSend: WouldSend[] = []
    const refusals: Problem[] = []
    for (const [index, each] of prepared.entries()) {
      const told = await this.#priced(each, terms, asList === 'basket' && prepared.length > 1)
      if (told instanceof Problem) refusals.push(told)
      wouldSend.push({
        ...{ what: 'place' as const, when: index === 0 ? 'now' : (when ?? 'now'), id: null },
        order: asSent(each),
        preview: told instanceof Problem ? null : told,
        problem: told instanceof Problem ? { code: told.code, detail: told.message } : null,
      })
    }
    const [first] = refusals
    if (first !== undefined && refusals.length === prepared.length) throw first
    const notes: string[] = prepared.length > 1 ? [NOTES.apart] : []
    return { wouldSend, notes: [...notes, ...this.keyNotes(key)] }
  }

  /** What there is to say about the key of a call. */
  keyNotes(key: string | undefined): string[] {
    const isUsed = key !== undefined && this.#options.ledger.keys.find(key) !== undefined
    return isUsed ? [NOTES.keyUsed] : []
  }

  async #priced(order: PreparedOrder, terms: Terms, isOneOfMany: boolean) {
    try {
      return await this.#options.previews.ask(order, terms)
    } catch (error) {
      if (isOneOfMany && error instanceof Problem && error.code.startsWith('IB_')) return error
      throw error
    }
  }

  /** A change that would be sent. @throws Problem as the change would */
  async changing(call: ChangeCall): Promise<Finding> {
    const { changes, previews, link } = this.#options
    const prepared = await changes.prepare(call)
    const preview = await previews.ask(prepared, call.terms)
    const id = formatOrderId({ clientId: link.clientId, orderId: call.orderId })
    const change = { what: 'change' as const, when: 'now', id, order: asSent(prepared) }
    return { wouldSend: [{ ...change, preview, problem: null }], notes: [NOTES.change] }
  }

  /** A cancel that would be sent. @throws Problem as the cancel would, as far as this client knows */
  async cancelling(orderId: number, terms: Terms): Promise<Finding> {
    const { cancels, link } = this.#options
    const order = await cancels.find(orderId, terms)
    mayCancel(terms, order)
    if (isFinal(order)) throw finished(order)
    link.ready()
    return { wouldSend: [cancelOf(order)], notes: [NOTES.cancel] }
  }

  /** What a global cancel would end. */
  async cancellingAll(terms: Terms): Promise<Finding> {
    const open = stillOpen(await this.#options.link.query(allOpenOrders, undefined, terms))
    const notes = ['What would follow orders would be given up first, at every client.']
    return { wouldSend: open.map(cancelOf), notes }
  }
}

function cancelOf(order: Order): WouldSend {
  return { what: 'cancel', when: 'now', id: order.id, order, preview: null, problem: null }
}

/** The contract as it was resolved and the order's own fields, with its place among the others. */
function asSent(prepared: PreparedOrder): object {
  const { request, described, transmit, ofFamily } = prepared
  const { parentId } = placingOf(prepared, 0)
  return {
    ...request,
    ...described,
    transmit,
    parent: ofFamily ? 'the first of the list' : parentId,
  }
}
