import { Type } from 'typebox'
import { AdviserLists, GroupsReplacement, ReplacedGroups } from '../schemas/adviser.ts'
import { operation } from './operation.ts'

export const getAdviserLists = operation({
  operationId: 'getAdviserLists',
  method: 'GET',
  url: '/financial',
  traffic: 'leased',
  tag: 'account',
  summary:
    'What a financial adviser has set up: groups (`faDataType=1`), profiles (2), aliases (3)',
  ib: { request: ['requestFA'], callbacks: ['receiveFA'], end: 'receiveFA' },
  schema: {
    querystring: Type.Object(
      {
        faDataType: Type.Integer({
          default: 1,
          minimum: 1,
          maximum: 3,
          description: '1 groups, 2 profiles, 3 aliases',
        }),
      },
      { additionalProperties: false },
    ),
    response: { 200: AdviserLists },
  },
})

export const replaceGroups = operation({
  operationId: 'replaceGroups',
  method: 'PUT',
  url: '/financial',
  traffic: 'leased',
  // its answer is kept where its repetitions are sent to
  keyed: true,
  idempotency: 'answer',
  tag: 'account',
  summary: 'Put groups of accounts in the place of all there are',
  ib: { request: ['replaceFA'], callbacks: ['replaceFAEnd'], end: 'replaceFAEnd' },
  schema: { body: GroupsReplacement, response: { 200: ReplacedGroups } },
})

export const adviserOperations = [getAdviserLists, replaceGroups] as const
