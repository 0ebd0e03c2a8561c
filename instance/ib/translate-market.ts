import type { DepthMktDataDescription } from '@stoqey/ib'
import type { Contract } from '../../shared/schemas/contract.ts'
import type { DepthExchange } from '../../shared/schemas/depth-feed.ts'
import { type Bar, MARKET_DATA_TYPES, type Quote } from '../../shared/schemas/market.ts'
import { numberOf, quotedOf, textOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'
import { instantOf, readGatewayTime } from './instants.ts'

/** The library's last row of a history: no bar, but its end. */
export const HISTORY_END = 'finished-'

/** `historicalData` → a bar; IB's -1 for volume, average and count means "not kept" (facts §5). */
export function barOf(args: GatewayEvents['historicalData']): Bar {
  const [, date, open, high, low, close, volume, count, average] = args
  const instant = readGatewayTime(date)
  return {
    date,
    datetime: instant?.datetime ?? null,
    timestamp: instant?.timestamp ?? null,
    open: numberOf(open) ?? 0,
    high: numberOf(high) ?? 0,
    low: numberOf(low) ?? 0,
    close: numberOf(close) ?? 0,
    volume: quotedOf(volume),
    wap: quotedOf(average),
    count: quotedOf(count),
  }
}

/** An exchange that has depth → ours. */
export function depthExchangeOf(told: DepthMktDataDescription): DepthExchange {
  const { exchange, secType, listingExch, serviceDataType, aggGroup } = told
  return {
    exchange: exchange ?? '',
    secType: secType ?? '',
    listingExch: textOf(listingExch),
    serviceDataType: textOf(serviceDataType),
    aggGroup: numberOf(aggGroup),
  }
}

type QuotedField = Exclude<
  keyof Quote,
  'contract' | 'marketDataType' | 'lastTimestamp' | 'datetime' | 'timestamp'
>

/** IB's numbers of what is quoted, live and delayed (facts §5: delayed ticks have numbers of their own). */
const PRICES: Readonly<Record<number, QuotedField>> = {
  1: 'bid',
  2: 'ask',
  4: 'last',
  6: 'high',
  7: 'low',
  9: 'close',
  14: 'open',
  66: 'bid',
  67: 'ask',
  68: 'last',
  72: 'high',
  73: 'low',
  75: 'close',
  76: 'open',
}
const SIZES: Readonly<Record<number, QuotedField>> = {
  0: 'bidSize',
  3: 'askSize',
  5: 'lastSize',
  8: 'volume',
  69: 'bidSize',
  70: 'askSize',
  71: 'lastSize',
  74: 'volume',
}
const HALTED = new Set([49, 90])
const LAST_TIMESTAMP = new Set([45, 88])

/** A quote of which nothing is known yet. */
export function blankQuote(contract: Contract): Quote {
  return {
    contract,
    marketDataType: 'live',
    bid: null,
    bidSize: null,
    ask: null,
    askSize: null,
    last: null,
    lastSize: null,
    lastTimestamp: null,
    open: null,
    high: null,
    low: null,
    close: null,
    volume: null,
    halted: null,
    datetime: null,
    timestamp: null,
  }
}

/** `tickPrice` into a quote. */
export function readPrice(quote: Quote, tickType: number, price: number | undefined): void {
  const field = PRICES[tickType]
  if (field !== undefined) quote[field] = quotedOf(price)
}

/** `tickSize` into a quote. */
export function readSize(quote: Quote, tickType: number, size: number | undefined): void {
  const field = SIZES[tickType]
  if (field !== undefined) quote[field] = quotedOf(size)
}

/** `tickGeneric` into a quote: 0 trading, 1 and 2 halted, -1 not known. */
export function readGeneric(quote: Quote, tickType: number, value: number): void {
  if (HALTED.has(tickType)) quote.halted = quotedOf(value)
}

/** `tickString` into a quote: when the last trade was, seconds since 1970. */
export function readText(quote: Quote, tickType: number, value: string): void {
  const seconds = Number(value)
  if (LAST_TIMESTAMP.has(tickType) && seconds > 0) quote.lastTimestamp = instantOf(seconds).datetime
}

/** `marketDataType` into a quote: 1 live … 4 delayed and frozen. */
export function readMarketDataType(quote: Quote, type: number): void {
  quote.marketDataType = MARKET_DATA_TYPES[type - 1] ?? quote.marketDataType
}

/**
 * Whether a quote says all that its market has: a currency pair has no trades, an index nothing but its value.
 * The rest of the day's numbers come with the same packet or not at all.
 */
export function saysEnough(quote: Quote, secType: string): boolean {
  const { bid, ask, last } = quote
  if (secType === 'IND') return last !== null
  if (secType === 'CASH') return bid !== null && ask !== null
  return bid !== null && ask !== null && last !== null
}
