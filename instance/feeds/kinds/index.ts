import type { Contracts } from '../../ib/contracts.ts'
import type { Fills } from '../../ib/fills.ts'
import type { Link } from '../../ib/link.ts'
import type { Mirror } from '../../ib/mirror.ts'
import type { AccountReadings } from '../account-readings.ts'
import type { FeedKind } from '../kind.ts'
import { barsKind } from './bars.ts'
import { displayGroupsKind } from './display-groups.ts'
import { executionsKind } from './executions.ts'
import { marketDataKind } from './market-data.ts'
import { marketDepthKind } from './market-depth.ts'
import { marketTicksKind } from './market-ticks.ts'
import { newsKind } from './news.ts'
import { positionsKind } from './positions.ts'
import { profitKind } from './profit-and-loss.ts'
import { scannersKind } from './scanners.ts'

/** What kinds take their rows from beside the gateway's streams. */
export interface KindParts {
  readonly link: Link
  readonly mirror: Mirror
  readonly fills: Fills
  readonly contracts: Contracts
  readonly accountReadings: AccountReadings
}

/** Every feed an instance keeps. */
export function feedKinds(parts: KindParts): readonly FeedKind[] {
  return [
    marketDataKind as FeedKind,
    marketDepthKind as FeedKind,
    marketTicksKind as FeedKind,
    barsKind as FeedKind,
    scannersKind as FeedKind,
    newsKind as FeedKind,
    displayGroupsKind(parts.contracts) as FeedKind,
    parts.accountReadings.kind as FeedKind,
    profitKind(parts) as FeedKind,
    positionsKind(parts) as FeedKind,
    executionsKind(parts) as FeedKind,
  ]
}
