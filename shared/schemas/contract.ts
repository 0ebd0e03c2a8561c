import { type Static, Type } from 'typebox'
import { NullableNumber, NullableString, OneOf } from './value.ts'

/** IB's security types (S0.s8, extended to the current list). */
export const SECURITY_TYPES = [
  'STK',
  'OPT',
  'FUT',
  'CONTFUT',
  'FOP',
  'IND',
  'CASH',
  'BAG',
  'CFD',
  'CMDTY',
  'BOND',
  'FUND',
  'WAR',
  'IOPT',
  'NEWS',
  'CRYPTO',
] as const

/** How a caller names a contract, with IB's own field names and S0.s2's defaults. All but the symbol. */
export const contractFields = {
  secType: OneOf(SECURITY_TYPES, { description: 'default STK' }),
  exchange: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'default SMART, or IDEALPRO for CASH',
  }),
  currency: Type.String({ minLength: 1, maxLength: 8, description: 'default USD' }),
  conId: Type.Integer({ minimum: 1, description: "IB's unique number of the contract" }),
  lastTradeDateOrContractMonth: Type.String({
    pattern: '^\\d{6}(\\d{2})?$',
    description: 'yyyyMM or yyyyMMdd',
  }),
  strike: Type.Number({ minimum: 0 }),
  right: OneOf(['C', 'P', 'CALL', 'PUT']),
  multiplier: Type.String({ minLength: 1, maxLength: 16 }),
  primaryExch: Type.String({ minLength: 1, maxLength: 64 }),
  localSymbol: Type.String({ minLength: 1, maxLength: 64 }),
  tradingClass: Type.String({ minLength: 1, maxLength: 64 }),
  includeExpired: Type.Boolean(),
  secIdType: OneOf(['CUSIP', 'SEDOL', 'ISIN', 'RIC', 'FIGI']),
  secId: Type.String({ minLength: 1, maxLength: 32 }),
} as const

/** The symbol as IB writes it, e.g. `AAPL`, `EUR` (of EUR/USD), `ES`. */
export const ContractSymbol = Type.String({ minLength: 1, maxLength: 32 })

export const optionalContractFields = Type.Partial(Type.Object(contractFields)).properties

/** What a caller gives to name one contract. */
export const ContractQuery = Type.Object(
  { symbol: Type.Optional(ContractSymbol), ...optionalContractFields },
  { additionalProperties: false },
)
export type ContractQuery = Static<typeof ContractQuery>

/** A contract as IB shows it inside orders, positions and executions. */
export const Contract = Type.Object({
  conId: Type.Integer(),
  symbol: Type.String(),
  secType: Type.String(),
  lastTradeDateOrContractMonth: NullableString,
  strike: NullableNumber,
  right: NullableString,
  multiplier: NullableString,
  exchange: NullableString,
  primaryExch: NullableString,
  currency: Type.String(),
  localSymbol: NullableString,
  tradingClass: NullableString,
})
export type Contract = Static<typeof Contract>

/** Everything IB knows of a contract (reqContractDetails). Sizes in shares or contracts. */
export const ContractDetails = Type.Object({
  ...Contract.properties,
  marketName: NullableString,
  minTick: NullableNumber,
  orderTypes: Type.Array(Type.String()),
  validExchanges: Type.Array(Type.String()),
  priceMagnifier: NullableNumber,
  underConId: NullableNumber,
  underSymbol: NullableString,
  underSecType: NullableString,
  longName: NullableString,
  contractMonth: NullableString,
  industry: NullableString,
  category: NullableString,
  subcategory: NullableString,
  timeZoneId: NullableString,
  tradingHours: NullableString,
  liquidHours: NullableString,
  marketRuleIds: Type.Array(Type.Integer()),
  realExpirationDate: NullableString,
  stockType: NullableString,
  minSize: NullableNumber,
  sizeIncrement: NullableNumber,
  suggestedSizeIncrement: NullableNumber,
  secIds: Type.Array(Type.Object({ tag: Type.String(), value: Type.String() })),
})
export type ContractDetails = Static<typeof ContractDetails>

/** One match of a symbol search (reqMatchingSymbols). */
export const ContractMatch = Type.Object({
  conId: Type.Integer(),
  symbol: Type.String(),
  secType: Type.String(),
  primaryExch: NullableString,
  currency: NullableString,
  description: NullableString,
  derivativeSecTypes: Type.Array(Type.String()),
})
export type ContractMatch = Static<typeof ContractMatch>
