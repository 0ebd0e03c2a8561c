import { messages } from '../wire/messages.ts'
import { mix } from '../world/chance.ts'
import type { Instrument } from '../world/instrument.ts'
import type { Quote } from '../world/market.ts'
import { seriesOf } from '../world/series.ts'
import { type DayFigures, dayFigures, type Tape, type TapeLine } from '../world/tape.ts'
import { bboExchangeOf, letterOf } from '../world/venues.ts'
import type { Client } from './answer.ts'

/** Numbers of what a quote tells (tick types). */
const BID_SIZE = 0
const BID = 1
const ASK = 2
const ASK_SIZE = 3
const LAST = 4
const LAST_SIZE = 5
const HIGH = 6
const LOW = 7
const VOLUME = 8
const CLOSE = 9
const OPTION_BID = 10
const OPTION_ASK = 11
const OPTION_LAST = 12
const OPTION_MODEL = 13
const OPEN = 14
const HISTORICAL_VOLATILITY = 23
const IMPLIED_VOLATILITY = 24
const BID_EXCHANGE = 32
const ASK_EXCHANGE = 33
const MARK_PRICE = 37
const LAST_TIMESTAMP = 45
const SHORTABLE = 46
const HALTED = 49
const LAST_EXCHANGE = 84
const SHORTABLE_SHARES = 89
/** Types of what is told with a delay; the others are not told then. */
const DELAYED: ReadonlyMap<number, number> = new Map([
  [BID, 66],
  [ASK, 67],
  [LAST, 68],
  [BID_SIZE, 69],
  [ASK_SIZE, 70],
  [LAST_SIZE, 71],
  [HIGH, 72],
  [LOW, 73],
  [VOLUME, 74],
  [CLOSE, 75],
  [OPEN, 76],
  [OPTION_BID, 80],
  [OPTION_ASK, 81],
  [OPTION_LAST, 82],
  [OPTION_MODEL, 83],
  [LAST_TIMESTAMP, 88],
  [HALTED, HALTED],
])
/** Volume and extremes of the day are told at most this often, ms. */
const FIGURES_MS = 1000

const hasTrades = ({ secType }: Instrument) => secType !== 'CASH'
const hasBids = ({ secType }: Instrument) => secType !== 'IND'

/** What one client is told of one instrument, live or delayed. */
export class QuoteView {
  readonly #client: Client
  readonly #reqId: number
  readonly #instrument: Instrument
  readonly #tape: Tape
  readonly #isDelayed: boolean
  #figures: DayFigures | undefined
  #figuresAt = 0

  constructor(client: Client, reqId: number, instrument: Instrument, isDelayed: boolean) {
    this.#client = client
    this.#reqId = reqId
    this.#instrument = instrument
    this.#isDelayed = isDelayed
    this.#tape = isDelayed ? client.world.delayedTape : client.world.tape
  }

  /** Everything that is known at once, as a new subscription or a snapshot tells it. */
  tellAll(wanted: readonly string[], marketDataType: number): void {
    const { world } = this.#client
    const instrument = this.#instrument
    const now = this.#tape.shownAt(world.now())
    const quote = world.market.quote(instrument, now)
    const venue = instrument.primaryExch || instrument.exchange
    const reqId = this.#reqId
    this.#client.send(messages.marketDataType, { reqId, marketDataType })
    this.#client.send(messages.tickReqParams, {
      reqId,
      minTick: instrument.minTick,
      bboExchange: bboExchangeOf(instrument),
      snapshotPermissions: 3,
    })
    if (hasBids(instrument)) {
      this.#price(BID, quote.bid, quote.bidSize)
      this.#price(ASK, quote.ask, quote.askSize)
      this.#size(BID_SIZE, quote.bidSize)
      this.#size(ASK_SIZE, quote.askSize)
      this.#text(BID_EXCHANGE, 'A')
      this.#text(ASK_EXCHANGE, 'A')
    }
    if (hasTrades(instrument)) {
      this.#price(LAST, quote.last, quote.lastSize)
      this.#size(LAST_SIZE, quote.lastSize)
      this.#tellTime(now)
      this.#text(LAST_EXCHANGE, letterOf(venue))
    }
    this.#tellFigures(now)
    this.#tellGreeks(now)
    this.#tellGeneric(wanted, now)
    if (world.market.isHalted(instrument)) this.tellHalted(true)
  }

  /** What has changed since the line before. */
  tellChanges(line: TapeLine): void {
    const { quote, before, now } = line
    if (hasBids(this.#instrument)) {
      if (quote.bid !== before.bid) this.#price(BID, quote.bid, quote.bidSize)
      else if (quote.bidSize !== before.bidSize) this.#size(BID_SIZE, quote.bidSize)
      if (quote.ask !== before.ask) this.#price(ASK, quote.ask, quote.askSize)
      else if (quote.askSize !== before.askSize) this.#size(ASK_SIZE, quote.askSize)
    }
    if (hasTrades(this.#instrument)) this.#tellTrade(quote, before, now)
    if (now - this.#figuresAt < FIGURES_MS) return
    this.#tellFigures(now)
    this.#tellGreeks(now)
  }

  /** Tells every change from now on, until the returned function is used. */
  follow(): () => void {
    // each in a beat of its own, or a thousand streams would tell their figures all at once
    this.#figuresAt -= mix(this.#instrument.conId, this.#reqId) % FIGURES_MS
    return this.#tape.follow(this.#instrument, (line) => this.tellChanges(line))
  }

  tellHalted(isHalted: boolean): void {
    this.#generic(HALTED, isHalted ? 1 : 0)
  }

  #tellTrade(quote: Quote, before: Quote, now: number): void {
    if (quote.last !== before.last) this.#price(LAST, quote.last, quote.lastSize)
    else if (quote.lastSize !== before.lastSize) this.#size(LAST_SIZE, quote.lastSize)
    else return
    this.#tellTime(now)
  }

  #tellTime(now: number): void {
    const at = this.#client.world.market.tradedAt(this.#instrument, now)
    this.#text(LAST_TIMESTAMP, String(Math.floor(at / 1000)))
  }

  #tellFigures(now: number): void {
    const before = this.#figures
    const figures = dayFigures(this.#client.world.market, this.#instrument, now)
    const traded = hasTrades(this.#instrument)
    if (traded && figures.volume !== before?.volume) this.#size(VOLUME, figures.volume)
    if (figures.high !== before?.high) this.#price(HIGH, figures.high)
    if (figures.low !== before?.low) this.#price(LOW, figures.low)
    if (figures.previousClose !== before?.previousClose) this.#price(CLOSE, figures.previousClose)
    if (traded && figures.open !== before?.open) this.#price(OPEN, figures.open)
    this.#figures = figures
    this.#figuresAt = now
  }

  #tellGreeks(now: number): void {
    const { market } = this.#client.world
    const { option } = this.#instrument
    const greeks = market.greeks(this.#instrument, now)
    if (option === undefined || greeks === undefined) return
    const { bid, ask, last } = market.quote(this.#instrument, now)
    const { delta, gamma, vega, theta, underlying } = greeks
    for (const [tickType, optPrice] of [
      [OPTION_BID, bid],
      [OPTION_ASK, ask],
      [OPTION_LAST, last],
      [OPTION_MODEL, greeks.price],
    ] as const) {
      this.#client.send(messages.tickOptionComputation, {
        reqId: this.#reqId,
        tickType: this.#typeOf(tickType) ?? tickType,
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

  #tellGeneric(wanted: readonly string[], now: number): void {
    const { market } = this.#client.world
    const { secType } = this.#instrument
    if (wanted.includes('221')) this.#price(MARK_PRICE, market.last(this.#instrument, now))
    const volatility = (series: string) => market.last(seriesOf(this.#instrument, series), now)
    if (secType === 'STK' || secType === 'IND') {
      if (wanted.includes('104')) {
        this.#generic(HISTORICAL_VOLATILITY, volatility('HISTORICAL_VOLATILITY'))
      }
      if (wanted.includes('106')) {
        this.#generic(IMPLIED_VOLATILITY, volatility('OPTION_IMPLIED_VOLATILITY'))
      }
    }
    if (wanted.includes('236') && secType === 'STK') {
      this.#generic(SHORTABLE, 3)
      this.#size(SHORTABLE_SHARES, 1_000_000)
    }
  }

  #typeOf(tickType: number): number | undefined {
    return this.#isDelayed ? DELAYED.get(tickType) : tickType
  }

  #price(type: number, price: number, size = 0): void {
    const tickType = this.#typeOf(type)
    if (tickType === undefined) return
    const attributes = type === BID || type === ASK ? 1 : 0
    this.#client.send(messages.tickPrice, {
      reqId: this.#reqId,
      tickType,
      price,
      size,
      attributes,
    })
  }

  #size(type: number, size: number): void {
    const tickType = this.#typeOf(type)
    if (tickType === undefined) return
    this.#client.send(messages.tickSize, { reqId: this.#reqId, tickType, size })
  }

  #text(type: number, value: string): void {
    const tickType = this.#typeOf(type)
    if (tickType === undefined) return
    this.#client.send(messages.tickString, { reqId: this.#reqId, tickType, value })
  }

  #generic(type: number, value: number): void {
    const tickType = this.#typeOf(type)
    if (tickType === undefined) return
    this.#client.send(messages.tickGeneric, { reqId: this.#reqId, tickType, value })
  }
}
