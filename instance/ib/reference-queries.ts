import type { Contract as IbContract } from '@stoqey/ib'
import type { OptionChain } from '../../shared/schemas/option-chain.ts'
import { itself, list, type Query } from './query.ts'
import { optionChainOf } from './translate-contract.ts'

/** One text that comes whole. */
interface Document {
  text: string
}

function blank(): Document {
  return { text: '' }
}

/** What can be scanned: one large XML document, the same for everybody. */
export const scannerParameters: Query<undefined, Document, string> = {
  name: 'scannerParameters',
  answeredBy: 'kind',
  begin: blank,
  start: (api) => void api.reqScannerParameters(),
  cancel: null,
  reads: {
    scannerParameters: (bag, [xml]) => {
      bag.text = xml
      return 'end'
    },
  },
  answer: ({ text }) => text,
}

export interface ReportQuestion {
  readonly contract: IbContract
  readonly reportType: string
}

/** A report on a company, as XML. */
export const fundamentalData: Query<ReportQuestion, Document, string> = {
  name: 'fundamentalData',
  answeredBy: 'reqId',
  begin: blank,
  start: (api, reqId, { contract, reportType }) =>
    void api.reqFundamentalData(reqId, contract, reportType),
  cancel: (api, reqId) => void api.cancelFundamentalData(reqId),
  reads: {
    fundamentalData: (bag, [, xml]) => {
      bag.text = xml
      return 'end'
    },
  },
  answer: ({ text }) => text,
}

export interface ChainQuestion {
  readonly symbol: string
  readonly secType: string
  readonly conId: number
  /** where options on a future trade; empty for all other underlyings */
  readonly exchange: string
}

/** The options on a contract, exchange by exchange. */
export const optionChain: Query<ChainQuestion, OptionChain[], OptionChain[]> = {
  name: 'optionChain',
  answeredBy: 'reqId',
  begin: list,
  start: (api, reqId, { symbol, secType, conId, exchange }) =>
    void api.reqSecDefOptParams(reqId, symbol, exchange, secType, conId),
  cancel: null,
  reads: {
    securityDefinitionOptionParameter: (bag, args) => {
      bag.push(optionChainOf(args))
      return 'more'
    },
    securityDefinitionOptionParameterEnd: () => 'end',
  },
  answer: itself,
}

/** A list an adviser has set up, by IB's number of it, as XML. */
export const adviserList: Query<number, Document, string> = {
  name: 'adviserList',
  answeredBy: 'kind',
  begin: blank,
  start: (api, _, faDataType) => void api.requestFA(faDataType),
  cancel: null,
  reads: {
    receiveFA: (bag, [faDataType, xml], asked) => {
      if (faDataType !== asked) return 'more'
      bag.text = xml
      return 'end'
    },
  },
  answer: ({ text }) => text,
}

export interface Replacement {
  readonly faDataType: number
  readonly xml: string
}

/** Puts a list of an adviser in the place of the one there was; IB's word on it. */
export const groupsReplacement: Query<Replacement, Document, string> = {
  name: 'groupsReplacement',
  answeredBy: 'reqId',
  begin: blank,
  start: (api, reqId, { faDataType, xml }) => void api.replaceFA(reqId, faDataType, xml),
  cancel: null,
  reads: {
    replaceFAEnd: (bag, [, text]) => {
      bag.text = text
      return 'end'
    },
  },
  answer: ({ text }) => text,
}
