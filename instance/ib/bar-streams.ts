import type { BarSizeSetting, WhatToShow } from '@stoqey/ib'
import type { ContractDetails } from '../../shared/schemas/contract.ts'
import type { Bar } from '../../shared/schemas/market.ts'
import type { Fullness, Rows, Stream } from './stream.ts'
import { toAskedContract } from './translate-contract.ts'
import { barOf, HISTORY_END } from './translate-market.ts'

export interface BarsQuestion {
  readonly details: ContractDetails
  readonly barSize: string
  readonly whatToShow: string
  readonly useRTH: boolean
  /** how far the past reaches */
  readonly durationStr: string
  /** bars of the past that are kept, the newest */
  readonly keep: number
}

/** The only size of real-time bars there is, s (IB). */
const REAL_TIME_SECONDS = 5
/** Bars kept up to date tell their time as seconds since 1970, whole days as dates. */
const AS_SECONDS = 2

/** Bars of five seconds from now on. */
export const realTimeBars: Stream<BarsQuestion> = {
  name: 'realTimeBars',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId, { details, whatToShow, useRTH }) =>
    void api.reqRealTimeBars(
      reqId,
      toAskedContract(details),
      REAL_TIME_SECONDS,
      whatToShow as WhatToShow,
      useRTH,
    ),
  cancel: (api, reqId) => void api.cancelRealTimeBars(reqId),
  reads: {
    realtimeBar: (rows, [reqId, seconds, open, high, low, close, volume, average, count]) => {
      const date = String(seconds)
      return tell(rows, barOf([reqId, date, open, high, low, close, volume, count, average, false]))
    },
  },
}

/** Bars of the past, then each as it changes, and the next when it begins. */
export const keptBars: Stream<BarsQuestion, Bar[]> = {
  name: 'keptBars',
  answeredBy: 'reqId',
  begin: () => [],
  start: (api, reqId, { details, durationStr, barSize, whatToShow, useRTH }) =>
    void api.reqHistoricalData(
      reqId,
      toAskedContract(details),
      '',
      durationStr,
      barSize as BarSizeSetting,
      whatToShow as WhatToShow,
      useRTH,
      AS_SECONDS,
      true,
    ),
  cancel: (api, reqId) => void api.cancelHistoricalData(reqId),
  reads: {
    historicalData: (rows, args, past, { keep }) => {
      if (!args[1].startsWith(HISTORY_END)) {
        past.push(barOf(args))
        return 'part'
      }
      // bars before those would only push each other out
      for (const bar of past.splice(0).slice(-keep)) tell(rows, bar)
      return 'whole'
    },
    historicalDataUpdate: (rows, args) => tell(rows, barOf([...args, undefined])),
  },
}

function tell(rows: Rows, bar: Bar): Fullness {
  rows.put(String(bar.timestamp ?? bar.date), bar)
  return 'whole'
}
