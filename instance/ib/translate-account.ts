import type { Contract as IbContract } from '@stoqey/ib'
import type {
  AccountValue,
  PortfolioItem,
  Position,
  ProfitAndLoss,
} from '../../shared/schemas/account.ts'
import { numberOf, textOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'
import { contractOf } from './translate-contract.ts'

/** `position` → ours. */
export function positionOf(args: GatewayEvents['position']): Position {
  const [account, contract, position, averageCost] = args
  return {
    account,
    contract: contractOf(contract),
    position: numberOf(position) ?? 0,
    avgCost: numberOf(averageCost),
  }
}

/** One value of one account → ours; texts, as IB sends them. */
export function accountValueOf(
  account: string,
  tag: string,
  value: string,
  currency: string,
): AccountValue {
  return { account, tag, value, currency: textOf(currency) }
}

/** `updatePortfolio` → ours. */
export function portfolioItemOf(args: GatewayEvents['updatePortfolio']): PortfolioItem {
  const [contract, position, price, value, cost, unrealized, realized, account] = args
  return {
    account: account ?? '',
    contract: contractOf(contract as IbContract),
    position: numberOf(position) ?? 0,
    marketPrice: numberOf(price),
    marketValue: numberOf(value),
    averageCost: numberOf(cost),
    unrealizedPNL: numberOf(unrealized),
    realizedPNL: numberOf(realized),
  }
}

/** Whose profit and loss is asked for. */
export interface ProfitQuestion {
  readonly account: string
  readonly modelCode: string
  readonly conId: number | null
}

/** `pnl` or `pnlSingle` → ours. */
export function profitOf(
  { account, modelCode, conId }: ProfitQuestion,
  numbers: {
    readonly position?: number | undefined
    readonly daily: number | undefined
    readonly unrealized: number | undefined
    readonly realized: number | undefined
    readonly value?: number | undefined
  },
): ProfitAndLoss {
  return {
    account,
    modelCode: textOf(modelCode),
    conId,
    position: numberOf(numbers.position),
    dailyPnL: numberOf(numbers.daily),
    unrealizedPnL: numberOf(numbers.unrealized),
    realizedPnL: numberOf(numbers.realized),
    value: numberOf(numbers.value),
  }
}
