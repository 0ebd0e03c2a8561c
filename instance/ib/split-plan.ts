import { formatOrderId } from '../../shared/ids.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import { MAX_SLICES, type SplitRequest } from '../../shared/schemas/order-plan.ts'
import type { Finding } from '../fields.ts'
import type { PlanRow } from '../ledger/plans.ts'
import { isCertain, type Look, type NextStep, wordsOn } from './next-step.ts'
import { isFinal } from './order-documents.ts'

/** Sizes are written in decimals; what differs by less is rounding. */
const DIGITS = 8

/** A large order as it was cut. */
export interface Cut {
  /** what all slices have in common */
  readonly order: Omit<OrderRequest, 'totalQuantity' | 'clientOrderId'>
  readonly quantities: readonly number[]
  readonly intervalMs: number
}

/** Quantities of the slices, in the order they are sent; none where they cannot be cut as asked. */
export function quantitiesOf({ totalQuantity, splitSize, slices }: SplitRequest): number[] {
  const rounded = (quantity: number) => Number(quantity.toFixed(DIGITS))
  if (splitSize !== undefined) {
    const count = Math.ceil(rounded(totalQuantity / splitSize))
    if (count < 2 || count > MAX_SLICES) return []
    const last = rounded(totalQuantity - splitSize * (count - 1))
    return [...Array<number>(count - 1).fill(splitSize), last]
  }
  const count = slices ?? 1
  const whole = Math.floor(totalQuantity / count)
  const larger = Math.floor(totalQuantity) - whole * count
  const fraction = totalQuantity - Math.floor(totalQuantity)
  const quantities = Array.from({ length: count }, (_, index) =>
    rounded(whole + (index < larger ? 1 : 0) + (index === count - 1 ? fraction : 0)),
  )
  return quantities.every((quantity) => quantity > 0) ? quantities : []
}

/** A request for slices as one to be sent, and its first slice; findings where it cannot be cut. */
export function cutOf(
  request: SplitRequest,
): { readonly cut: Cut; readonly first: OrderRequest } | { readonly findings: Finding[] } {
  const quantities = quantitiesOf(request)
  const [totalQuantity] = quantities
  if (totalQuantity === undefined) return { findings: [uncut(request)] }
  const { totalQuantity: _, splitSize, slices, intervalSeconds = 0, ...placed } = request
  const { clientOrderId, ...order } = placed
  const cut = { order, quantities, intervalMs: intervalSeconds * 1000 }
  return { cut, first: { ...placed, totalQuantity } as OrderRequest }
}

function uncut({ totalQuantity, splitSize, slices }: SplitRequest): Finding {
  if (splitSize === undefined) {
    const detail = `slices must be at most the quantity: ${totalQuantity} cannot be cut into ${slices}`
    return { field: 'slices', code: 'too_large', detail }
  }
  if (splitSize >= totalQuantity) {
    const detail = `splitSize must be below totalQuantity, ${totalQuantity}`
    return { field: 'splitSize', code: 'too_large', detail }
  }
  const detail = `splitSize ${splitSize} makes more than ${MAX_SLICES} slices of ${totalQuantity}`
  return { field: 'splitSize', code: 'too_small', detail }
}

/** The slices that were sent, by order id, the first one first. */
export function slicesOf({ orderId, steps }: PlanRow): number[] {
  return [orderId, ...steps.flatMap(({ orderIds }) => orderIds)]
}

/** When the next slice may go: as planned, and never sooner after the one before than the interval; ms of the epoch. */
export function nextSliceAt({ request, madeAt, steps }: PlanRow): number {
  const { intervalMs } = request as Cut
  const planned = Date.parse(madeAt) + (steps.length + 1) * intervalMs
  const before = Date.parse(steps.at(-1)?.at ?? madeAt)
  return Math.max(planned, before + intervalMs)
}

/** Under which key the next slice is placed once. */
export function sliceKey({ orderId, key, steps }: PlanRow, clientId: number): string {
  return `split ${formatOrderId({ clientId, orderId })} ${key} ${steps.length + 1}`
}

/** An order that ends by itself where it finds no match does not speak against the next. */
const ENDS_BY_ITSELF: ReadonlySet<string | null> = new Set(['IOC', 'FOK'])

/** What a split does next: one slice after the other, each when its time has come and the one before is IB's. */
export function nextOfSplit(plan: PlanRow, clientId: number, look: Look, now: number): NextStep {
  const { order, quantities } = plan.request as Cut
  const refused = plan.steps.find(({ refusal }) => refusal !== null)
  if (refused !== undefined) {
    const reason = `Slice ${plan.steps.length + 1} was refused: ${refused.refusal}`
    return { does: 'end', state: 'ended', reason }
  }
  const sent = slicesOf(plan)
  const last = look(sent.at(-1) ?? plan.orderId)
  if (last === undefined || !isCertain(last)) return { does: 'wait' }
  const totalQuantity = quantities[sent.length]
  const isLast = totalQuantity === undefined
  if (last.state === 'rejected' || (!isLast && wasTakenBack(last))) {
    const how = last.state === 'rejected' ? 'rejected' : 'cancelled'
    const reason = `Slice ${sent.length}, order ${last.id}, was ${how}: ${wordsOn(last)}`
    return { does: 'end', state: 'ended', reason }
  }
  if (isLast) return { does: 'end', state: 'done', reason: null }
  const at = nextSliceAt(plan)
  if (now < at) return { does: 'wait', until: at }
  const request = { ...order, totalQuantity } as OrderRequest
  return { does: 'place', key: sliceKey(plan, clientId), requests: [request], asList: false }
}

/** Whoever cancels a slice wants no more of them. */
function wasTakenBack(order: Order): boolean {
  return isFinal(order) && order.status !== 'Filled' && !ENDS_BY_ITSELF.has(order.tif)
}
