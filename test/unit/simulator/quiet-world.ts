import type { Clock } from '../../../simulator/world/clock.ts'
import { World } from '../../../simulator/world.ts'

const silent = () => undefined

/** A world whose orders nobody listens to. */
export function quietWorld(clock: Clock, beatMs: number): World {
  return new World(
    {
      ...{ clock, seed: 1, accounts: ['DU1'], startingCash: 1e6, beatMs, fillDelayMs: 2 },
      homeZone: 'US/Eastern',
    },
    {
      ...{ openOrder: silent, orderStatus: silent, executed: silent, charged: silent },
      ...{ refused: silent, bound: silent },
    },
  )
}
