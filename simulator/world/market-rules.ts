import type { Instrument } from './instrument.ts'

/** A price step and from which price on it holds. */
export interface PriceStep {
  readonly lowEdge: number
  readonly increment: number
}

/** Rules whose step depends on the price; all others have the one step of the instruments under them. */
const TIERED: Readonly<Record<number, readonly PriceStep[]>> = {
  110: [
    { lowEdge: 0, increment: 0.01 },
    { lowEdge: 3, increment: 0.05 },
  ],
  557: [
    { lowEdge: 0, increment: 0.0001 },
    { lowEdge: 1, increment: 0.01 },
  ],
  1702: [
    { lowEdge: 0, increment: 0.05 },
    { lowEdge: 3, increment: 0.1 },
  ],
}

/** The price steps of a market rule; undefined when nothing is traded by it. */
export function marketRule(
  ruleId: number,
  instruments: Iterable<Instrument>,
): readonly PriceStep[] | undefined {
  const tiers = TIERED[ruleId]
  if (tiers !== undefined) return tiers
  for (const { marketRuleId, minTick } of instruments) {
    if (marketRuleId === ruleId) return [{ lowEdge: 0, increment: minTick }]
  }
  return undefined
}
