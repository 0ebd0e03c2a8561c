import { isDeepStrictEqual } from 'node:util'
import { contractFields } from '../../shared/schemas/contract.ts'
import type { Order, OrderRequest } from '../../shared/schemas/order.ts'
import type { OrderChange } from '../../shared/schemas/order-change.ts'
import { orderTypeRule } from '../../shared/schemas/order-types.ts'
import { type Finding, refuseFields } from '../fields.ts'
import { bears } from './keyed-orders.ts'
import { orderFindings } from './order-judge.ts'

/** What an order is; another of these is another order (facts §4.8). */
const FIXED = [
  'action',
  'account',
  'parentId',
  'comboLegs',
  'clientOrderId',
  // what it is found again by
  'orderRef',
  'symbol',
  ...(Object.keys(contractFields) as (keyof typeof contractFields)[]),
] as const
type Fixed = (typeof FIXED)[number]
const fixed: ReadonlySet<string> = new Set(FIXED)

/** What an openOrder message shows of what was asked for. */
const VISIBLE = ['totalQuantity', 'orderType', 'lmtPrice', 'auxPrice', 'tif', 'outsideRth'] as const

/**
 * The whole order that a change asks for: IB takes a change as all fields sent again (facts §3.2).
 * @throws Problem REQUEST_INVALID for what makes it another order, or leaves it without what its type needs
 */
export function changedRequest(
  known: Order,
  asked: OrderRequest | undefined,
  change: OrderChange,
  endpoint: string,
): OrderRequest {
  const base = asked ?? identityOf(known)
  const findings: Finding[] = FIXED.filter(
    (field) => change[field] !== undefined && !isSame(field, change[field], base, known),
  ).map((field) => ({
    field,
    code: 'not_allowed',
    detail: `${field} cannot be changed; cancel the order and place another`,
  }))
  const release = releaseOf(known, asked, change)
  if (release === undefined) {
    const detail =
      'transmit is required: whether this order is still held cannot be told from its status'
    findings.push({ field: 'transmit', code: 'missing', detail })
  }
  const changes = Object.entries(change).filter(([field]) => !fixed.has(field))
  const whole = {
    ...stillMeant(base, change),
    ...Object.fromEntries(changes),
    transmit: release ?? true,
  }
  findings.push(...orderFindings(whole, endpoint))
  if (findings.length > 0) throw refuseFields(endpoint, findings)
  return whole as OrderRequest
}

/** Of an order that was not placed here only what the gateway shows is known; the rest must be said. */
function identityOf({ contract, action, account }: Order): Partial<OrderRequest> {
  const { conId, symbol, secType, exchange, currency } = contract
  const shown = { conId: conId || null, symbol, secType, exchange, currency, action, account }
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null))
}

function isSame(field: Fixed, said: unknown, base: Partial<OrderRequest>, known: Order): boolean {
  if (field === 'comboLegs') return isDeepStrictEqual(said, base.comboLegs)
  if (field === 'orderRef') return bears(base.orderRef ?? known.orderRef, String(said))
  if (field === 'parentId') return said === (known.parentId ?? 0)
  const { account, clientOrderId } = known
  const shown: Partial<Record<Fixed, unknown>> = { ...known.contract, account, clientOrderId }
  const words = [base[field], shown[field]].filter((word) => word !== undefined && word !== null)
  // IB writes C for CALL
  if (field === 'right')
    return words.some((word) => String(word).charAt(0) === String(said).charAt(0))
  return words.some((word) => word === said)
}

/** Prices of another type, and an end that belonged to another validity, do not come along. */
function stillMeant(base: Partial<OrderRequest>, change: OrderChange): Partial<OrderRequest> {
  const { orderType, tif } = change
  const gone = new Set<string>()
  if (orderType !== undefined && orderType !== base.orderType) {
    const needed = fieldsOf(orderType)
    const prices = ['lmtPrice', 'auxPrice', 'trailStopPrice', 'trailingPercent', 'lmtPriceOffset']
    for (const price of prices) if (!needed.includes(price)) gone.add(price)
  }
  if (tif !== undefined && tif !== 'GTD') gone.add('goodTillDate')
  return Object.fromEntries(Object.entries(base).filter(([field]) => !gone.has(field)))
}

/** Whether the change releases the order: a live one is sent as released, or the change would be held back instead. */
function releaseOf(
  known: Order,
  asked: OrderRequest | undefined,
  change: OrderChange,
): boolean | undefined {
  if (change.transmit !== undefined) return change.transmit
  // the members of a family are released by its last
  if (asked?.transmit !== false) return true
  if (known.status === 'Submitted' || known.filled) return true
  return known.status === 'PreSubmitted' ? undefined : false
}

/** Whether the order now shows what the change asked for, as far as it can be seen. */
export function showsChange(order: Order, change: OrderChange, whole: OrderRequest): boolean {
  const needed = fieldsOf(whole.orderType)
  const { sentAs } = orderTypeRule(whole.orderType)
  return VISIBLE.every((field) => {
    if (change[field] === undefined) return true
    if (field === 'lmtPrice' || field === 'auxPrice')
      return !needed.includes(field) || isAbout(order[field], change[field])
    // a combo's total comes as 0 in some messages
    if (field === 'totalQuantity')
      return order.contract.secType === 'BAG' || isAbout(order.totalQuantity, change.totalQuantity)
    // some types go to IB as another one with a time in force
    if (sentAs !== undefined && (field === 'orderType' || field === 'tif'))
      return order[field] === sentAs[field]
    return order[field] === change[field]
  })
}

/** What an order of that type is made of beside its size. */
function fieldsOf(orderType: OrderRequest['orderType']): readonly string[] {
  const { needs = [], oneOf = [] } = orderTypeRule(orderType)
  return [...needs, ...oneOf.flat()]
}

function isAbout(one: number | null, other: number | undefined): boolean {
  return one !== null && other !== undefined && Math.abs(one - other) < 1e-9 * Math.max(1, one)
}
