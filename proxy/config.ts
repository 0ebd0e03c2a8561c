import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import {
  ConfigError,
  readEnvironment,
  refuseOpenListen,
  serviceEnvironment,
} from '../shared/env.ts'
import { MAX_POOL_SIZE } from '../shared/ids.ts'
import { ANONYMOUS, type NamedLimits } from '../shared/order-limits.ts'
import { type OriginSource, parseOrigins, sourceOf } from './origins.ts'
import type { PacingSettings } from './pacing/rules.ts'

const environment = {
  ...serviceEnvironment,
  SHUTDOWN_DRAIN_MS: Type.Integer({ default: 0, minimum: 0, maximum: 600_000 }),
  IBREST_PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }),
  INSTANCES: Type.String({ minLength: 1 }),
  KEY_CLIENTS: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_POOL_SIZE })),
  SLOTS_PER_INSTANCE: Type.Integer({ default: 1, minimum: 1, maximum: 64 }),
  QUEUE_LIMIT: Type.Integer({ default: 1000, minimum: 0, maximum: 1_000_000 }),
  REQUEST_TIMEOUT_SECONDS: Type.Number({
    default: 20,
    exclusiveMinimum: 0,
    maximum: MAX_TIMEOUT_SECONDS,
  }),
  ORDERS_PER_MINUTE: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  PROXY_COUNT: Type.Integer({ default: 1, minimum: 1, maximum: 32 }),
  IB_HISTORY_PACING: Type.Unsafe<'on' | 'off'>({
    type: 'string',
    enum: ['on', 'off'],
    default: 'on',
  }),
  IB_LARGE_BARS_PER_MINUTE: Type.Integer({ default: 0, minimum: 0, maximum: 100_000 }),
  IB_MARKET_DATA_LINES: Type.Integer({ default: 100, minimum: 1, maximum: 100_000 }),
  PROBE_INTERVAL_MS: Type.Integer({ default: 500, minimum: 20, maximum: 60_000 }),
  PROBE_TIMEOUT_MS: Type.Integer({ default: 2000, minimum: 20, maximum: 60_000 }),
}

export interface ProxyConfig {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly bodyLimitBytes: number
  readonly shutdownGraceMs: number
  /** how long it serves on when told to stop, so that balancers notice that it is not ready any more */
  readonly shutdownDrainMs: number
  /** where the instances are told, now and later */
  readonly instances: OriginSource
  /** one origin per instance as far as known at the start; the index is the client id */
  readonly origins: readonly string[]
  /** so many client ids share the keys of orders, whatever the number of instances */
  readonly keyClients: number
  readonly slotsPerInstance: number
  /** callers that may wait at once */
  readonly queueLimit: number
  /** deadline of a call that names none, covering waiting and work */
  readonly requestTimeoutMs: number
  /** how many orders may come, by the name of who sends them */
  readonly orderLimits: NamedLimits
  /** what of IB's limits is this proxy's to give out */
  readonly pacing: PacingSettings
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
}

/** What a source names by now; the names of a service are resolved later. @throws ConfigError */
function originsOf(source: OriginSource): readonly string[] {
  if (source.kind === 'list') return source.origins
  if (source.kind === 'dns') return []
  try {
    return parseOrigins(readFileSync(source.path, 'utf8'))
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${source.path}: ${error.message}`)
    throw new ConfigError(`INSTANCES cannot be read: ${(error as Error).message}`)
  }
}

/**
 * Between how many clients keys are shared out. Where instances come and go this must be said: it may be no other
 * after a restart or at another proxy, or the repetition of an order would go to a client that does not know it.
 * @throws ConfigError
 */
function keyClientsOf(source: OriginSource, given: number | undefined): number {
  if (given !== undefined) return given
  if (source.kind === 'list') return source.origins.length
  throw new ConfigError(
    'KEY_CLIENTS is not set and must be where instances can be added: between how many clients the keys of orders\n' +
      '  are shared out, such as the number of instances at the very first start. Never change it: a repeated key\n' +
      '  would not be recognised, and its order placed twice.',
  )
}

/**
 * The proxy's configuration from its environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ProxyConfig {
  const values = readEnvironment(environment, env)
  refuseOpenListen(values.IBREST_HOST, values.ALLOW_OPEN_LISTEN)
  const instances = sourceOf(values.INSTANCES)
  return Object.freeze({
    host: values.IBREST_HOST,
    port: values.IBREST_PORT,
    logLevel: values.LOG_LEVEL,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
    instances,
    origins: originsOf(instances),
    keyClients: keyClientsOf(instances, values.KEY_CLIENTS),
    slotsPerInstance: values.SLOTS_PER_INSTANCE,
    queueLimit: values.QUEUE_LIMIT,
    requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1000,
    orderLimits: { [ANONYMOUS]: { perMinute: values.ORDERS_PER_MINUTE } },
    pacing: Object.freeze({
      proxies: values.PROXY_COUNT,
      history: values.IB_HISTORY_PACING,
      largeBarsPerMinute: values.IB_LARGE_BARS_PER_MINUTE,
      marketDataLines: values.IB_MARKET_DATA_LINES,
    }),
    probeIntervalMs: values.PROBE_INTERVAL_MS,
    probeTimeoutMs: values.PROBE_TIMEOUT_MS,
  })
}
