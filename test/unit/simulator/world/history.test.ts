import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import {
  type Bar,
  type BarQuery,
  barsOf,
  expectedBars,
  parseBarSize,
  parseDuration,
} from '../../../../simulator/world/history.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { dayText } from '../../../../simulator/world/zone.ts'
import { ManualClock } from '../manual-clock.ts'

const HOUR = 3_600_000
/** Friday 20 November 2026, 15:00 UTC: 10:00 in New York. */
const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)
const market = new Market({ clock, catalogue, seed: 3 })
const apple = catalogue.byConId(265598) as Instrument

function bars(barSize: string, duration: string, more: Partial<BarQuery> = {}): Bar[] {
  const size = parseBarSize(barSize)
  const span = parseDuration(duration)
  if (size === undefined || span === undefined) throw new Error(`${barSize} ${duration}`)
  const query = { end: clock.now(), size, duration: span, useRTH: false, shown: 'TRADES' } as const
  return barsOf(market, apple, { ...query, ...more })
}
const startOf = (bar: Bar | undefined) => bar && new Date(bar.start).toISOString()

t.test('all bar sizes of IB are known, and nothing else', (t) => {
  const known = [
    ...['1 secs', '5 secs', '10 secs', '15 secs', '30 secs', '1 min', '2 mins', '3 mins'],
    ...['5 mins', '10 mins', '15 mins', '20 mins', '30 mins', '1 hour', '2 hours', '3 hours'],
    ...['4 hours', '8 hours', '1 day', '1 week', '1 month', '1W', '1M', '1D'],
  ]
  for (const size of known) t.not(parseBarSize(size), undefined, size)
  for (const size of ['', '7 mins', '2 days', '5 weeks', 'day', '1 fortnight', '0 secs']) {
    t.equal(parseBarSize(size), undefined, size)
  }
  t.equal(parseBarSize('5 mins'), 300_000)
  t.end()
})

t.test('durations are a number and a unit', (t) => {
  t.same(parseDuration('1800 S'), { count: 1800, unit: 'S' })
  t.same(parseDuration('1 Y'), { count: 1, unit: 'Y' })
  for (const wrong of ['', '0 D', '1 X', 'D', '-1 D', '1.5 D']) {
    t.equal(parseDuration(wrong), undefined, wrong)
  }
  t.end()
})

t.test('as many bars come as the duration holds', (t) => {
  t.equal(bars('1 min', '1 D').length, 1440)
  t.equal(bars('1 min', '1800 S').length, 30)
  t.equal(bars('5 secs', '3600 S').length, 720)
  t.equal(bars('1 hour', '2 D').length, 48)
  t.equal(bars('1 day', '10 D').length, 10)
  t.equal(bars('1 day', '10 D', { useRTH: true }).length, 10)
  t.equal(bars('1 min', '1 D', { useRTH: true }).length, 30, 'the session opened 30 minutes ago')
  t.equal(bars('1 min', '2 D', { useRTH: true }).length, 390 + 30)
  t.ok(bars('1 week', '1 Y').length >= 52)
  t.equal(bars('1 month', '1 Y').length, 13)
  t.end()
})

t.test('regular hours begin at the opening, hours in between at the full hour', (t) => {
  const hourly = bars('1 hour', '2 D', { useRTH: true })
  t.same(hourly.slice(0, 2).map(startOf), ['2026-11-19T14:30:00.000Z', '2026-11-19T15:00:00.000Z'])
  t.notOk(hourly.some(({ day }) => dayText(day) === '20261121'))
  t.end()
})

t.test('no weekend has regular hours, and a request on one gives Friday', (t) => {
  const saturday = Date.UTC(2026, 10, 21, 15)
  const days = bars('1 day', '3 D', { useRTH: true, end: saturday })
  t.same(
    days.map(({ day }) => dayText(day)),
    ['20261118', '20261119', '20261120'],
  )
  t.end()
})

t.test('a day is what its minutes add up to', (t) => {
  const [day] = bars('1 day', '1 D', { end: Date.UTC(2026, 10, 20, 5) })
  const minutes = bars('1 min', '1 D', { end: Date.UTC(2026, 10, 20, 5) })
  t.equal(minutes.length, 1440)
  t.equal(day?.open, minutes[0]?.open)
  t.equal(day?.close, minutes.at(-1)?.close)
  t.equal(day?.high, Math.max(...minutes.map(({ high }) => high)))
  t.equal(day?.low, Math.min(...minutes.map(({ low }) => low)))
  t.equal(
    day?.volume,
    minutes.reduce((sum, { volume }) => sum + volume, 0),
  )
  t.end()
})

t.test('the last bar is as far as the day has come, and closes at the last trade', (t) => {
  const end = Date.UTC(2026, 10, 20, 15, 0, 30)
  const last = bars('1 min', '600 S', { end }).at(-1)
  t.equal(startOf(last), '2026-11-20T15:00:00.000Z')
  t.equal(last?.close, market.last(apple, end))
  t.end()
})

t.test('bids lie below, asks above, the middle between; only trades have volume', (t) => {
  const [trades, bid, ask, middle, both] = (
    ['TRADES', 'BID', 'ASK', 'MIDPOINT', 'BID_ASK'] as const
  ).map((shown) => bars('1 hour', '1 D', { shown }).at(-1) as Bar)
  t.ok((bid?.close ?? 0) < (middle?.close ?? 0) && (middle?.close ?? 0) < (ask?.close ?? 0))
  t.equal(both?.high, ask?.high)
  t.equal(both?.low, bid?.low)
  t.ok((trades?.volume ?? 0) > 0 && (trades?.count ?? 0) > 0)
  t.match(bid, { volume: -1, wap: -1, count: -1 })
  t.ok(trades && trades.wap >= trades.low && trades.wap <= trades.high)
  t.end()
})

t.test('how many bars a request makes is known before any is made', (t) => {
  const query = { end: clock.now(), size: 1000, duration: { count: 1, unit: 'Y' } } as const
  t.ok(expectedBars({ ...query, useRTH: false, shown: 'TRADES' }) > 30_000_000)
  t.end()
})

t.test('20,000 bars are made in a moment', (t) => {
  bars('1 min', '1 D')
  const begun = performance.now()
  t.equal(bars('1 min', '14 D').length, 20_160)
  t.ok(performance.now() - begun < 1000, 'even on a busy machine')
  t.end()
})

t.test('nothing is older than its listing', (t) => {
  const early = bars('1 day', '30 Y')
  t.ok(startOf(early[0])?.startsWith('2005-01-0'))
  t.equal(HOUR, 3_600_000)
  t.end()
})
