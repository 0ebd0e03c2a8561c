import type { ConditionRow } from '../wire/place-order.ts'
import type { Catalogue } from '../world/catalogue.ts'
import type { Market } from '../world/market.ts'
import { latestSession } from '../world/sessions.ts'
import { parseTime } from '../world/zone.ts'
import type { Account } from './account.ts'
import type { Execution } from './execution.ts'
import type { Order } from './order.ts'

/** What a condition may look at. */
export interface ConditionWorld {
  readonly market: Market
  readonly catalogue: Catalogue
  readonly homeZone: string
  readonly executions: readonly Execution[]
}

type Judge = (
  fields: readonly string[],
  world: ConditionWorld,
  order: Order,
  account: Account,
  now: number,
) => boolean

function crossed(isMore: string | undefined, value: number, limit: string | undefined): boolean {
  return isMore === '1' || isMore === 'true' ? value >= Number(limit) : value <= Number(limit)
}

/** By type (facts §1.4): 1 price, 3 time, 4 margin, 5 execution, 6 volume, 7 percentage of change. */
const JUDGES: Readonly<Record<number, Judge>> = {
  1: ([isMore, price, conId], { market, catalogue }) => {
    const instrument = catalogue.byConId(Number(conId))
    return instrument !== undefined && crossed(isMore, market.last(instrument), price)
  },
  3: ([isMore, time], { homeZone }, _order, _account, now) => {
    const at = parseTime(time ?? '', homeZone)
    return at !== undefined && (isMore === '1' || isMore === 'true' ? now >= at : now <= at)
  },
  4: ([isMore, percent], _world, _order, account) => {
    const { excessLiquidity, netLiquidation } = account.balance()
    return crossed(isMore, (excessLiquidity / netLiquidation) * 100, percent)
  },
  5: ([secType, , symbol], { executions }, order) =>
    executions.some(
      ({ time, instrument }) =>
        time >= order.placedAt && instrument.symbol === symbol && instrument.secType === secType,
    ),
  6: ([isMore, volume, conId], { market, catalogue }, _order, _account, now) => {
    const instrument = catalogue.byConId(Number(conId))
    if (instrument === undefined) return false
    const traded = market.span(instrument, latestSession(instrument, now).start, now)?.volume ?? 0
    return crossed(isMore, traded, volume)
  },
  7: ([isMore, percent, conId], { market, catalogue }, _order, _account, now) => {
    const instrument = catalogue.byConId(Number(conId))
    if (instrument === undefined) return false
    const before = market.last(instrument, latestSession(instrument, now).start)
    return crossed(isMore, (market.last(instrument, now) / before - 1) * 100, percent)
  },
}

/** Whether an order may go to the market: `a` binds what stands before and after it tighter than `o`. */
export function conditionsMet(
  conditions: readonly ConditionRow[],
  world: ConditionWorld,
  order: Order,
  account: Account,
  now: number,
): boolean {
  if (conditions.length === 0) return true
  let all = true
  for (const { type, conjunction, fields } of conditions) {
    all &&= JUDGES[type]?.(fields, world, order, account, now) ?? false
    if (conjunction === 'o') {
      if (all) return true
      all = true
    }
  }
  // the last one is not joined to anything, whatever it says
  return all && conditions.at(-1)?.conjunction !== 'o'
}
