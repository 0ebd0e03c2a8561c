import { type Static, Type } from 'typebox'
import { Contract } from './contract.ts'
import { NullableInstant, NullableInteger, NullableNumber, NullableString } from './value.ts'

/** What an execution cost (commissionReport), keyed by its execution id. Money in `currency`. */
export const Commission = Type.Object({
  execId: Type.String(),
  clientId: Type.Integer({ description: 'the client whose ledger keeps it' }),
  commission: NullableNumber,
  currency: NullableString,
  realizedPNL: NullableNumber,
  yield: NullableNumber,
  yieldRedemptionDate: NullableString,
})
export type Commission = Static<typeof Commission>

/** One fill (execDetails), joined with its commission where that is known. Quantities in shares or contracts. */
export const Execution = Type.Object({
  execId: Type.String(),
  id: NullableString,
  clientId: Type.Integer({ description: 'the client that placed the order' }),
  orderId: Type.Integer(),
  permId: NullableInteger,
  acctNumber: Type.String(),
  exchange: NullableString,
  side: Type.String({ description: 'BOT or SLD' }),
  shares: Type.Number(),
  price: Type.Number(),
  cumQty: NullableNumber,
  avgPrice: NullableNumber,
  time: Type.String({ description: "IB's own text" }),
  datetime: NullableInstant,
  timestamp: NullableNumber,
  liquidation: NullableInteger,
  lastLiquidity: NullableInteger,
  orderRef: NullableString,
  modelCode: NullableString,
  contract: Contract,
  commission: NullableNumber,
  commissionCurrency: NullableString,
  realizedPNL: NullableNumber,
})
export type Execution = Static<typeof Execution>
