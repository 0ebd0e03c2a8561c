import { Type } from 'typebox'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import {
  ConfigError,
  readEnvironment,
  refuseOpenListen,
  serviceEnvironment,
} from '../shared/env.ts'
import { MAX_POOL_SIZE } from '../shared/ids.ts'

const environment = {
  ...serviceEnvironment,
  SHUTDOWN_DRAIN_MS: Type.Integer({ default: 0, minimum: 0, maximum: 600_000 }),
  IBREST_PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }),
  INSTANCES: Type.String({ minLength: 1 }),
  SLOTS_PER_INSTANCE: Type.Integer({ default: 1, minimum: 1, maximum: 64 }),
  QUEUE_LIMIT: Type.Integer({ default: 1000, minimum: 0, maximum: 1_000_000 }),
  REQUEST_TIMEOUT_SECONDS: Type.Number({
    default: 20,
    exclusiveMinimum: 0,
    maximum: MAX_TIMEOUT_SECONDS,
  }),
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
  /** one origin per instance; the index is the client id */
  readonly origins: readonly string[]
  readonly slotsPerInstance: number
  /** callers that may wait at once */
  readonly queueLimit: number
  /** deadline of a call that names none, covering waiting and work */
  readonly requestTimeoutMs: number
  readonly probeIntervalMs: number
  readonly probeTimeoutMs: number
}

function originsOf(text: string): string[] {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const wrong = origins.filter((origin) => {
    const url = URL.parse(origin)
    return (
      url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== ''
    )
  })
  if (wrong.length > 0) {
    throw new ConfigError(
      `INSTANCES must list origins such as http://127.0.0.1:3100; these are none: ${wrong.join(', ')}`,
    )
  }
  const unique = origins.map((origin) => new URL(origin).origin)
  if (new Set(unique).size !== unique.length) {
    throw new ConfigError(
      'INSTANCES names an origin twice; each client id needs an instance of its own',
    )
  }
  if (unique.length === 0 || unique.length > MAX_POOL_SIZE) {
    throw new ConfigError(`INSTANCES must list 1 to ${MAX_POOL_SIZE} origins, in client-id order`)
  }
  return unique
}

/**
 * The proxy's configuration from its environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ProxyConfig {
  const values = readEnvironment(environment, env)
  refuseOpenListen(values.IBREST_HOST, values.ALLOW_OPEN_LISTEN)
  return Object.freeze({
    host: values.IBREST_HOST,
    port: values.IBREST_PORT,
    logLevel: values.LOG_LEVEL,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
    origins: originsOf(values.INSTANCES),
    slotsPerInstance: values.SLOTS_PER_INSTANCE,
    queueLimit: values.QUEUE_LIMIT,
    requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1000,
    probeIntervalMs: values.PROBE_INTERVAL_MS,
    probeTimeoutMs: values.PROBE_TIMEOUT_MS,
  })
}
