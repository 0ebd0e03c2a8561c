import { type Static, Type } from 'typebox'
import { NullableInstant, NullableInteger, NullableNumber, NullableString, OneOf } from './value.ts'

/** Where an instance stands with the gateway: no socket, saying hello, logged in, or logged in with IB itself out of reach. */
export const LINK_STATES = ['connecting', 'greeting', 'ready', 'cut-off', 'waiting'] as const

/** The switch that stops new orders: of two words the later is true, at every process that knows both. */
export const KillSwitchState = Type.Object({
  paused: Type.Boolean({ description: 'nothing that opens or changes an order is taken' }),
  at: Type.Integer({ description: 'when it was thrown, ms since 1970; 0: never' }),
  reason: NullableString,
})
export type KillSwitchState = Static<typeof KillSwitchState>

/** Whose money an order moves, least at stake first. Shown on answers about orders as `Trading-Mode`. */
export const TRADING_MODES = ['simulated', 'paper', 'live'] as const
export type TradingMode = (typeof TRADING_MODES)[number]

/** One instance's own word on itself (its `GET /clients`); HTTP status 200 when usable, else 503. */
export const InstanceStatus = Type.Object({
  clientId: Type.Integer(),
  connected: Type.Boolean(),
  state: OneOf(LINK_STATES),
  since: NullableInstant,
  reason: NullableString,
  hint: NullableString,
  gateway: Type.String({ description: 'host:port' }),
  serverVersion: NullableInteger,
  accounts: Type.Array(Type.String()),
  tradingMode: OneOf(TRADING_MODES),
  inflight: Type.Integer({ description: 'leased calls being worked on' }),
  overlaps: Type.Integer({
    description: 'times a leased call began beside another beyond the slots; must stay 0',
  }),
  refused: Type.Integer({ description: 'leased calls refused because the slots were taken' }),
  reconnects: Type.Integer(),
  orders: KillSwitchState,
  restartWindow: Type.Unsafe<{ until: string } | null>({
    description: 'while the gateway is expected to restart: until when',
    anyOf: [Type.Object({ until: Type.String() }), { type: 'null' }],
  }),
  pid: Type.Integer(),
})
export type InstanceStatus = Static<typeof InstanceStatus>

/**
 * What the proxy knows of one place for a call at an instance. `draining`: it takes no new leased calls, one still
 * runs; `drained`: none runs any more.
 */
export const SLOT_STATES = ['down', 'idle', 'busy', 'draining', 'drained'] as const

/** One client id as the proxy sees it. */
export const ClientStatus = Type.Object({
  clientId: Type.Integer(),
  origin: Type.String({ description: 'where its instance is' }),
  connected: Type.Boolean({
    description: 'calls about its orders are carried to it, also while it is drained',
  }),
  state: OneOf(SLOT_STATES),
  since: NullableInstant,
  reason: NullableString,
  hint: NullableString,
  slots: Type.Integer(),
  busy: Type.Integer(),
  active: Type.Integer({
    description:
      'leased calls that have not ended at its instance, also where the slot has gone down',
  }),
  beside: Type.Integer({
    description:
      'calls that take no slot and have not ended there: by order id, by key, waiting for a fill',
  }),
  calls: Type.Integer({ description: 'leased calls served since the proxy started' }),
})
export type ClientStatus = Static<typeof ClientStatus>

/** One of IB's limits for the login, and what is left of it. */
export const PacingStatus = Type.Object({
  name: Type.String(),
  quota: Type.Integer({ description: "this proxy's share" }),
  windowSeconds: NullableNumber,
  remaining: Type.Integer(),
  waiting: Type.Integer({ description: 'calls it holds up' }),
})
export type PacingStatus = Static<typeof PacingStatus>

/** The pool: every client id, how many are free, who waits. */
export const PoolStatus = Type.Object({
  usable: Type.Integer({ description: 'clients that are connected and not drained' }),
  idle: Type.Integer(),
  busy: Type.Integer(),
  down: Type.Integer(),
  paused: Type.Union([Type.Object({ since: Type.String({ format: 'date-time' }) }), Type.Null()], {
    description: 'newcomers wait, cancels excepted, until the pool is resumed',
  }),
  connected: Type.Record(Type.String(), Type.Boolean(), { description: 'by client id' }),
  queue: Type.Object({
    length: Type.Integer(),
    limit: Type.Integer(),
    oldestWaitMs: NullableNumber,
  }),
  waiting: Type.Object(
    {
      cancel: Type.Integer(),
      order: Type.Integer(),
      read: Type.Integer(),
      history: Type.Integer(),
    },
    { description: 'callers in line, by the class that decides who is next' },
  ),
  held: Type.Integer({
    description: 'calls that take no slot and wait for the end of a pause',
  }),
  maxWaitMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'how long the caller in line who came first has waited; null when nobody waits',
  }),
  meanServiceMs: Type.Number({
    description:
      'running mean of the time a leased call takes at its instance, newer calls count more',
  }),
  utilisation: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
    description:
      'share of the time of all usable slots in which they were at work, over the last 10 s; null when none was usable',
  }),
  clients: Type.Array(ClientStatus),
})
export type PoolStatus = Static<typeof PoolStatus>

/** What the proxy's `GET /clients` says: the pool, whether orders are taken, and what is left of IB's limits. */
export const ProxyStatus = Type.Object({
  ...PoolStatus.properties,
  orders: KillSwitchState,
  tradingMode: Type.Unsafe<TradingMode | null>({
    enum: [...TRADING_MODES, null],
    description: 'as the instances last told; null while none has',
  }),
  pacing: Type.Array(PacingStatus),
})
export type ProxyStatus = Static<typeof ProxyStatus>

/** A switch after it was thrown at the proxy: which clients know, and which will be told when they can be reached. */
export const SwitchThrown = Type.Object({
  ...KillSwitchState.properties,
  clients: Type.Object({
    told: Type.Array(Type.Integer()),
    untold: Type.Array(Type.Integer()),
  }),
})
export type SwitchThrown = Static<typeof SwitchThrown>
