import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { histogram, parsePeriod } from '../../../../simulator/world/histogram.ts'
import { barsOf, type Duration } from '../../../../simulator/world/history.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { ManualClock } from '../manual-clock.ts'

const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)
const market = new Market({ clock, catalogue, seed: 1 })
const apple = catalogue.byConId(265598) as Instrument

t.test('the sizes add up to the volume of the same days, at prices the days have seen', (t) => {
  const end = Date.UTC(2026, 10, 19, 21)
  for (const count of [1, 3, 40]) {
    const duration: Duration = { count, unit: 'D' }
    const entries = histogram(market, apple, duration, true, end)
    const query = { end, size: 'day', duration, useRTH: true, shown: 'TRADES' } as const
    const days = barsOf(market, apple, query)
    t.equal(
      entries.reduce((sum, { size }) => sum + size, 0),
      days.reduce((sum, { volume }) => sum + volume, 0),
    )
    const low = Math.min(...days.map((day) => day.low))
    const high = Math.max(...days.map((day) => day.high))
    t.ok(entries.every(({ price }) => price >= low && price <= high))
    t.ok(entries.every(({ size }) => Number.isInteger(size) && size > 0))
    t.ok(entries.every(({ price }, place) => price > (entries[place - 1]?.price ?? 0)))
  }
  t.end()
})

t.test('periods are read as clients send them', (t) => {
  t.same(parsePeriod('3 days'), { count: 3, unit: 'D' })
  t.same(parsePeriod('1 week'), { count: 1, unit: 'W' })
  t.same(parsePeriod('20 D'), { count: 20, unit: 'D' })
  t.same(parsePeriod('2 months'), { count: 2, unit: 'M' })
  t.same(parsePeriod('3600 seconds'), { count: 3600, unit: 'S' })
  for (const text of [
    '',
    'days',
    '0 days',
    '3 moons',
    '99 years',
    '99999 days',
    '1.5 days',
    '3 constructor',
  ]) {
    t.equal(parsePeriod(text), undefined, text)
  }
  t.end()
})
