import type { FarmName } from '../farms.ts'

/** What becomes of messages while a farm is down. */
interface FarmData {
  /** requests that wait until it is back */
  readonly held: ReadonlySet<string>
  /** requests that are answered with 162 */
  readonly refused: ReadonlySet<string>
  /** messages that do not come */
  readonly silent: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/** Requests that ask for the past: their errors are 162. */
export const historyRequests: ReadonlySet<string> = new Set([
  'reqHistoricalData',
  'reqHistoricalTicks',
  'reqHeadTimestamp',
  'reqHistogramData',
])

/** What each farm serves, by the names of the messages. */
export const farmData: Readonly<Record<FarmName, FarmData>> = {
  usfarm: {
    held: new Set([
      ...['reqMktData', 'cancelMktData', 'reqMktDepth', 'cancelMktDepth'],
      ...['reqTickByTickData', 'cancelTickByTickData', 'reqRealTimeBars', 'cancelRealTimeBars'],
    ]),
    refused: none,
    silent: new Set([
      ...['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickOptionComputation'],
      ...['updateMktDepth', 'updateMktDepthL2', 'realtimeBar'],
      ...['tickByTick'],
    ]),
  },
  ushmds: { held: none, refused: historyRequests, silent: new Set(['historicalDataUpdate']) },
  secdefil: {
    held: new Set(['reqContractDetails', 'reqMatchingSymbols', 'reqSecDefOptParams']),
    refused: none,
    silent: none,
  },
}
