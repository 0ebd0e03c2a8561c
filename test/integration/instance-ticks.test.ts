import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { instanced, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const soon = { 'x-deadline-ms': '150' }

t.test('the last trades, quotes or midpoints of a contract', async (t) => {
  const it = await simulated(t)
  const trades = await it.call('/history/AAPL/ticks?numberOfTicks=3')
  t.equal(trades.answer.status, 200)
  t.match(trades.body, { symbol: 'AAPL', whatToShow: 'TRADES', useRth: false, startDateTime: null })
  t.equal(trades.body.ticks.length, 3)
  const trade = { price: Number, size: Number, exchange: 'NASDAQ', pastLimit: false }
  for (const tick of trades.body.ticks)
    t.match(tick, { datetime: /Z$/, timestamp: Number, ...trade })
  const quotes = await it.call('/history/AAPL/ticks?numberOfTicks=3&whatToShow=BID_ASK')
  for (const { bid, ask, bidSize, price } of quotes.body.ticks) {
    t.ok(bid < ask && bidSize > 0)
    t.equal(price, null)
  }
  const middles = await it.call('/historical/AAPL/ticks?numberOfTicks=3&whatToShow=MIDPOINT')
  for (const tick of middles.body.ticks) t.match(tick, { price: Number, datetime: String })
})

t.test('ticks from a moment on, or up to one, in whatever spelling', async (t) => {
  const it = await simulated(t)
  const query = '/history/AAPL/ticks?numberOfTicks=2'
  const from = await it.call(`${query}&startDateTime=2026-11-10T15:00:00Z`)
  t.match(from.body, { startDateTime: '2026-11-10T15:00:00.000Z', endDateTime: null })
  t.equal(from.body.ticks[0].datetime, '2026-11-10T15:00:00.000Z')
  const same = await it.call(`${query}&startDateTime=20261110-15:00:00`)
  t.strictSame(same.body.ticks, from.body.ticks)
  const to = await it.call(`${query}&endDateTime=2026-11-10T10:00:05-05:00`)
  t.match(to.body, { startDateTime: null, endDateTime: '2026-11-10T15:00:05.000Z' })
  for (const { datetime } of to.body.ticks) t.ok(datetime <= '2026-11-10T15:00:05.000Z')
  const day = await it.call(`${query}&startDateTime=20261110`)
  t.equal(day.body.startDateTime, '2026-11-10T00:00:00.000Z', 'a bare day begins at midnight')
})

t.test('what is wrong with a question is named, and IB is not asked', async (t) => {
  const { call, gateway } = await instanced(t)
  const wrong: readonly (readonly [query: string, field: string, code: string])[] = [
    ['numberOfTicks=1001', 'numberOfTicks', 'too_large'],
    ['numberOfTicks=many', 'numberOfTicks', 'not_numeric'],
    ['whatToShow=BID', 'whatToShow', 'not_allowed'],
    ['startDateTime=20260231', 'startDateTime', 'bad_format'],
    ['startDateTime=20261101&endDateTime=20261102', 'endDateTime', 'not_allowed'],
    ['useRTH=true', 'useRTH', 'not_allowed'],
    ['ignoreSize=perhaps', 'ignoreSize', 'not_boolean'],
  ]
  for (const [query, field, code] of wrong) {
    const { answer, body } = await call(`/history/AAPL/ticks?${query}`)
    t.equal(answer.status, 422, query)
    t.match(body.errors, [{ field, code }], query)
  }
  const schedule = await call('/history/AAPL/head?whatToShow=SCHEDULE')
  t.equal(schedule.answer.status, 422)
  t.match(schedule.body.errors, [{ field: 'whatToShow', code: 'not_allowed' }])
  t.equal(gateway.count(IN.REQ_HISTORICAL_TICKS) + gateway.count(IN.REQ_HEAD_TIMESTAMP), 0)
})

t.test('ticks come in parts; none, too many, no permission, none in time', async (t) => {
  const { call, gateway } = await instanced(t)
  const tick = [1_795_000_000, 0, 100.5, 7, 'NYSE', 'I']
  gateway.on(IN.REQ_HISTORICAL_TICKS, (api, [, reqId = '']) =>
    api.sayAll([98, reqId, 2, ...tick, ...tick, 0], [98, reqId, 1, ...tick, 1]),
  )
  const whole = await call('/history/AAPL/ticks?ignoreSize=1&useRth=true&startDateTime=20261110')
  t.equal(whole.body.ticks.length, 3)
  t.match(whole.body.ticks[2], { price: 100.5, size: 7, specialConditions: 'I' })
  t.strictSame(gateway.last(IN.REQ_HISTORICAL_TICKS)?.slice(15, 21), [
    ...['20261110-00:00:00', '', '1000', 'TRADES', '1', '1'],
  ])
  gateway.on(IN.REQ_HISTORICAL_TICKS, (api, [, reqId = '']) => api.say(98, reqId, 1, ...tick, 0))
  const half = await call('/history/AAPL/ticks', { headers: soon })
  t.equal(half.answer.status, 504, 'half of them are none')
  t.match(half.body.detail, /historicalTicks/)
  const says = (text: string) =>
    gateway.on(IN.REQ_HISTORICAL_TICKS, (api, [, reqId = '']) =>
      api.say(4, 2, reqId, 10187, `Failed to request historical ticks:${text}`, ''),
    )
  says('No data')
  t.strictSame((await call('/history/AAPL/ticks')).body.ticks, [])
  says('No market data permissions for NYSE STK')
  t.equal((await call('/history/AAPL/ticks')).answer.status, 403)
  says('Historical data request pacing violation')
  const paced = await call('/history/AAPL/ticks')
  t.equal(paced.answer.status, 429)
  t.match(paced.answer.headers.get('retry-after'), /^\d+$/)
})

t.test('where history begins is told, and IB may forget the question', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/history/AAPL/head')
  t.equal(answer.status, 200)
  t.match(body, { symbol: 'AAPL', whatToShow: 'TRADES', useRTH: false, headTimestamp: /^\d+$/ })
  t.equal(body.datetime, new Date(body.timestamp * 1000).toISOString())
  const nobody = await it.call('/history/NOSUCH/head')
  t.match(nobody.body, { status: 422, code: 'IB_UNKNOWN_CONTRACT' })
  t.match((await it.call('/history/NOSUCH/ticks')).body, { code: 'IB_UNKNOWN_CONTRACT' })
})

t.test('beginnings before 1973 and in words; silence is 504 and taken back', async (t) => {
  const { call, gateway } = await instanced(t)
  const silent = await call('/history/AAPL/head', { headers: soon })
  t.equal(silent.answer.status, 504)
  await until(() => gateway.count(IN.CANCEL_HEAD_TIMESTAMP) === 1, 'it was taken back')
  const says = (text: string) =>
    gateway.on(IN.REQ_HEAD_TIMESTAMP, (api, [, reqId = '']) => api.say(88, reqId, text))
  says('-2208988800')
  t.match((await call('/history/AAPL/head')).body, { datetime: '1900-01-01T00:00:00.000Z' })
  await until(() => gateway.count(IN.CANCEL_HEAD_TIMESTAMP) === 2, 'the second as well')
  says('19801212-14:30:00')
  t.match((await call('/history/AAPL/head')).body, { datetime: '1980-12-12T14:30:00.000Z' })
  says('long ago')
  t.match((await call('/history/AAPL/head')).body, { datetime: null, headTimestamp: 'long ago' })
})

t.test('what history can be asked for is known without IB, and true', async (t) => {
  const { call, gateway, instance } = await instanced(t)
  const { body } = await call('/history/intervals')
  t.match(body.barSizes[0], { barSizeSetting: '1 secs', seconds: 1 })
  t.match(body.barSizes.at(-1), { barSizeSetting: '1 month' })
  t.match(body, { maxBars: 60_000, ticks: { maxTicks: 1000 } })
  t.notOk(body.whatToShow.includes('SCHEDULE'))
  const before = gateway.received.length
  gateway.on(IN.REQ_HISTORICAL_DATA, (api, [, reqId = '']) =>
    api.say(4, 2, reqId, 162, 'HMDS query returned no data', ''),
  )
  for (const { barSizeSetting } of body.barSizes) {
    const { answer } = await call(`/history/AAPL?barSizeSetting=${barSizeSetting}&durationStr=60 S`)
    t.equal(answer.status, 200, barSizeSetting)
  }
  for (const { example } of body.durations) {
    const { answer } = await call(`/history/AAPL?barSizeSetting=1 day&durationStr=${example}`)
    t.equal(answer.status, 200, example)
  }
  t.equal(gateway.received.length - before, body.barSizes.length + body.durations.length)
  instance.link.stop()
  t.equal((await call('/history/intervals')).answer.status, 200)
})
