import { type Static, Type } from 'typebox'
import type { Commission } from './execution.ts'
import type { Order } from './order.ts'
import { NullableString, OneOf } from './value.ts'

/**
 * What can happen to an order: `placed` is written down before its bytes leave, `acknowledged` IB has taken it,
 * `unknown` nobody can say whether it lives.
 */
export const ORDER_EVENTS = [
  'placed',
  'acknowledged',
  'modified',
  'partially_executed',
  'executed',
  'canceled',
  'rejected',
  'unknown',
  'commission',
] as const
export type OrderEventWord = (typeof ORDER_EVENTS)[number]

/** Between the two nobody listened; what happened meanwhile stands before `closed`. */
export const GAP_EVENTS = ['opened', 'closed'] as const
export type GapEventWord = (typeof GAP_EVENTS)[number]

/** The types of events, in the manner of CloudEvents. */
export const EVENT_TYPES = [
  ...ORDER_EVENTS.map((word) => `ibrest.order.${word}` as const),
  ...GAP_EVENTS.map((word) => `ibrest.gap.${word}` as const),
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Around a time nobody listened. */
export const Gap = Type.Object({
  reason: NullableString,
  since: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    format: 'date-time',
    description: 'from when on something may have been missed',
  }),
})
export type Gap = Static<typeof Gap>

/** An event in the JSON form of CloudEvents 1.0, with its place in its client's own sequence. */
export const OrderEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ description: 'unique among all clients: `3-45`' }),
    source: Type.String({ description: '`/clients/3`' }),
    type: OneOf(EVENT_TYPES),
    subject: Type.Optional(Type.String({ description: "the order's id; a gap has none" })),
    time: Type.String({ format: 'date-time' }),
    datacontenttype: Type.Literal('application/json'),
    sequence: Type.Integer({ description: 'rises by any step within one client' }),
    clientid: Type.Integer(),
    account: Type.Optional(
      Type.String({ description: 'whose order it is, as far as that is known; a gap has none' }),
    ),
    data: Type.Unsafe<Order | Commission | Gap>({
      type: 'object',
      additionalProperties: true,
      description: 'the order as it stood then, a commission, or a gap',
    }),
  },
  { title: 'OrderEvent' },
)
export type OrderEvent = Static<typeof OrderEvent>

/** Events and where to go on reading. */
export const OrderEvents = Type.Object({
  events: Type.Array(OrderEvent),
  cursor: Type.String({ description: 'give it as `since` to read what follows' }),
  more: Type.Boolean({ description: 'there are further ones already' }),
  missing: Type.Array(Type.Integer(), {
    description: 'clients that could not be asked; their events come once they can',
  }),
})
export type OrderEvents = Static<typeof OrderEvents>
