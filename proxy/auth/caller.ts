import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../../shared/api/scope.ts'
import { type CallerDocument, writeCaller } from '../../shared/caller.ts'

/** What a key or a user may do, as its file says it. */
export interface Rights {
  readonly scope: Scope
  /** null: all */
  readonly accounts: readonly string[] | null
  /** null: all */
  readonly symbols: readonly string[] | null
  readonly limits: CallerLimits
}

/** What holds for a caller beside what holds for all. */
export interface CallerLimits {
  readonly ordersPerMinute?: number | undefined
  readonly maxQuantity?: number | undefined
  readonly maxNotional?: number | undefined
  /** how often it may read, and order: `50/s`, or `off` */
  readonly readRate?: string | undefined
  readonly orderRate?: string | undefined
}

/** Somebody who has said who he is. Made once and used for every call, so everything is reckoned beforehand. */
export interface Caller extends Rights {
  readonly name: string
  /** callers of the same text may have the same answers */
  readonly sees: string
  /** what instances are told */
  readonly text: string
  /** whether it may still call, epoch ms */
  readonly isValid: (now: number) => boolean
}

/** A caller of that name and those rights. */
export function callerNamed(
  name: string,
  { scope, accounts, symbols, limits }: Rights,
  isValid: Caller['isValid'],
): Caller {
  const { maxQuantity, maxNotional } = limits
  const document: CallerDocument = {
    ...{ name, scope },
    ...(accounts !== null && { accounts: [...accounts] }),
    ...(symbols !== null && { symbols: [...symbols] }),
    ...(maxQuantity !== undefined && { maxQuantity }),
    ...(maxNotional !== undefined && { maxNotional }),
  }
  const sees = accounts === null ? 'all accounts' : JSON.stringify([...accounts].sort())
  return {
    ...{ name, scope, accounts, symbols, limits, sees, isValid },
    text: writeCaller(document),
  }
}

/** Stands beside the header fields that said it: whatever is done for a call has these at hand, and no map grows. */
const CALLER = Symbol('caller')
interface Told extends IncomingHttpHeaders {
  [CALLER]?: Caller
}

/** Keeps who a call comes from. */
export function tellCaller(headers: IncomingHttpHeaders, caller: Caller): void {
  const told: Told = headers
  told[CALLER] = caller
}

/** Who a call comes from; undefined for a stranger, and where there are no keys. */
export function callerIn(headers: IncomingHttpHeaders): Caller | undefined {
  return (headers as Told)[CALLER]
}
