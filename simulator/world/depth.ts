import { mix, unit } from './chance.ts'
import { type Instrument, lotOf, onGrid } from './instrument.ts'
import type { Quote } from './market.ts'

/** Price levels of the book that are shown and traded on each side, at most. */
export const MAX_LEVELS = 20

/** One price level of one side of the book. */
export interface Level {
  readonly price: number
  /** shares, contracts or units of the base currency */
  readonly size: number
}

/** The levels of one side at that moment, best first. The first is the quote; further away more is on offer. */
export function levelsOf(
  instrument: Instrument,
  quote: Quote,
  side: 'bid' | 'ask',
  { at, rows = MAX_LEVELS }: { readonly at: number; readonly rows?: number },
): Level[] {
  const [best, size, step] =
    side === 'bid'
      ? [quote.bid, quote.bidSize, -instrument.minTick]
      : [quote.ask, quote.askSize, instrument.minTick]
  const levels: Level[] = [{ price: best, size }]
  const lot = lotOf(instrument)
  for (let row = 1; row < Math.min(rows, MAX_LEVELS); row += 1) {
    const price = onGrid(instrument, best + row * step)
    if (price <= 0) break
    // further from the touch sizes change more rarely
    const turn = Math.floor(at / 1000 / (1 + row))
    const bits = mix(mix(instrument.conId, row * 2 + (side === 'bid' ? 1 : 0)), turn)
    levels.push({ price, size: lot * (1 + Math.floor(unit(bits) * 12)) * (1 + row) })
  }
  return levels
}
