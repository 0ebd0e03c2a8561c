import type { IBApi } from '@stoqey/ib'
import type { Contract, ContractDetails } from '../../shared/schemas/contract.ts'
import { MARKET_DATA_TYPES } from '../../shared/schemas/market.ts'
import { numberOf, quotedOf } from './absent.ts'
import type { GatewayEvents } from './events.ts'
import { instantOf } from './instants.ts'
import type { Fullness, Rows, Stream } from './stream.ts'
import { LAST_TIMESTAMPS, NUMBERS, OPTION_TICKS, TEXTS } from './tick-types.ts'
import { contractSchemaOf, toAskedContract } from './translate-contract.ts'

export interface QuoteQuestion {
  readonly details: ContractDetails
  readonly genericTickList: string
  readonly marketDataType: number
}

/** What is known of a quote while it comes: whether it says all its market has. */
interface Seen {
  readonly contract: Contract
  readonly rowRef: string
  bid: boolean
  ask: boolean
  last: boolean
}

/** Prices that may be below zero: spreads, some futures, and what is measured against something (facts §5). */
const SIGNED: ReadonlySet<string> = new Set(['BAG', 'FUT', 'FOP', 'CMDTY', 'IND'])

/** The market of one instrument for as long as anybody reads it. */
export const quotes: Stream<QuoteQuestion, Seen> = {
  name: 'marketData',
  answeredBy: 'reqId',
  marketDataType: ({ marketDataType }) => marketDataType,
  begin: ({ details }) => {
    const contract = contractSchemaOf(details)
    return { contract, rowRef: String(contract.conId), bid: false, ask: false, last: false }
  },
  start: (api: IBApi, reqId, { details, genericTickList }) => {
    void api.reqMktData(reqId, toAskedContract(details), genericTickList, false, false)
  },
  cancel: (api, reqId) => void api.cancelMktData(reqId),
  reads: {
    marketDataType: (rows, [, type], bag, { details }) => {
      rows.put(bag.rowRef, {
        contract: bag.contract,
        symbol: bag.contract.symbol,
        minTick: numberOf(details.minTick ?? undefined),
        marketDataType: MARKET_DATA_TYPES[type - 1] ?? 'live',
      })
      return 'part'
    },
    tickPrice: (rows, [, tickType, price], bag) => tell(rows, bag, tickType, price),
    tickSize: (rows, [, tickType, size], bag) => tell(rows, bag, tickType, size),
    tickGeneric: (rows, [, tickType, value], bag) => tell(rows, bag, tickType, value),
    tickString: (rows, [, tickType, value], bag) => {
      const field = TEXTS[tickType]
      if (field !== undefined) rows.put(bag.rowRef, { [field]: value === '' ? null : value })
      const seconds = Number(value)
      if (LAST_TIMESTAMPS.has(tickType) && seconds > 0)
        rows.put(bag.rowRef, { lastTimestamp: instantOf(seconds).datetime })
      return fullness(bag)
    },
    tickOptionComputation: (rows, args, bag) => {
      const field = OPTION_TICKS[args[1]]
      if (field !== undefined) rows.put(bag.rowRef, { [field]: greeksOf(args) })
      return fullness(bag)
    },
  },
}

function tell(rows: Rows, bag: Seen, tickType: number, value: number | undefined): Fullness {
  const field = NUMBERS[tickType]
  if (field === undefined) return fullness(bag)
  const isSigned = SIGNED.has(bag.contract.secType)
  const told = isSigned ? numberOf(value) : quotedOf(value)
  rows.put(bag.rowRef, { [field]: told })
  if (field === 'bid' || field === 'ask' || field === 'last') bag[field] = true
  return fullness(bag)
}

/** A currency pair has no trades, an index nothing but its value. */
function fullness({ contract: { secType }, bid, ask, last }: Seen): Fullness {
  if (secType === 'IND') return last ? 'whole' : 'part'
  return bid && ask && (last || secType === 'CASH') ? 'whole' : 'part'
}

/** IB's -1 and -2 for what it has not computed become null (facts §5), but for a delta, which may be -1. */
function greeksOf(args: GatewayEvents['tickOptionComputation']) {
  const [, , , impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice] = args
  const computed = (value: number | undefined) => {
    const number = numberOf(value)
    return number === null || number === -1 || number === -2 ? null : number
  }
  return {
    impliedVol: computed(impliedVol),
    delta: numberOf(delta === -2 ? undefined : delta),
    gamma: computed(gamma),
    vega: computed(vega),
    theta: computed(theta),
    optPrice: computed(optPrice),
    pvDividend: computed(pvDividend),
    undPrice: computed(undPrice),
  }
}
