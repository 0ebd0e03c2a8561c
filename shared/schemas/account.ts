import { type Static, Type } from 'typebox'
import { Contract } from './contract.ts'
import { NullableInstant, NullableNumber, NullableString } from './value.ts'

/** The 29 tags of reqAccountSummary that S0.s11 names, as IB spells them. */
export const ACCOUNT_SUMMARY_TAGS = [
  'AccountType',
  'NetLiquidation',
  'TotalCashValue',
  'SettledCash',
  'AccruedCash',
  'BuyingPower',
  'EquityWithLoanValue',
  'PreviousEquityWithLoanValue',
  'PreviousDayEquityWithLoanValue',
  'GrossPositionValue',
  'RegTEquity',
  'RegTMargin',
  'SMA',
  'InitMarginReq',
  'MaintMarginReq',
  'AvailableFunds',
  'ExcessLiquidity',
  'Cushion',
  'FullInitMarginReq',
  'FullMaintMarginReq',
  'FullAvailableFunds',
  'FullExcessLiquidity',
  'LookAheadNextChange',
  'LookAheadInitMarginReq',
  'LookAheadMaintMarginReq',
  'LookAheadAvailableFunds',
  'LookAheadExcessLiquidity',
  'HighestSeverity',
  'DayTradesRemaining',
  'Leverage',
] as const

/** One value of one account (accountSummary, updateAccountValue); texts, as IB sends them. */
export const AccountValue = Type.Object({
  account: Type.String(),
  tag: Type.String(),
  value: Type.String(),
  currency: NullableString,
})
export type AccountValue = Static<typeof AccountValue>

/** What an account holds of one contract (reqPositions). Cost per share or contract, in its currency. */
export const Position = Type.Object({
  account: Type.String(),
  contract: Contract,
  position: Type.Number(),
  avgCost: NullableNumber,
})
export type Position = Static<typeof Position>

/** A position with its market value and profit (updatePortfolio). Money in the contract's currency. */
export const PortfolioItem = Type.Object({
  account: Type.String(),
  contract: Contract,
  position: Type.Number(),
  marketPrice: NullableNumber,
  marketValue: NullableNumber,
  averageCost: NullableNumber,
  unrealizedPNL: NullableNumber,
  realizedPNL: NullableNumber,
})
export type PortfolioItem = Static<typeof PortfolioItem>

/** One account as reqAccountUpdates downloads it. */
export const AccountUpdate = Type.Object({
  account: Type.String(),
  accountTime: NullableString,
  values: Type.Array(AccountValue),
  portfolio: Type.Array(PortfolioItem),
})
export type AccountUpdate = Static<typeof AccountUpdate>

/** Profit and loss of an account today (reqPnL), or of one position (reqPnLSingle, with `conId`). */
export const ProfitAndLoss = Type.Object({
  account: Type.String(),
  modelCode: NullableString,
  conId: NullableNumber,
  position: NullableNumber,
  dailyPnL: NullableNumber,
  unrealizedPnL: NullableNumber,
  realizedPnL: NullableNumber,
  value: NullableNumber,
})
export type ProfitAndLoss = Static<typeof ProfitAndLoss>

/** The accounts this login manages. */
export const Accounts = Type.Object({
  accounts: Type.Array(Type.String()),
  clientId: Type.Integer(),
  serverVersion: NullableNumber,
  connectedSince: NullableInstant,
})
export type Accounts = Static<typeof Accounts>
