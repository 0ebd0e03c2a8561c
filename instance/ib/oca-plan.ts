import { formatOrderId } from '../../shared/ids.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { OcaRequest } from '../../shared/schemas/order-plan.ts'
import type { PlanRow } from '../ledger/plans.ts'
import { type Look, type NextStep, stepOf, wordsOn } from './next-step.ts'
import { isFinal, wasNeverThere, wasOvertaken } from './order-documents.ts'

/** IB's group type by which a fill of one cancels the others (facts §2.4). */
const CANCEL_OTHERS = 1

/** The group's members as they are sent: bound by the name of the opening order, and by nothing else. */
export function membersOf(request: OcaRequest, group: string): OcaRequest {
  return request
    .slice(1)
    .map((member) => ({ ...member, ocaGroup: group, ocaType: member.ocaType ?? CANCEL_OTHERS }))
}

/** Under which key the group is placed once. Order ids never come again, so that no earlier group is meant. */
export function groupKey({ orderId, key }: PlanRow, clientId: number): string {
  return `oca ${formatOrderId({ clientId, orderId })} ${key}`
}

function memberKey(plan: PlanRow, clientId: number, index: number): string {
  return `${groupKey(plan, clientId)} ${index}`
}

/** The members of a group as they stand, each by the order that stands for it now; undefined before it was sent. */
export function groupOf(plan: PlanRow, clientId: number, look: Look): Order[] | undefined {
  const group = stepOf(plan, groupKey(plan, clientId))
  if (group === undefined) return undefined
  return group.orderIds
    .map((orderId, index) => {
      const again = stepOf(plan, memberKey(plan, clientId, index))?.orderIds[0]
      return look(again ?? orderId)
    })
    .filter((order) => order !== undefined)
}

/**
 * What an OCA plan does next: the group goes once the opening has filled whole. A member of which it is proven that
 * the gateway never took it goes again, unless the group has traded by then: alone it would open a position.
 */
export function nextOfOca(plan: PlanRow, clientId: number, look: Look): NextStep {
  const key = groupKey(plan, clientId)
  const requests = membersOf(
    plan.request as OcaRequest,
    formatOrderId({ clientId, orderId: plan.orderId }),
  )
  const group = stepOf(plan, key)
  if (group === undefined) {
    const opening = look(plan.orderId)
    if (opening === undefined || !isFinal(opening)) return { does: 'wait' }
    if (opening.status === 'Filled') return { does: 'place', key, requests, asList: 'basket' }
    return { does: 'end', state: 'ended', reason: whyNothingFollows(opening) }
  }
  if (group.refusal !== null) {
    return { does: 'end', state: 'ended', reason: `The group was refused: ${group.refusal}` }
  }
  const members = groupOf(plan, clientId, look) ?? []
  const hasTraded = members.some(({ filled }) => (filled ?? 0) > 0)
  const missing = members.findIndex(
    (order, index) =>
      neverTaken(order) && stepOf(plan, memberKey(plan, clientId, index)) === undefined,
  )
  const request = requests[missing]
  if (request !== undefined && !hasTraded) {
    const keyOfMember = memberKey(plan, clientId, missing)
    return { does: 'place', key: keyOfMember, requests: [request], asList: false }
  }
  return concluded(members)
}

function neverTaken(order: Order): boolean {
  return wasNeverThere(order) || wasOvertaken(order)
}

function concluded(members: readonly Order[]): NextStep {
  const out = members.filter((order) => order.state !== 'rejected' && !neverTaken(order))
  const reasons = members
    .filter((order) => !out.includes(order))
    .map((order) => `Order ${order.id} of the group was not taken: ${wordsOn(order)}`)
  return {
    does: 'end',
    state: out.length > 0 ? 'done' : 'ended',
    reason: reasons.length > 0 ? reasons.join('; ') : null,
  }
}

function whyNothingFollows(opening: Order): string {
  const { id, state, filled, totalQuantity } = opening
  if (wasNeverThere(opening))
    return `The opening order ${id} never reached the gateway; the group was not sent`
  const part = filled ? ` after ${filled} of ${totalQuantity} were filled` : ''
  const how = state === 'rejected' ? `was rejected${part}: ${wordsOn(opening)}` : `ended${part}`
  return `The opening order ${id} ${how}; the group was not sent`
}
