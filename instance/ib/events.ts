import type {
  CommissionReport,
  Contract,
  ContractDescription,
  ContractDetails,
  DepthMktDataDescription,
  Execution,
  HistoricalTick,
  HistoricalTickBidAsk,
  HistoricalTickLast,
  NewsProvider,
  Order,
  OrderState,
} from '@stoqey/ib'

type Maybe = number | undefined

/** The gateway's words this instance listens to, each with its arguments in order (facts §2.2). */
export interface GatewayEvents {
  managedAccounts: [accounts: string]
  nextValidId: [orderId: number]
  currentTime: [seconds: number]

  position: [account: string, contract: Contract, position: Maybe, averageCost: Maybe]
  positionEnd: []
  accountSummary: [reqId: number, account: string, tag: string, value: string, currency: string]
  accountSummaryEnd: [reqId: number]
  updateAccountValue: [key: string, value: string, currency: string, account: string]
  updatePortfolio: [
    contract: Contract,
    position: Maybe,
    marketPrice: Maybe,
    marketValue: Maybe,
    averageCost: Maybe,
    unrealizedPNL: Maybe,
    realizedPNL: Maybe,
    account: string | undefined,
  ]
  updateAccountTime: [time: string]
  accountDownloadEnd: [account: string]
  pnl: [reqId: number, daily: Maybe, unrealized: Maybe, realized: Maybe]
  pnlSingle: [
    reqId: number,
    position: Maybe,
    daily: Maybe,
    unrealized: Maybe,
    realized: Maybe,
    value: Maybe,
  ]

  openOrder: [orderId: number, contract: Contract, order: Order, state: OrderState]
  orderStatus: [
    orderId: number,
    status: string,
    filled: Maybe,
    remaining: Maybe,
    averageFillPrice: Maybe,
    permId: Maybe,
    parentId: Maybe,
    lastFillPrice: Maybe,
    clientId: Maybe,
    whyHeld: string | undefined,
    marketCapPrice: Maybe,
  ]
  openOrderEnd: []
  completedOrder: [contract: Contract, order: Order, state: OrderState]
  completedOrdersEnd: []
  execDetails: [reqId: number, contract: Contract, execution: Execution]
  execDetailsEnd: [reqId: number]
  commissionReport: [report: CommissionReport]

  contractDetails: [reqId: number, details: ContractDetails]
  bondContractDetails: [reqId: number, details: ContractDetails]
  contractDetailsEnd: [reqId: number]
  symbolSamples: [reqId: number, matches: ContractDescription[]]
  historicalData: [
    reqId: number,
    date: string,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: Maybe,
    count: Maybe,
    average: Maybe,
    hasGaps: boolean | undefined,
  ]
  tickPrice: [reqId: number, tickType: number, price: Maybe, attributes: unknown]
  tickSize: [reqId: number, tickType: number, size: Maybe]
  tickGeneric: [reqId: number, tickType: number, value: number]
  tickString: [reqId: number, tickType: number, value: string]
  marketDataType: [reqId: number, type: number]
  marketRule: [
    ruleId: number,
    increments: readonly { readonly lowEdge: number; readonly increment: number }[],
  ]
  tickSnapshotEnd: [reqId: number]
  tickOptionComputation: [
    reqId: number,
    tickType: number,
    attribute: Maybe,
    impliedVol: Maybe,
    delta: Maybe,
    optPrice: Maybe,
    pvDividend: Maybe,
    gamma: Maybe,
    vega: Maybe,
    theta: Maybe,
    undPrice: Maybe,
  ]

  updateMktDepth: [
    reqId: number,
    position: number,
    operation: number,
    side: number,
    price: Maybe,
    size: Maybe,
  ]
  updateMktDepthL2: [
    reqId: number,
    position: number,
    marketMaker: string,
    operation: number,
    side: number,
    price: Maybe,
    size: Maybe,
    isSmartDepth: boolean | undefined,
  ]
  mktDepthExchanges: [exchanges: DepthMktDataDescription[]]
  historicalTicks: [reqId: number, ticks: HistoricalTick[], done: boolean]
  historicalTicksBidAsk: [reqId: number, ticks: HistoricalTickBidAsk[], done: boolean]
  historicalTicksLast: [reqId: number, ticks: HistoricalTickLast[], done: boolean]
  tickByTickAllLast: [
    reqId: number,
    type: number,
    seconds: string,
    price: Maybe,
    size: Maybe,
    attributes: { pastLimit?: boolean; unreported?: boolean },
    exchange: string,
    specialConditions: string,
  ]
  tickByTickBidAsk: [
    reqId: number,
    seconds: string,
    bid: Maybe,
    ask: Maybe,
    bidSize: Maybe,
    askSize: Maybe,
    attributes: { bidPastLow?: boolean; askPastHigh?: boolean },
  ]
  tickByTickMidPoint: [reqId: number, seconds: string, midPoint: Maybe]
  realtimeBar: [
    reqId: number,
    seconds: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: Maybe,
    average: Maybe,
    count: Maybe,
  ]
  historicalDataUpdate: [
    reqId: number,
    date: string,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: Maybe,
    count: Maybe,
    average: Maybe,
  ]

  scannerParameters: [xml: string]
  newsProviders: [providers: NewsProvider[]]
  historicalNews: [
    reqId: number,
    time: string,
    providerCode: string,
    articleId: string,
    headline: string,
  ]
  historicalNewsEnd: [reqId: number, hasMore: boolean]
  newsArticle: [reqId: number, articleType: number, article: string]
  fundamentalData: [reqId: number, xml: string]
  receiveFA: [faDataType: number, xml: string]
  replaceFAEnd: [reqId: number, text: string]
  headTimestamp: [reqId: number, time: string]
  securityDefinitionOptionParameter: [
    reqId: number,
    exchange: string,
    underlyingConId: number,
    tradingClass: string,
    multiplier: Maybe | string,
    expirations: string[],
    strikes: number[],
  ]
  securityDefinitionOptionParameterEnd: [reqId: number]

  scannerData: [
    reqId: number,
    rank: number,
    details: ContractDetails,
    distance: string,
    benchmark: string,
    projection: string,
    legs: string | undefined,
  ]
  scannerDataEnd: [reqId: number]
  updateNewsBulletin: [newsMsgId: number, type: number, message: string, exchange: string]
  tickNews: [
    reqId: number,
    timeMs: number,
    providerCode: string,
    articleId: string,
    headline: string,
    extraData: string,
  ]
  displayGroupList: [reqId: number, groups: string]
  displayGroupUpdated: [reqId: number, contractInfo: string]
}

export type GatewayEvent = keyof GatewayEvents

/** Whether an event names its request (first argument), or only tells of what kind it is. */
export const ADDRESSED: Readonly<Record<GatewayEvent, 'reqId' | 'kind'>> = {
  managedAccounts: 'kind',
  nextValidId: 'kind',
  currentTime: 'kind',
  position: 'kind',
  positionEnd: 'kind',
  accountSummary: 'reqId',
  accountSummaryEnd: 'reqId',
  updateAccountValue: 'kind',
  updatePortfolio: 'kind',
  updateAccountTime: 'kind',
  accountDownloadEnd: 'kind',
  pnl: 'reqId',
  pnlSingle: 'reqId',
  openOrder: 'kind',
  orderStatus: 'kind',
  openOrderEnd: 'kind',
  completedOrder: 'kind',
  completedOrdersEnd: 'kind',
  execDetails: 'reqId',
  execDetailsEnd: 'reqId',
  commissionReport: 'kind',
  contractDetails: 'reqId',
  bondContractDetails: 'reqId',
  contractDetailsEnd: 'reqId',
  symbolSamples: 'reqId',
  historicalData: 'reqId',
  tickPrice: 'reqId',
  tickSize: 'reqId',
  tickGeneric: 'reqId',
  tickString: 'reqId',
  marketDataType: 'reqId',
  marketRule: 'kind',
  tickSnapshotEnd: 'reqId',
  tickOptionComputation: 'reqId',

  updateMktDepth: 'reqId',
  updateMktDepthL2: 'reqId',
  mktDepthExchanges: 'kind',
  historicalTicks: 'reqId',
  historicalTicksBidAsk: 'reqId',
  historicalTicksLast: 'reqId',
  tickByTickAllLast: 'reqId',
  tickByTickBidAsk: 'reqId',
  tickByTickMidPoint: 'reqId',
  realtimeBar: 'reqId',
  historicalDataUpdate: 'reqId',

  scannerParameters: 'kind',
  newsProviders: 'kind',
  historicalNews: 'reqId',
  historicalNewsEnd: 'reqId',
  newsArticle: 'reqId',
  fundamentalData: 'reqId',
  receiveFA: 'kind',
  replaceFAEnd: 'reqId',
  headTimestamp: 'reqId',
  securityDefinitionOptionParameter: 'reqId',
  securityDefinitionOptionParameterEnd: 'reqId',

  scannerData: 'reqId',
  scannerDataEnd: 'reqId',
  updateNewsBulletin: 'kind',
  tickNews: 'reqId',
  displayGroupList: 'reqId',
  displayGroupUpdated: 'reqId',
}

export const GATEWAY_EVENTS = Object.keys(ADDRESSED) as GatewayEvent[]

/** What the gateway said is wrong, or only worth knowing: code, its own text, and whose it is (-1: nobody's). */
export interface GatewayWord {
  readonly code: number
  readonly text: string
  readonly reqId: number
}
