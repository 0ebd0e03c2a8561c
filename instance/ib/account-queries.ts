import type { AccountValue, Position, ProfitAndLoss } from '../../shared/schemas/account.ts'
import { holdingOf, type PositionBook } from './position-book.ts'
import { itself, list, type Query } from './query.ts'
import { accountValueOf, type ProfitQuestion, positionOf, profitOf } from './translate-account.ts'

/** The accounts of the login. */
export const managedAccounts: Query<void, string[], string[]> = {
  name: 'managedAccounts',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqManagedAccts(),
  cancel: null,
  reads: {
    managedAccounts: (bag, [accounts]) => {
      bag.push(...accounts.split(',').filter((account) => account !== ''))
      return 'end'
    },
  },
  answer: itself,
}

/** What every account holds. A position of 0 is one just closed. */
export const positions: Query<void, Position[], Position[]> = {
  name: 'positions',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqPositions(),
  cancel: (api) => void api.cancelPositions(),
  subscription: true,
  reads: {
    position: (bag, args) => {
      bag.push(positionOf(args))
      return 'more'
    },
    positionEnd: () => 'end',
  },
  answer: (bag) => bag.filter(({ position }) => position !== 0),
}

type PositionsSeen = Map<string, Position>

/**
 * The same, and what changes afterwards goes on being told: a client has one such subscription, so that the one that
 * stands is ended before it is asked anew.
 */
export const standingPositions: Query<PositionBook, PositionsSeen, Position[]> = {
  name: positions.name,
  answeredBy: 'kind',
  begin: () => new Map(),
  clear: (book) =>
    book.isAsked
      ? (api) => {
          book.ask()
          api.cancelPositions()
        }
      : undefined,
  start: (api, _, book) => {
    book.ask()
    api.reqPositions()
  },
  // its end may come late and is an end all the same
  cancel: null,
  reads: {
    position: (bag, args) => {
      const position = positionOf(args)
      // one that changes meanwhile comes again
      bag.set(holdingOf(position), position)
      return 'more'
    },
    positionEnd: () => 'end',
  },
  answer: (bag) => [...bag.values()].filter(({ position }) => position !== 0),
}

export interface SummaryQuestion {
  readonly group: string
  readonly tags: readonly string[]
}

/** Chosen values of the accounts of a group. Two subscriptions are all a gateway has (facts §3.1). */
export const accountSummary: Query<SummaryQuestion, AccountValue[], AccountValue[]> = {
  name: 'accountSummary',
  answeredBy: 'reqId',
  exclusive: true,
  begin: list,
  start: (api, reqId, { group, tags }) => void api.reqAccountSummary(reqId, group, tags.join(',')),
  cancel: (api, reqId) => void api.cancelAccountSummary(reqId),
  subscription: true,
  reads: {
    accountSummary: (bag, [, account, tag, value, currency]) => {
      bag.push(accountValueOf(account, tag, value, currency))
      return 'more'
    },
    accountSummaryEnd: () => 'end',
  },
  answer: itself,
}

interface Answer<Item> {
  said: Item | undefined
}

/** Profit and loss of an account; the first word is the answer. */
export const pnl: Query<ProfitQuestion, Answer<ProfitAndLoss>, ProfitAndLoss> = {
  name: 'pnl',
  answeredBy: 'reqId',
  begin: () => ({ said: undefined }),
  start: (api, reqId, { account, modelCode }) => void api.reqPnL(reqId, account, modelCode),
  cancel: (api, reqId) => void api.cancelPnL(reqId),
  subscription: true,
  reads: {
    pnl: (bag, [, daily, unrealized, realized], question) => {
      bag.said = profitOf(question, { daily, unrealized, realized })
      return 'end'
    },
  },
  answer: ({ said }, question) => said ?? profitOf(question, NOTHING_SAID),
}

const NOTHING_SAID = { daily: undefined, unrealized: undefined, realized: undefined }

/** Profit and loss of one position. */
export const pnlSingle: Query<ProfitQuestion, Answer<ProfitAndLoss>, ProfitAndLoss> = {
  name: 'pnlSingle',
  answeredBy: 'reqId',
  begin: () => ({ said: undefined }),
  start: (api, reqId, { account, modelCode, conId }) =>
    void api.reqPnLSingle(reqId, account, modelCode, conId ?? 0),
  cancel: (api, reqId) => void api.cancelPnLSingle(reqId),
  subscription: true,
  reads: {
    pnlSingle: (bag, [, position, daily, unrealized, realized, value], question) => {
      bag.said = profitOf(question, { position, daily, unrealized, realized, value })
      return 'end'
    },
  },
  answer: ({ said }, question) => said ?? profitOf(question, NOTHING_SAID),
}
