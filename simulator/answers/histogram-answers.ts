import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { histogram, parsePeriod } from '../world/histogram.ts'
import { type Answer, answer, theInstrument, validating } from './answer.ts'
import { hasData } from './history-answers.ts'

/** Histograms: how much was traded at which price. */
export const histogramAnswers: readonly Answer[] = [
  answer(requests.reqHistogramData, (client, row) => {
    const { reqId, useRTH } = row
    const period = parsePeriod(row.period)
    if (period === undefined) {
      client.error(reqId, 321, validating(`Invalid time period ${row.period}`))
      return
    }
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const { world } = client
    const entries = hasData(instrument, 'TRADES')
      ? histogram(world.market, instrument, period, useRTH, world.now())
      : []
    if (entries.length > 0) client.send(messages.histogramData, { reqId, entries })
    else {
      const text = `HMDS query returned no data: ${instrument.symbol}@${instrument.exchange} Histogram`
      client.error(reqId, 162, `Historical Market Data Service error message:${text}`)
    }
  }),
  // histograms and head time stamps are told at once: there is nothing left to cancel
  answer(requests.cancelHistogramData, () => undefined),
  answer(requests.cancelHeadTimestamp, () => undefined),
]
