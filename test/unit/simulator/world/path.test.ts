import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { type Bar, barsOf } from '../../../../simulator/world/history.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { ManualClock } from '../manual-clock.ts'

/** Friday 20 November 2026, after the close. */
const clock = new ManualClock(Date.UTC(2026, 10, 20, 21))
const catalogue = new Catalogue(clock.now)
const find = (symbol: string) => catalogue.find({ symbol, secType: 'STK' })[0] as Instrument

function minutes(market: Market, instrument: Instrument): Bar[] {
  const duration = { count: 20, unit: 'D' } as const
  const query = { end: clock.now(), size: 60_000, duration, useRTH: true, shown: 'TRADES' } as const
  return barsOf(market, instrument, query)
}

/** Range of a bar in hundredths of a per cent of its price. */
const rangeOf = ({ high, low, close }: Bar) => ((high - low) / close) * 1e4

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(part * (sorted.length - 1))] as number
}

for (const [symbol, seed] of [
  ['AAPL', 1],
  ['MSFT', 2],
  ['NVDA', 3],
  ['SPY', 4],
] as const) {
  t.test(`the minutes of ${symbol} move, none of them wildly`, (t) => {
    const market = new Market({ clock, catalogue, seed })
    const instrument = find(symbol)
    const bars = minutes(market, instrument)
    t.equal(bars.length, 20 * 390)
    const ranges = bars.map(rangeOf).sort((a, b) => a - b)
    t.ok(ranges.filter((range) => range === 0).length < bars.length / 100, 'hardly any is flat')
    const middle = at(ranges, 0.5)
    // of a random walk whose pace doubles at the edges of the day
    t.ok(at(ranges, 0.05) > middle / 5)
    t.ok(at(ranges, 0.95) < middle * 4)
    t.ok(at(ranges, 1) < middle * 12, `${at(ranges, 1)} against ${middle}`)
    t.end()
  })
}

t.test('no second jumps further than a minute usually goes', (t) => {
  const market = new Market({ clock, catalogue, seed: 1 })
  const apple = find('AAPL')
  const start = Date.UTC(2026, 10, 20, 14, 30)
  let before = market.last(apple, start)
  let furthest = 0
  for (let second = 1; second < 23_400; second += 1) {
    const last = market.last(apple, start + second * 1000)
    furthest = Math.max(furthest, Math.abs(last / before - 1) * 1e4)
    before = last
  }
  const ranges = minutes(market, apple)
    .map(rangeOf)
    .sort((a, b) => a - b)
  t.ok(furthest > 0 && furthest < at(ranges, 0.9), `${furthest}`)
  t.end()
})

t.test('volume is a valley between opening and closing, and thin outside', (t) => {
  const apple = find('AAPL')
  const [first, noon, last, night] = [0, 0, 0, 0]
  const volume = { first, noon, last, night }
  for (let seed = 0; seed < 20; seed += 1) {
    const market = new Market({ clock, catalogue, seed })
    const half = (hour: number, minute: number) => {
      const from = Date.UTC(2026, 10, 20, hour, minute)
      return market.span(apple, from, from + 1_800_000)?.volume ?? 0
    }
    volume.first += half(14, 30)
    volume.noon += half(17, 30)
    volume.last += half(20, 30)
    volume.night += half(3, 0)
  }
  t.ok(volume.first > 1.5 * volume.noon && volume.last > 1.5 * volume.noon)
  t.ok(volume.noon > 10 * volume.night && volume.night > 0)
  t.end()
})

t.test('the same moment has the same price, whatever was looked at before', (t) => {
  const one = new Market({ clock, catalogue, seed: 8 })
  const other = new Market({ clock, catalogue, seed: 8 })
  const apple = find('AAPL')
  minutes(other, apple)
  for (let step = 0; step < 500; step += 1) {
    const moment = clock.now() - step * 7_654_321
    t.equal(one.last(apple, moment), other.last(apple, moment))
  }
  t.end()
})
