import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Cancel } from '../world/clock.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Quote } from '../world/market.ts'
import { dayFigures, type TapeLine } from '../world/tape.ts'
import { type Answer, answer, type Client, theInstrument, validating } from './answer.ts'

/** Numbers of what a quote tells (tick types). */
const BID_SIZE = 0
const BID = 1
const ASK = 2
const LAST = 4
const LAST_SIZE = 5
const HIGH = 6
const LOW = 7
const VOLUME = 8
const CLOSE = 9
const ASK_SIZE = 3
const OPEN = 14
const OPTION_BID = 10
const OPTION_ASK = 11
const OPTION_LAST = 12
const OPTION_MODEL = 13
const BID_EXCHANGE = 32
const ASK_EXCHANGE = 33
const MARK_PRICE = 37
const LAST_TIMESTAMP = 45
const SHORTABLE = 46
const HALTED = 49
const LAST_EXCHANGE = 84
const SHORTABLE_SHARES = 89
/** Data is live, whatever was asked for. */
const LIVE = 1
/** Generic ticks that are understood; those without numbers here stay silent, as they often do. */
const GENERIC_TICKS = new Set(
  '100,101,104,105,106,125,162,165,221,225,233,236,256,258,292,293,294,295,318,375,411,456,576,577,578,586,587,588,595,614,619,623'.split(
    ',',
  ),
)
/** Volume and extremes of the day are told at most this often, ms. */
const FIGURES_MS = 1000

function price(client: Client, reqId: number, tickType: number, value: number, size = 0): void {
  const attributes = tickType === BID || tickType === ASK ? 1 : 0
  client.send(messages.tickPrice, { reqId, tickType, price: value, size, attributes })
}

function size(client: Client, reqId: number, tickType: number, value: number): void {
  client.send(messages.tickSize, { reqId, tickType, size: value })
}

function text(client: Client, reqId: number, tickType: number, value: string): void {
  client.send(messages.tickString, { reqId, tickType, value })
}

const hasTrades = ({ secType }: Instrument) => secType !== 'CASH'
const hasBids = ({ secType }: Instrument) => secType !== 'IND'

function sendBids(client: Client, reqId: number, quote: Quote): void {
  price(client, reqId, BID, quote.bid, quote.bidSize)
  price(client, reqId, ASK, quote.ask, quote.askSize)
  size(client, reqId, BID_SIZE, quote.bidSize)
  size(client, reqId, ASK_SIZE, quote.askSize)
}

function sendLast(client: Client, reqId: number, quote: Quote, now: number): void {
  price(client, reqId, LAST, quote.last, quote.lastSize)
  size(client, reqId, LAST_SIZE, quote.lastSize)
  text(client, reqId, LAST_TIMESTAMP, String(Math.floor(now / 1000)))
}

function sendFigures(client: Client, reqId: number, instrument: Instrument, now: number): void {
  const figures = dayFigures(client.world.market, instrument, now)
  if (hasTrades(instrument)) size(client, reqId, VOLUME, figures.volume)
  price(client, reqId, HIGH, figures.high)
  price(client, reqId, LOW, figures.low)
  price(client, reqId, CLOSE, figures.previousClose)
  if (hasTrades(instrument)) price(client, reqId, OPEN, figures.open)
}

function sendGreeks(client: Client, reqId: number, instrument: Instrument, now: number): void {
  const { option } = instrument
  const greeks = client.world.market.greeks(instrument, now)
  if (option === undefined || greeks === undefined) return
  const { bid, ask, last } = client.world.market.quote(instrument, now)
  const { delta, gamma, vega, theta, underlying } = greeks
  for (const [tickType, optPrice] of [
    [OPTION_BID, bid],
    [OPTION_ASK, ask],
    [OPTION_LAST, last],
    [OPTION_MODEL, greeks.price],
  ] as const) {
    client.send(messages.tickOptionComputation, {
      reqId,
      tickType,
      attributes: 0,
      impliedVol: option.impliedVol,
      delta,
      optPrice,
      pvDividend: 0,
      gamma,
      vega,
      theta,
      undPrice: underlying,
    })
  }
}

function sendGeneric(
  client: Client,
  reqId: number,
  instrument: Instrument,
  wanted: readonly string[],
): void {
  const generic = (tickType: number, value: number) =>
    client.send(messages.tickGeneric, { reqId, tickType, value })
  if (wanted.includes('221')) {
    price(client, reqId, MARK_PRICE, client.world.market.last(instrument))
  }
  if (wanted.includes('236') && instrument.secType === 'STK') {
    generic(SHORTABLE, 3)
    size(client, reqId, SHORTABLE_SHARES, 1_000_000)
  }
}

function sendHalted(client: Client, reqId: number, isHalted: boolean): void {
  client.send(messages.tickGeneric, { reqId, tickType: HALTED, value: isHalted ? 1 : 0 })
}

/** Everything that is known at once, as a new subscription or a snapshot tells it. */
function sendAll(
  client: Client,
  reqId: number,
  instrument: Instrument,
  wanted: readonly string[],
): void {
  const now = client.world.now()
  const quote = client.world.market.quote(instrument, now)
  const venue = instrument.primaryExch || instrument.exchange
  client.send(messages.marketDataType, { reqId, marketDataType: LIVE })
  client.send(messages.tickReqParams, {
    reqId,
    minTick: instrument.minTick,
    bboExchange: '9c0001',
    snapshotPermissions: 3,
  })
  if (hasBids(instrument)) {
    sendBids(client, reqId, quote)
    text(client, reqId, BID_EXCHANGE, 'A')
    text(client, reqId, ASK_EXCHANGE, 'A')
  }
  if (hasTrades(instrument)) {
    sendLast(client, reqId, quote, now)
    text(client, reqId, LAST_EXCHANGE, venue.slice(0, 1))
  }
  sendFigures(client, reqId, instrument, now)
  sendGreeks(client, reqId, instrument, now)
  sendGeneric(client, reqId, instrument, wanted)
  if (client.world.market.isHalted(instrument)) sendHalted(client, reqId, true)
}

function sendChanges(
  client: Client,
  reqId: number,
  instrument: Instrument,
  { quote, before, now }: TapeLine,
): void {
  if (hasBids(instrument)) {
    if (quote.bid !== before.bid) price(client, reqId, BID, quote.bid, quote.bidSize)
    else if (quote.bidSize !== before.bidSize) size(client, reqId, BID_SIZE, quote.bidSize)
    if (quote.ask !== before.ask) price(client, reqId, ASK, quote.ask, quote.askSize)
    else if (quote.askSize !== before.askSize) size(client, reqId, ASK_SIZE, quote.askSize)
  }
  if (hasTrades(instrument) && quote.last !== before.last) {
    price(client, reqId, LAST, quote.last, quote.lastSize)
    text(client, reqId, LAST_TIMESTAMP, String(Math.floor(now / 1000)))
  }
}

function follow(client: Client, reqId: number, instrument: Instrument, release: Cancel): void {
  let figuresAt = client.world.now()
  const stop = client.world.tape.follow(instrument, (line) => {
    sendChanges(client, reqId, instrument, line)
    if (line.now - figuresAt < FIGURES_MS) return
    figuresAt = line.now
    sendFigures(client, reqId, instrument, line.now)
    sendGreeks(client, reqId, instrument, line.now)
  })
  const stopHalts = client.world.halted.listen((told) => {
    if (told.instrument.conId === instrument.conId) sendHalted(client, reqId, told.isHalted)
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
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    if (client.runs('quotes', reqId)) {
      client.error(reqId, 102, 'Duplicate ticker ID.')
      return
    }
    const release = client.world.usage.lines.take()
    if (release === undefined) {
      client.error(reqId, 101, 'Max number of tickers has been reached')
      return
    }
    sendAll(client, reqId, instrument, wanted)
    if (snapshot || regulatorySnapshot) {
      client.send(messages.tickSnapshotEnd, { reqId })
      release()
    } else follow(client, reqId, instrument, release)
  }),
  answer(requests.cancelMktData, (client, { reqId }) => {
    if (!client.drop('quotes', reqId)) {
      client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`)
    }
  }),
]
