import { Type } from 'typebox'
import { ClientStatus, PoolStatus } from '../schemas/client.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'

const Nothing = Type.Object({}, { additionalProperties: false })
const Anything = Type.Object({}, { additionalProperties: true })

export const getRoot = operation({
  operationId: 'getRoot',
  method: 'GET',
  url: '/',
  traffic: 'local',
  tag: 'clients',
  summary: 'Who answers here, and the map of every path',
  schema: { response: { 200: Anything } },
})

export const getBeacon = operation({
  operationId: 'getBeacon',
  method: 'GET',
  url: '/beacon',
  traffic: 'local',
  tag: 'clients',
  summary: 'Liveness, from memory; 503 only while shutting down',
  schema: { response: { 200: Anything } },
})

export const getClients = operation({
  operationId: 'getClients',
  method: 'GET',
  url: '/clients',
  traffic: 'local',
  tag: 'clients',
  summary: 'Readiness: which client ids are connected, and what they do; 503 when none is usable',
  schema: { response: { 200: Anything, 503: Anything } },
})

export const echoRequest = operation({
  operationId: 'echoRequest',
  method: 'GET',
  url: '/test',
  traffic: 'local',
  tag: 'clients',
  summary: 'The request as it arrived, secrets struck out',
  schema: { response: { 200: Anything } },
})

export const getMetrics = operation({
  operationId: 'getMetrics',
  method: 'GET',
  url: '/metrics',
  traffic: 'local',
  tag: 'clients',
  produces: ['text/plain'],
  summary: 'Prometheus metrics',
  schema: { response: { 200: Type.String() } },
})

const reason = Type.Optional(
  Type.String({ maxLength: 200, description: 'shown wherever it stops an order' }),
)

/** What a caller may say when it throws the kill switch. */
export const SwitchWish = Type.Object({ reason }, { additionalProperties: false })

/** The same at an instance, which may be told of a switch that was thrown elsewhere, at that moment. */
const SwitchWord = Type.Object(
  {
    reason,
    at: Type.Optional(Type.Integer({ minimum: 1, description: 'when, ms since 1970; now' })),
  },
  { additionalProperties: false },
)

export const pauseOrders = operation({
  operationId: 'pauseOrders',
  method: 'POST',
  url: '/clients/pause-orders',
  traffic: 'local',
  tag: 'clients',
  summary:
    'Kill switch: no new orders and no changes at any client until they are resumed; cancels pass',
  schema: { body: SwitchWord, response: { 200: Anything, 422: ProblemDocument } },
})

export const resumeOrders = operation({
  operationId: 'resumeOrders',
  method: 'POST',
  url: '/clients/resume-orders',
  traffic: 'local',
  tag: 'clients',
  summary: 'Orders are taken again',
  schema: { body: SwitchWord, response: { 200: Anything, 422: ProblemDocument } },
})

export const pauseClients = operation({
  operationId: 'pauseClients',
  method: 'POST',
  url: '/clients/pause',
  traffic: 'local',
  onlyProxy: true,
  tag: 'clients',
  summary:
    'Running calls finish, newcomers wait, cancels and calls about existing orders pass; answers when nothing runs any more, or 202 at its deadline',
  schema: { querystring: Nothing, response: { 200: PoolStatus, 202: PoolStatus } },
})

export const resumeClients = operation({
  operationId: 'resumeClients',
  method: 'POST',
  url: '/clients/resume',
  traffic: 'local',
  onlyProxy: true,
  tag: 'clients',
  summary: 'The end of a pause: who waits is served',
  schema: { querystring: Nothing, response: { 200: PoolStatus } },
})

export const drainClient = operation({
  operationId: 'drainClient',
  method: 'POST',
  url: '/clients/:clientId/drain',
  traffic: 'local',
  onlyProxy: true,
  tag: 'clients',
  summary:
    'Gives one client no new leased calls; running ones finish, its orders can still be cancelled',
  schema: { querystring: Nothing, response: { 200: ClientStatus } },
})

export const resumeClient = operation({
  operationId: 'resumeClient',
  method: 'POST',
  url: '/clients/:clientId/resume',
  traffic: 'local',
  onlyProxy: true,
  tag: 'clients',
  summary: 'The end of a drain: what the probe said last counts again',
  schema: { querystring: Nothing, response: { 200: ClientStatus } },
})

export const clientOperations = [
  getRoot,
  getBeacon,
  getClients,
  pauseOrders,
  resumeOrders,
  pauseClients,
  resumeClients,
  drainClient,
  resumeClient,
  echoRequest,
  getMetrics,
] as const
