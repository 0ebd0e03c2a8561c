import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { greeksOf, impliedVolOf, yearsLeft } from '../world/black-scholes.ts'
import type { Instrument } from '../world/instrument.ts'
import { DAY_MS } from '../world/path.ts'
import { hoursText } from '../world/sessions.ts'
import {
  type Answer,
  answer,
  type Client,
  processing,
  theInstrument,
  validating,
} from './answer.ts'

const ORDER_TYPES = 'ACTIVETIM,ADJUST,ALGO,COND,DAY,FOK,GTC,GTD,IOC,LMT,MKT,OCA,STP,STPLMT,WHATIF'
/** Price steps by market rule: from which price on, how much. */
const MARKET_RULES: Readonly<Record<number, readonly (readonly [low: number, step: number])[]>> = {
  26: [[0, 0.01]],
  32: [[0, 0.01]],
  33: [[0, 0.1]],
  67: [[0, 0.25]],
  109: [[0, 0.01]],
  239: [[0, 0.00005]],
  240: [[0, 0.005]],
}
/** Which security types are derived from an instrument. */
const DERIVATIVES: Readonly<Record<string, readonly string[]>> = {
  AAPL: ['OPT'],
  SPY: ['OPT'],
}
const EXCHANGES = ['NASDAQ', 'NYSE', 'ARCA', 'BATS', 'IEX', 'AMEX'] as const

function sizes(instrument: Instrument) {
  if (instrument.secType === 'STK') {
    return { minSize: 0.0001, sizeIncrement: 0.0001, suggestedSizeIncrement: 100 }
  }
  return { minSize: 1, sizeIncrement: 1, suggestedSizeIncrement: 1 }
}

function sendDetails(client: Client, reqId: number, instrument: Instrument): void {
  const now = client.world.now()
  const { secType, expiry, hours } = instrument
  client.send(messages.contractDetails, {
    reqId,
    symbol: instrument.symbol,
    secType,
    lastTradeDateOrContractMonth: expiry,
    lastTradeDate: expiry,
    strike: instrument.strike,
    right: instrument.right,
    exchange: instrument.exchange,
    currency: instrument.currency,
    localSymbol: instrument.localSymbol,
    marketName: instrument.marketName,
    tradingClass: instrument.tradingClass,
    conId: instrument.conId,
    minTick: instrument.minTick,
    multiplier: instrument.multiplier,
    orderTypes: ORDER_TYPES,
    validExchanges: instrument.validExchanges.join(','),
    priceMagnifier: 1,
    underConId: instrument.underConId,
    longName: instrument.longName,
    primaryExch: instrument.primaryExch,
    contractMonth: expiry.slice(0, 6),
    industry: instrument.industry,
    category: instrument.category,
    subcategory: instrument.subcategory,
    timeZoneId: hours.timeZone,
    tradingHours: hoursText(instrument, now, false),
    liquidHours: hoursText(instrument, now, true),
    evRule: '',
    evMultiplier: '0',
    secIds: [],
    aggGroup: secType === 'CASH' ? 4 : 1,
    underSymbol: secType === 'OPT' || secType === 'FUT' ? instrument.underSymbol : '',
    underSecType: secType === 'OPT' ? 'STK' : secType === 'FUT' ? 'IND' : '',
    marketRuleIds: instrument.validExchanges.map(() => instrument.marketRuleId).join(','),
    realExpirationDate: expiry,
    stockType: instrument.stockType,
    ...sizes(instrument),
    ineligibilityReasons: [],
  })
}

function sendOptionChain(client: Client, reqId: number, conId: number): void {
  const options = client.world.catalogue.optionsOn(conId)
  const [first] = options
  if (first !== undefined) {
    const expiries = [...new Set(options.map(({ expiry }) => expiry))].sort()
    const strikes = [...new Set(options.map(({ strike }) => strike))].sort((a, b) => a - b)
    for (const exchange of first.validExchanges) {
      client.send(messages.securityDefinitionOptionParameter, {
        reqId,
        exchange,
        underConId: conId,
        tradingClass: first.tradingClass,
        multiplier: first.multiplier,
        expiries: expiries.map((expiry) => ({ expiry })),
        strikes: strikes.map((strike) => ({ strike })),
      })
    }
  }
  client.send(messages.securityDefinitionOptionParameterEnd, { reqId })
}

/** Answers to what-would-it-be questions about options come as a tick of this type. */
const CUSTOM_COMPUTATION = 53

function sendComputation(
  client: Client,
  reqId: number,
  instrument: Instrument,
  underPrice: number,
  given: { vol?: number | undefined; price?: number | undefined },
): void {
  const { option } = instrument
  if (option === undefined) {
    client.error(reqId, 321, validating('only options have an implied volatility'))
    return
  }
  const years = yearsLeft(option.expiryDay, Math.floor(client.world.now() / DAY_MS))
  const impliedVol = given.vol ?? impliedVolOf(option, given.price ?? 0, underPrice, years)
  if (impliedVol === undefined) {
    client.error(reqId, 321, validating('no volatility gives that price'))
    return
  }
  const { price, ...greeks } = greeksOf({ ...option, impliedVol }, underPrice, years)
  client.send(messages.tickOptionComputation, {
    reqId,
    tickType: CUSTOM_COMPUTATION,
    attributes: 0,
    impliedVol,
    ...greeks,
    optPrice: price,
    pvDividend: 0,
    undPrice: underPrice,
  })
}

function sendSamples(client: Client, reqId: number, pattern: string): void {
  client.send(messages.symbolSamples, {
    reqId,
    samples: client.world.catalogue.search(pattern).map((instrument) => ({
      conId: instrument.conId,
      symbol: instrument.symbol,
      secType: instrument.secType as string,
      primaryExch: instrument.primaryExch || instrument.exchange,
      currency: instrument.currency,
      derivatives: (DERIVATIVES[instrument.symbol] ?? []).map((secType) => ({ secType })),
      description: instrument.longName,
      issuerId: '',
    })),
  })
}

/** Symbol searches that come too fast are answered one after the other (facts §3.1). */
function searchInTurn(client: Client, reqId: number, search: () => void): void {
  const { usage } = client.world
  const wait = usage.searchWaitMs(client.clientId)
  if (wait === 0) search()
  else if (wait === undefined) {
    client.error(reqId, 322, processing('Max rate of symbol searches has been exceeded'))
  } else {
    const stop = usage.clock.after(wait, () => {
      client.drop('search', reqId)
      search()
    })
    if (client.keep('search', reqId, stop)) return
    stop()
    client.error(reqId, 102, 'Duplicate ticker ID.')
  }
}

/** Contracts: what there is, under which names and rules. */
export const contractAnswers: readonly Answer[] = [
  answer(requests.reqContractDetails, (client, row) => {
    const { reqId, conId = 0, symbol, secType, localSymbol } = row
    if (conId === 0 && secType === '') {
      client.error(reqId, 321, validating('Please enter a valid security type'))
      return
    }
    const named = conId !== 0 || symbol !== '' || localSymbol !== ''
    const found = named ? client.world.catalogue.find(row) : []
    if (found.length === 0) {
      client.error(reqId, 200, 'No security definition has been found for the request')
      return
    }
    for (const instrument of found) sendDetails(client, reqId, instrument)
    client.send(messages.contractDetailsEnd, { reqId })
  }),
  answer(requests.reqMatchingSymbols, (client, { reqId, pattern }) =>
    searchInTurn(client, reqId, () => sendSamples(client, reqId, pattern)),
  ),
  answer(requests.reqMarketRule, (client, { ruleId }) => {
    const steps = MARKET_RULES[ruleId]
    if (steps === undefined) {
      client.error(-1, 321, validating(`there is no market rule ${ruleId}`))
      return
    }
    client.send(messages.marketRule, {
      ruleId,
      increments: steps.map(([lowEdge, increment]) => ({ lowEdge, increment })),
    })
  }),
  answer(requests.reqSecDefOptParams, (client, { reqId, symbol, secType, conId = 0 }) => {
    const underlying = client.world.catalogue.byConId(conId)
    const wrong =
      underlying === undefined ||
      (symbol !== '' && underlying.symbol !== symbol) ||
      (secType !== '' && underlying.secType !== secType)
    if (wrong) client.error(reqId, 200, 'No security definition has been found for the request')
    else sendOptionChain(client, reqId, conId)
  }),
  answer(requests.reqMktDepthExchanges, (client) =>
    client.send(messages.mktDepthExchanges, {
      exchanges: EXCHANGES.map((exchange) => ({
        exchange: exchange as string,
        secType: 'STK',
        listingExch: '',
        serviceDataType: 'Deep2',
        aggGroup: 1,
      })),
    }),
  ),
  answer(requests.reqSmartComponents, (client, { reqId }) =>
    client.send(messages.smartComponents, {
      reqId,
      components: EXCHANGES.map((exchange, bit) => ({
        bit,
        exchange: exchange as string,
        letter: String.fromCharCode(65 + bit),
      })),
    }),
  ),
  answer(requests.calculateImpliedVolatility, (client, row) => {
    const instrument = theInstrument(client, row.reqId, row)
    if (instrument === undefined) return
    const price = row.optionPrice
    sendComputation(client, row.reqId, instrument, row.underPrice ?? 0, { price })
  }),
  answer(requests.calculateOptionPrice, (client, row) => {
    const instrument = theInstrument(client, row.reqId, row)
    if (instrument === undefined) return
    const vol = row.volatility
    sendComputation(client, row.reqId, instrument, row.underPrice ?? 0, { vol })
  }),
]
