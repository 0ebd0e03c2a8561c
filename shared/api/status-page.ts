import { Type } from 'typebox'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'

const Nothing = Type.Object({}, { additionalProperties: false })

export const getStatusPage = operation({
  operationId: 'getStatusPage',
  method: 'GET',
  url: '/status',
  traffic: 'local',
  onlyProxy: true,
  produces: 'its own',
  tag: 'clients',
  summary:
    'What this proxy and its clients do, live: a page for people, the same as `text/event-stream`, or once as `application/json`',
  schema: {
    querystring: Nothing,
    response: { 200: Type.Unknown(), 406: ProblemDocument, 503: ProblemDocument },
  },
})

export const getStatusPageFile = operation({
  operationId: 'getStatusPageFile',
  method: 'GET',
  url: '/status/:file',
  traffic: 'local',
  onlyProxy: true,
  produces: 'its own',
  tag: 'clients',
  summary: 'Style and script of the page at /status',
  schema: {
    params: Type.Object({ file: Type.String() }),
    response: { 200: Type.String(), 404: ProblemDocument },
  },
})

export const statusPageOperations = [getStatusPage, getStatusPageFile] as const
