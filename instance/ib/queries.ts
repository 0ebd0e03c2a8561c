import {
  accountSummary,
  accountUpdates,
  managedAccounts,
  pnl,
  pnlSingle,
  positions,
} from './account-queries.ts'
import {
  contractDetails,
  historicalData,
  marketSnapshot,
  matchingSymbols,
} from './market-queries.ts'
import { marketRule } from './market-rules.ts'
import { allOpenOrders, completedOrders, executions, openOrders } from './order-queries.ts'

/** Every query this instance knows, for metrics and tests. */
export const queries = [
  managedAccounts,
  positions,
  accountSummary,
  accountUpdates,
  pnl,
  pnlSingle,
  allOpenOrders,
  openOrders,
  completedOrders,
  executions,
  contractDetails,
  matchingSymbols,
  historicalData,
  marketSnapshot,
  marketRule,
] as const
