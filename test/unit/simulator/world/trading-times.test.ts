import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { type BarQuery, barsOf } from '../../../../simulator/world/history.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { hoursText } from '../../../../simulator/world/sessions.ts'
import { dayFigures } from '../../../../simulator/world/tape.ts'
import { tickTimes } from '../../../../simulator/world/ticks.ts'
import { dayText, parseTime, timeText } from '../../../../simulator/world/zone.ts'
import { ManualClock } from '../manual-clock.ts'

const EASTERN = 'US/Eastern'

/** A time on the clocks of New York. */
function at(text: string): number {
  const time = parseTime(text, EASTERN)
  if (time === undefined) throw new Error(text)
  return time
}

function marketAt(text: string, hours: 'always' | 'exchange' = 'exchange') {
  const clock = new ManualClock(at(text))
  const catalogue = new Catalogue(clock.now)
  const market = new Market({ clock, catalogue, seed: 5, hours })
  const find = (symbol: string, secType: string) =>
    catalogue.find({ symbol, secType })[0] as Instrument
  return { clock, catalogue, market, find, apple: find('AAPL', 'STK') }
}

const told = (time: number) => timeText(EASTERN, time).slice(0, 17)

t.test('by the exchange: regular hours, extended hours, nights, weekends, holidays', (t) => {
  const { market, apple, find } = marketAt('20261120 10:00:00')
  const rows: [Instrument, string, boolean, boolean][] = [
    [apple, '20261120 09:29:59', false, true],
    [apple, '20261120 09:30:00', true, true],
    [apple, '20261120 15:59:59', true, true],
    [apple, '20261120 16:00:00', false, true],
    [apple, '20261120 20:00:00', false, false],
    [apple, '20261121 12:00:00', false, false],
    [apple, '20261126 12:00:00', false, false],
    [apple, '20261127 12:59:59', true, true],
    [apple, '20261127 13:00:00', false, true],
    [apple, '20261127 17:00:00', false, false],
    [find('AAPL', 'OPT'), '20261120 16:30:00', false, false],
    [find('ES', 'FUT'), '20261120 03:00:00', true, true],
    [find('ES', 'FUT'), '20261120 16:59:00', true, true],
    [find('ES', 'FUT'), '20261120 17:00:00', false, false],
    [find('ES', 'FUT'), '20261122 17:59:00', false, false],
    [find('ES', 'FUT'), '20261122 18:00:00', true, true],
    [find('ES', 'FUT'), '20261123 17:30:00', false, false],
    [find('ES', 'FUT'), '20261126 13:30:00', false, false],
    [find('EUR', 'CASH'), '20261122 17:14:00', false, false],
    [find('EUR', 'CASH'), '20261122 17:15:00', true, true],
    [find('EUR', 'CASH'), '20261123 17:05:00', false, false],
    [find('EUR', 'CASH'), '20261127 17:00:00', false, false],
    [find('BTC', 'CRYPTO'), '20261121 03:00:00', true, true],
  ]
  for (const [instrument, time, regular, extended] of rows) {
    const name = `${instrument.localSymbol} ${time}`
    t.equal(market.isOpen(instrument, at(time), false), regular, name)
    t.equal(market.isOpen(instrument, at(time), true), extended, `${name}, outside too`)
  }
  t.end()
})

t.test('openings, closings and the end of the day follow the calendar', (t) => {
  const { market, apple, find } = marketAt('20261120 10:00:00')
  t.equal(told(market.opening(apple, at('20261120 09:30:00'))), '20261120 09:30:00')
  t.equal(told(market.opening(apple, at('20261120 09:30:01'))), '20261123 09:30:00')
  t.equal(told(market.closing(apple, at('20261125 15:00:00'))), '20261125 16:00:00')
  t.equal(told(market.closing(apple, at('20261125 16:00:00'))), '20261127 13:00:00')
  t.equal(told(market.dayEnd(apple, at('20261120 10:00:00'), false)), '20261120 16:00:00')
  t.equal(told(market.dayEnd(apple, at('20261120 10:00:00'), true)), '20261120 20:00:00')
  t.equal(told(market.dayEnd(apple, at('20261120 18:00:00'), false)), '20261123 16:00:00')
  const future = find('ES', 'FUT')
  t.equal(told(market.opening(future, at('20261120 12:00:00'))), '20261122 18:00:00')
  t.equal(told(market.dayEnd(future, at('20261122 19:00:00'), false)), '20261123 17:00:00')
  t.equal(told(market.closing(find('EUR', 'CASH'), at('20261121 12:00:00'))), '20261123 17:00:00')
  t.end()
})

t.test('a market that trades always does so on holidays, and its day ends at midnight', (t) => {
  const { market, apple } = marketAt('20261126 03:00:00', 'always')
  t.ok(market.isOpen(apple, at('20261126 03:00:00'), false))
  t.equal(told(market.dayEnd(apple, at('20261126 03:00:00'), false)), '20261127 00:00:00')
  t.equal(told(market.opening(apple, at('20261126 03:00:00'))), '20261127 09:30:00')
  t.end()
})

t.test('while it is closed a quote stands still, and it opens where the path is then', (t) => {
  const { market, apple } = marketAt('20261122 12:00:00')
  const closed = market.quote(apple, at('20261120 20:00:00'))
  for (const time of ['20261120 22:00:00', '20261121 12:00:00', '20261123 03:59:59']) {
    t.same(market.quote(apple, at(time)), closed, time)
  }
  t.equal(market.tradedAt(apple, at('20261122 12:00:00')), at('20261120 20:00:00'))
  t.equal(market.span(apple, at('20261121 00:00:00'), at('20261122 00:00:00')), undefined)
  const { market: always } = marketAt('20261122 12:00:00', 'always')
  const monday = at('20261123 10:00:00')
  t.same(market.quote(apple, monday), always.quote(apple, monday), 'the same world in both modes')
  t.end()
})

t.test('a halted instrument is closed and stands still, and what follows its path goes on', (t) => {
  for (const hours of ['always', 'exchange'] as const) {
    const { market, clock, find } = marketAt('20261120 10:00:00', hours)
    const [spy, index] = [find('SPY', 'STK'), find('SPX', 'IND')]
    const before = market.quote(spy)
    const indexBefore = market.last(index)
    market.halt(spy, true)
    market.halt(spy, true)
    clock.pass(600_000)
    t.ok(market.isHalted(spy))
    t.notOk(market.isOpen(spy, clock.now(), true))
    t.same(market.quote(spy), before)
    t.not(market.last(index), indexBefore)
    t.equal(market.span(spy, at('20261120 10:00:00'), clock.now()), undefined)
    market.halt(spy, false)
    t.notOk(market.isHalted(spy))
    t.ok(market.isOpen(spy, clock.now(), false))
    t.same(market.quote(spy, clock.now() - 1000), before, 'it was so')
    clock.pass(60_000)
    const whole = market.span(spy, at('20261120 10:00:00'), clock.now())
    t.same(whole, market.span(spy, clock.now() - 60_000, clock.now()), 'nothing traded meanwhile')
  }
  t.end()
})

t.test('history, ticks and figures know no trades while the exchange is closed', (t) => {
  const { market, apple, clock } = marketAt('20261128 12:00:00')
  const duration = { count: 2, unit: 'D' } as const
  const query = { end: clock.now(), duration, useRTH: false, shown: 'TRADES' } as const
  const bars = (size: BarQuery['size']) => barsOf(market, apple, { ...query, size })
  t.same(
    bars('day').map(({ day }) => dayText(day)),
    ['20261125', '20261127'],
    'no bar on Thanksgiving',
  )
  const minutes = bars(60_000)
  t.equal(minutes.length, 16 * 60 + 13 * 60)
  t.equal(told(minutes[0]?.start ?? 0), '20261125 04:00:00')
  t.equal(told(minutes.at(-1)?.start ?? 0), '20261127 16:59:00')
  t.equal(minutes.at(-1)?.close, market.last(apple))
  const times = tickTimes(market, apple, { end: clock.now(), count: 3, useRTH: true })
  t.equal(told((times.at(-1) ?? 0) * 1000), '20261127 12:59:59')
  const forward = { from: at('20261126 10:00:00'), end: clock.now(), count: 3, useRTH: false }
  t.equal(told((tickTimes(market, apple, forward)[0] ?? 0) * 1000), '20261127 04:00:00')
  const figures = dayFigures(market, apple, clock.now())
  t.equal(figures.previousClose, market.last(apple, at('20261125 16:00:00')))
  t.equal(figures.volume, bars('day').at(-1)?.volume)
  t.end()
})

t.test('contract details tell holidays and half days', (t) => {
  const { apple, find } = marketAt('20261124 10:00:00')
  const now = at('20261125 10:00:00')
  t.equal(
    hoursText(apple, now, true),
    '20261125:0930-20261125:1600;20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED;20261129:CLOSED;20261130:0930-20261130:1600',
  )
  t.equal(hoursText(apple, now, false).split(';')[2], '20261127:0400-20261127:1700')
  t.equal(hoursText(find('EUR', 'CASH'), now, true).split(';')[0], '20261124:1715-20261125:1700')
  t.equal(hoursText(find('ES', 'FUT'), now, false).split(';')[1], '20261125:1700-20261126:1200')
  t.end()
})
