import type { Layout } from '../wire/column.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Instrument } from '../world/instrument.ts'
import {
  type Bound,
  MAX_SCAN_ROWS,
  readFilters,
  type Scan,
  ScanError,
  Scanner,
  stockTypesIn,
} from '../world/scanner.ts'
import { type Answer, answer, type Client, processing, validating } from './answer.ts'
import { scannerDocument } from './scanner-document.ts'

/** How often a scan tells its list anew, ms. */
const REFRESH_MS = 30_000
/** Nothing can be built before it is asked for, and then it never changes. */
let document: string | undefined

type Row = typeof requests.reqScannerSubscription extends Layout<infer R> ? R : never

function dataServiceText(text: string): string {
  return `Historical Market Data Service error message:${text}`
}

/**
 * What a request wants scanned.
 * @throws ScanError
 */
function readScan(row: Row): Scan {
  const { bounds, stockTypes } = readFilters(row.filterOptions)
  const fields: readonly Bound[] = [
    { by: 'price', least: row.abovePrice ?? 0, most: row.belowPrice ?? Number.POSITIVE_INFINITY },
    ...(row.aboveVolume === undefined ? [] : [{ by: 'volume', least: row.aboveVolume } as const]),
    ...(row.marketCapAbove === undefined
      ? []
      : [{ by: 'marketCap', least: row.marketCapAbove } as const]),
    ...(row.marketCapBelow === undefined
      ? []
      : [{ by: 'marketCap', most: row.marketCapBelow } as const]),
  ]
  const rows = row.rows === undefined || row.rows < 1 ? MAX_SCAN_ROWS : row.rows
  return {
    instrument: row.instrument,
    locations: row.location.split(',').filter((code) => code !== ''),
    scanCode: row.scanCode,
    bounds: [...fields, ...bounds],
    stockTypes: stockTypes.length > 0 ? stockTypes : stockTypesIn(row.stockTypeFilter),
    rows: Math.min(rows, MAX_SCAN_ROWS),
  }
}

function scanRow(instrument: Instrument, rank: number) {
  const { conId, symbol, secType, expiry, strike, right, exchange, currency } = instrument
  const { localSymbol, marketName, tradingClass } = instrument
  return {
    ...{ rank, conId, symbol, secType: secType as string, lastTradeDateOrContractMonth: expiry },
    ...{ strike, right: right as string, exchange, currency, localSymbol, marketName },
    ...{ tradingClass, distance: '', benchmark: '', projection: '', legs: '' },
  }
}

function tell(client: Client, reqId: number, scanner: Scanner, scan: Scan, now: number): void {
  const rows = scanner.run(scan, now).map(scanRow)
  if (rows.length === 0) {
    const text = 'Historical Market Data Service query message:no items retrieved'
    client.error(reqId, 165, text)
  }
  client.send(messages.scannerData, { reqId, rows })
}

function subscribe(client: Client, row: Row): void {
  const { reqId } = row
  const { world } = client
  const scanner = new Scanner(world)
  const scan = readScan(row)
  scanner.check(scan)
  let toldAt = world.now()
  const stop = world.beat.listen((now) => {
    if (now - toldAt < REFRESH_MS) return
    toldAt = now
    tell(client, reqId, scanner, scan, now)
  })
  if (client.keep('scanner', reqId, stop)) tell(client, reqId, scanner, scan, toldAt)
  else {
    stop()
    client.error(reqId, 322, processing('Duplicate ticker ID for API scanner subscription'))
  }
}

/** Scanners: what can be scanned, and lists that are told again and again. */
export const scannerAnswers: readonly Answer[] = [
  answer(requests.reqScannerParameters, (client) => {
    document ??= scannerDocument()
    client.send(messages.scannerParameters, { xml: document })
  }),
  answer(requests.reqScannerSubscription, (client, row) => {
    const { reqId } = row
    if (row.scanCode === '') {
      client.error(reqId, 321, validating('Please enter a scan code'))
      return
    }
    const most = client.world.usage.limits.scanners
    if (most > 0 && client.kept('scanner') >= most) {
      const cause = `Only ${most} simultaneous API scanner subscriptions are allowed.`
      client.error(reqId, 322, processing(cause))
      return
    }
    try {
      subscribe(client, row)
    } catch (error) {
      if (!(error instanceof ScanError)) throw error
      client.error(reqId, 162, dataServiceText(error.message))
    }
  }),
  answer(requests.cancelScannerSubscription, (client, { reqId }) => {
    // IB tells a cancelled scan as an error too
    if (client.drop('scanner', reqId)) {
      client.error(reqId, 162, dataServiceText(`API scanner subscription cancelled: ${reqId}`))
    } else client.error(reqId, 365, `No scanner subscription found for ticker id:${reqId}`)
  }),
]
