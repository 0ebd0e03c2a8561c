import { Type } from 'typebox'
import { Contract } from './contract.ts'
import { MARKET_DATA_TYPES } from './market.ts'
import { NullableInstant, NullableNumber, NullableString, OneOf } from './value.ts'

/** What a model says of an option: volatilities a year as fractions, money in the option's currency. */
export const Greeks = Type.Object({
  impliedVol: NullableNumber,
  delta: NullableNumber,
  gamma: NullableNumber,
  vega: NullableNumber,
  theta: NullableNumber,
  optPrice: NullableNumber,
  pvDividend: NullableNumber,
  undPrice: NullableNumber,
})

/** Fields that hold a number, each told when it is known; prices per share or contract, sizes in shares or contracts. */
export const QUOTED_NUMBERS = [
  'bid',
  'bidSize',
  'ask',
  'askSize',
  'last',
  'lastSize',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'halted',
  'markPrice',
  'shortable',
  'shortableShares',
  'low13Week',
  'high13Week',
  'low26Week',
  'high26Week',
  'low52Week',
  'high52Week',
  'averageVolume',
  'openInterest',
  'callOpenInterest',
  'putOpenInterest',
  'callVolume',
  'putVolume',
  'averageOptionVolume',
  'futuresOpenInterest',
  'historicalVolatility',
  'impliedVolatility',
  'rtHistoricalVolatility',
  'indexFuturePremium',
  'auctionVolume',
  'auctionPrice',
  'auctionImbalance',
  'regulatoryImbalance',
  'tradeCount',
  'tradeRate',
  'volumeRate',
  'shortTermVolume3Min',
  'shortTermVolume5Min',
  'shortTermVolume10Min',
  'lastRthTrade',
  'bidYield',
  'askYield',
  'lastYield',
  'bondFactorMultiplier',
  'creditmanMarkPrice',
  'creditmanSlowMarkPrice',
  'etfNavClose',
  'etfNavPriorClose',
  'etfNavBid',
  'etfNavAsk',
  'etfNavLast',
  'etfFrozenNavLast',
  'etfNavHigh',
  'etfNavLow',
  'estimatedIpoMidpoint',
  'finalIpoPrice',
] as const
export type QuotedNumber = (typeof QUOTED_NUMBERS)[number]

/** Fields that hold a text as IB writes it. */
export const QUOTED_TEXTS = [
  'bidExchange',
  'askExchange',
  'lastExchange',
  'rtVolume',
  'rtTradeVolume',
  'ibDividends',
  'fundamentalRatios',
] as const
export type QuotedText = (typeof QUOTED_TEXTS)[number]

export const GREEKS = ['bidGreeks', 'askGreeks', 'lastGreeks', 'modelGreeks'] as const
export type GreeksField = (typeof GREEKS)[number]

const numbers = Object.fromEntries(QUOTED_NUMBERS.map((name) => [name, NullableNumber]))
const texts = Object.fromEntries(QUOTED_TEXTS.map((name) => [name, NullableString]))
const greeks = Object.fromEntries(GREEKS.map((name) => [name, Greeks]))

/** The market of one instrument as it is told: fields come when they are known. */
export const QuoteRow = Type.Object({
  contract: Contract,
  symbol: Type.String(),
  marketDataType: OneOf(MARKET_DATA_TYPES, {
    description: 'delayed prices are some 15 minutes old',
  }),
  lastTimestamp: NullableInstant,
  minTick: NullableNumber,
  ...(numbers as Record<QuotedNumber, typeof NullableNumber>),
  ...(texts as Record<QuotedText, typeof NullableString>),
  ...(greeks as Record<GreeksField, typeof Greeks>),
})
