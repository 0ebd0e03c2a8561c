import type { FeedKind } from '../kind.ts'
import { barsKind } from './bars.ts'
import { marketDataKind } from './market-data.ts'
import { marketDepthKind } from './market-depth.ts'
import { marketTicksKind } from './market-ticks.ts'

/** What kinds take their rows from beside the gateway's streams. */
export type KindParts = Readonly<Record<never, never>>

/** Every feed an instance keeps. */
export function feedKinds(_: KindParts): readonly FeedKind[] {
  return [
    marketDataKind as FeedKind,
    marketDepthKind as FeedKind,
    marketTicksKind as FeedKind,
    barsKind as FeedKind,
  ]
}
