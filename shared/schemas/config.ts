import { type Static, Type } from 'typebox'
import { TRADING_MODES } from './client.ts'
import { Contract } from './contract.ts'
import { NullableInstant, NullableNumber, NullableString } from './value.ts'

/** A time in which a market is open. Moments are `null` where the zone cannot be told. */
export const TradingSession = Type.Object({
  opens: NullableInstant,
  opensTimestamp: NullableNumber,
  closes: NullableInstant,
  closesTimestamp: NullableNumber,
})
export type TradingSession = Static<typeof TradingSession>

/** The steps in which prices move from a price on, and where that is so (reqMarketRule). */
export const PriceRule = Type.Object({
  marketRuleId: Type.Integer(),
  exchanges: Type.Array(Type.String()),
  increments: Type.Array(Type.Object({ lowEdge: Type.Number(), increment: Type.Number() })),
})
export type PriceRule = Static<typeof PriceRule>

/** What has to be known of a contract to trade it: when, in what steps, in what units (S4.26). */
export const ContractConfig = Type.Object({
  symbol: Type.String(),
  contract: Contract,
  timeZoneId: NullableString,
  tradingHours: Type.Array(TradingSession),
  liquidHours: Type.Array(TradingSession),
  minTick: NullableNumber,
  priceMagnifier: NullableNumber,
  priceRules: Type.Array(PriceRule),
  multiplier: NullableString,
  minSize: NullableNumber,
  sizeIncrement: NullableNumber,
  suggestedSizeIncrement: NullableNumber,
  orderTypes: Type.Array(Type.String()),
  validExchanges: Type.Array(Type.String()),
  units: Type.Object(
    {
      time: Type.String(),
      currency: Type.String(),
      quantity: Type.String(),
      price: Type.String(),
      cost: Type.String(),
    },
    { description: 'in what the figures of this contract are told' },
  ),
})
export type ContractConfig = Static<typeof ContractConfig>

/** What this system is set to: accounts, pool, limits, versions (S4.25, S4.26). */
export const Config = Type.Object({
  name: Type.String(),
  version: Type.String(),
  versions: Type.Array(Type.String(), { description: 'of the API, newest last' }),
  mediaTypes: Type.Array(Type.String()),
  hostname: Type.String(),
  tradingMode: Type.Unsafe<(typeof TRADING_MODES)[number] | null>({
    enum: [...TRADING_MODES, null],
  }),
  accounts: Type.Array(Type.String(), { description: 'as the instances last told' }),
  pool: Type.Object({
    clients: Type.Array(Type.Integer()),
    slotsPerInstance: Type.Integer(),
  }),
  limits: Type.Object({
    defaultDeadlineSeconds: Type.Number(),
    maxDeadlineSeconds: Type.Number(),
    bodyBytes: Type.Integer(),
    callersInLine: Type.Integer(),
    pageSize: Type.Integer({ description: 'rows on a page where nobody says how many' }),
    maxPageSize: Type.Integer(),
    ordersPerMinute: NullableNumber,
    pacing: Type.Array(
      Type.Object({
        name: Type.String(),
        quota: Type.Integer({ description: "this proxy's share" }),
        windowSeconds: NullableNumber,
      }),
      { description: "IB's limits for the login" },
    ),
  }),
})
export type Config = Static<typeof Config>
