import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { PlanRow, PlanStep } from '../ledger/plans.ts'
import { isAcknowledged, isFinal } from './order-documents.ts'
import type { AsList } from './order-requests.ts'

/** What a plan does next, decided from what is known; doing it is another's work. */
export type NextStep =
  /** until an order changes, or that instant (ms of the Unix epoch) has come */
  | { readonly does: 'wait'; readonly until?: number }
  | {
      readonly does: 'place'
      /** of the step: whatever is placed under it is placed once */
      readonly key: string
      readonly requests: readonly OrderRequest[]
      readonly asList: AsList
    }
  | { readonly does: 'end'; readonly state: 'done' | 'ended'; readonly reason: string | null }

/** An order of this client as it is known now. */
export type Look = (orderId: number) => Order | undefined

/** What came of a step; undefined while that is not certain. */
export function stepOf({ steps }: PlanRow, key: string): PlanStep | undefined {
  return steps.find((step) => step.key === key)
}

/** The gateway has shown that it has the order, or that it is over: it need not be asked about it again. */
export function isCertain(order: Order): boolean {
  return isAcknowledged(order) || isFinal(order) || order.permId !== null
}

/** What IB said against an order, or how it stands. */
export function wordsOn({ errorMsg, warningText, status }: Order): string {
  return errorMsg ?? warningText ?? status
}
