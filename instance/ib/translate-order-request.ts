import type { Order as IbOrder, OrderCondition, OrderType, TagValue, TimeInForce } from '@stoqey/ib'
import { CONDITIONS, plainFields, TIME_FIELDS } from '../../shared/schemas/order-fields.ts'
import type { OrderRequest } from '../../shared/schemas/order-request.ts'
import { orderTypeRule } from '../../shared/schemas/order-types.ts'
import { readCallerTime, writeGatewayTime } from './instants.ts'

/** What our list makes of a request on top of its own words. */
export interface Placing {
  /** 0: no parent */
  readonly parentId: number
  /** always said: absent means false to a gateway (facts §2.3) */
  readonly transmit: boolean
}

const PLAIN_FIELDS = Object.keys(plainFields) as (keyof typeof plainFields)[]
const COMPACT_DAY = /^(\d{4})-?(\d{2})-?(\d{2})$/

/** A time as a caller wrote it in IB's spelling; a day stays a day. `undefined` when it is none. */
export function sentTime(text: string): string | undefined {
  const time = readCallerTime(COMPACT_DAY.test(text) ? text.replaceAll('-', '') : text)
  if (time === undefined) return undefined
  return COMPACT_DAY.test(text) ? text.replaceAll('-', '') : writeGatewayTime(time)
}

/** The words that IB hears: its own name of the order type, times in its spelling, a time in force. */
export function sentWords(request: OrderRequest): {
  readonly orderType: string
  readonly tif: string
} & Partial<Record<(typeof TIME_FIELDS)[number], string>> {
  const { orderType, tif = 'DAY' } = request
  const times = TIME_FIELDS.filter((field) => request[field] !== undefined)
  return {
    ...Object.fromEntries(times.map((field) => [field, sentTime(request[field] ?? '')])),
    ...(orderTypeRule(orderType).sentAs ?? { orderType, tif }),
  }
}

function sentValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value)
}

function tagsOf(parameters: NonNullable<OrderRequest['algoParams']>): TagValue[] {
  const pairs = Array.isArray(parameters)
    ? parameters.map(({ tag, value }) => [tag, value] as const)
    : Object.entries(parameters)
  return pairs.map(([tag, value]) => ({ tag, value: sentValue(value) }))
}

type Condition = NonNullable<OrderRequest['conditions']>[number]

/** The library's own classes hold no more than this. */
function conditionOf(condition: Condition): OrderCondition {
  const { type, conjunction, isMore, price, time, percent, volume, changePercent } = condition
  const value = price ?? percent ?? volume ?? changePercent
  const { number, may } = CONDITIONS[type]
  const routed: readonly string[] = may
  const sent = {
    type: number,
    conjunctionConnection: conjunction === 'or' ? 'o' : 'a',
    isMore,
    strValue: time === undefined ? String(value) : sentTime(time),
    conId: condition.conId,
    exchange: condition.exchange ?? (routed.includes('exchange') ? 'SMART' : undefined),
    triggerMethod: condition.triggerMethod ?? 0,
    secType: condition.secType,
    symbol: condition.symbol,
  }
  return sent as unknown as OrderCondition
}

/** Up to the midpoint is said to IB as a boundless offset, which JSON cannot write. */
function competition(request: OrderRequest): Partial<IbOrder> {
  const upToMid = request.orderType === 'PEG BEST' && request.midOffsetAtWhole !== undefined
  return upToMid ? { competeAgainstBestOffset: Number.POSITIVE_INFINITY } : {}
}

/** A caller's order → IB's. `orderMiscOptions` is never set: it would shift every field behind it (facts §2.3). */
export function toIbOrder(request: OrderRequest, { parentId, transmit }: Placing): IbOrder {
  const given = PLAIN_FIELDS.filter((field) => request[field] !== undefined)
  const { orderType, tif, ...times } = sentWords(request)
  const { algoParams, smartComboRoutingParams, orderComboLegs, conditions } = request
  const order = {
    ...Object.fromEntries(given.map((field) => [field, request[field]])),
    ...times,
    ...competition(request),
    ...(request.totalQuantity !== undefined && { totalQuantity: request.totalQuantity }),
    ...(algoParams !== undefined && { algoParams: tagsOf(algoParams) }),
    ...(smartComboRoutingParams !== undefined && {
      smartComboRoutingParams: tagsOf(smartComboRoutingParams),
    }),
    ...(orderComboLegs !== undefined && { orderComboLegs }),
    ...(conditions !== undefined && { conditions: conditions.map(conditionOf) }),
    ...(request.softDollarTier !== undefined && { softDollarTier: request.softDollarTier }),
    action: request.action,
    orderType: orderType as OrderType,
    tif: tif as TimeInForce,
    transmit,
    ...(parentId !== 0 && { parentId }),
  }
  // the library calls the times of a scale lists of tags, and writes them as they are
  return order as unknown as IbOrder
}
