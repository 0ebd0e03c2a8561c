import type { Contract } from '../../shared/schemas/contract.ts'
import { fitsPattern } from '../../shared/wildcard.ts'

/** Rows of contracts whose symbol, or whose name at its exchange, fits a pattern; all where there is none (S3.22). */
export function ofSymbol<Row extends { readonly contract: Contract }>(
  rows: Row[],
  pattern: string | undefined,
): Row[] {
  if (pattern === undefined) return rows
  return rows.filter(({ contract: { symbol, localSymbol } }) =>
    [symbol, localSymbol ?? ''].some((name) => fitsPattern(name, pattern)),
  )
}
