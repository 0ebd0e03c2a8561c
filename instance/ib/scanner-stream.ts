import { type Instrument, type LocationCode, ScanCode, type ScannerSubscription } from '@stoqey/ib'
import { numberOf, textOf } from './absent.ts'
import type { Rows, Stream } from './stream.ts'
import { contractOf } from './translate-contract.ts'

/** What is scanned; members are IB's own, those not given are no bounds. */
export interface ScannerQuestion
  extends Omit<ScannerSubscription, 'instrument' | 'locationCode' | 'scanCode'> {
  readonly instrument: string
  readonly locationCode: string
  readonly scanCode: string
  readonly numberOfRows: number
  /** bounds by their tags in the scanner's parameters */
  readonly filterOptions: readonly { readonly tag: string; readonly value: string }[]
}

/** The list that is being told, and who stands in the one before. */
interface Scan {
  told: Map<string, Readonly<Record<string, unknown>>>
  listed: ReadonlySet<string>
}

/** IB tells a scan that finds nothing with it. */
const NOTHING_FOUND = 165

/**
 * Instruments by rank, told whole about every 30 s: who is not in a list any more leaves. A cancelled scan is echoed as
 * an error (162), which nobody hears.
 */
export const scanner: Stream<ScannerQuestion, Scan> = {
  name: 'scanners',
  answeredBy: 'reqId',
  begin: () => ({ told: new Map(), listed: new Set() }),
  start: (api, reqId, { filterOptions, instrument, locationCode, scanCode, ...bounds }) => {
    const subscription: ScannerSubscription = {
      ...bounds,
      instrument: instrument as Instrument,
      locationCode: locationCode as LocationCode,
      scanCode: numbered(scanCode),
    }
    void api.reqScannerSubscription(reqId, subscription, [], [...filterOptions])
  },
  cancel: (api, reqId) => void api.cancelScannerSubscription(reqId),
  reads: {
    scannerData: (_, [, rank, details, distance, benchmark, projection, legs], scan) => {
      const contract = contractOf(details.contract)
      // combinations have no number of their own
      const rowRef = contract.conId > 0 ? String(contract.conId) : `${contract.symbol}:${legs}`
      scan.told.set(rowRef, {
        rank: numberOf(rank),
        contract,
        symbol: contract.symbol,
        marketName: textOf(details.marketName),
        distance: textOf(distance),
        benchmark: textOf(benchmark),
        projection: textOf(projection),
        legsStr: textOf(legs),
      })
      return 'part'
    },
    scannerDataEnd: (rows, _, scan) => {
      replace(rows, scan)
      return 'whole'
    },
  },
  notices: {
    [NOTHING_FOUND]: (rows, scan) => {
      replace(rows, scan)
      return 'whole'
    },
  },
}

/** The list that was told takes the place of the one before. */
function replace(rows: Rows, scan: Scan): void {
  for (const [rowRef, fields] of scan.told) rows.put(rowRef, fields)
  for (const rowRef of scan.listed) if (!scan.told.has(rowRef)) rows.remove(rowRef)
  scan.listed = new Set(scan.told.keys())
  scan.told = new Map()
}

/** A number under which the library has no name. */
const LENT = -1

/**
 * The library takes a number and sends the name it has for it; a name it would send as 0 or nothing (facts §2.3), and it
 * lacks many of IB's. So the name is lent a number until it has been sent, which is in the same turn.
 */
function numbered(scanCode: string): ScanCode {
  const names = ScanCode as unknown as Record<number, string>
  names[LENT] = scanCode
  return LENT as ScanCode
}
