import { Type } from 'typebox'
import {
  ACCOUNT_SUMMARY_TAGS,
  Accounts,
  AccountUpdate,
  AccountValue,
  Position,
  ProfitAndLoss,
} from '../schemas/account.ts'
import { Fresh } from '../schemas/fresh.ts'
import { listingFields, SymbolFilter } from '../schemas/listing.ts'
import { OneOf } from '../schemas/value.ts'
import { inParts, operation } from './operation.ts'

const Account = Type.String({ minLength: 1, maxLength: 32 })

export const getAccounts = operation({
  operationId: 'getAccounts',
  method: 'GET',
  url: '/account',
  traffic: 'leased',
  tag: 'account',
  summary: 'The accounts this login manages',
  ib: { request: [], callbacks: ['managedAccounts'], end: 'managedAccounts' },
  schema: { response: { 200: Accounts } },
})

export const getPositions = operation({
  operationId: 'getPositions',
  method: 'GET',
  url: '/account/positions',
  traffic: 'leased',
  mirrored: true,
  list: {
    summary: ['account', 'contract.conId', 'contract.symbol', 'contract.secType', 'position'],
    csv: true,
  },
  tag: 'account',
  summary: 'What the accounts hold, kept current; `fresh=true` asks again',
  ib: { request: ['reqPositions'], callbacks: ['position'], end: 'positionEnd' },
  schema: {
    querystring: Type.Object(
      {
        account: Type.Optional(Account),
        acctCode: Type.Optional(Account),
        symbol: SymbolFilter,
        fresh: Type.Optional(Fresh),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(Position)),
  },
})

export const getAccountSummary = operation({
  operationId: 'getAccountSummary',
  method: 'GET',
  url: '/account/summary',
  traffic: 'leased',
  list: { summary: ['account', 'tag', 'value'], csv: true },
  tag: 'account',
  summary: 'Chosen account values',
  ib: { request: ['reqAccountSummary'], callbacks: ['accountSummary'], end: 'accountSummaryEnd' },
  schema: {
    querystring: Type.Object(
      {
        tag: Type.Optional(Type.Array(OneOf(ACCOUNT_SUMMARY_TAGS), { description: 'repeatable' })),
        tags: Type.Optional(Type.String({ minLength: 1, description: 'comma-separated' })),
        group: Type.Optional(
          Type.String({ minLength: 1, maxLength: 64, description: 'default All' }),
        ),
        account: Type.Optional(Account),
        acctCode: Type.Optional(Account),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(AccountValue)),
  },
})

export const getAccountUpdate = operation({
  operationId: 'getAccountUpdate',
  method: 'GET',
  url: '/account/update',
  aliases: ['/account/updates'],
  traffic: 'owned',
  owner: 'steward',
  tag: 'account',
  summary:
    'Values and portfolio of one account, from its feed where that is open; `fresh=true` asks again',
  ib: {
    request: ['reqAccountUpdates'],
    callbacks: ['updateAccountValue', 'updatePortfolio', 'updateAccountTime'],
    end: 'accountDownloadEnd',
  },
  schema: {
    querystring: Type.Object(
      { acctCode: Account, fresh: Type.Optional(Fresh) },
      { additionalProperties: false },
    ),
    response: { 200: AccountUpdate },
  },
})

export const getProfitAndLoss = operation({
  operationId: 'getProfitAndLoss',
  method: 'GET',
  url: '/account/pnl',
  traffic: 'leased',
  tag: 'account',
  summary: 'Profit and loss today, of an account or of one position',
  ib: { request: ['reqPnL', 'reqPnLSingle'], callbacks: ['pnl', 'pnlSingle'], end: null },
  schema: {
    querystring: Type.Object(
      {
        account: Type.Optional(Account),
        acctCode: Type.Optional(Account),
        modelCode: Type.Optional(Type.String({ maxLength: 64 })),
        conId: Type.Optional(Type.Integer({ minimum: 1 })),
      },
      { additionalProperties: false },
    ),
    response: { 200: ProfitAndLoss },
  },
})

export const accountOperations = [
  getAccounts,
  getPositions,
  getAccountSummary,
  getAccountUpdate,
  getProfitAndLoss,
] as const
