import type { FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import type { TSchema } from 'typebox'
import { drainClient, pauseClients, resumeClient, resumeClients } from '../shared/api/clients.ts'
import { timeoutOf } from '../shared/deadline.ts'
import { echo } from '../shared/echo.ts'
import { mustFit } from '../shared/judged.ts'
import type { ProxyStatus } from '../shared/schemas/client.ts'
import type { LocalAnswer } from './forward.ts'
import { type KillSwitch, reasonIn } from './kill-switch.ts'
import type { Member } from './member.ts'
import type { Governor } from './pacing/governor.ts'
import type { Pool } from './pool.ts'
import { clientView } from './pool-view.ts'
import { shuttingDown, unknownClient } from './refusals.ts'
import type { TradingModes } from './trading-mode.ts'

export interface StatusOptions {
  readonly isStranger: (request: FastifyRequest) => boolean
  readonly pool: Pool
  readonly killSwitch: KillSwitch
  readonly tradingModes: TradingModes
  readonly governor: Governor
  readonly registry: Registry
  readonly version: string
  /** deadline of a call that names none, ms */
  readonly requestTimeoutMs: number
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
  requestTimeoutMs,
  isClosing,
  isStranger,
}: StatusOptions): Record<string, LocalAnswer> {
  const started = Date.now()
  return {
    getBeacon: () => {
      if (isClosing()) throw shuttingDown()
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
    getClients: (request, reply) => {
      const status: ProxyStatus = {
        ...pool.status(),
        orders: killSwitch.state,
        tradingMode: tradingModes.mode,
        pacing: governor.status(),
      }
      // who comes to a paused pool waits and is not refused
      const ready = (status.usable > 0 || status.paused !== null) && !isClosing()
      if (!ready) reply.header('retry-after', '2')
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(isStranger(request) ? forStrangers(status) : status)
    },
    pauseOrders: (request) => killSwitch.throw(true, reasonIn(request)),
    resumeOrders: (request) => killSwitch.throw(false, reasonIn(request)),
    pauseClients: async (request, reply) => {
      refuseQuery(pauseClients, request)
      pool.holdAll()
      await pool.quiet(timeoutOf(request.headers, requestTimeoutMs))
      const isQuiet = (await pool.quiet(0)) && pool.pause.since !== undefined
      return reply.code(isQuiet ? 200 : 202).send(pool.status())
    },
    resumeClients: (request) => {
      refuseQuery(resumeClients, request)
      pool.resumeAll()
      return pool.status()
    },
    drainClient: (request) => {
      refuseQuery(drainClient, request)
      const member = memberNamed(pool, request)
      pool.drain(member.clientId)
      return clientView(member)
    },
    resumeClient: (request) => {
      refuseQuery(resumeClient, request)
      const member = memberNamed(pool, request)
      pool.resume(member.clientId)
      return clientView(member)
    },
    echoRequest: (request) => echo(request),
    getMetrics: async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  }
}

/** As much as a balancer needs: neither where instances are, nor words that may name accounts. */
function forStrangers(status: ProxyStatus): ProxyStatus {
  return {
    ...status,
    orders: { ...status.orders, reason: null },
    clients: status.clients.map((client) => ({ ...client, origin: '', reason: null, hint: null })),
  }
}

/** @throws Problem REQUEST_INVALID for a query that nothing is done with */
function refuseQuery(
  { url, schema }: { url: string; schema: { querystring: TSchema } },
  request: FastifyRequest,
): void {
  mustFit(schema.querystring, { ...(request.query as object) }, url)
}

/** @throws Problem PROXY_UNKNOWN_CLIENT */
function memberNamed(pool: Pool, request: FastifyRequest): Member {
  const { clientId } = request.params as { clientId: string }
  const member = /^\d{1,9}$/.test(clientId) ? pool.members[Number(clientId)] : undefined
  if (member !== undefined) return member
  throw unknownClient(clientId, pool.size)
}
