import type { Order } from '../../shared/schemas/order.ts'
import type { OrderEventWord } from '../../shared/schemas/order-event.ts'
import { isAcknowledged, isFinal } from './order-documents.ts'

/** What a change of an order changes. Not the stop of a trailing order, which moves by itself. */
const CHANGEABLE = [
  'totalQuantity',
  'orderType',
  'lmtPrice',
  'auxPrice',
  'tif',
  'outsideRth',
  'goodAfterTime',
  'goodTillDate',
  'trailingPercent',
] as const satisfies readonly (keyof Order)[]

/** What happened to an order between two of its documents, in order; `before` is undefined for one never seen. */
export function whatHappened(before: Order | undefined, after: Order): OrderEventWord[] {
  const happened: OrderEventWord[] = []
  const wasTaken = before !== undefined && isTaken(before)
  const isOver = isFinal(after) && !(before !== undefined && isFinal(before))
  if (!wasTaken && isTaken(after)) happened.push('acknowledged')
  if (wasTaken && !isFinal(before) && isChanged(before, after)) happened.push('modified')
  if (after.state !== 'executed' && (after.filled ?? 0) > (before?.filled ?? 0))
    happened.push('partially_executed')
  if (after.state === 'executed' && before?.state !== 'executed') happened.push('executed')
  if (isOver && (after.state === 'canceled' || after.state === 'rejected'))
    happened.push(after.state)
  if (after.state === 'unknown' && before?.state !== 'unknown') happened.push('unknown')
  return happened
}

function isTaken(order: Order): boolean {
  return isAcknowledged(order) || (order.filled ?? 0) > 0
}

/** IB fills in what was left open; that changes nothing. */
function isChanged(before: Order, after: Order): boolean {
  return CHANGEABLE.some((field) => {
    const [was, is] = [before[field], after[field]]
    return was !== null && is !== null && was !== is
  })
}
