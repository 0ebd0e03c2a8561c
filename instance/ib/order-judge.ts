import { OrderRequest } from '../../shared/schemas/order.ts'
import { compileValidator, toFieldErrors } from '../../shared/validation.ts'
import type { Finding } from '../fields.ts'

type Invalid = Parameters<typeof toFieldErrors>[0]

const judge = compileValidator({ schema: OrderRequest, httpPart: 'body' })

/** What is wrong with an order that was put together here, as if a caller had sent it whole. */
export function orderFindings(order: object, endpoint: string): Finding[] {
  const { error } = judge(order) as { error?: { validation: Invalid } }
  return error === undefined ? [] : toFieldErrors(error.validation, endpoint)
}
