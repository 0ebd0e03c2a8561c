import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import type { Span } from '../../../../simulator/world/path.ts'
import { ManualClock } from '../manual-clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const midnight = Date.UTC(2026, 10, 19)

function market(seed = 1): {
  market: Market
  clock: ManualClock
  find: (symbol: string) => Instrument
} {
  const clock = new ManualClock()
  const catalogue = new Catalogue(clock.now)
  const find = (symbol: string) => {
    const found = catalogue.find({ symbol }).find(({ secType }) => secType !== 'OPT')
    if (found === undefined) throw new Error(`${symbol} is not listed`)
    return found
  }
  return { market: new Market({ clock, catalogue, seed }), clock, find }
}

t.test('the same seed makes the same world, another seed another', (t) => {
  const [one, two, other] = [market(1), market(1), market(2)]
  const apple = one.find('AAPL')
  for (const at of [midnight, midnight + 12_345, midnight - 400 * DAY]) {
    t.same(one.market.quote(apple, at), two.market.quote(apple, at))
  }
  two.market.span(apple, midnight - DAY, midnight)
  t.equal(
    one.market.last(apple, midnight + 7 * HOUR),
    two.market.last(apple, midnight + 7 * HOUR),
    'whatever was looked at before',
  )
  t.not(one.market.last(apple, midnight), other.market.last(apple, midnight))
  t.end()
})

for (const symbol of ['AAPL', 'SPY', 'ES', 'EUR', 'USD']) {
  t.test(`bars of ${symbol} of every size add up to the bar of the day`, (t) => {
    const { market: one, find } = market()
    const instrument = find(symbol)
    const day = one.span(instrument, midnight, midnight + DAY)
    for (const size of [8 * HOUR, HOUR, 300_000, 60_000, 7000]) {
      const parts: Span[] = []
      for (let at = midnight; at < midnight + DAY; at += size) {
        const part = one.span(instrument, at, Math.min(at + size, midnight + DAY))
        if (part !== undefined) parts.push(part)
      }
      t.same(
        {
          open: parts[0]?.open,
          high: Math.max(...parts.map(({ high }) => high)),
          low: Math.min(...parts.map(({ low }) => low)),
          close: parts.at(-1)?.close,
          volume: parts.reduce((sum, { volume }) => sum + volume, 0),
        },
        day,
        `${size} ms`,
      )
      const broken = parts.some((part, place) => place > 0 && part.open !== parts[place - 1]?.close)
      t.notOk(broken, 'each opens where the one before closed')
    }
    t.end()
  })
}

t.test('what streams is what history tells: highs and lows are really traded', (t) => {
  const { market: one, find } = market()
  const apple = find('AAPL')
  const bar = one.span(apple, midnight, midnight + HOUR)
  let high = 0
  let low = Number.POSITIVE_INFINITY
  for (let at = midnight; at < midnight + HOUR; at += 50) {
    const last = one.last(apple, at)
    high = Math.max(high, last)
    low = Math.min(low, last)
  }
  t.equal(bar?.high, high)
  t.equal(bar?.low, low)
  t.equal(bar?.close, one.last(apple, midnight + HOUR), 'the close is the next trade')
  t.end()
})

t.test('bid < last < ask, all on the grid of ticks, sizes above zero', (t) => {
  const { market: one, find } = market()
  for (const symbol of ['AAPL', 'TSLA', 'ES', 'CL', 'EUR', 'USD']) {
    const instrument = find(symbol)
    for (let at = midnight; at < midnight + DAY; at += HOUR) {
      const { bid, last, ask, bidSize, askSize, lastSize } = one.quote(instrument, at)
      t.ok(bid < last && last < ask && bidSize > 0 && askSize > 0 && lastSize > 0, symbol)
      const ticks = bid / instrument.minTick
      t.ok(Math.abs(ticks - Math.round(ticks)) < 1e-6, `${symbol} ${bid}`)
    }
  }
  t.end()
})

t.test('options follow their underlying: bars hold their trades, right and left of parity', (t) => {
  const clock = new ManualClock()
  const catalogue = new Catalogue(clock.now)
  const one = new Market({ clock, catalogue, seed: 1 })
  const options = catalogue.optionsOn(265598)
  const apple = catalogue.byConId(265598) as Instrument
  const spot = one.last(apple)
  for (const option of options.filter(({ strike }) => strike % 25 === 0)) {
    const { price, delta } = one.greeks(option) ?? { price: 0, delta: 0 }
    const inner = option.right === 'C' ? spot - option.strike : option.strike - spot
    t.ok(price >= inner && price >= 0, `${option.localSymbol} is worth at least what it pays now`)
    t.ok(option.right === 'C' ? delta >= 0 && delta <= 1 : delta >= -1 && delta <= 0)
  }
  const [option] = options.filter(({ strike, right }) => right === 'P' && strike === 230)
  const bar = one.span(option as Instrument, midnight, midnight + HOUR)
  for (let at = midnight; at < midnight + HOUR; at += 10_000) {
    const last = one.last(option as Instrument, at)
    t.ok(bar && last <= bar.high && last >= bar.low)
  }
  t.end()
})

t.test('a price that was set holds until it is taken back, and history remembers it', (t) => {
  const { market: one, clock, find } = market()
  const [apple, spy, spx] = [find('AAPL'), find('SPY'), find('SPX')]
  const from = clock.now()
  const before = one.last(apple, from - 1000)
  one.pin(apple, 300)
  one.pin(spy, 500)
  clock.pass(60_000)
  t.equal(one.last(apple), 300)
  t.equal(one.last(spx), 5015, 'the index follows its fund')
  t.same(one.span(apple, from, clock.now())?.high, 300)
  t.equal(one.last(apple, from - 1000), before, 'the past stays')
  one.unpin(apple)
  clock.pass(1000)
  t.not(one.last(apple), 300)
  t.equal(one.last(apple, from + 1000), 300, 'it was so')
  t.equal(one.last(spy), 500, 'the other one still holds')
  one.unpin()
  clock.pass(1000)
  t.not(one.last(spy), 500)
  t.end()
})

t.test('currencies are worth what their pairs say', (t) => {
  const { market: one, find } = market()
  t.equal(one.rate('USD'), 1)
  t.equal(one.rate('EUR'), one.last(find('EUR')))
  t.ok(Math.abs(one.rate('JPY') * one.last(find('USD')) - 1) < 1e-9)
  t.end()
})
