import { Type } from 'typebox'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'

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

export const clientOperations = [
  getRoot,
  getBeacon,
  getClients,
  pauseOrders,
  resumeOrders,
  echoRequest,
  getMetrics,
] as const
