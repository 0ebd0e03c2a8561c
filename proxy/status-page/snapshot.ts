import type { FastifyRequest } from 'fastify'
import type { ClientStatus, InstanceStatus, ProxyStatus } from '../../shared/schemas/client.ts'
import type { KillSwitch } from '../kill-switch.ts'
import type { Governor } from '../pacing/governor.ts'
import type { Pool } from '../pool.ts'
import type { TradingModes } from '../trading-mode.ts'
import { type Alert, alertsOf } from './alerts.ts'
import type { LatencyView } from './latency.ts'
import type { OrderCallsView } from './order-calls.ts'
import type { RecentCall } from './recent-calls.ts'

/** A leased call that runs at a client. */
export interface RunningCall {
  readonly method: string
  readonly route: string
  /** when it was given its slot */
  readonly since: string
}

/** What an instance last said of itself that people should see. */
export type Said = Partial<
  Pick<InstanceStatus, 'overlaps' | 'reconnects' | 'restartWindow' | 'tradingMode'>
>

export interface ClientFacts extends ClientStatus {
  readonly running: readonly RunningCall[]
  /** null: nothing was heard of it yet */
  readonly said: Said | null
}

/** All that is shown, but for what follows from it. Times are UTC. */
export interface StatusFacts extends Omit<ProxyStatus, 'clients'> {
  readonly at: string
  readonly proxy: {
    readonly version: string
    readonly since: string
    readonly isLeaving: boolean
  }
  readonly clients: readonly ClientFacts[]
  readonly latency: LatencyView
  /** calls that ended since the proxy started; its own answers such as `/clients` are not counted */
  readonly calls: number
  readonly orderCalls: OrderCallsView
  readonly recent: readonly RecentCall[]
}

/** What `/status` tells: `GET /clients`, the calls lately, and what a person should know about it. */
export interface StatusSnapshot extends StatusFacts {
  readonly alerts: readonly Alert[]
}

/** Where a snapshot is read from. */
export interface StatusSources {
  readonly pool: Pool
  readonly killSwitch: KillSwitch
  readonly tradingModes: TradingModes
  readonly governor: Governor
  readonly version: string
  readonly isLeaving: () => boolean
  /** brings what was seen of calls up to now */
  readonly settle: () => void
  /** a stream is ended when its caller may not call any more; the function it gives forgets that */
  readonly hold: (request: FastifyRequest, end: () => void) => () => void
}

/** What was seen of calls and instances as they went by. */
export interface Seen {
  readonly begun: number
  readonly said: ReadonlyMap<number, Said>
  readonly calls: number
  readonly latency: LatencyView
  readonly orderCalls: OrderCallsView
  readonly recent: readonly RecentCall[]
}

/** How everything stands `now`, epoch ms. */
export function snapshotOf(
  { pool, killSwitch, tradingModes, governor, version, isLeaving }: StatusSources,
  { begun, said, ...seen }: Seen,
  now: number,
): StatusSnapshot {
  const status = pool.status()
  const facts: StatusFacts = {
    at: new Date(now).toISOString(),
    proxy: { version, since: new Date(begun).toISOString(), isLeaving: isLeaving() },
    ...status,
    clients: status.clients.map((client) => ({
      ...client,
      running: runningAt(pool, client.clientId),
      said: said.get(client.clientId) ?? null,
    })),
    orders: killSwitch.state,
    tradingMode: tradingModes.mode,
    pacing: governor.status(),
    ...seen,
  }
  return { ...facts, alerts: alertsOf(facts) }
}

function runningAt(pool: Pool, clientId: number): RunningCall[] {
  const leases = pool.members[clientId]?.slots.flatMap(({ lease }) => lease ?? []) ?? []
  return leases.map(({ holder: { method = '', route = '' }, begun }) => ({
    ...{ method, route },
    since: new Date(begun).toISOString(),
  }))
}

/** Another text when a client has come or gone, or somebody has thrown a switch: not each call a client is given. */
export function markOf({ pool, killSwitch, isLeaving }: StatusSources): string {
  const clients = pool.members.map(({ isUp, whyDraining, slots }) =>
    [isUp, whyDraining, slots[0]?.state === 'drained'].join(),
  )
  const { at, paused } = killSwitch.state
  return [...clients, pool.pause.since, at, paused, isLeaving()].join(' ')
}
