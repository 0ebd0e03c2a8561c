import { Type } from 'typebox'
import { ProblemDocument } from '../schemas/problem.ts'
import { operation } from './operation.ts'

const Nothing = Type.Object({}, { additionalProperties: false })
const local = { method: 'GET', traffic: 'local', onlyProxy: true, tag: 'docs' } as const

export const getContractJson = operation({
  ...local,
  operationId: 'getContractJson',
  url: '/openapi.json',
  summary: 'This contract: OpenAPI 3.1',
  schema: {
    querystring: Nothing,
    response: { 200: Type.Object({}, { additionalProperties: true }) },
  },
})

export const getContractYaml = operation({
  ...local,
  operationId: 'getContractYaml',
  url: '/openapi.yaml',
  summary: 'This contract as YAML',
  schema: { querystring: Nothing, response: { 200: Type.String() } },
})

export const getDocs = operation({
  ...local,
  operationId: 'getDocs',
  url: '/docs',
  summary: 'This contract to look at and to try: Swagger UI',
  schema: { querystring: Nothing, response: { 200: Type.String() } },
})

export const getDocsPage = operation({
  ...local,
  operationId: 'getDocsPage',
  url: '/docs/:name',
  summary:
    'A page for people: `problems`, `status-codes`, `rate-limits`, `constants`, `symbols`; or a part of Swagger UI',
  schema: {
    params: Type.Object({ name: Type.String() }),
    querystring: Nothing,
    response: { 200: Type.String(), 404: ProblemDocument },
  },
})

export const docsOperations = [getContractJson, getContractYaml, getDocs, getDocsPage] as const
