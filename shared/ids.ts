/**
 * Order ids that name their owner. IB lets only the client that placed an order change or cancel it
 * (facts §3.2), so the client id travels inside the id: `3.1042` is order 1042 of client 3.
 */

/** An order as IB addresses it: the API client that owns it and that client's own order number. */
export interface OwnedOrderId {
  readonly clientId: number
  readonly orderId: number
}

/** What a caller wrote: with its owner, or the bare number IB shows, whose owner must be found. */
export type WrittenOrderId =
  | OwnedOrderId
  | { readonly clientId: undefined; readonly orderId: number }

/** Request ids start here, so that no order id can ever meet one in IB's one `error` number space (facts §2.3). */
export const FIRST_REQUEST_ID = 1_000_000_000

/** IB numbers API clients with 0…; a gateway takes 32 of them at once (facts §3.1). */
export const MAX_POOL_SIZE = 32

const written = /^(?:(\d{1,9})\.)?(-?\d{1,10})$/

/** `{clientId: 3, orderId: 1042}` → `"3.1042"`. */
export function formatOrderId({ clientId, orderId }: OwnedOrderId): string {
  return `${clientId}.${orderId}`
}

/** `"3.1042"` or `"1042"` → its parts; `undefined` when it is neither. */
export function parseOrderId(text: string): WrittenOrderId | undefined {
  const match = written.exec(text)
  if (match === null) return undefined
  const orderId = Number(match[2])
  if (orderId >= FIRST_REQUEST_ID) return undefined
  return { clientId: match[1] === undefined ? undefined : Number(match[1]), orderId }
}
