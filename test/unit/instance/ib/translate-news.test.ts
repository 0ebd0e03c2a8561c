import fc from 'fast-check'
import t from 'tap'
import { readNewsTime, writeNewsTime } from '../../../../instance/ib/instants.ts'
import { articleOf, headlineOf } from '../../../../instance/ib/translate-news.ts'

const headline = (text: string) => headlineOf([1, '2026-11-20 15:04:05.0', 'DJ-N', 'DJ-N$1', text])

t.test('what IB marks a headline with stands apart from it, and nothing is lost', async (t) => {
  const marked = headline('{A:800015:L:en:K:0.95:C:0.9}Apple {rises}')
  t.match(marked, { headline: 'Apple {rises}', metadata: 'A:800015:L:en:K:0.95:C:0.9' })
  t.match(headline('{not marks} Apple'), { headline: '{not marks} Apple', metadata: null })
  fc.assert(
    fc.property(fc.string(), fc.option(fc.stringMatching(/^[A-Z]:[^{}]*$/)), (text, marks) => {
      const told = headline(marks === null ? text : `{${marks}}${text}`)
      const whole = told.metadata === null ? told.headline : `{${told.metadata}}${told.headline}`
      t.equal(whole, marks === null ? text : `{${marks}}${text}`)
    }),
  )
})

t.test('news have their times in UTC, there and back', async (t) => {
  t.equal(headline('x').datetime, '2026-11-20T15:04:05.000Z')
  for (const text of ['', 'soon', '2026-02-31 10:00:00.0', '2026-11-20 25:00:00.0', '20261120'])
    t.equal(readNewsTime(text), undefined, text)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      t.equal(readNewsTime(writeNewsTime(new Date(seconds * 1000)))?.timestamp, seconds)
    }),
  )
})

t.test('an article is text, HTML where it has markup, or a PDF', async (t) => {
  t.equal(articleOf(0, 'up 3 < 4 > 2').articleType, 'text')
  t.equal(articleOf(0, '<p class="x">up</p>').articleType, 'html')
  t.strictSame(articleOf(1, 'JVBERi0='), { articleType: 'pdf', article: 'JVBERi0=' })
})
