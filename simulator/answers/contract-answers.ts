import type { ContractRow } from '../wire/contract-columns.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { greeksOf, impliedVolOf, yearsLeft } from '../world/black-scholes.ts'
import type { Instrument } from '../world/instrument.ts'
import { marketRule } from '../world/market-rules.ts'
import { DAY_MS } from '../world/path.ts'
import { securityIdsOf } from '../world/security-ids.ts'
import { type Described, findUntraded } from '../world/untraded.ts'
import { componentsOf, depthVenues } from '../world/venues.ts'
import {
  type Answer,
  answer,
  type Client,
  processing,
  theInstrument,
  validating,
} from './answer.ts'
import { bondRow, detailsRow, issuerIdOf } from './contract-rows.ts'

/** Which security types are derived from an instrument. */
function derivativesOf(client: Client, { conId, secType }: Instrument): { secType: string }[] {
  const hasOptions = secType === 'STK' && client.world.catalogue.optionsOn(conId).length > 0
  return hasOptions ? [{ secType: 'OPT' }] : []
}

function sendDetails(client: Client, reqId: number, instrument: Described): void {
  const now = client.world.now()
  if (instrument.secType === 'BOND') {
    client.send(messages.bondContractDetails, bondRow(reqId, instrument, now))
  } else client.send(messages.contractDetails, detailsRow(reqId, instrument, now))
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

const SEC_ID_TYPES = ['ISIN', 'CUSIP', 'FIGI']

/** Everything that fits what a client says of a contract, all matches and not only one. */
function detailsFor(
  client: Client,
  row: ContractRow & { secIdType: string; secId: string; issuerId: string },
): Described[] {
  const { symbol, localSymbol, conId = 0, secType, secId, issuerId } = row
  const { catalogue } = client.world
  const [stock] = catalogue.all
  const find = (spec: ContractRow): Described[] => [
    ...catalogue.find(spec),
    ...(stock === undefined ? [] : findUntraded(spec, stock)),
  ]
  if (secId !== '') {
    const kind = row.secIdType.toUpperCase()
    return find(row).filter((one) => securityIdsOf(one)[kind] === secId.toUpperCase())
  }
  if (issuerId !== '') return find(row).filter((one) => issuerIdOf(one) === issuerId)
  if (conId === 0 && symbol === '' && localSymbol === '') return []
  const found = find(row)
  // a bond may be named by its CUSIP alone
  if (found.length > 0 || secType !== 'BOND') return found
  return find({ ...row, symbol: '' }).filter((one) => securityIdsOf(one).CUSIP === symbol)
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
      derivatives: derivativesOf(client, instrument),
      description: instrument.longName,
      issuerId: issuerIdOf(instrument),
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
    const { reqId, conId = 0, secType, secIdType, secId, issuerId } = row
    const isNamed = conId !== 0 || secType !== '' || secId !== '' || issuerId !== ''
    if (!isNamed || (secId !== '' && !SEC_ID_TYPES.includes(secIdType.toUpperCase()))) {
      const cause = isNamed ? 'Invalid security id type' : 'Please enter a valid security type'
      client.error(reqId, 321, validating(cause))
      return
    }
    const found = detailsFor(client, row)
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
    const increments = marketRule(ruleId, client.world.catalogue.all)
    if (increments === undefined) {
      client.error(-1, 321, validating(`there is no market rule ${ruleId}`))
    } else client.send(messages.marketRule, { ruleId, increments: [...increments] })
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
    client.send(messages.mktDepthExchanges, { exchanges: [...depthVenues] }),
  ),
  answer(requests.reqSmartComponents, (client, { reqId, bboExchange }) => {
    const components = componentsOf(bboExchange)
    if (components === undefined) {
      client.error(reqId, 321, validating(`Invalid BBO exchange ${bboExchange}`))
    } else client.send(messages.smartComponents, { reqId, components })
  }),
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
  // computations are told at once: there is nothing left to cancel
  answer(requests.cancelCalculateImpliedVolatility, () => undefined),
  answer(requests.cancelCalculateOptionPrice, () => undefined),
]
