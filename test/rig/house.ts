import type { Test } from 'tap'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import type { SomeLimits } from '../../simulator/limits/settings.ts'
import { ManualClock } from '../unit/simulator/manual-clock.ts'
import { TwsClient } from './tws-client.ts'

/** A gateway whose limits are tried, with a clock that stands still. */
export interface House {
  readonly gateway: Gateway
  readonly clock: ManualClock
  readonly enter: (clientId: number) => Promise<TwsClient>
}

/** Starts it at version 178, until the test is over. */
export async function house(
  t: Test,
  limits: SomeLimits = {},
  more: Partial<GatewayOptions> = {},
): Promise<House> {
  const clock = new ManualClock()
  const gateway = new Gateway({ port: 0, serverVersion: 178, clock, limits, ...more })
  await gateway.listen()
  t.teardown(() => gateway.close())
  return {
    gateway,
    clock,
    enter: (clientId) => TwsClient.login({ port: gateway.port, clientId }),
  }
}

/** The code of the next error with that id. */
export async function refusal(client: TwsClient, id: number): Promise<number> {
  return (await client.error(id)).code
}
