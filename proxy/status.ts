import type { Registry } from 'prom-client'
import { endpointMap } from '../shared/api/index.ts'
import { echo } from '../shared/echo.ts'
import { problem } from '../shared/problem.ts'
import type { ProxyStatus } from '../shared/schemas/client.ts'
import type { LocalAnswer } from './forward.ts'
import { type KillSwitch, reasonIn } from './kill-switch.ts'
import type { Governor } from './pacing/governor.ts'
import type { Pool } from './pool.ts'
import type { TradingModes } from './trading-mode.ts'

export interface StatusOptions {
  readonly pool: Pool
  readonly killSwitch: KillSwitch
  readonly tradingModes: TradingModes
  readonly governor: Governor
  readonly registry: Registry
  readonly version: string
  readonly isClosing: () => boolean
}

/** What the proxy answers itself, by operation id: who it is, whether it lives, how its pool stands. */
export function localAnswers({
  pool,
  killSwitch,
  tradingModes,
  governor,
  registry,
  version,
  isClosing,
}: StatusOptions): Record<string, LocalAnswer> {
  const started = Date.now()
  return {
    getRoot: () => {
      const { usable, connected } = pool.status()
      return {
        name: 'IBREST',
        component: 'proxy',
        version,
        clients: pool.size,
        usable,
        connected,
        mediaType: 'application/vnd.ibrest.v1+json',
        endpoints: endpointMap(),
      }
    },
    getBeacon: () => {
      if (isClosing()) throw problem('PROXY_SHUTTING_DOWN', { retryAfter: 2 })
      const now = Date.now()
      return {
        alive: true,
        component: 'proxy',
        version,
        datetime: new Date(now).toISOString(),
        timestamp: now / 1000,
        uptimeSeconds: (now - started) / 1000,
      }
    },
    getClients: (_, reply) => {
      const status: ProxyStatus = {
        ...pool.status(),
        orders: killSwitch.state,
        tradingMode: tradingModes.mode,
        pacing: governor.status(),
      }
      const ready = status.usable > 0 && !isClosing()
      if (!ready) reply.header('retry-after', '2')
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(status)
    },
    pauseOrders: (request) => killSwitch.throw(true, reasonIn(request)),
    resumeOrders: (request) => killSwitch.throw(false, reasonIn(request)),
    echoRequest: (request) => echo(request),
    getMetrics: async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  }
}
