import { Type } from 'typebox'
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

export const clientOperations = [getRoot, getBeacon, getClients, echoRequest, getMetrics] as const
