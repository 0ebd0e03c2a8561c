import { hostname } from 'node:os'
import type { FastifyRequest } from 'fastify'
import { getConfig } from '../shared/api/config.ts'
import { endpointGroups, endpointMap } from '../shared/api/index.ts'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import { mustFit } from '../shared/judged.ts'
import { JSON_TYPE, V1_TYPE, VERSIONS } from '../shared/media.ts'
import { ANONYMOUS } from '../shared/order-limits.ts'
import type { Config } from '../shared/schemas/config.ts'
import { MAX_PAGE_SIZE, PAGE_SIZE } from '../shared/schemas/listing.ts'
import { callerIn } from './auth/caller.ts'
import type { ProxyConfig } from './config.ts'
import type { LocalAnswer } from './forward.ts'
import type { Governor } from './pacing/governor.ts'
import type { Pool } from './pool.ts'
import type { TradingModes } from './trading-mode.ts'

export interface SystemConfigOptions {
  readonly config: ProxyConfig
  readonly pool: Pool
  readonly governor: Governor
  readonly tradingModes: TradingModes
  readonly version: string
  /** who calls has shown no key where one is wanted */
  readonly isStranger: (request: FastifyRequest) => boolean
}

/** What this system is set to and what there is in it, as `/config` and `/` tell it (S4.25, S4.26). */
export class SystemConfig {
  readonly #options: SystemConfigOptions
  readonly #accounts = new Map<number, readonly string[]>()

  constructor(options: SystemConfigOptions) {
    this.#options = options
  }

  /** The accounts an instance says its login has; what is no list is passed over. */
  heard(clientId: number, accounts: unknown): void {
    if (Array.isArray(accounts)) this.#accounts.set(clientId, accounts.map(String))
  }

  /** Those of the accounts that a caller may know of. */
  #accountsFor(request: FastifyRequest): string[] {
    if (this.#options.isStranger(request)) return []
    const seen = callerIn(request.headers)?.accounts ?? null
    const all = [...new Set([...this.#accounts.values()].flat())].sort()
    return seen === null ? all : all.filter((account) => seen.includes(account))
  }

  #whole(request: FastifyRequest): Config {
    const { config, pool, governor, tradingModes, version } = this.#options
    return {
      name: 'IBREST',
      version,
      versions: [...VERSIONS],
      mediaTypes: [JSON_TYPE, V1_TYPE],
      hostname: hostname(),
      tradingMode: tradingModes.mode,
      accounts: this.#accountsFor(request),
      pool: {
        clients: pool.members.map(({ clientId }) => clientId),
        slotsPerInstance: config.slotsPerInstance,
      },
      limits: {
        defaultDeadlineSeconds: config.requestTimeoutMs / 1000,
        maxDeadlineSeconds: MAX_TIMEOUT_SECONDS,
        bodyBytes: config.bodyLimitBytes,
        callersInLine: config.queueLimit,
        pageSize: PAGE_SIZE,
        maxPageSize: MAX_PAGE_SIZE,
        ordersPerMinute: config.orderLimits[ANONYMOUS]?.perMinute ?? null,
        pacing: governor
          .status()
          .map(({ name, quota, windowSeconds }) => ({ name, quota, windowSeconds })),
      },
    }
  }

  readonly answers: Readonly<Record<string, LocalAnswer>> = {
    getConfig: (request, reply) => {
      mustFit(getConfig.schema.querystring, { ...(request.query as object) }, getConfig.url)
      reply.header('cache-control', 'no-store')
      return this.#whole(request)
    },
    getRoot: (request) => {
      const { pool } = this.#options
      const { usable, connected } = pool.status()
      const { name, version, versions, mediaTypes, limits, accounts } = this.#whole(request)
      return {
        ...{ name, component: 'proxy', version, versions },
        hostname: hostname(),
        systems: accounts,
        limits,
        clients: pool.size,
        ...{ usable, connected },
        mediaType: V1_TYPE,
        mediaTypes,
        endpoints: endpointMap(),
        groups: endpointGroups(),
      }
    },
  }
}
