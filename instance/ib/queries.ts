import { accountSummary, managedAccounts, pnl, pnlSingle, positions } from './account-queries.ts'
import {
  contractDetails,
  historicalData,
  marketSnapshot,
  matchingSymbols,
} from './market-queries.ts'
import { marketRule } from './market-rules.ts'
import { historicalNews, newsArticle, newsProviders } from './news-queries.ts'
import { allOpenOrders, completedOrders, executions, openOrders } from './order-queries.ts'
import {
  adviserList,
  fundamentalData,
  groupsReplacement,
  optionChain,
  scannerParameters,
} from './reference-queries.ts'
import { headTimestamp, historicalTicks } from './tick-queries.ts'

/** Every query this instance knows, for metrics and tests. */
export const queries = [
  managedAccounts,
  positions,
  accountSummary,
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
  headTimestamp,
  historicalTicks,
  scannerParameters,
  fundamentalData,
  optionChain,
  newsProviders,
  historicalNews,
  newsArticle,
  adviserList,
  groupsReplacement,
  marketRule,
] as const
