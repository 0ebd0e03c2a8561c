import { Type } from 'typebox'
import { Contract } from './contract.ts'
import { NullableInteger, NullableString } from './value.ts'

/** One instrument of a scan. What it is ranked by IB does not tell. */
export const ScannedRow = Type.Object({
  rank: Type.Unsafe<number | null>({ ...NullableInteger, description: '0 is the first' }),
  contract: Contract,
  symbol: Type.String(),
  marketName: NullableString,
  distance: NullableString,
  benchmark: NullableString,
  projection: NullableString,
  legsStr: NullableString,
})
