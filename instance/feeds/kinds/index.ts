import type { Contracts } from '../../ib/contracts.ts'
import type { FeedKind } from '../kind.ts'
import { displayGroupsKind } from './display-groups.ts'
import { marketDataKind } from './market-data.ts'
import { newsKind } from './news.ts'
import { scannersKind } from './scanners.ts'

/** What kinds take their rows from beside the gateway's streams. */
export interface KindParts {
  readonly contracts: Contracts
}

/** Every feed an instance keeps. */
export function feedKinds({ contracts }: KindParts): readonly FeedKind[] {
  return [
    marketDataKind as FeedKind,
    scannersKind as FeedKind,
    newsKind as FeedKind,
    displayGroupsKind(contracts) as FeedKind,
  ]
}
