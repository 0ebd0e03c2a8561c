import { Type } from 'typebox'
import { listingFields } from '../schemas/listing.ts'
import { LatencyRow, STAGES, TrafficCall } from '../schemas/traffic.ts'
import { OneOf } from '../schemas/value.ts'
import { inParts, operation } from './operation.ts'

const operationId = Type.Optional(
  Type.String({ maxLength: 64, description: 'operationId, such as `placeOrder`' }),
)
const clientId = Type.Optional(Type.Integer({ minimum: 0, maximum: 31 }))

/** Which of the last calls are wanted. */
export const TrafficFilter = Type.Object(
  {
    caller: Type.Optional(Type.String({ maxLength: 80, description: 'by name; `anonymous`' })),
    operation: operationId,
    clientId,
    status: Type.Optional(
      Type.String({
        pattern: '^[1-5](\\d\\d|xx)$',
        description: '`429`, or `5xx` for all of them',
      }),
    ),
    minMs: Type.Optional(Type.Number({ minimum: 0, description: 'that took at least so long' })),
  },
  { additionalProperties: false },
)

/** Which latencies are wanted. */
export const LatencyFilter = Type.Object(
  {
    operation: operationId,
    clientId,
    byClient: Type.Optional(
      Type.Boolean({ description: 'a row for each client id; otherwise all of them together' }),
    ),
    stage: Type.Optional(OneOf(STAGES)),
    withinMs: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'what share was no longer is told as `within`',
      }),
    ),
  },
  { additionalProperties: false },
)

export const listTraffic = operation({
  operationId: 'listTraffic',
  method: 'GET',
  url: '/clients/traffic',
  traffic: 'local',
  onlyProxy: true,
  list: {
    time: ['at'],
    summary: ['at', 'caller', 'method', 'route', 'status', 'clientId', 'totalMs'],
  },
  tag: 'clients',
  summary:
    'The last 500 calls of this proxy, newest first: who, where, how long at which stage; never bodies',
  schema: {
    querystring: Type.Object(
      { ...TrafficFilter.properties, ...listingFields },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(TrafficCall)),
  },
})

export const listLatency = operation({
  operationId: 'listLatency',
  method: 'GET',
  url: '/clients/latency',
  traffic: 'local',
  onlyProxy: true,
  list: { summary: ['operation', 'clientId', 'stage', 'calls', 'p50Ms', 'p99Ms'] },
  tag: 'clients',
  summary:
    'How long each operation took of late at this proxy, by stage and client: p50, p90, p95, p99',
  schema: {
    querystring: Type.Object(
      { ...LatencyFilter.properties, ...listingFields },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(LatencyRow)),
  },
})

export const trafficOperations = [listTraffic, listLatency] as const
