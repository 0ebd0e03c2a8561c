import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { error, history, position, stockDetails } from '../rig/fake-messages.ts'
import { instanced } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const client = '{client_id="0"}'

t.test('an answer leaves when its end arrives, and its subscription is cancelled', async (t) => {
  const { call, gateway } = await instanced(t)
  gateway.on(IN.REQ_POSITIONS, (api) =>
    api.sayAll(position('DU1', 100), position('DU1', 0), [62, 1]),
  )
  const { answer, body } = await call('/account/positions')
  t.equal(answer.status, 200)
  t.match(body, [{ account: 'DU1', position: 100, avgCost: 150.5, contract: { symbol: 'AAPL' } }])
  t.equal(body.length, 1, 'a position of 0 is none')
  t.equal(answer.headers.get('ibrest-client-id'), '0')
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.match(answer.headers.get('server-timing'), /pace;dur=[\d.]+, ib;dur=[\d.]+, encode;dur=[\d.]+/)
  await until(() => gateway.count(IN.CANCEL_POSITIONS) === 1, 'the subscription was cancelled')
})

t.test('a silent gateway is 504 with the name of the query, within the deadline', async (t) => {
  const { call, metric } = await instanced(t)
  const begun = performance.now()
  const { answer, body } = await call('/contract?symbol=AAPL', {
    headers: { 'x-deadline-ms': '300' },
  })
  t.equal(answer.status, 504)
  t.match(body, { code: 'INSTANCE_QUERY_TIMEOUT', retryable: true, detail: /contractDetails/ })
  t.ok(performance.now() - begun < 300, 'before the deadline of the one who asked')
  const sample =
    'ibrest_ib_request_duration_seconds_count{client_id="0",op="contractDetails",outcome="timeout"}'
  t.equal(await metric(sample), 1)
})

t.test('Prefer: wait bounds a query, and x-deadline-ms goes before it', async (t) => {
  const { call } = await instanced(t)
  const slow = performance.now()
  t.equal(
    (await call('/contract?symbol=X', { headers: { prefer: 'wait=0.2' } })).answer.status,
    504,
  )
  t.ok(performance.now() - slow < 300)
  const both = { prefer: 'wait=30', 'x-deadline-ms': '100' }
  t.equal((await call('/contract?symbol=X', { headers: both })).answer.status, 504)
  const wrong = await call('/contract?symbol=X', { headers: { 'x-deadline-ms': 'soon' } })
  t.equal(wrong.answer.status, 422)
  t.match(wrong.body.errors, [{ field: 'X-Deadline-Ms', code: 'not_numeric' }])
})

t.test('a late answer to a request is dropped and counted; the next is clean', async (t) => {
  const { call, gateway, metric } = await instanced(t)
  let late: string | undefined
  gateway.on(IN.REQ_CONTRACT_DATA, (_, fields) => {
    late = fields[2]
  })
  const first = await call('/contract?symbol=AAPL', { headers: { 'x-deadline-ms': '100' } })
  t.equal(first.answer.status, 504)
  gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) => {
    api.sayAll(stockDetails(late ?? '', { symbol: 'LATE' }), [52, 1, late ?? ''])
    api.sayAll(stockDetails(reqId, {}), [52, 1, reqId])
  })
  const second = await call('/contract?symbol=AAPL')
  t.match(second.body, [{ symbol: 'AAPL', conId: 265598 }])
  t.equal(second.body.length, 1)
  t.equal(await metric(`ibrest_late_answers_total${client}`), 1)
})

t.test('the late end of an answer without id never ends the next of its kind', async (t) => {
  const { call, gateway, metric } = await instanced(t)
  gateway.on(IN.REQ_POSITIONS, () => undefined)
  const first = await call('/account/positions', { headers: { 'x-deadline-ms': '100' } })
  t.equal(first.answer.status, 504)
  t.match(first.body.detail, /positions/)
  t.equal(gateway.count(IN.CANCEL_POSITIONS), 1, 'the gateway was told to stop')
  const second = call('/account/positions')
  await until(async () => (await metric('ibrest_client_inflight')) === 1, 'the second is inside')
  t.equal(gateway.count(IN.REQ_POSITIONS), 1, 'it waits for the stale end')
  gateway.on(IN.REQ_POSITIONS, (api) => api.sayAll(position('DU1', 7), [62, 1]))
  gateway.say(62, 1)
  t.match((await second).body, [{ position: 7 }])
  t.equal(await metric(`ibrest_late_answers_total${client}`), 1)
})

t.test('when the stale end never comes, a fresh session clears it', async (t) => {
  const { call, gateway, status } = await instanced(t, {
    config: {
      limits: {
        connectTimeoutMs: 5000,
        greetingTimeoutMs: 5000,
        quietMs: 15_000,
        silentMs: 5000,
        staleHoldMs: 100,
      },
    },
  })
  gateway.on(IN.REQ_POSITIONS, (api) => api.say(...position('DU1', 7)))
  const first = await call('/account/positions', { headers: { 'x-deadline-ms': '100' } })
  t.equal(first.answer.status, 504, 'half an answer is none')
  await until(async () => (await status()).reconnects === 1, 'a new session')
  gateway.on(IN.REQ_POSITIONS, (api) => api.sayAll(position('DU1', 9), [62, 1]))
  await until(async () => (await status()).connected, 'logged in again')
  t.match((await call('/account/positions')).body, [{ position: 9 }])
})

t.test('a session that dies in the middle of a query is 502 and may be tried again', async (t) => {
  const { call, gateway, status } = await instanced(t)
  gateway.on(IN.REQ_POSITIONS, () => gateway.drop())
  const { answer, body } = await call('/account/positions')
  t.equal(answer.status, 502)
  t.match(body, { code: 'INSTANCE_SESSION_LOST', retryable: true, detail: /positions/ })
  await until(async () => (await status()).connected, 'logged in again')
})

t.test('a caller who leaves ends a query; its place is kept until then, not longer', async (t) => {
  const { url, call, gateway, metric } = await instanced(t)
  gateway.on(IN.REQ_HISTORICAL_DATA, () => undefined)
  const caller = new AbortController()
  const left = fetch(`${url}/history/AAPL`, { signal: caller.signal })
  await until(() => gateway.count(IN.REQ_HISTORICAL_DATA) === 1, 'the query was sent')
  const busy = await call('/account')
  t.equal(busy.answer.status, 503)
  t.match(busy.body, { code: 'INSTANCE_BUSY', retryable: true })
  caller.abort()
  await t.rejects(left)
  await until(() => gateway.count(IN.CANCEL_HISTORICAL_DATA) === 1, 'the gateway was told to stop')
  await until(async () => (await metric('ibrest_client_inflight')) === 0, 'the place is free')
  t.equal(await metric('ibrest_leased_refused_total'), 1)
  t.equal(await metric('ibrest_leased_overlaps_total'), 0)
})

t.test(
  'what the gateway says against a query becomes a problem with its code and text',
  async (t) => {
    const { call, gateway } = await instanced(t)
    const text = 'No security definition has been found for the request'
    gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId]) =>
      api.say(...error(Number(reqId), 200, text)),
    )
    const { answer, body } = await call('/contract?symbol=NOPE')
    t.equal(answer.status, 422)
    t.match(answer.headers.get('content-type'), /application\/problem\+json/)
    t.match(body, { code: 'IB_UNKNOWN_CONTRACT', errorCode: 200, errorMsg: text, client_id: 0 })
    t.ok(body.reqId >= 1_000_000_000)
  },
)

t.test('history: no data is an empty list, pacing is 429 with Retry-After', async (t) => {
  const { call, gateway } = await instanced(t)
  const answerWith = (text: string) =>
    gateway.on(IN.REQ_HISTORICAL_DATA, (api, [, reqId]) =>
      api.say(...error(Number(reqId), 162, text)),
    )
  answerWith(
    'Historical Market Data Service error message:HMDS query returned no data: X@SMART Trades',
  )
  const empty = await call('/history/AAPL')
  t.equal(empty.answer.status, 200)
  t.strictSame(empty.body.bars, [])
  answerWith(
    'Historical Market Data Service error message:Historical data request pacing violation',
  )
  const paced = await call('/history/AAPL')
  t.equal(paced.answer.status, 429)
  t.match(paced.answer.headers.get('retry-after'), /^\d+$/)
  t.match(paced.body, { code: 'IB_HISTORY_PACING', errorCode: 162 })
})

t.test('20,000 bars do not hold the process', async (t) => {
  const { call, gateway, url } = await instanced(t)
  gateway.on(IN.REQ_HISTORICAL_DATA, (api, [, reqId = '']) => api.sayAll(history(reqId, 20_000)))
  let worst = 0
  let last = performance.now()
  const beat = setInterval(() => {
    worst = Math.max(worst, performance.now() - last - 5)
    last = performance.now()
  }, 5)
  const { body } = await call('/history/AAPL?durationStr=2 W')
  clearInterval(beat)
  t.equal(body.bars.length, 20_000)
  t.match(body.bars[1], {
    open: 100.5,
    high: 101.25,
    low: 99.75,
    close: 100.1,
    volume: 1200,
    wap: 100.3,
    count: 17,
    timestamp: 1_767_600_060,
  })
  t.comment(`longest stall ${Math.round(worst)} ms`)
  t.ok(worst < 2000, `longest stall ${Math.round(worst)} ms`)
  t.ok((await fetch(`${url}/beacon`)).ok)
})

t.test(
  'a quote leaves as soon as bid, ask and last are there, with what came beside them',
  async (t) => {
    const { call, gateway } = await instanced(t)
    gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) =>
      api.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
    )
    gateway.on(IN.REQ_MKT_DATA, (api, [, , reqId = '']) =>
      api.sayAll(
        [58, 1, reqId, 1],
        [1, 6, reqId, 1, 150.1, 300, 0],
        [1, 6, reqId, 2, 150.2, 400, 0],
        [1, 6, reqId, 4, 150.15, 10, 0],
        [1, 6, reqId, 14, -1, 0, 0],
        [2, 6, reqId, 8, 123456],
        [46, 6, reqId, 45, '1767600000'],
      ),
    )
    const { answer, body } = await call('/market/AAPL')
    t.equal(answer.status, 200)
    t.match(body, {
      bid: 150.1,
      bidSize: 300,
      ask: 150.2,
      askSize: 400,
      last: 150.15,
      volume: 123456,
    })
    t.match(body, { open: null, marketDataType: 'live', lastTimestamp: '2026-01-05T08:00:00.000Z' })
    t.match(body.contract, { conId: 265598, symbol: 'AAPL' })
    await until(() => gateway.count(IN.CANCEL_MKT_DATA) === 1, 'the line was given back')
  },
)

t.test('a symbol with a NUL inside never reaches the wire', async (t) => {
  const { call, gateway } = await instanced(t)
  const { answer, body } = await call('/contract?symbol=AA%00BB')
  t.equal(answer.status, 422)
  t.match(body.errors, [{ field: 'symbol', code: 'bad_format' }])
  t.equal(gateway.count(IN.REQ_CONTRACT_DATA), 0)
})
