import t, { type Test } from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { mix } from '../../../../simulator/world/chance.ts'
import { levelsOf } from '../../../../simulator/world/depth.ts'
import { type Bar, type BarQuery, barsOf, barsSince } from '../../../../simulator/world/history.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { headOf, type TradingHours } from '../../../../simulator/world/sessions.ts'
import { tickTimes } from '../../../../simulator/world/ticks.ts'
import { weekday } from '../../../../simulator/world/zone.ts'
import { ManualClock } from '../manual-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Friday 20 November 2026, 10:00:07.3 in New York. */
const NOW = Date.UTC(2026, 10, 20, 15, 0, 7, 300)

interface Scene {
  readonly market: Market
  readonly instrument: Instrument
  readonly name: string
  /** some moment of the last year, another one in each scene */
  readonly end: number
}

const clock = new ManualClock(NOW)
const catalogue = new Catalogue(clock.now)
const one = (spec: object) => catalogue.find(spec)[0] as Instrument
const cast = [
  one({ symbol: 'AAPL', secType: 'STK' }),
  one({ symbol: 'XOM', secType: 'STK' }),
  one({ symbol: 'SAP', secType: 'STK' }),
  one({ symbol: 'SPX', secType: 'IND' }),
  one({ symbol: 'ES', secType: 'FUT' }),
  one({ symbol: 'ZN', secType: 'FUT' }),
  one({ symbol: 'EUR', secType: 'CASH', currency: 'USD' }),
  one({ symbol: 'USD', secType: 'CASH', currency: 'JPY' }),
  one({ symbol: 'BTC', secType: 'CRYPTO' }),
  one({ symbol: 'AAPL', secType: 'OPT', strike: 230, right: 'C' }),
  one({ symbol: 'SPY', secType: 'OPT', strike: 600, right: 'P' }),
]

/** Every instrument in both kinds of market, each with a seed and a moment of its own. */
const scenes: Scene[] = (['always', 'exchange'] as const).flatMap((hours: TradingHours, half) =>
  cast.map((instrument, place) => {
    const seed = 100 + half * 50 + place
    const market = new Market({ clock, catalogue, seed, hours })
    const day = mix(seed, 7) % 300
    const end = NOW - (instrument.expiry === '' ? day : day % 60) * DAY - (mix(seed, 8) % DAY)
    return { market, instrument, name: `${instrument.localSymbol}, ${hours}`, end }
  }),
)

function ask({ market, instrument, end }: Scene, query: Partial<BarQuery>): Bar[] {
  const usual = { size: 'day', duration: { count: 5, unit: 'D' }, useRTH: false } as const
  return barsOf(market, instrument, { ...usual, end, shown: 'TRADES', ...query })
}

function groupBy(bars: readonly Bar[], groupOf: (bar: Bar) => number | string) {
  const groups = new Map<number | string, Bar[]>()
  for (const bar of bars) {
    const key = groupOf(bar)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [bar])
    else group.push(bar)
  }
  return groups
}

function sum(bars: readonly Bar[]) {
  return {
    open: bars[0]?.open,
    high: Math.max(...bars.map(({ high }) => high)),
    low: Math.min(...bars.map(({ low }) => low)),
    close: bars.at(-1)?.close,
    volume: bars.reduce((all, { volume }) => all + volume, 0),
  }
}

function inAll(title: string, check: (t: Test, scene: Scene) => void): void {
  t.test(title, (t) => {
    for (const scene of scenes) check(t, scene)
    t.end()
  })
}

inAll(
  'bars of every size within a day add up to its bar, in regular hours and outside',
  (t, scene) => {
    for (const useRTH of [true, false]) {
      const days = ask(scene, { useRTH })
      for (const size of [4 * HOUR, HOUR, 5 * MINUTE, MINUTE]) {
        const parts = groupBy(
          ask(scene, { useRTH, size, duration: { count: 8, unit: 'D' } }),
          ({ day }) => day,
        )
        for (const day of days.slice(1)) {
          t.match(day, sum(parts.get(day.day) ?? []), `${scene.name} ${size} ${useRTH}`)
        }
      }
    }
  },
)

inAll('weeks and months are their days', (t, scene) => {
  const duration = { count: 4, unit: 'M' } as const
  const days = ask(scene, { duration: { count: 8, unit: 'M' } })
  const monthOf = (day: number) => new Date(day * DAY).toISOString().slice(0, 7)
  const weekOf = (day: number) => day - ((weekday(day) + 6) % 7)
  for (const [size, groupOf] of [
    ['week', weekOf],
    ['month', monthOf],
  ] as const) {
    const groups = groupBy(days, ({ day }) => groupOf(day))
    const bars = ask(scene, { size, duration })
    t.ok(bars.length >= 3)
    for (const bar of bars) {
      t.match(bar, sum(groups.get(groupOf(bar.day)) ?? []), `${scene.name} ${size}`)
    }
  }
})

inAll('the last bar closes at the last trade, and bid ≤ last ≤ ask', (t, scene) => {
  const { market, instrument, end, name } = scene
  const last = market.last(instrument, end - (end % 100))
  for (const size of ['day', HOUR, MINUTE, 1000] as const) {
    t.equal(
      ask(scene, { size, duration: { count: 1, unit: 'D' } }).at(-1)?.close,
      last,
      `${name} ${size}`,
    )
  }
  for (let step = 0; step < 50; step += 1) {
    const at = end - step * 977_431
    const { bid, ask, last } = market.quote(instrument, at)
    t.ok(bid <= last && last <= ask && bid >= 0, name)
  }
})

inAll('seconds show the quotes of these seconds, seen as bid, ask and middle too', (t, scene) => {
  const { market, instrument, end, name } = scene
  const duration = { count: 60, unit: 'S' } as const
  const query = { size: 1000, duration } as const
  const shown = (what: BarQuery['shown']) => ask(scene, { ...query, shown: what })
  const [trades, bids, asks, middles] = [
    shown('TRADES'),
    shown('BID'),
    shown('ASK'),
    shown('MIDPOINT'),
  ]
  t.ok(trades.length >= 59, name)
  for (const [place, bar] of trades.entries()) {
    const quote = market.quote(instrument, bar.start)
    t.equal(bar.open, quote.last, name)
    t.equal(bids[place]?.open, quote.bid)
    t.equal(asks[place]?.open, quote.ask)
    t.equal(middles[place]?.open, quote.last)
  }
  const times = tickTimes(market, instrument, { end, count: 60, useRTH: false })
  t.equal(times.length, 60)
  t.ok(times.every((time) => market.tradedAt(instrument, time * 1000) === time * 1000))
})

inAll('a day is the same whichever request shows it', (t, scene) => {
  const ten = ask(scene, { duration: { count: 10, unit: 'D' } })
  const year = new Map(
    ask(scene, { duration: { count: 1, unit: 'Y' } }).map((bar) => [bar.day, bar]),
  )
  for (const bar of ten) t.same(year.get(bar.day), bar, scene.name)
  const earliest = ask(scene, { duration: { count: 1, unit: 'M' } })[0]
  t.same(earliest, year.get(earliest?.day ?? 0), 'its first day is whole')
})

inAll('what is told of a running bar ends as history has it', (t, scene) => {
  const { market, instrument, end, name } = scene
  const from = ask(scene, { size: MINUTE, duration: { count: 1, unit: 'D' } }).at(-2)?.start ?? 0
  const told = new Map<number, Bar>()
  const query = { size: MINUTE, useRTH: false, shown: 'TRADES' } as const
  for (let since = from; since < from + 2 * MINUTE; since += 5000) {
    for (const bar of barsSince(market, instrument, query, since, since + 5000)) {
      told.set(bar.start, bar)
    }
  }
  const [bar] = barsOf(market, instrument, {
    ...query,
    end: from + MINUTE,
    duration: { count: 60, unit: 'S' },
  })
  t.same(told.get(from), bar, `${name} ${end}`)
})

inAll('history begins where its beginning is said to be', (t, { market, instrument, name }) => {
  for (const useRTH of [true, false]) {
    const head = headOf(instrument, useRTH, market.trading)
    const query = { useRTH, size: 'day', shown: 'TRADES', end: head + 30 * DAY } as const
    const duration = { count: 1, unit: 'Y' } as const
    t.equal(barsOf(market, instrument, { ...query, duration })[0]?.start, head, name)
  }
})

inAll('a book has prices that fall from the bid and rise from the ask', (t, scene) => {
  const { market, instrument, end, name } = scene
  const quote = market.quote(instrument, end)
  const bids = levelsOf(instrument, quote, 'bid', { at: end })
  const asks = levelsOf(instrument, quote, 'ask', { at: end })
  t.match(bids[0], { price: quote.bid, size: quote.bidSize }, name)
  t.match(asks[0], { price: quote.ask, size: quote.askSize }, name)
  t.ok(bids.every(({ price }, row) => row === 0 || price < (bids[row - 1]?.price ?? 0)))
  t.ok(asks.every(({ price }, row) => row === 0 || price > (asks[row - 1]?.price ?? 0)))
})

t.test('volatilities and fees have bars of every size that tell one story', (t) => {
  for (const symbol of ['AAPL', 'TSLA', 'SPY']) {
    const instrument = one({ symbol, secType: 'STK' })
    const market = new Market({ clock, catalogue, seed: 9 })
    const scene = { market, instrument, name: symbol, end: NOW }
    const usual = instrument.path.dailyMove * 16
    for (const shown of ['HISTORICAL_VOLATILITY', 'OPTION_IMPLIED_VOLATILITY'] as const) {
      const days = ask(scene, { shown, duration: { count: 1, unit: 'Y' }, useRTH: true })
      t.ok(days.length >= 250)
      for (const { open, high, low, close, volume } of days) {
        t.ok(low > usual / 3 && high < usual * 3 && low <= open && close <= high && volume === -1)
      }
      const hours = ask(scene, {
        shown,
        size: HOUR,
        duration: { count: 1, unit: 'D' },
        useRTH: true,
      })
      t.match(days.at(-1), { ...sum(hours), volume: -1 })
    }
    const fees = ask(scene, { shown: 'FEE_RATE', duration: { count: 1, unit: 'M' } })
    t.ok(fees.every(({ low }) => low > 0))
    t.same(ask(scene, { shown: 'AGGTRADES' }), ask(scene, { shown: 'TRADES' }))
  }
  t.end()
})
