import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Cancel } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import { type Answer, answer, type Client, theInstrument, validating } from './answer.ts'
import { followNews, followTape } from './news-answers.ts'
import { QuoteView } from './quote-view.ts'

/** Kinds of market data that a client may ask for. */
const LIVE = 1
const FROZEN = 2
const DELAYED = 3
const DELAYED_FROZEN = 4
/** Generic ticks that are understood; those without numbers here stay silent, as they often do. */
const GENERIC_TICKS = new Set(
  '100,101,104,105,106,125,162,165,221,225,233,236,256,258,292,293,294,295,318,375,411,456,576,577,578,586,587,588,595,614,619,623'.split(
    ',',
  ),
)

/** Whether a client is subscribed to live data of an instrument; currencies are free. */
export function hasLiveData(client: Client, { secType }: Instrument): boolean {
  return client.world.marketData === 'live' || secType === 'CASH'
}

/**
 * Which kind of data a client gets of an instrument, by what it has asked for and what is subscribed.
 * @returns undefined when it asks for live data that is not
 */
function dataTypeFor(client: Client, instrument: Instrument): number | undefined {
  const { market } = client.world
  const asked = client.marketDataType
  const isOpen = market.isOpen(instrument, client.world.now(), true)
  if (hasLiveData(client, instrument)) {
    const frozen = asked === FROZEN || asked === DELAYED_FROZEN
    return frozen && !isOpen ? FROZEN : LIVE
  }
  if (asked !== DELAYED && asked !== DELAYED_FROZEN) return undefined
  return asked === DELAYED_FROZEN && !isOpen ? DELAYED_FROZEN : DELAYED
}

function follow(
  client: Client,
  reqId: number,
  view: QuoteView,
  instrument: Instrument,
  release: Cancel,
): void {
  const stop = view.follow()
  const stopHalts = client.world.halted.listen((told) => {
    if (told.instrument.conId === instrument.conId) view.tellHalted(told.isHalted)
  })
  client.keep('quotes', reqId, () => {
    stop()
    stopHalts()
    release()
  })
}

/** Quotes: streams and snapshots. */
export const quoteAnswers: readonly Answer[] = [
  answer(requests.reqMktData, (client, row) => {
    const { reqId, snapshot, regulatorySnapshot } = row
    const wanted = row.genericTicks.split(',').map((tick) => tick.split(':')[0]?.trim() ?? '')
    const unknown = wanted.filter(
      (tick) => tick !== '' && tick !== 'mdoff' && !GENERIC_TICKS.has(tick),
    )
    if (unknown.length > 0) {
      client.error(reqId, 321, validating(`Incorrect generic tick list of ${row.genericTicks}`))
      return
    }
    if (snapshot && row.genericTicks !== '') {
      client.error(
        reqId,
        414,
        'Snapshot market data subscription is not applicable to generic ticks',
      )
      return
    }
    if (row.secType === 'NEWS') {
      followTape(client, reqId, row.symbol)
      return
    }
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    if (client.runs('quotes', reqId)) {
      client.error(reqId, 102, 'Duplicate ticker ID.')
      return
    }
    const dataType = dataTypeFor(client, instrument)
    if (dataType === undefined) {
      client.error(reqId, 354, 'Requested market data is not subscribed.')
      return
    }
    const release = client.world.usage.lines.take()
    if (release === undefined) {
      client.error(reqId, 101, 'Max number of tickers has been reached')
      return
    }
    const isDelayed = dataType === DELAYED || dataType === DELAYED_FROZEN
    if (isDelayed) {
      const text = 'Requested market data is not subscribed. Displaying delayed market data.'
      client.error(reqId, 10167, text)
    }
    const view = new QuoteView(client, reqId, instrument, isDelayed)
    if (snapshot || regulatorySnapshot) {
      view.tellAll(wanted, dataType)
      client.send(messages.tickSnapshotEnd, { reqId })
      release()
      return
    }
    const stopNews = followNews(client, reqId, instrument, row.genericTicks)
    const end = () => {
      stopNews?.()
      release()
    }
    if (wanted.includes('mdoff')) client.keep('quotes', reqId, end)
    else {
      view.tellAll(wanted, dataType)
      follow(client, reqId, view, instrument, end)
    }
  }),
  answer(requests.cancelMktData, (client, { reqId }) => {
    if (!client.drop('quotes', reqId)) {
      client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`)
    }
  }),
]
