import type { Market } from '../world/market.ts'
import type { Account, Balance } from './account.ts'

/** One figure of an account as IB tells it: always text. */
export interface AccountValue {
  readonly key: string
  readonly value: string
  readonly currency: string
}

function money(value: number): string {
  return (Math.abs(value) < 0.005 ? 0 : value).toFixed(2)
}

/** Figures in the base currency, by the tag of account summaries. */
const FIGURES: Readonly<Record<string, (balance: Balance) => number>> = {
  NetLiquidation: ({ netLiquidation }) => netLiquidation,
  TotalCashValue: ({ totalCash }) => totalCash,
  SettledCash: ({ totalCash }) => totalCash,
  AccruedCash: () => 0,
  AccruedDividend: () => 0,
  BuyingPower: ({ buyingPower }) => buyingPower,
  EquityWithLoanValue: ({ netLiquidation }) => netLiquidation,
  PreviousEquityWithLoanValue: ({ netLiquidation }) => netLiquidation,
  PreviousDayEquityWithLoanValue: ({ netLiquidation }) => netLiquidation,
  GrossPositionValue: ({ grossPositionValue }) => grossPositionValue,
  RegTEquity: ({ netLiquidation }) => netLiquidation,
  ReqTEquity: ({ netLiquidation }) => netLiquidation,
  RegTMargin: ({ initialMargin }) => initialMargin * 2,
  ReqTMargin: ({ initialMargin }) => initialMargin * 2,
  SMA: ({ availableFunds }) => availableFunds,
  InitMarginReq: ({ initialMargin }) => initialMargin,
  MaintMarginReq: ({ maintenanceMargin }) => maintenanceMargin,
  AvailableFunds: ({ availableFunds }) => availableFunds,
  ExcessLiquidity: ({ excessLiquidity }) => excessLiquidity,
  FullInitMarginReq: ({ initialMargin }) => initialMargin,
  FullMaintMarginReq: ({ maintenanceMargin }) => maintenanceMargin,
  FullAvailableFunds: ({ availableFunds }) => availableFunds,
  FullExcessLiquidity: ({ excessLiquidity }) => excessLiquidity,
  LookAheadInitMarginReq: ({ initialMargin }) => initialMargin,
  LookAheadMaintMarginReq: ({ maintenanceMargin }) => maintenanceMargin,
  LookAheadAvailableFunds: ({ availableFunds }) => availableFunds,
  LookAheadExcessLiquidity: ({ excessLiquidity }) => excessLiquidity,
}

/** Tags that are not money. */
const FACTS: Readonly<Record<string, (balance: Balance) => string>> = {
  AccountType: () => 'INDIVIDUAL',
  Cushion: ({ excessLiquidity, netLiquidation }) => (excessLiquidity / netLiquidation).toFixed(6),
  DayTradesRemaining: () => '-1',
  HighestSeverity: () => '',
  Leverage: ({ grossPositionValue, netLiquidation }) =>
    (grossPositionValue / netLiquidation).toFixed(2),
  LookAheadNextChange: () => '0',
}

/** The figures of account summaries that were asked for; a tag nobody knows gives nothing. */
export function summaryOf(account: Account, tags: readonly string[]): AccountValue[] {
  const balance = account.balance()
  return tags.flatMap((key): AccountValue[] => {
    // a tag may be any word, `constructor` too
    const figure = Object.hasOwn(FIGURES, key) ? FIGURES[key] : undefined
    if (figure !== undefined) return [{ key, value: money(figure(balance)), currency: 'USD' }]
    const fact = Object.hasOwn(FACTS, key) ? FACTS[key] : undefined
    return fact === undefined ? [] : [{ key, value: fact(balance), currency: '' }]
  })
}

/** What an account holds in one currency, or in all of them together as `BASE`. */
export function ledgerOf(account: Account, market: Market, currency: string): AccountValue[] {
  const inBase = currency === 'BASE'
  const wanted = (of: string) => inBase || of === currency
  const rate = (of: string) => (inBase ? market.rate(of) : 1)
  const cash = account.currencies
    .filter(wanted)
    .reduce((sum, of) => sum + account.cash(of) * rate(of), 0)
  const sums = { STK: 0, OPT: 0, FUT: 0, CASH: 0, CRYPTO: 0, BOND: 0, FUND: 0, IND: 0, BAG: 0 }
  let unrealized = 0
  let realized = 0
  let futuresCost = 0
  for (const position of account.positions) {
    const { secType, currency: of } = position.instrument
    if (!wanted(of)) continue
    sums[secType] += account.valueOf(position) * rate(of)
    unrealized += account.unrealizedPnlOf(position) * rate(of)
    realized += position.realizedPnl * rate(of)
    if (secType === 'FUT') futuresCost += position.quantity * position.averageCost * rate(of)
  }
  const figures: readonly (readonly [key: string, value: number])[] = [
    ['CashBalance', cash + futuresCost],
    ['TotalCashBalance', cash + futuresCost],
    ['AccruedCash', 0],
    ['StockMarketValue', sums.STK],
    ['OptionMarketValue', sums.OPT],
    ['FutureOptionValue', 0],
    ['FuturesPNL', sums.FUT - futuresCost],
    ['NetLiquidationByCurrency', cash + Object.values(sums).reduce((all, value) => all + value, 0)],
    ['UnrealizedPnL', unrealized],
    ['RealizedPnL', realized],
    ['FundValue', 0],
    ['NetDividend', 0],
    ['MutualFundValue', 0],
    ['MoneyMarketFundValue', 0],
    ['CorporateBondMarketValue', 0],
    ['TBondMarketValue', 0],
    ['TBillMarketValue', 0],
    ['WarrantMarketValue', 0],
    ['FxCashBalance', sums.CASH],
    ['IssuerOptionMarketValue', 0],
  ]
  return [
    { key: 'Currency', value: currency, currency },
    { key: 'RealCurrency', value: inBase ? 'USD' : currency, currency },
    { key: 'ExchangeRate', value: inBase ? '1.00' : market.rate(currency).toFixed(6), currency },
    ...figures.map(([key, value]) => ({ key, value: money(value), currency })),
  ]
}

/** Every figure of an account, as account updates give them. */
export function allValuesOf(account: Account, market: Market): AccountValue[] {
  const keys = [...Object.keys(FIGURES), ...Object.keys(FACTS)]
  return [
    { key: 'AccountCode', value: account.name, currency: '' },
    { key: 'AccountReady', value: 'true', currency: '' },
    ...summaryOf(account, keys),
    ...['BASE', ...account.currencies].flatMap((currency) => ledgerOf(account, market, currency)),
  ]
}
