import { readFileSync } from 'node:fs'
import { Type } from 'typebox'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import {
  ConfigError,
  readEnvironment,
  refuseOpenListen,
  serviceEnvironment,
} from '../shared/env.ts'
import { type HostRule, hostRuleOf } from '../shared/hosts.ts'
import { MAX_POOL_SIZE } from '../shared/ids.ts'
import { ANONYMOUS, type NamedLimits } from '../shared/order-limits.ts'
import { readKeys } from './auth/key-file.ts'
import { readSessionKey } from './auth/session-token.ts'
import { readUsers } from './auth/user-file.ts'
import { type RateSettings, rateEnvironment, ratesOf } from './limits/settings.ts'
import { type OriginSource, parseOrigins, sourceOf } from './origins.ts'
import type { PacingSettings } from './pacing/rules.ts'
import { type WallSettings, wallEnvironment, wallOf } from './wall/settings.ts'

/** The variables the proxy reads. */
export const proxyEnvironment = {
  ...serviceEnvironment,
  ...wallEnvironment,
  ...rateEnvironment,
  SHUTDOWN_DRAIN_MS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 600_000,
    description: 'told to stop, it says that it is not ready and serves on for so long, ms',
  }),
  IBREST_PORT: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: 'port to listen on; 0: any free one',
  }),
  INSTANCES: Type.String({
    minLength: 1,
    description:
      'where the instances are: origins with commas between them, the place in the list being the client id; `file:` and a path, or `dns:name:port`, are read again while it runs',
  }),
  KEY_CLIENTS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_POOL_SIZE,
      description:
        'between so many client ids the keys of orders are shared out; must be set where `INSTANCES` is `file:` or `dns:`, otherwise the length of the list; never to be changed',
    }),
  ),
  SLOTS_PER_INSTANCE: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'leased calls an instance works on at once; the same at proxy and instances',
  }),
  QUEUE_LIMIT: Type.Integer({
    default: 1000,
    minimum: 0,
    maximum: 1_000_000,
    description: 'callers that may wait; one more is 503 at once',
  }),
  REQUEST_TIMEOUT_SECONDS: Type.Number({
    default: 20,
    exclusiveMinimum: 0,
    maximum: MAX_TIMEOUT_SECONDS,
    description: 'deadline of a call that names none, waiting and work together',
  }),
  ORDERS_PER_MINUTE: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'orders and changes of each caller in a minute, at each proxy; unset: no limit',
    }),
  ),
  ANALYZER: Type.Optional(
    Type.String({
      enum: ['1', '0', 'yes', 'no'],
      description:
        'calls that would trade are only analyzed and nothing is sent for them, as `X-Analyze: 1` does for one call',
    }),
  ),
  KEYS_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'file of the API keys, as `npm run key` makes it; read again when it changes; unset: nobody is asked who he is',
    }),
  ),
  USERS_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'file of the users who may log in at `/session`, as `npm run key -- user` makes it; read again when it changes',
    }),
  ),
  SESSION_KEY_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'file with 32 characters or more that tokens of sessions are signed with, the same at every proxy; unset: made up at each start',
    }),
  ),
  SESSION_ACCESS_SECONDS: Type.Integer({
    default: 900,
    minimum: 10,
    maximum: 86_400,
    description: 'how long an access token is good',
  }),
  SESSION_SECONDS: Type.Integer({
    default: 43_200,
    minimum: 10,
    maximum: 2_592_000,
    description: 'how long a session is good, refreshed or not',
  }),
  AUDIT_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'file to which a line is added for each call that trades or operates; unset: into the log, marked with `audit`',
    }),
  ),
  PROXY_COUNT: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 32,
    description: "proxies before the same login; each gives out its share of IB's limits",
  }),
  IB_HISTORY_PACING: Type.Unsafe<'on' | 'off'>({
    type: 'string',
    enum: ['on', 'off'],
    default: 'on',
    description: "`off`: IB's limits on history are not minded, and no answers are kept",
  }),
  IB_LARGE_BARS_PER_MINUTE: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 100_000,
    description: 'history requests for bars above 30 s in a minute; 0: not counted',
  }),
  IB_MARKET_DATA_LINES: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 100_000,
    description: 'market data lines of the login',
  }),
  PROBE_INTERVAL_MS: Type.Integer({
    default: 500,
    minimum: 20,
    maximum: 60_000,
    description: 'how often an instance that does not report by itself is asked how it is, ms',
  }),
  PROBE_TIMEOUT_MS: Type.Integer({
    default: 2000,
    minimum: 20,
    maximum: 60_000,
    description: 'an idle instance that has not answered within this is down, ms',
  }),
}

/** Who may call, and where that is written down. */
export interface AuthConfig {
  readonly keysFile: string | undefined
  readonly usersFile: string | undefined
  readonly sessionKeyFile: string | undefined
  /** how long an access token is good, ms */
  readonly accessMs: number
  /** how long a session is good, ms */
  readonly sessionMs: number
  readonly auditFile: string | undefined
}

export interface ProxyConfig {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly bodyLimitBytes: number
  readonly maxHeaderBytes: number
  readonly headerTimeoutMs: number
  readonly bodyTimeoutMs: number
  /** undefined: metrics are where everything else is */
  readonly metricsPort: number | undefined
  /** by which names callers may call; undefined: any */
  readonly hosts: HostRule | undefined
  /** what instances know their proxies by; undefined: they ask for nothing */
  readonly instanceToken: string | undefined
  readonly wall: WallSettings
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
  /** nothing is sent that could become an order */
  readonly isAnalyzer: boolean
  /** how often callers may call */
  readonly rates: RateSettings
  readonly auth: AuthConfig
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

/** Everything that is named can be read, or the proxy does not start. @throws ConfigError */
function mustBeReadable({ keysFile, usersFile, sessionKeyFile }: AuthConfig): void {
  if (keysFile !== undefined) readKeys(keysFile)
  if (usersFile !== undefined) readUsers(usersFile)
  if (sessionKeyFile !== undefined) readSessionKey(sessionKeyFile)
}

/**
 * The proxy's configuration from its environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ProxyConfig {
  const values = readEnvironment(proxyEnvironment, env)
  const wall = wallOf(values)
  const asksWho = values.KEYS_FILE !== undefined || values.USERS_FILE !== undefined
  refuseOpenListen(values.IBREST_HOST, values.ALLOW_OPEN_LISTEN, {
    isGuarded: asksWho && wall.tls !== undefined,
    remedy: 'set KEYS_FILE or USERS_FILE and leave IBREST_TLS on, ',
  })
  const instances = sourceOf(values.INSTANCES)
  const auth = Object.freeze({
    keysFile: values.KEYS_FILE,
    usersFile: values.USERS_FILE,
    sessionKeyFile: values.SESSION_KEY_FILE,
    accessMs: values.SESSION_ACCESS_SECONDS * 1000,
    sessionMs: values.SESSION_SECONDS * 1000,
    auditFile: values.AUDIT_FILE,
  })
  mustBeReadable(auth)
  return Object.freeze({
    host: values.IBREST_HOST,
    port: values.IBREST_PORT,
    logLevel: values.LOG_LEVEL,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    maxHeaderBytes: values.MAX_HEADER_BYTES,
    headerTimeoutMs: values.HEADER_TIMEOUT_MS,
    bodyTimeoutMs: values.BODY_TIMEOUT_MS,
    metricsPort: values.METRICS_PORT,
    hosts: hostRuleOf({ host: values.IBREST_HOST, listed: values.ALLOWED_HOSTS, asksWho }),
    instanceToken: values.INSTANCE_TOKEN,
    wall,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
    instances,
    origins: originsOf(instances),
    keyClients: keyClientsOf(instances, values.KEY_CLIENTS),
    slotsPerInstance: values.SLOTS_PER_INSTANCE,
    queueLimit: values.QUEUE_LIMIT,
    requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1000,
    orderLimits: { [ANONYMOUS]: { perMinute: values.ORDERS_PER_MINUTE } },
    isAnalyzer: values.ANALYZER === '1' || values.ANALYZER === 'yes',
    rates: ratesOf(values),
    auth,
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
