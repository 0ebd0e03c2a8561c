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
