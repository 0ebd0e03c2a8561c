import type { WorldOptions } from '../../../../simulator/world.ts'
import { TradingFloor } from './trading-floor.ts'

/** A floor where Apple stands at a price. The clock says 10:00 in New York, a Friday. */
export function floorAt(price: number, more: Partial<WorldOptions> = {}): TradingFloor {
  const floor = new TradingFloor(11, more)
  floor.world.market.pin(floor.apple, price)
  return floor
}

/** Moves Apple and lets the orders look. */
export function move(floor: TradingFloor, price: number): void {
  floor.world.market.pin(floor.apple, price)
  floor.clock.pass(floor.world.beat.periodMs)
}

/** The fields of a limit order. */
export const limit = (price: number, action = 'BUY') => ({
  orderType: 'LMT',
  lmtPrice: price,
  action,
})
