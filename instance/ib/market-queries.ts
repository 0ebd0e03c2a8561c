import type { BarSizeSetting, Contract as IbContract, MarketDataType, WhatToShow } from '@stoqey/ib'
import type { Contract, ContractDetails, ContractMatch } from '../../shared/schemas/contract.ts'
import type { DepthExchange } from '../../shared/schemas/depth-feed.ts'
import type { Bar, Quote } from '../../shared/schemas/market.ts'
import { instantOf } from './instants.ts'
import { itself, list, type Query } from './query.ts'
import { contractDetailsOf, contractMatchOf } from './translate-contract.ts'
import {
  barOf,
  blankQuote,
  depthExchangeOf,
  HISTORY_END,
  readGeneric,
  readMarketDataType,
  readPrice,
  readSize,
  readText,
  saysEnough,
} from './translate-market.ts'

/** Every contract that fits. */
export const contractDetails: Query<IbContract, ContractDetails[], ContractDetails[]> = {
  name: 'contractDetails',
  answeredBy: 'reqId',
  begin: list,
  start: (api, reqId, contract) => void api.reqContractDetails(reqId, contract),
  cancel: null,
  reads: {
    contractDetails: (bag, [, details]) => {
      bag.push(contractDetailsOf(details))
      return 'more'
    },
    bondContractDetails: (bag, [, details]) => {
      bag.push(contractDetailsOf(details))
      return 'more'
    },
    contractDetailsEnd: () => 'end',
  },
  answer: itself,
}

/** Contracts whose symbol or name begins so; the gateway wants a second between two searches (facts §3.1). */
export const matchingSymbols: Query<string, ContractMatch[], ContractMatch[]> = {
  name: 'matchingSymbols',
  answeredBy: 'reqId',
  spacingMs: 1000,
  begin: list,
  start: (api, reqId, pattern) => void api.reqMatchingSymbols(reqId, pattern),
  cancel: null,
  reads: {
    symbolSamples: (bag, [, matches]) => {
      bag.push(...matches.map(contractMatchOf))
      return 'end'
    },
  },
  answer: itself,
}

export interface HistoryQuestion {
  readonly contract: IbContract
  /** `yyyyMMdd-HH:mm:ss` UTC, or empty for now */
  readonly endDateTime: string
  readonly durationStr: string
  readonly barSizeSetting: string
  readonly whatToShow: string
  readonly useRTH: boolean
  readonly formatDate: number
}

/** Bars; the library puts a row of its own behind the last. */
export const historicalData: Query<HistoryQuestion, Bar[], Bar[]> = {
  name: 'historicalData',
  answeredBy: 'reqId',
  begin: list,
  start: (api, reqId, question) =>
    void api.reqHistoricalData(
      reqId,
      question.contract,
      question.endDateTime,
      question.durationStr,
      question.barSizeSetting as BarSizeSetting,
      question.whatToShow as WhatToShow,
      question.useRTH ? 1 : 0,
      question.formatDate,
      false,
    ),
  cancel: (api, reqId) => void api.cancelHistoricalData(reqId),
  reads: {
    historicalData: (bag, args) => {
      if (args[1].startsWith(HISTORY_END)) return 'end'
      bag.push(barOf(args))
      return 'more'
    },
  },
  answer: itself,
}

/** Which exchanges have depth of what. */
export const depthExchanges: Query<undefined, DepthExchange[], DepthExchange[]> = {
  name: 'depthExchanges',
  answeredBy: 'kind',
  begin: list,
  start: (api) => void api.reqMktDepthExchanges(),
  cancel: null,
  reads: {
    mktDepthExchanges: (bag, [exchanges]) => {
      bag.push(...exchanges.map(depthExchangeOf))
      return 'end'
    },
  },
  answer: itself,
}

export interface QuoteQuestion {
  readonly contract: Contract
  readonly asked: IbContract
  readonly marketDataType: MarketDataType
}

/**
 * A quote. The gateway ends a snapshot after some 11 s (facts §2.4); this one leaves as soon as it says what its
 * market has.
 */
export const marketSnapshot: Query<QuoteQuestion, Quote, Quote> = {
  name: 'marketSnapshot',
  answeredBy: 'reqId',
  begin: ({ contract }) => blankQuote(contract),
  start: (api, reqId, { asked }) => void api.reqMktData(reqId, asked, '', true, false),
  cancel: (api, reqId) => void api.cancelMktData(reqId),
  reads: {
    marketDataType: (bag, [, type]) => {
      readMarketDataType(bag, type)
      return 'more'
    },
    tickPrice: (bag, [, tickType, price], { contract }) => {
      readPrice(bag, tickType, price)
      return saysEnough(bag, contract.secType) ? 'enough' : 'more'
    },
    tickSize: (bag, [, tickType, size]) => {
      readSize(bag, tickType, size)
      return 'more'
    },
    tickGeneric: (bag, [, tickType, value]) => {
      readGeneric(bag, tickType, value)
      return 'more'
    },
    tickString: (bag, [, tickType, value]) => {
      readText(bag, tickType, value)
      return 'more'
    },
    tickSnapshotEnd: () => 'end',
  },
  answer: (bag) => ({ ...bag, ...instantOf(Date.now() / 1000) }),
}
