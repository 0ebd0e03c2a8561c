import type { Layout } from '../wire/column.ts'
import { requests } from '../wire/requests.ts'

const requestsByName: ReadonlyMap<string, Layout<object>> = new Map(
  Object.values(requests).map((request) => [request.name, request as Layout<object>]),
)

/** The order a request is about, read without reading the rest. */
export function orderIdOf(
  name: string,
  fields: readonly string[],
  version: number,
): number | undefined {
  if (name === 'placeOrder') return Number(fields[1])
  if (name === 'cancelOrder') return Number(fields[version < 192 ? 2 : 1])
  return undefined
}

/** The request or order id of a request that is not served, −1 where it has none. */
export function idOf(name: string, fields: readonly string[], version: number): number {
  const row: { reqId?: number; orderId?: number } = {}
  try {
    requestsByName.get(name)?.read(fields, version, row)
  } catch {
    // as far as it could be read
  }
  return row.reqId ?? row.orderId ?? -1
}
