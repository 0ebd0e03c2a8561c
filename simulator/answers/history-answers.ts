import { LARGEST_PACED_BAR_MS } from '../limits/history-pacing.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import type { Cancel } from '../world/clock.ts'
import {
  type Bar,
  type BarQuery,
  barsOf,
  barsSince,
  expectedBars,
  MAX_BARS,
  parseBarSize,
  parseDuration,
  type Shown,
  sessionsFor,
} from '../world/history.ts'
import type { Instrument } from '../world/instrument.ts'
import { headOf, sessionOf } from '../world/sessions.ts'
import { dayText, parseTime, timeText } from '../world/zone.ts'
import {
  type Answer,
  answer,
  type Client,
  processing,
  theInstrument,
  validating,
} from './answer.ts'

const QUOTES = ['MIDPOINT', 'BID', 'ASK', 'BID_ASK']
const TRADES = ['TRADES', 'AGGTRADES', 'ADJUSTED_LAST']
const VOLATILITIES = ['HISTORICAL_VOLATILITY', 'OPTION_IMPLIED_VOLATILITY']
/** Known to IB, without data here. */
const YIELDS = ['YIELD_BID', 'YIELD_ASK', 'YIELD_BID_ASK', 'YIELD_LAST']
const SHOWN = [...QUOTES, ...TRADES, ...VOLATILITIES, 'FEE_RATE', ...YIELDS]
/** What there is of kinds that do not have both trades and quotes, or have more. */
const DATA: Readonly<Record<string, readonly string[]>> = {
  STK: [...QUOTES, ...TRADES, ...VOLATILITIES, 'FEE_RATE'],
  CASH: QUOTES,
  IND: ['TRADES', ...VOLATILITIES],
}
/** How often a history that is kept up to date tells its last bar, ms. */
const UPDATE_MS = 5000

/** Whether there is such data: a currency has no trades, an index no bid. */
export function hasData({ secType }: Instrument, shown: string): boolean {
  return (DATA[secType] ?? [...QUOTES, ...TRADES]).includes(shown)
}

/** Tells a client that there is nothing to show. */
export function noData(client: Client, reqId: number, instrument: Instrument, shown: string): void {
  const { symbol, exchange } = instrument
  client.error(
    reqId,
    162,
    `Historical Market Data Service error message:HMDS query returned no data: ${symbol}@${exchange} ${shown}`,
  )
}

function barDate(instrument: Instrument, bar: Bar, query: BarQuery, formatDate: number): string {
  if (typeof query.size !== 'number') return dayText(bar.day)
  if (formatDate === 2) return String(Math.floor(bar.start / 1000))
  return timeText(instrument.hours.timeZone, bar.start)
}

function barRow(date: string, bar: Bar) {
  const { open, high, low, close, volume, wap, count } = bar
  return { date, open, high, low, close, volume, wap, barCount: count }
}

interface HistoryRow {
  readonly reqId: number
  readonly endDateTime: string
  readonly barSize: string
  readonly duration: string
  readonly useRTH: boolean
  readonly whatToShow: string
  readonly keepUpToDate: boolean
}

/** What is wrong with a request, or the query it makes. */
function readQuery(client: Client, row: HistoryRow): BarQuery | string {
  const now = client.world.now()
  const size = parseBarSize(row.barSize)
  if (size === undefined) {
    return `Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs, 10 secs, 15 secs, 30 secs, 1 min, 2 mins, 3 mins, 5 mins, 10 mins, 15 mins, 20 mins, 30 mins, 1 hour, 2 hours, 3 hours, 4 hours, 8 hours, 1 day, 1W, 1M`
  }
  const duration = parseDuration(row.duration)
  if (duration === undefined) {
    return 'Historical data query duration is invalid: an integer, a space and one of S, D, W, M, Y are needed'
  }
  if (duration.unit === 'D' && duration.count > 365) {
    return 'Historical data requests for durations longer than 365 days must be made in years.'
  }
  const end = row.endDateTime === '' ? now : parseTime(row.endDateTime, client.world.homeZone)
  if (end === undefined) {
    return 'End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx'
  }
  if (row.keepUpToDate && row.endDateTime !== '') {
    return 'a history that is kept up to date has no end date'
  }
  const { useRTH, whatToShow } = row
  const shown = whatToShow.toUpperCase() as Shown
  const query = { end: Math.min(end, now), size, duration, useRTH, shown }
  return expectedBars(query) > MAX_BARS ? `more than ${MAX_BARS} bars` : query
}

function sendSchedule(
  client: Client,
  reqId: number,
  instrument: Instrument,
  query: BarQuery,
): void {
  const { timeZone } = instrument.hours
  const spell = (at: number) => timeText(timeZone, at).slice(0, 17).replace(' ', '-')
  // by the calendar, even where the market trades always
  const covered = { ...query, size: 'day' } as const
  const sessions = sessionsFor(instrument, covered, 'exchange').flatMap(({ day }) => {
    // told whole, even where the request ends in the middle of one
    const session = sessionOf(instrument, day, query.useRTH, 'exchange')
    if (session === undefined) return []
    const { start, end } = session
    return [{ start: spell(start), end: spell(end), refDate: dayText(day) }]
  })
  client.send(messages.historicalSchedule, {
    reqId,
    start: sessions[0]?.start ?? '',
    end: sessions.at(-1)?.end ?? '',
    timeZone,
    sessions,
  })
}

// on whole intervals, so that a bar that has ended is told as it ended
function edgeBefore(now: number): number {
  return Math.floor(now / UPDATE_MS) * UPDATE_MS
}

function keepUpToDate(
  client: Client,
  reqId: number,
  instrument: Instrument,
  query: BarQuery,
  formatDate: number,
  release: Cancel,
): void {
  const { world } = client
  let told = ''
  let since = edgeBefore(world.now())
  const stop = world.beat.listen((now) => {
    const edge = edgeBefore(now)
    if (edge <= since) return
    for (const bar of barsSince(world.market, instrument, query, since, edge)) {
      const row = barRow(barDate(instrument, bar, query, formatDate), bar)
      const text = Object.values(row).join()
      if (text === told) continue
      told = text
      client.send(messages.historicalDataUpdate, { reqId, ...row })
    }
    since = edge
  })
  const end = () => {
    stop()
    release()
  }
  // an id that is taken keeps what it has
  if (!client.keep('history', reqId, end)) end()
}

/** Takes a place for a history, or says why there is none: too many are open, or they come too fast (facts §3.1). */
function takeHistory(
  client: Client,
  row: HistoryRow & { readonly exchange: string },
  query: BarQuery,
  instrument: Instrument,
): Cancel | undefined {
  const { usage } = client.world
  const { reqId } = row
  const release = usage.histories.take()
  if (release === undefined) {
    const most = usage.limits.historiesAtOnce
    const cause = `Only ${most} simultaneous API historical data requests allowed.`
    client.error(reqId, 322, processing(cause))
    return undefined
  }
  const { size, shown } = query
  if (typeof size !== 'number' || size > LARGEST_PACED_BAR_MS) return release
  const source = `${instrument.conId}@${row.exchange} ${shown}`
  const { endDateTime, duration, useRTH, keepUpToDate } = row
  const whole = [source, endDateTime, size, duration, useRTH, keepUpToDate].join()
  const weight = (shown as string) === 'BID_ASK' ? 2 : 1
  if (usage.admitsHistory(client.clientId, { source, whole, weight })) return release
  release()
  client.error(
    reqId,
    162,
    'Historical Market Data Service error message:Historical data request pacing violation',
  )
  return undefined
}

/** The past: bars, schedules, and where it begins. */
export const historyAnswers: readonly Answer[] = [
  answer(requests.reqHistoricalData, (client, row) => {
    const { reqId } = row
    const instrument = theInstrument(client, reqId, row)
    if (instrument === undefined) return
    const query = readQuery(client, row)
    if (typeof query === 'string') {
      client.error(reqId, 321, validating(query))
      return
    }
    const shown: string = query.shown
    if (client.runs('history', reqId)) {
      const cause = 'Duplicate ticker ID for API historical data query'
      client.error(reqId, 322, processing(cause))
      return
    }
    if (shown === 'SCHEDULE') {
      sendSchedule(client, reqId, instrument, query)
      return
    }
    if (!SHOWN.includes(shown)) {
      client.error(reqId, 321, validating(`Historical data type ${row.whatToShow} is invalid`))
      return
    }
    const release = takeHistory(client, row, query, instrument)
    if (release === undefined) return
    const { market } = client.world
    const bars = hasData(instrument, shown) ? barsOf(market, instrument, query) : []
    const [first] = bars
    if (first === undefined) {
      release()
      noData(client, reqId, instrument, shown)
      return
    }
    const formatDate = row.formatDate ?? 1
    const { timeZone } = instrument.hours
    client.send(messages.historicalData, {
      reqId,
      start: timeText(timeZone, first.start),
      end: timeText(timeZone, query.end),
      bars: bars.map((bar) => barRow(barDate(instrument, bar, query, formatDate), bar)),
    })
    if (row.keepUpToDate) keepUpToDate(client, reqId, instrument, query, formatDate, release)
    else release()
  }),
  answer(requests.cancelHistoricalData, (client, { reqId }) => {
    // what has been answered in full cannot be cancelled any more
    if (client.drop('history', reqId)) {
      client.error(
        reqId,
        162,
        `Historical Market Data Service error message:API historical data query cancelled: ${reqId}`,
      )
    } else client.error(reqId, 366, `No historical data query found for ticker id:${reqId}`)
  }),
  answer(requests.reqHeadTimestamp, (client, row) => {
    const instrument = theInstrument(client, row.reqId, row)
    if (instrument === undefined) return
    const shown = row.whatToShow.toUpperCase()
    if (!hasData(instrument, shown)) {
      noData(client, row.reqId, instrument, shown)
      return
    }
    const head = headOf(instrument, row.useRTH, client.world.market.trading)
    const time =
      row.formatDate === 2
        ? String(Math.floor(head / 1000))
        : timeText('UTC', head).slice(0, 17).replace(' ', '-')
    client.send(messages.headTimestamp, { reqId: row.reqId, time })
  }),
]
