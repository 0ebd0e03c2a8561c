import { textOf } from './absent.ts'
import type { Stream } from './stream.ts'
import { type ProfitQuestion, portfolioItemOf, profitOf } from './translate-account.ts'

export interface AccountQuestion {
  readonly account: string
}

/** The row that tells when IB reckoned the rest. */
export const TIME_ROW = 'time'
const VALUE_ROW = 'value:'
const PORTFOLIO_ROW = 'portfolio:'

/** Whether a row is one of the account's values. */
export function isValueRow(rowRef: string): boolean {
  return rowRef.startsWith(VALUE_ROW)
}

/** Whether a row is one of the account's holdings. */
export function isPortfolioRow(rowRef: string): boolean {
  return rowRef.startsWith(PORTFOLIO_ROW)
}

/**
 * Values and portfolio of one account; IB has one such subscription gateway-wide (F5). Its words name the account, so
 * that what still comes of another is told apart.
 */
export const accountUpdates: Stream<AccountQuestion, { isWhole: boolean }> = {
  name: 'accountUpdates',
  answeredBy: 'kind',
  begin: () => ({ isWhole: false }),
  start: (api, _, { account }) => void api.reqAccountUpdates(true, account),
  cancel: (api, _, { account }) => void api.reqAccountUpdates(false, account),
  reads: {
    updateAccountValue: (rows, [key, value, currency, name], _, { account }) => {
      if (name === account || name === '')
        rows.put(`${VALUE_ROW}${key}${currency === '' ? '' : `:${currency}`}`, {
          ...{ account, key, value },
          currency: textOf(currency),
        })
      return 'part'
    },
    updatePortfolio: (rows, args, _, { account }) => {
      const item = portfolioItemOf(args)
      if (item.account === account) rows.put(`${PORTFOLIO_ROW}${item.contract.conId}`, { ...item })
      return 'part'
    },
    updateAccountTime: (rows, [accountTime], _, { account }) => {
      rows.put(TIME_ROW, { account, accountTime })
      return 'part'
    },
    accountDownloadEnd: (_, [name], bag, { account }) => {
      if (name !== account && name !== '') return 'part'
      bag.isWhole = true
      return 'whole'
    },
  },
  unnamed: {
    // the echo of a subscription before this one comes before this one's answer is complete
    2100: ({ isWhole }) => isWhole,
  },
}

function profitRowOf({ account, conId }: ProfitQuestion): string {
  return conId === null ? account : String(conId)
}

/** Profit and loss of an account, about once a second while it changes. */
export const profitAndLoss: Stream<ProfitQuestion> = {
  name: 'pnl',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId, { account, modelCode }) => void api.reqPnL(reqId, account, modelCode),
  cancel: (api, reqId) => void api.cancelPnL(reqId),
  reads: {
    pnl: (rows, [, daily, unrealized, realized], _, question) => {
      rows.put(profitRowOf(question), profitOf(question, { daily, unrealized, realized }))
      return 'whole'
    },
  },
}

/** Profit and loss of one position, as often. */
export const positionProfitAndLoss: Stream<ProfitQuestion> = {
  name: 'pnlSingle',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId, { account, modelCode, conId }) =>
    void api.reqPnLSingle(reqId, account, modelCode, conId ?? 0),
  cancel: (api, reqId) => void api.cancelPnLSingle(reqId),
  reads: {
    pnlSingle: (rows, [, position, daily, unrealized, realized, value], _, question) => {
      const numbers = { position, daily, unrealized, realized, value }
      rows.put(profitRowOf(question), profitOf(question, numbers))
      return 'whole'
    },
  },
}
