import t from 'tap'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import { Beat } from '../../../../simulator/world/clock.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { Market } from '../../../../simulator/world/market.ts'
import { dayFigures, Tape } from '../../../../simulator/world/tape.ts'
import { ManualClock } from '../manual-clock.ts'

function taped() {
  const clock = new ManualClock()
  const catalogue = new Catalogue(clock.now)
  const market = new Market({ clock, catalogue, seed: 1 })
  const beat = new Beat(clock, 250)
  const apple = catalogue.byConId(265598) as Instrument
  return { clock, market, beat, apple, tape: new Tape({ market, beat }) }
}

t.test('readers hear changes with what was before, however many they are', (t) => {
  const { clock, market, beat, apple, tape } = taped()
  market.pin(apple, 200)
  const heard: string[] = []
  const stops = ['a', 'b'].map((name) =>
    tape.follow(apple, ({ quote, before }) => {
      if (quote.last !== before.last) heard.push(`${name} ${before.last} ${quote.last}`)
    }),
  )
  t.equal(beat.listening, 1)
  market.pin(apple, 210)
  clock.pass(250)
  t.same(heard, ['a 200 210', 'b 200 210'])
  for (const stop of stops) stop()
  t.equal(beat.listening, 0, 'nobody reads, nothing runs')
  market.pin(apple, 220)
  clock.pass(500)
  t.equal(heard.length, 2)
  t.end()
})

t.test('the figures of the day hold the last trade', (t) => {
  const { clock, market, apple } = taped()
  const now = clock.now()
  const figures = dayFigures(market, apple, now)
  const last = market.last(apple, now)
  t.ok(figures.low <= last && last <= figures.high && figures.volume > 0)
  t.equal(figures.previousClose, figures.open, 'a market that never closes does not gap')
  const midnight = Date.UTC(2026, 10, 20, 5)
  t.match(dayFigures(market, apple, midnight), { volume: 0, high: figures.open })
  t.end()
})
