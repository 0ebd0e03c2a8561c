import type { PlaceOrderRow } from '../wire/place-order.ts'
import type { Catalogue } from '../world/catalogue.ts'
import { type Instrument, onGrid } from '../world/instrument.ts'
import type { Leg } from './order.ts'

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

/** Order types that the simulated market matches. */
const SIMULATED_TYPES = ['MKT', 'LMT', 'STP', 'STP LMT']
/** Order types that IB knows; one of them that is not simulated is rejected in so many words, never traded as another. */
const KNOWN_TYPES = [
  ...SIMULATED_TYPES,
  ...['TRAIL', 'TRAIL LIMIT', 'TRAIL LIT', 'TRAIL MIT', 'TRAIL LMT + MKT', 'TRAIL REL + MKT'],
  ...['MIT', 'LIT', 'MOC', 'LOC', 'REL', 'REL + LMT', 'REL + MKT', 'PASSV REL', 'LMT + MKT'],
  ...['MTL', 'MKT PRT', 'STP PRT', 'MIDPRICE', 'BOX TOP', 'FIX PEGGED', 'QUOTE', 'VOL', 'VWAP'],
  ...['PEG BENCH', 'PEGBENCH', 'PEG BEST', 'PEGBEST', 'PEG MID', 'PEGMID', 'PEG MKT', 'PEG PRIM'],
  ...['PEG STK', 'SNAP MID', 'SNAP MKT', 'SNAP PRIM', 'PPV', 'PDV', 'PMV', 'PSV'],
]
const SIMULATED_TIFS = ['', 'DAY', 'GTC', 'GTD', 'IOC', 'FOK']
const KNOWN_TIFS = [...SIMULATED_TIFS, 'OPG', 'DTC', 'AUC']

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

function priceFault(row: PlaceOrderRow, instrument: Instrument): Refusal | undefined {
  const { orderType, lmtPrice, auxPrice } = row
  const needed: (number | undefined)[] = []
  if (orderType.endsWith('LMT')) needed.push(lmtPrice)
  if (orderType.startsWith('STP')) needed.push(auxPrice)
  for (const price of needed) {
    if (price === undefined) return invalid(`a price is missing for order type ${orderType}`)
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
  return undefined
}

function sizeFault(row: PlaceOrderRow, instrument: Instrument): Refusal | undefined {
  const quantity = row.totalQuantity ?? 0
  if (quantity <= 0 && (row.cashQty ?? 0) <= 0) {
    return { code: 434, text: 'The order size cannot be zero or negative.' }
  }
  if (!Number.isFinite(quantity)) return invalid('the order size is not a number')
  const smallest = instrument.secType === 'STK' ? 0.0001 : 1
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
  if (!SIMULATED_TYPES.includes(row.orderType)) return `order type ${row.orderType}`
  if (!SIMULATED_TIFS.includes(row.tif)) return `time in force ${row.tif}`
  if ((row.totalQuantity ?? 0) <= 0) return 'an order by cash quantity'
  if ((row.scalePriceIncrement ?? 0) > 0) return 'a scale order'
  if (row.hedgeType !== '') return 'a hedge order'
  if (!['', 'None', 'NONE'].includes(row.deltaNeutralOrderType)) return 'a delta neutral order'
  if (row.deltaNeutral) return 'a delta neutral contract'
  if (row.goodAfterTime !== '') return 'a good-after time'
  if (row.faGroup !== '') return 'an order for an adviser group'
  if ((row.discretionaryAmt ?? 0) > 0) return 'a discretionary amount'
  return ['', 'None'].includes(row.adjustedOrderType) ? undefined : 'an adjusted order'
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
  if (!KNOWN_TYPES.includes(row.orderType)) {
    return { code: 387, text: 'Unsupported order type for this exchange and security type.' }
  }
  if (!KNOWN_TIFS.includes(row.tif)) return invalid(`Invalid time in force ${row.tif}`)
  return (
    sizeFault(row, found.instrument) ?? priceFault(row, found.instrument) ?? { ...found, account }
  )
}
