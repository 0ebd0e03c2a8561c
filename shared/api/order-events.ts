import { Type } from 'typebox'
import { OrderEvents } from '../schemas/order-event.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'

/** The most events in one answer. */
export const MAX_EVENTS = 1000

const Position = Type.String({
  pattern: '^(now|[0-9TZ:.+@-]{1,400})$',
  description: 'a `cursor`, a moment (ISO 8601) or `now`',
})

export const listOrderEvents = operation({
  operationId: 'listOrderEvents',
  method: 'GET',
  url: '/order/events',
  traffic: 'local',
  produces: 'its own',
  tag: 'orders',
  summary:
    'What happened to the orders of every client, from the ledgers: JSON (`Prefer: wait=N` to wait for news), `text/event-stream` or `application/atom+xml`',
  schema: {
    querystring: Type.Object(
      {
        since: Type.Optional(Position),
        before: Type.Optional(Position),
        limit: Type.Integer({ default: 100, minimum: 1, maximum: MAX_EVENTS }),
      },
      { additionalProperties: false },
    ),
    response: { 200: OrderEvents, 406: ProblemDocument, 410: ProblemDocument },
  },
})

export const openEventSocket = operation({
  operationId: 'openEventSocket',
  method: 'GET',
  url: '/ws',
  traffic: 'local',
  socket: true,
  produces: 'its own',
  tag: 'orders',
  summary:
    'WebSocket: the status of orders as it changes; with the sub-protocol `cloudevents.json` every event',
  schema: {
    querystring: Type.Object({ since: Type.Optional(Position) }, { additionalProperties: false }),
    response: { 426: ProblemDocument },
  },
})

export const orderEventOperations = [listOrderEvents, openEventSocket] as const
