import { type Static, Type } from 'typebox'
import { SCOPES } from './api/scope.ts'
import { findingsOf } from './validation.ts'

/**
 * Set by the proxy on what it sends for a caller it knows: who that is and what it may do. It only ever narrows what
 * may be done, so nobody gains anything by sending it; a call without it is the proxy's own, or nobody has keys.
 */
export const CALLER_HEADER = 'ibrest-caller'

/** What may stand in a header field, and in a name of a metric, a log, a ledger. */
const NAME = '^[A-Za-z0-9][\\w.:-]{0,79}$'

/** An account as IB writes it. */
export const AccountName = Type.String({ pattern: '^[A-Za-z0-9][\\w.-]{0,31}$' })

/** A symbol, or many: `*` stands for any characters, none too. */
export const SymbolPattern = Type.String({ pattern: '^[!-~ ]{1,32}$' })

const limit = Type.Optional(Type.Number({ exclusiveMinimum: 0 }))

/** Who calls and what that caller may do. */
export const CallerDocument = Type.Object(
  {
    name: Type.String({ pattern: NAME }),
    scope: Type.Unsafe<(typeof SCOPES)[number]>({ type: 'string', enum: SCOPES }),
    accounts: Type.Optional(
      Type.Array(AccountName, { description: 'the only ones it sees and trades; absent: all' }),
    ),
    symbols: Type.Optional(
      Type.Array(SymbolPattern, { description: 'the only ones it trades; absent: all' }),
    ),
    maxQuantity: limit,
    maxNotional: limit,
  },
  { additionalProperties: false },
)
export type CallerDocument = Static<typeof CallerDocument>

/** A caller as it is written into the header field: visible ASCII. */
export function writeCaller(caller: CallerDocument): string {
  return JSON.stringify(caller)
}

/** The caller a header field names; undefined where it cannot be read. */
export function readCaller(text: string): CallerDocument | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return findingsOf(CallerDocument, read).length === 0 ? (read as CallerDocument) : undefined
  } catch {
    return undefined
  }
}
