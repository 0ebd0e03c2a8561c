import { Type } from 'typebox'
import { Contract } from './contract.ts'
import { NullableInteger, NullableString } from './value.ts'

/** What one display group of the TWS window shows. */
export const DisplayGroupRow = Type.Object({
  groupId: Type.Integer(),
  contractInfo: Type.String({ description: 'as TWS says it: `8314@SMART`, `combo` or `none`' }),
  conId: NullableInteger,
  exchange: NullableString,
  symbol: NullableString,
  contract: Type.Unsafe<Contract | null>({
    anyOf: [Contract, { type: 'null' }],
    description: 'null: none, a combination, or one IB could not name',
  }),
})
