import { type Static, Type } from 'typebox'
import { NullableInstant, NullableInteger, NullableNumber, NullableString, OneOf } from './value.ts'

/** Where an instance stands with the gateway: no socket, saying hello, logged in, or logged in with IB itself out of reach. */
export const LINK_STATES = ['connecting', 'greeting', 'ready', 'cut-off', 'waiting'] as const

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
  inflight: Type.Integer({ description: 'leased calls being worked on' }),
  overlaps: Type.Integer({
    description: 'times a leased call began beside another beyond the slots; must stay 0',
  }),
  refused: Type.Integer({ description: 'leased calls refused because the slots were taken' }),
  reconnects: Type.Integer(),
  pid: Type.Integer(),
})
export type InstanceStatus = Static<typeof InstanceStatus>

/** What the proxy knows of one place for a call at an instance. */
export const SLOT_STATES = ['down', 'idle', 'busy', 'draining'] as const

/** One client id as the proxy sees it. */
export const ClientStatus = Type.Object({
  clientId: Type.Integer(),
  connected: Type.Boolean(),
  state: OneOf(SLOT_STATES),
  since: NullableInstant,
  reason: NullableString,
  hint: NullableString,
  slots: Type.Integer(),
  busy: Type.Integer(),
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
  usable: Type.Integer(),
  idle: Type.Integer(),
  busy: Type.Integer(),
  down: Type.Integer(),
  connected: Type.Record(Type.String(), Type.Boolean(), { description: 'by client id' }),
  queue: Type.Object({
    length: Type.Integer(),
    limit: Type.Integer(),
    oldestWaitMs: NullableNumber,
  }),
  clients: Type.Array(ClientStatus),
})
export type PoolStatus = Static<typeof PoolStatus>

/** What the proxy answers to `GET /clients`. */
export const ProxyStatus = Type.Object({
  ...PoolStatus.properties,
  pacing: Type.Array(PacingStatus),
})
export type ProxyStatus = Static<typeof ProxyStatus>
