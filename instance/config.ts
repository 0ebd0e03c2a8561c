import { join } from 'node:path'
import { Type } from 'typebox'
import { MAX_TIMEOUT_SECONDS } from '../shared/deadline.ts'
import {
  ConfigError,
  readEnvironment,
  refuseOpenListen,
  serviceEnvironment,
} from '../shared/env.ts'
import { type HostRule, hostRuleOf } from '../shared/hosts.ts'
import { ANONYMOUS, type NamedLimits } from '../shared/order-limits.ts'
import { TRADING_MODES, type TradingMode } from '../shared/schemas/client.ts'
import { OneOf } from '../shared/schemas/value.ts'
import type { SessionLimits } from './ib/observer.ts'
import { parseRestartWindows, type RestartWindow } from './restart-window.ts'

/** Instance n listens on this and n where nothing else is said. */
const BASE_PORT = 3100
const MAX_PORT = 65_535

/** The variables an instance reads. */
export const instanceEnvironment = {
  ...serviceEnvironment,
  IBGW_HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'where TWS or IB Gateway is',
  }),
  IBGW_PORT: Type.Integer({
    default: 4002,
    minimum: 1,
    maximum: MAX_PORT,
    description:
      'its API port: Gateway 4001 live, 4002 paper; TWS 7496 live, 7497 paper; the relays of the container image 4003 live, 4004 paper',
  }),
  IBGW_CLIENT_ID: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 2_147_483_647,
    description: 'the API client id of this instance; it takes no other one',
  }),
  IBREST_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_PORT,
      description: `port to listen on; unset: ${BASE_PORT} + \`IBGW_CLIENT_ID\`; 0: any free one`,
    }),
  ),
  DATA_DIR: Type.String({
    default: 'data',
    minLength: 1,
    description: 'folder of the ledgers, `client-3.sqlite` for client 3; one for each login',
  }),
  SLOTS_PER_INSTANCE: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'leased calls an instance works on at once; the same at proxy and instances',
  }),
  REQUEST_TIMEOUT_SECONDS: Type.Number({
    default: 20,
    exclusiveMinimum: 0,
    maximum: MAX_TIMEOUT_SECONDS,
    description: 'deadline of a call that names none, waiting and work together',
  }),
  REQUIRE_IDEMPOTENCY_KEY: Type.Optional(
    OneOf(['1', '0', 'yes', 'no'], {
      description:
        'orders are taken only with an `Idempotency-Key` or a `clientOrderId`; unset: on the live ports 4001, 4003 and 7496',
    }),
  ),
  ANALYZER: Type.Optional(
    OneOf(['1', '0', 'yes', 'no'], {
      description:
        'calls that would trade are only analyzed and nothing is sent for them, as `X-Analyze: 1` does for one call',
    }),
  ),
  ORDER_MAX_QUANTITY: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'of one order; unset: no limit' }),
  ),
  ORDER_MAX_NOTIONAL: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: "of one order, in the contract's currency; unset: no limit",
    }),
  ),
  TRADING_MODE: Type.Optional(
    OneOf(TRADING_MODES, {
      description:
        'whose money it is; a login that contradicts it does not trade; unset: its accounts tell',
    }),
  ),
  RESTART_WINDOW: Type.Optional(
    Type.String({
      description:
        'when no new orders are taken, with commas between: `23:45-00:05 America/New_York, Sun 01:00-06:00 Europe/Zurich`; unset: never',
    }),
  ),
  IB_MESSAGES_PER_SECOND: Type.Integer({
    default: 40,
    minimum: 1,
    maximum: 100_000,
    description: 'messages this client sends to the gateway; more wait, orders before reads',
  }),
  MIRROR: OneOf(['on', 'off'], {
    default: 'on',
    description: '`off`: positions and executions are asked of IB each time',
  }),
  MIRROR_RECHECK_SECONDS: Type.Number({
    default: 60,
    exclusiveMinimum: 0,
    maximum: 3600,
    description: 'how often what is mirrored is held against IB',
  }),
  FEED_POLLING_TIMEOUT_SECONDS: Type.Number({
    default: 60,
    exclusiveMinimum: 0,
    maximum: 86_400,
    description: 'a subscription that is not read for so long ends (410)',
  }),
  FEED_LINGER_SECONDS: Type.Number({
    default: 10,
    minimum: 0,
    maximum: 3600,
    description: 'how long a feed keeps its IB line after its last reader has gone',
  }),
  FEED_HEARTBEAT_SECONDS: Type.Number({
    default: 15,
    exclusiveMinimum: 0,
    maximum: 3600,
    description: 'a stream on which nothing happens says so that often',
  }),
  RECONNECT_MIN_MS: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 60_000,
    description: 'wait before logging in again, ms; it doubles while that fails',
  }),
  RECONNECT_MAX_MS: Type.Integer({
    default: 5000,
    minimum: 1,
    maximum: 600_000,
    description: 'the longest it waits before logging in again, ms',
  }),
}

/** Ports of live logins: of the gateway, of TWS, of the container image's relay (facts §3.3). */
const LIVE_PORTS = [4001, 7496, 4003]

function isYes(word: string | undefined): boolean | undefined {
  return word === undefined ? undefined : word === '1' || word === 'yes'
}

/** What a proxy may add to a head that it has taken. */
const PROXY_FIELD_BYTES = 4096

/** A reader of a stream that takes nothing for so long is let go, ms. */
const SLOW_READER_MS = 60_000

/** How long silence of the gateway is borne (facts §5); not for the operator to tune. */
const LIMITS: SessionLimits = {
  connectTimeoutMs: 5000,
  greetingTimeoutMs: 5000,
  quietMs: 15_000,
  silentMs: 5000,
  staleHoldMs: 5000,
}

export interface InstanceConfig {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly bodyLimitBytes: number
  readonly maxHeaderBytes: number
  readonly headerTimeoutMs: number
  readonly bodyTimeoutMs: number
  /** undefined: metrics are where everything else is */
  readonly metricsPort: number | undefined
  /** by which names it may be called; undefined: any */
  readonly hosts: HostRule | undefined
  /** what its proxies bear; undefined: everybody is let in */
  readonly token: string | undefined
  readonly shutdownGraceMs: number
  readonly gateway: { readonly host: string; readonly port: number }
  readonly clientId: number
  /** file of the ledger, or `:memory:` */
  readonly ledgerPath: string
  /** leased calls worked on at once */
  readonly slots: number
  /** deadline of a call that names none */
  readonly requestTimeoutMs: number
  /** orders are taken only under an Idempotency-Key or a clientOrderId */
  readonly requireKey: boolean
  /** nothing is sent that could become an order */
  readonly isAnalyzer: boolean
  /** what the operator says this login trades with; undefined: its accounts tell */
  readonly tradingMode: TradingMode | undefined
  /** how large one order may be, by the name of who sends it */
  readonly orderLimits: NamedLimits
  /** when the gateway is expected to restart; none unless told */
  readonly restartWindows: readonly RestartWindow[]
  /** the clock of the restart windows, ms since 1970, where it is not this machine's */
  readonly now?: () => number
  readonly messagesPerSecond: number
  /** reads are answered from what IB pushes, where that is as good as asking */
  readonly isMirrored: boolean
  /** how often the mirror is held against what IB says when asked */
  readonly mirrorRecheckMs: number
  /** a subscription that is not read for so long ends */
  readonly feedExpiryMs: number
  /** a feed without readers keeps its line so long */
  readonly feedLingerMs: number
  /** a stream of a feed on which nothing happens says so */
  readonly feedHeartbeatMs: number
  /** its reader is let go when it takes nothing for so long */
  readonly slowReaderMs: number
  readonly reconnectMinMs: number
  readonly reconnectMaxMs: number
  readonly limits: SessionLimits
}

function restartWindowsOf(text: string | undefined): RestartWindow[] {
  try {
    return parseRestartWindows(text ?? '')
  } catch (error) {
    throw new ConfigError(`RESTART_WINDOW lists times of day: ${(error as Error).message}`)
  }
}

/**
 * The instance's configuration from its environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): InstanceConfig {
  const values = readEnvironment(instanceEnvironment, env)
  const token = values.INSTANCE_TOKEN
  const asksWho = token !== undefined
  refuseOpenListen(values.IBREST_HOST, values.ALLOW_OPEN_LISTEN, {
    isGuarded: asksWho,
    remedy: 'set INSTANCE_TOKEN here and at the proxy, ',
  })
  const { IBGW_HOST, IBGW_PORT, IBGW_CLIENT_ID } = values
  return Object.freeze({
    host: values.IBREST_HOST,
    port: values.IBREST_PORT ?? Math.min(MAX_PORT, BASE_PORT + IBGW_CLIENT_ID),
    logLevel: values.LOG_LEVEL,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    maxHeaderBytes: values.MAX_HEADER_BYTES + PROXY_FIELD_BYTES,
    headerTimeoutMs: values.HEADER_TIMEOUT_MS,
    bodyTimeoutMs: values.BODY_TIMEOUT_MS,
    metricsPort: values.METRICS_PORT,
    hosts: hostRuleOf({ host: values.IBREST_HOST, listed: values.ALLOWED_HOSTS, asksWho }),
    token,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    gateway: { host: IBGW_HOST, port: IBGW_PORT },
    clientId: IBGW_CLIENT_ID,
    ledgerPath: join(values.DATA_DIR, `client-${IBGW_CLIENT_ID}.sqlite`),
    slots: values.SLOTS_PER_INSTANCE,
    requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1000,
    // real money: a retry must not buy twice
    requireKey: isYes(values.REQUIRE_IDEMPOTENCY_KEY) ?? LIVE_PORTS.includes(IBGW_PORT),
    isAnalyzer: isYes(values.ANALYZER) ?? false,
    tradingMode: values.TRADING_MODE,
    orderLimits: {
      [ANONYMOUS]: {
        maxQuantity: values.ORDER_MAX_QUANTITY,
        maxNotional: values.ORDER_MAX_NOTIONAL,
      },
    },
    restartWindows: restartWindowsOf(values.RESTART_WINDOW),
    messagesPerSecond: values.IB_MESSAGES_PER_SECOND,
    isMirrored: values.MIRROR === 'on',
    mirrorRecheckMs: Math.ceil(values.MIRROR_RECHECK_SECONDS * 1000),
    feedExpiryMs: Math.ceil(values.FEED_POLLING_TIMEOUT_SECONDS * 1000),
    feedLingerMs: Math.ceil(values.FEED_LINGER_SECONDS * 1000),
    feedHeartbeatMs: Math.ceil(values.FEED_HEARTBEAT_SECONDS * 1000),
    slowReaderMs: SLOW_READER_MS,
    reconnectMinMs: values.RECONNECT_MIN_MS,
    reconnectMaxMs: Math.max(values.RECONNECT_MIN_MS, values.RECONNECT_MAX_MS),
    limits: LIMITS,
  })
}
