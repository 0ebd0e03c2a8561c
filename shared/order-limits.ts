/** What one caller may do; what is undefined is not limited. */
export interface OrderLimits {
  /** `totalQuantity` of one order */
  readonly maxQuantity?: number | undefined
  /** what one order is worth, in its contract's currency */
  readonly maxNotional?: number | undefined
  /** new orders within any minute */
  readonly perMinute?: number | undefined
}

/** The name of callers who give none. */
export const ANONYMOUS = 'anonymous'

/** Limits by the name of the key they belong to. */
export type NamedLimits = Readonly<Record<typeof ANONYMOUS, OrderLimits>> &
  Readonly<Record<string, OrderLimits>>

/** The limits of a name: its own, or those of callers without one. */
export function limitsOf(limits: NamedLimits, name: string = ANONYMOUS): OrderLimits {
  return (Object.hasOwn(limits, name) ? limits[name] : undefined) ?? limits[ANONYMOUS]
}

/** What both limits allow of the size of an order: what follows it later is held against the first alone. */
export function tighter(limits: OrderLimits, further: OrderLimits | undefined): OrderLimits {
  if (further === undefined) return limits
  return {
    ...limits,
    maxQuantity: least(limits.maxQuantity, further.maxQuantity),
    maxNotional: least(limits.maxNotional, further.maxNotional),
  }
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}
