import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Instrument } from '../world/instrument.ts'
import { tickTimes } from '../world/ticks.ts'
import { parseTime } from '../world/zone.ts'
import { type Answer, answer, type Client, theInstrument, validating } from './answer.ts'
import { hasData, noData } from './history-answers.ts'

/** More ticks than this cannot be asked for at once (IB's own limit). */
export const MAX_TICKS = 1000

/** Sends quotes or trades of the past, one a second, as history tells them. */
export function sendTicks(
  client: Client,
  reqId: number,
  instrument: Instrument,
  shown: string,
  times: readonly number[],
): void {
  const { market } = client.world
  const quotes = times.map((time) => ({ time, ...market.quote(instrument, time * 1000) }))
  const done = true
  if (shown === 'BID_ASK') {
    const ticks = quotes.map(({ time, bid, ask, bidSize, askSize }) => ({
      ...{ time, mask: 0, bid, ask, bidSize, askSize },
    }))
    client.send(messages.historicalTicksBidAsk, { reqId, ticks, done })
  } else if (shown === 'MIDPOINT') {
    const ticks = quotes.map(({ time, last }) => ({ time, price: last, size: 0 }))
    client.send(messages.historicalTicks, { reqId, ticks, done })
  } else {
    const exchange = instrument.primaryExch || instrument.exchange
    const ticks = quotes.map(({ time, last, lastSize }) => ({
      ...{ time, mask: 0, price: last, size: lastSize, exchange, conditions: '' },
    }))
    client.send(messages.historicalTicksLast, { reqId, ticks, done })
  }
}

/** Single ticks of the past. */
export const pastTickAnswers: readonly Answer[] = [
  answer(requests.reqHistoricalTicks, (client, row) => {
    const { reqId, count = 0 } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const { homeZone } = client.world
    const start = row.start === '' ? undefined : parseTime(row.start, homeZone)
    const end = row.end === '' ? undefined : parseTime(row.end, homeZone)
    const oneGiven = (row.start === '') !== (row.end === '')
    if (!oneGiven || (start ?? end) === undefined || count < 1 || count > MAX_TICKS) {
      client.error(
        reqId,
        321,
        validating(`exactly one of start and end is needed, and from 1 to ${MAX_TICKS} ticks`),
      )
      return
    }
    const shown = row.whatToShow.toUpperCase()
    if (!['TRADES', 'BID_ASK', 'MIDPOINT'].includes(shown)) {
      client.error(reqId, 321, validating(`Invalid what to show ${row.whatToShow}`))
      return
    }
    if (!hasData(instrument, shown)) noData(client, reqId, instrument, shown)
    else {
      const now = client.world.now()
      const { market } = client.world
      const last = Math.min(end ?? now, now)
      const query = { from: start, end: last, count, useRTH: row.useRTH }
      const times = tickTimes(market, instrument, query)
      sendTicks(client, reqId, instrument, shown, times)
    }
  }),
]
