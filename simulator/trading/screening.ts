import type { PlaceOrderRow } from '../wire/place-order.ts'
import type { Catalogue } from '../world/catalogue.ts'
import { type Instrument, multiplierOf, onGrid } from '../world/instrument.ts'
import type { Market } from '../world/market.ts'
import { parseTime, timeText } from '../world/zone.ts'
import { HEDGES } from './hedge.ts'
import type { Leg } from './order.ts'
import { isKnownOrderType, orderTypeOf } from './order-types.ts'

/** Why an order is not taken, as an IB error. */
export interface Refusal {
  readonly code: number
  readonly text: string
}

/** An order that can be taken: what it trades, and for whom. */
export interface Screened {
  readonly instrument: Instrument
  readonly legs: readonly Leg[]
  readonly account: string
}

const KNOWN_TIFS = ['', 'DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG', 'DTC', 'AUC']
/** Known to IB and not traded here. */
const UNTRADED_TIFS = ['AUC']
/** What can be traded in the opening auction. */
const OPENING_TYPES = ['MKT', 'LMT']

/** What stands for a combination: IB gives them all one contract id. */
const COMBINATION_CON_ID = 28_812_380

function invalid(cause: string): Refusal {
  return { code: 321, text: `Error validating request.-'placeOrder' : cause - ${cause}` }
}

function noDefinition(): Refusal {
  return { code: 200, text: 'No security definition has been found for the request' }
}

function legsOf(row: PlaceOrderRow, catalogue: Catalogue): Leg[] | undefined {
  const legs = (row.legs ?? []).map(({ conId, ratio, action }) => {
    const instrument = catalogue.byConId(conId ?? 0)
    const sign = action === 'BUY' ? 1 : -1
    return instrument && { instrument, ratio: sign * (ratio ?? 1) }
  })
  return legs.every((leg) => leg !== undefined) && legs.length > 0 ? legs : undefined
}

function combination(row: PlaceOrderRow, legs: readonly Leg[]): Instrument {
  const { instrument } = legs[0] as Leg
  return {
    ...instrument,
    conId: COMBINATION_CON_ID,
    symbol: row.symbol,
    secType: 'BAG',
    expiry: '',
    strike: 0,
    right: '',
    multiplier: legs.every((leg) => leg.instrument.secType === 'OPT') ? '100' : '',
    localSymbol: row.symbol,
    tradingClass: 'COMB',
    minTick: 0.01,
  }
}

function findInstrument(row: PlaceOrderRow, catalogue: Catalogue): Screened | Refusal {
  if (row.secType === 'BAG') {
    const legs = legsOf(row, catalogue)
    if (legs === undefined) return noDefinition()
    return { instrument: combination(row, legs), legs, account: '' }
  }
  if (row.conId === undefined && row.secType === '')
    return invalid('Please enter a valid security type')
  const found = catalogue.find(row)
  const [instrument] = found
  if (instrument === undefined) return noDefinition()
  if (found.length > 1) {
    return { code: 200, text: `The contract description specified for ${row.symbol} is ambiguous.` }
  }
  if (instrument.secType === 'IND') {
    return {
      code: 203,
      text: `The security ${row.symbol} is not available or allowed for this account`,
    }
  }
  return { instrument, legs: [], account: '' }
}

function offGrid(instrument: Instrument, price: number): boolean {
  return Math.abs(onGrid(instrument, price) - price) > 1e-9
}

const NOT_ALLOWED: Refusal = {
  code: 387,
  text: 'Unsupported order type for this exchange and security type.',
}

function typeFault(row: PlaceOrderRow, { secType }: Instrument): Refusal | undefined {
  if (!isKnownOrderType(row.orderType)) return NOT_ALLOWED
  if (!KNOWN_TIFS.includes(row.tif)) return invalid(`Invalid time in force ${row.tif}`)
  const type = orderTypeOf(row.orderType)
  if (type?.secTypes !== undefined && !type.secTypes.includes(secType)) return NOT_ALLOWED
  if (row.tif === 'OPG' && (secType !== 'STK' || !OPENING_TYPES.includes(row.orderType))) {
    return NOT_ALLOWED
  }
  if (row.hedgeType === '') return undefined
  if (!HEDGES.some((kind) => kind === row.hedgeType)) {
    return invalid(`Invalid hedge type ${row.hedgeType}`)
  }
  return (row.parentId ?? 0) === 0 ? invalid('A hedge order needs a parent order') : undefined
}

function timeFault({ tif, goodTillDate, goodAfterTime }: PlaceOrderRow): Refusal | undefined {
  if (tif === 'GTD' && parseTime(goodTillDate, 'UTC') === undefined) {
    return invalid('The good till date is missing or not of the form yyyymmdd hh:mm:ss')
  }
  if (goodAfterTime !== '' && parseTime(goodAfterTime, 'UTC') === undefined) {
    return invalid('The good after time is not of the form yyyymmdd hh:mm:ss')
  }
  return undefined
}

function trailFault({ auxPrice = 0, trailingPercent = 0 }: PlaceOrderRow): Refusal | undefined {
  if (auxPrice > 0 !== trailingPercent > 0) return undefined
  return invalid('A trailing order needs either a trailing amount or a trailing percentage')
}

function priceFault(row: PlaceOrderRow, instrument: Instrument): Refusal | undefined {
  const type = orderTypeOf(row.orderType)
  for (const name of type?.needs ?? []) {
    const price = row[name]
    if (price === undefined) return invalid(`${name} is missing for order type ${row.orderType}`)
    if (price <= 0 && instrument.secType !== 'BAG') {
      return { code: 109, text: 'The order price is out of range: it must be above zero' }
    }
    if (offGrid(instrument, price)) {
      return {
        code: 110,
        text: 'The price does not conform to the minimum price variation for this contract.',
      }
    }
  }
  return type?.trigger?.startsWith('trail') ? trailFault(row) : undefined
}

function smallestSize({ secType }: Instrument): number {
  return secType === 'STK' || secType === 'CRYPTO' ? 0.0001 : 1
}

function sizeFault(row: PlaceOrderRow, instrument: Instrument): Refusal | undefined {
  const quantity = row.totalQuantity ?? 0
  // what a hedge trades is known when its parent has been filled
  if (row.hedgeType !== '' && quantity === 0) return undefined
  if (quantity <= 0 && (row.cashQty ?? 0) <= 0) {
    return { code: 434, text: 'The order size cannot be zero or negative.' }
  }
  if (!Number.isFinite(quantity)) return invalid('the order size is not a number')
  const smallest = smallestSize(instrument)
  const parts = quantity / smallest
  if (Math.abs(parts - Math.round(parts)) > 1e-6) {
    return {
      code: 388,
      text: `The order size must be a multiple of ${smallest} for this contract.`,
    }
  }
  return undefined
}

/** What of an order is understood and kept but not simulated; undefined when it can be traded as it stands. */
export function notSimulated(row: PlaceOrderRow): string | undefined {
  if (orderTypeOf(row.orderType) === undefined) return `order type ${row.orderType}`
  if (UNTRADED_TIFS.includes(row.tif)) return `time in force ${row.tif}`
  return row.faGroup === '' ? undefined : 'an order for an adviser group'
}

/** What an order says that is kept and shown but has no effect here, or that it waits for the opening. */
export function warningOf(
  { row, instrument }: { readonly row: PlaceOrderRow; readonly instrument: Instrument },
  opensAt: number | undefined,
): string | undefined {
  if (opensAt !== undefined) {
    const zone = instrument.hours.timeZone
    return `your order will not be placed at the exchange until ${timeText(zone, opensAt)}`
  }
  if (row.deltaNeutral || !['', 'None', 'NONE'].includes(row.deltaNeutralOrderType)) {
    return 'the delta neutral hedge of this order is not traded by the simulator'
  }
  return row.scaleProfitOffset ? 'the simulator makes no profit orders for a scale' : undefined
}

/** An order by cash quantity, with the number of units that this buys now; any other order as it is. */
export function cashSized(
  row: PlaceOrderRow,
  instrument: Instrument,
  market: Market,
): PlaceOrderRow {
  const { cashQty = 0, totalQuantity = 0 } = row
  if (totalQuantity > 0 || cashQty <= 0) return row
  const { bid, ask } = market.quote(instrument)
  const step = smallestSize(instrument)
  const price = (row.lmtPrice || (row.action === 'BUY' ? ask : bid)) * multiplierOf(instrument)
  const units = Math.floor(cashQty / price / step) * step
  return { ...row, totalQuantity: Number(units.toFixed(4)) }
}

/** Looks an order over before it is taken; only the first thing wrong is told, as IB does. */
export function screen(
  row: PlaceOrderRow,
  world: { readonly catalogue: Catalogue; readonly accounts: readonly string[] },
): Screened | Refusal {
  const account = row.account === '' ? world.accounts[0] : row.account
  if (account === undefined || !world.accounts.includes(account)) {
    return invalid(`Invalid account ${row.account}`)
  }
  const found = findInstrument(row, world.catalogue)
  if ('code' in found) return found
  if (row.action !== 'BUY' && row.action !== 'SELL' && row.action !== 'SSHORT') {
    return invalid('The order action must be BUY or SELL')
  }
  const { instrument } = found
  return (
    typeFault(row, instrument) ??
    timeFault(row) ??
    sizeFault(row, instrument) ??
    priceFault(row, instrument) ?? { ...found, account }
  )
}
