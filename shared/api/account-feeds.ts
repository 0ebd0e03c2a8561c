import { Type } from 'typebox'
import { Position, ProfitAndLoss } from '../schemas/account.ts'
import { AccountUpdateRow } from '../schemas/account-feed.ts'
import { Execution } from '../schemas/execution.ts'
import type { FeedDeclaration } from './feed.ts'

const Account = Type.String({ minLength: 1, maxLength: 32 })
const closed = { additionalProperties: false } as const

export const accountUpdatesFeed = {
  name: 'accountUpdates',
  url: '/account/updates/feed',
  owner: 'steward',
  tag: 'account',
  title: 'Values and portfolio of one account; IB tells of one at a time',
  ib: {
    request: ['reqAccountUpdates'],
    callbacks: ['updateAccountValue', 'updatePortfolio', 'updateAccountTime', 'accountDownloadEnd'],
    end: 'reqAccountUpdates',
  },
  question: Type.Object({ acctCode: Account }, closed),
  row: AccountUpdateRow,
} as const satisfies FeedDeclaration

export const profitFeed = {
  name: 'profitAndLoss',
  url: '/account/pnl/feed',
  owner: 'question',
  tag: 'account',
  title: 'Profit and loss today, of an account or of one position',
  ib: {
    request: ['reqPnL', 'reqPnLSingle'],
    callbacks: ['pnl', 'pnlSingle'],
    end: 'cancelPnL, cancelPnLSingle',
  },
  question: Type.Object(
    {
      account: Type.Optional(Account),
      acctCode: Type.Optional(Account),
      modelCode: Type.Optional(Type.String({ maxLength: 64 })),
      conId: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    closed,
  ),
  row: ProfitAndLoss,
} as const satisfies FeedDeclaration

export const positionsFeed = {
  name: 'positions',
  url: '/account/positions/feed',
  owner: 'question',
  tag: 'account',
  title: 'What the accounts hold, or one of them',
  ib: { request: ['reqPositions'], callbacks: ['position', 'positionEnd'], end: 'cancelPositions' },
  question: Type.Object(
    { account: Type.Optional(Account), acctCode: Type.Optional(Account) },
    closed,
  ),
  row: Position,
} as const satisfies FeedDeclaration

export const executionsFeed = {
  name: 'executions',
  url: '/executions/feed',
  owner: 'everybody',
  tag: 'executions',
  title: "Today's fills as they come, joined with their commissions",
  ib: { request: ['reqExecutions'], callbacks: ['execDetails', 'commissionReport'], end: null },
  question: Type.Object({}, closed),
  row: Execution,
} as const satisfies FeedDeclaration

/** The feeds of accounts and of what was traded in them. */
export const accountFeeds: readonly FeedDeclaration[] = [
  accountUpdatesFeed,
  profitFeed,
  positionsFeed,
  executionsFeed,
]
