import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { instanced, type Simulated, simulated } from '../rig/instanced.ts'

const soon = { 'x-deadline-ms': '150' }
const apple = 265598

/** How often the simulated gateway was sent such a message. */
function sent({ simulator }: Simulated, message: string): number {
  return simulator.tally.toJSON()[0]?.in[message] ?? 0
}

t.test('the providers of this login are told, as IB has them now', async (t) => {
  const it = await simulated(t)
  const { body } = await it.call('/news/providers')
  t.match(body[0], { providerCode: 'BRFG', providerName: /Briefing/ })
  await it.call('/news/providers')
  t.equal(sent(it, 'reqNewsProviders'), 2)
})

t.test('headlines come newest first, from all providers, as many as wanted', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/news/headlines?symbol=AAPL&totalResults=5')
  t.equal(answer.status, 200)
  t.equal(body.conId, apple)
  t.equal(body.hasMore, true)
  t.equal(body.headlines.length, 5)
  t.ok(body.providerCodes.length > 3)
  const times = body.headlines.map(({ datetime }: { datetime: string }) => datetime)
  t.strictSame(times, [...times].sort().reverse())
  t.match(body.headlines[0], { providerCode: String, articleId: String, headline: String })
  t.equal((await it.call(`/news/headlines?conId=${apple}`)).body.headlines.length, 10)
  t.equal(sent(it, 'reqNewsProviders'), 1, 'providers are remembered')
  t.equal(sent(it, 'reqContractDetails'), 1, 'a number alone is not looked up')
})

t.test('providers are named with +, commas, or an escaped +', async (t) => {
  const it = await simulated(t)
  for (const codes of ['BRFG+DJNL', 'BRFG,DJNL', 'BRFG%2BDJNL', 'BRFG%20DJNL']) {
    const { body } = await it.call(`/news/headlines?conId=${apple}&providerCodes=${codes}`)
    t.strictSame(body.providerCodes, ['BRFG', 'DJNL'], codes)
    for (const { providerCode } of body.headlines) t.match(providerCode, /^(BRFG|DJNL)$/)
  }
})

t.test('headlines between two times, however they are written', async (t) => {
  const it = await simulated(t)
  const all = (await it.call(`/news/headlines?conId=${apple}&totalResults=20`)).body.headlines
  const day = all[3].datetime.slice(0, 10)
  const [from, to] = [`${day}T00:00:00Z`, `${day}T23:59:59Z`]
  const query = `/news/headlines?conId=${apple}&totalResults=300`
  const iso = await it.call(`${query}&startDateTime=${from}&endDateTime=${to}`)
  t.equal(iso.body.hasMore, false)
  t.ok(iso.body.headlines.length > 0)
  for (const { datetime } of iso.body.headlines) t.match(datetime, day)
  t.equal(iso.body.startDateTime, `${day}T00:00:00.000Z`)
  const plain = day.replaceAll('-', '')
  const same = await it.call(`${query}&startDateTime=${plain}&endDateTime=${plain}`)
  t.strictSame(same.body.headlines, iso.body.headlines, 'a bare day is the whole of it')
})

t.test('what is wrong with a question is named, and IB is not asked', async (t) => {
  const it = await simulated(t)
  const wrong: readonly (readonly [query: string, field: string, code: string])[] = [
    ['', 'symbol', 'missing'],
    [`conId=${apple}&totalResults=301`, 'totalResults', 'too_large'],
    [`conId=${apple}&totalResults=0`, 'totalResults', 'too_small'],
    [`conId=${apple}&startDateTime=20260231`, 'startDateTime', 'bad_format'],
    [`conId=${apple}&startDateTime=2026-11-01`, 'startDateTime', 'bad_format'],
    [`conId=${apple}&endDateTime=yesterday`, 'endDateTime', 'bad_format'],
    [`conId=${apple}&startDateTime=20261102&endDateTime=20261101`, 'endDateTime', 'too_small'],
    [`conId=${apple}&providerCodes=BRFG;DJNL`, 'providerCodes', 'bad_format'],
    [`conId=${apple}&providers=BRFG`, 'providers', 'not_allowed'],
    [`conId=${apple}&providerCodes=BRFG,NOSUCH`, 'providerCodes', 'not_allowed'],
  ]
  for (const [query, field, code] of wrong) {
    const { answer, body } = await it.call(`/news/headlines?${query}`)
    t.equal(answer.status, 422, query)
    t.match(body.errors, [{ field, code }], query)
  }
  t.equal(sent(it, 'reqHistoricalNews'), 0)
  const nothing = await it.call('/news/headlines?conId=999999999')
  t.match(nothing.body, { status: 400, code: 'IB_REQUEST_INVALID', errorMsg: /999999999/ })
  const nobody = await it.call('/news/headlines?symbol=NOSUCH')
  t.equal(nobody.answer.status, 422)
  t.match(nobody.body, { code: 'IB_UNKNOWN_CONTRACT' })
})

t.test('a login without providers is told so; silence is 504; no permission 403', async (t) => {
  const { call, gateway } = await instanced(t)
  const silent = await call(`/news/headlines?conId=${apple}`, { headers: soon })
  t.equal(silent.answer.status, 504)
  t.match(silent.body.detail, /newsProviders/)
  // its end, late: the next of its kind waits for it
  gateway.on(IN.REQ_NEWS_PROVIDERS, (api) => api.say(85, 0))
  gateway.say(85, 0)
  const none = await call(`/news/headlines?conId=${apple}`)
  t.equal(none.answer.status, 403)
  t.match(none.body, { code: 'INSTANCE_NO_NEWS_PROVIDER' })
  gateway.on(IN.REQ_NEWS_PROVIDERS, (api) => api.say(85, 1, 'BRFG', 'Briefing'))
  const half = await call(`/news/headlines?conId=${apple}&providerCodes=BRFG`, { headers: soon })
  t.equal(half.answer.status, 504, 'a new subscription is seen at once')
  t.match(half.body.detail, /historicalNews/)
  gateway.on(IN.REQ_HISTORICAL_NEWS, (api, [, reqId = '']) =>
    api.say(4, 2, reqId, 10276, 'News feed is not allowed', ''),
  )
  const refused = await call(`/news/headlines?conId=${apple}`)
  t.equal(refused.answer.status, 403)
  t.match(refused.body, { code: 'IB_NOT_PERMITTED', errorCode: 10276 })
})

t.test(
  'IB is asked in its own words, and what it marks a headline with stands apart',
  async (t) => {
    const { call, gateway } = await instanced(t)
    gateway.on(IN.REQ_NEWS_PROVIDERS, (api) => api.say(85, 2, 'BRFG', 'Briefing', 'DJ-N', 'Dow'))
    gateway.on(IN.REQ_HISTORICAL_NEWS, (api, [, reqId = '']) =>
      api.sayAll(
        [86, reqId, '2026-11-20 15:04:05.0', 'DJ-N', 'DJ-N$1', '{A:800015:L:en}Apple rises'],
        [86, reqId, 'no time', 'BRFG', 'BRFG$2', 'Apple falls'],
        [87, reqId, 0],
      ),
    )
    const { body } = await call(
      `/news/headlines?conId=${apple}&startDateTime=2026-11-01T00:00:00Z&totalResults=7`,
    )
    t.strictSame(gateway.last(IN.REQ_HISTORICAL_NEWS)?.slice(2, 7), [
      ...[String(apple), 'BRFG+DJ-N', '2026-11-01 00:00:00.0', '', '7'],
    ])
    t.match(body.headlines, [
      { headline: 'Apple rises', metadata: 'A:800015:L:en', datetime: '2026-11-20T15:04:05.000Z' },
      { headline: 'Apple falls', metadata: null, datetime: null, time: 'no time' },
    ])
  },
)

t.test('an article is read by the id of its headline', async (t) => {
  const it = await simulated(t)
  const { headlines } = (await it.call(`/news/headlines?conId=${apple}&totalResults=1`)).body
  const [{ articleId, providerCode, headline }] = headlines
  const path = `/news/articles/${encodeURIComponent(articleId)}?providerCode=${providerCode}`
  const { answer, body } = await it.call(path)
  t.equal(answer.status, 200)
  t.match(body, { articleId, providerCode, articleType: 'html' })
  t.ok(body.article.includes(headline))
  const nothing = await it.call(`/news/articles/NOSUCH?providerCode=${providerCode}`)
  t.equal(nothing.answer.status, 404)
  t.match(nothing.body, { code: 'IB_NO_DATA', errorCode: 10172 })
  const unnamed = await it.call(`/news/articles/${articleId}`)
  t.equal(unnamed.answer.status, 422)
  t.match(unnamed.body.errors, [{ field: 'providerCode', code: 'missing' }])
})

t.test('an article may be a PDF, refused, or never come', async (t) => {
  const { call, gateway } = await instanced(t)
  const path = '/news/articles/X$1?providerCode=X'
  const silent = await call(path, { headers: soon })
  t.equal(silent.answer.status, 504)
  t.match(silent.body.detail, /newsArticle/)
  gateway.on(IN.REQ_NEWS_ARTICLE, (api, [, reqId = '']) => api.say(83, reqId, 1, 'JVBERi0='))
  t.match((await call(path)).body, { articleType: 'pdf', article: 'JVBERi0=' })
  t.strictSame(gateway.last(IN.REQ_NEWS_ARTICLE)?.slice(2, 4), ['X', 'X$1'])
  gateway.on(IN.REQ_NEWS_ARTICLE, (api, [, reqId = '']) =>
    api.say(4, 2, reqId, 10277, 'News feed permissions required', ''),
  )
  t.equal((await call(path)).answer.status, 403)
})
