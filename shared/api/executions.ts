import { Type } from 'typebox'
import { SECURITY_TYPES } from '../schemas/contract.ts'
import { Commission, Execution } from '../schemas/execution.ts'
import { Fresh } from '../schemas/fresh.ts'
import { listingFields, SymbolFilter } from '../schemas/listing.ts'
import { OneOf } from '../schemas/value.ts'
import { inParts, operation } from './operation.ts'

export const listExecutions = operation({
  operationId: 'listExecutions',
  method: 'GET',
  url: '/executions',
  traffic: 'gathered',
  key: 'execId',
  list: {
    time: ['timestamp'],
    summary: [
      'execId',
      'id',
      'datetime',
      'timestamp',
      'contract.symbol',
      'side',
      'shares',
      'price',
    ],
    csv: true,
  },
  tag: 'executions',
  summary: 'Fills of every client, joined with their commissions; older ones from the ledgers',
  ib: {
    request: ['reqExecutions'],
    callbacks: ['execDetails', 'commissionReport'],
    end: 'execDetailsEnd',
  },
  schema: {
    querystring: Type.Object(
      {
        acctCode: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
        clientId: Type.Optional(Type.Integer({ minimum: 0 })),
        exchange: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        secType: Type.Optional(OneOf(SECURITY_TYPES)),
        side: Type.Optional(OneOf(['BUY', 'SELL', 'BOT', 'SLD'])),
        symbol: SymbolFilter,
        time: Type.Optional(
          Type.String({
            pattern: '^\\d{8}[- ]\\d{2}:\\d{2}:\\d{2}$',
            description: 'not before yyyymmdd-hh:mm:ss, UTC',
          }),
        ),
        fresh: Type.Optional(Fresh),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(Execution)),
  },
})

export const listCommissions = operation({
  operationId: 'listCommissions',
  method: 'GET',
  url: '/executions/commissions',
  traffic: 'gathered',
  key: 'execId',
  list: { summary: ['execId', 'clientId', 'commission', 'currency'], csv: true },
  tag: 'executions',
  summary: "Commissions from every instance's ledger",
  ib: { request: [], callbacks: ['commissionReport'], end: null },
  schema: {
    querystring: Type.Object(
      { execId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })), ...listingFields },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(Commission)),
  },
})

export const executionOperations = [listExecutions, listCommissions] as const
