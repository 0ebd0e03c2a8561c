import t from 'tap'
import { parseNewsTime } from '../../../../simulator/answers/news-answers.ts'
import { Catalogue } from '../../../../simulator/world/catalogue.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { News, providers } from '../../../../simulator/world/news.ts'
import { weekday } from '../../../../simulator/world/zone.ts'
import { ManualClock } from '../manual-clock.ts'

const clock = new ManualClock()
const catalogue = new Catalogue(clock.now)
const apple = catalogue.byConId(265598) as Instrument
const codes = providers.map(({ code }) => code)
const FIRST_DAY = Date.UTC(2026, 0, 1) / 86_400_000

t.test('the same seed writes the same news, another seed other news', (t) => {
  const ids = (seed: number) =>
    Array.from({ length: 60 }, (_, ahead) => new News(seed).ofDay(apple, FIRST_DAY + ahead))
      .flat()
      .map(({ time, headline }) => `${time} ${headline}`)
  t.same(ids(1), ids(1))
  t.notSame(ids(1), ids(2))
  t.end()
})

t.test(
  'a few headlines come on each working day, in business hours, with ids of their own',
  (t) => {
    const news = new News(1)
    const ids = new Set<string>()
    let count = 0
    for (let day = FIRST_DAY; day < FIRST_DAY + 200; day += 1) {
      const headlines = news.ofDay(apple, day)
      count += headlines.length
      if (weekday(day) === 0 || weekday(day) === 6) t.equal(headlines.length, 0)
      for (const { time, articleId, headline, provider } of headlines) {
        ids.add(articleId)
        const hour = new Date(time).getUTCHours()
        if (hour < 11 || hour > 21) t.fail(`${new Date(time).toISOString()} is no business hour`)
        if (!headline.includes(apple.longName) || !codes.includes(provider)) t.fail(headline)
      }
    }
    t.equal(ids.size, count)
    t.ok(count > 140 && count < 600, `${count} in 200 days`)
    t.end()
  },
)

t.test('an archive is read backwards, within its bounds and providers', (t) => {
  const news = new News(1)
  const now = clock.now()
  const all = [...news.between(apple, now - 90 * 86_400_000, now, codes)]
  t.ok(all.length > 60)
  t.same(
    all.map(({ time }) => time),
    all.map(({ time }) => time).sort((a, b) => b - a),
  )
  const [, second] = all
  const some = [...news.between(apple, second?.time ?? 0, second?.time ?? 0, codes)]
  t.same(some, [second])
  const mine = [...news.between(apple, now - 90 * 86_400_000, now, ['BRFG'])]
  t.same(
    mine,
    all.filter(({ provider }) => provider === 'BRFG'),
  )
  t.end()
})

t.test('an article is found by its id alone, and an id that was made up is not', (t) => {
  const news = new News(1)
  const [one] = [...news.between(apple, 0, clock.now(), codes)]
  const byConId = (conId: number) => catalogue.byConId(conId)
  t.same(news.article(one?.articleId ?? '', byConId), one)
  for (const id of ['', 'BRFG$1', 'BRFG$00040d7e51279', `${one?.articleId}0`, 'X$zz']) {
    t.equal(news.article(id, byConId), undefined, id)
  }
  t.end()
})

t.test('times are read as clients send them', (t) => {
  const time = Date.UTC(2026, 10, 20, 15, 4, 5)
  for (const text of [
    ...['2026-11-20 15:04:05.0', '2026-11-20 15:04:05', '20261120 15:04:05', '20261120-15:04:05'],
  ]) {
    t.equal(parseNewsTime(text), time, text)
  }
  t.equal(parseNewsTime('2026-11-20'), Date.UTC(2026, 10, 20))
  for (const text of [
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-30 00:00:00',
    '2026-11-20 25:00:00',
  ]) {
    t.equal(parseNewsTime(text), undefined, text)
  }
  t.end()
})
