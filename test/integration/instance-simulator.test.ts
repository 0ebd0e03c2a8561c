import t from 'tap'
import { instanceOperations } from '../../shared/api/index.ts'
import { type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

const account = 'DU1'
const buy = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT', account }
const resting = { ...buy, symbol: 'MSFT', orderType: 'LMT', lmtPrice: 1 }

async function filled({ order, call }: Simulated): Promise<string> {
  const { answer, body } = await order(buy)
  if (answer.status !== 201) throw new Error(JSON.stringify(body))
  await until(async () => (await call(`/order/${body.id}`)).body.state === 'executed', 'the fill')
  return body.id
}

for (const serverVersion of [178, 193]) {
  t.test(`every read answers from a gateway of version ${serverVersion}`, async (t) => {
    const system = await simulated(t, { simulator: { serverVersion } })
    const { call } = system
    const id = await filled(system)
    const get = async (path: string) => {
      const { answer, body } = await call(path)
      t.equal(answer.status, 200, `${path}: ${JSON.stringify(body).slice(0, 300)}`)
      return body
    }
    t.match(await get('/account'), { accounts: ['DU1', 'DU2'], clientId: 0, serverVersion })
    t.match(await get(`/account/positions?account=${account}`), [
      { account, position: 10, contract: { symbol: 'AAPL', conId: 265598 } },
    ])
    t.strictSame(await get('/account/positions?acctCode=DU2'), [])
    const summary = await get(
      `/account/summary?tag=NetLiquidation&tags=BuyingPower,Cushion&account=${account}`,
    )
    t.same(
      new Set(summary.map(({ tag }: { tag: string }) => tag)),
      new Set(['NetLiquidation', 'BuyingPower', 'Cushion']),
    )
    const update = await get(`/account/updates?acctCode=${account}`)
    t.match(update, { account, portfolio: [{ position: 10, contract: { symbol: 'AAPL' } }] })
    t.ok(update.values.length > 5)
    t.match(await get(`/account/pnl?account=${account}`), {
      account,
      conId: null,
      dailyPnL: Number,
    })
    t.match(await get(`/account/pnl?account=${account}&conId=265598`), {
      conId: 265598,
      position: 10,
    })
    t.match(await get('/contract?symbol=AAPL'), [
      { conId: 265598, primaryExch: 'NASDAQ', minTick: 0.01 },
    ])
    t.match(await get('/contract?conId=265598'), [{ symbol: 'AAPL' }])
    t.match(await get('/contract/search?pattern=AAP'), [{ symbol: 'AAPL' }])
    const futures = await get('/contract?symbol=ES&secType=FUT')
    t.ok(futures.length > 1)
    const options = await get('/contract?symbol=AAPL&secType=OPT&right=CALL')
    t.match(options[0], { secType: 'OPT', right: 'C', multiplier: '100', strike: Number })
    const bars = await get('/history/AAPL?durationStr=1800 S&endDateTime=2026-06-01T15:00:00Z')
    t.match(bars, {
      symbol: 'AAPL',
      barSizeSetting: '1 min',
      endDateTime: '2026-06-01T15:00:00.000Z',
    })
    t.ok(bars.bars.length > 0)
    t.match(bars.bars[0], { open: Number, timestamp: Number, datetime: /^2026-06-01T14:/ })
    const days = await get('/historical/AAPL?durationStr=5 D&barSizeSetting=1 day&useRTH=true')
    t.match(days.bars[0], { date: /^\d{8}$/, datetime: null, timestamp: null })
    t.match(await get('/market/AAPL'), { bid: Number, bidSize: Number, ask: Number, last: Number })
    t.match(await get('/market/EUR?secType=CASH'), {
      bid: Number,
      contract: { localSymbol: 'EUR.USD' },
    })
    t.match(await get(`/order/${id}`), { id, state: 'executed', filled: 10 })
    t.match(await get('/order/filled'), [{ id }])
    t.match(await get('/executions?symbol=AAPL'), [{ id, shares: 10, commission: Number }])
    t.match(await get('/executions/commissions'), [{ commission: Number, clientId: 0 }])
    t.strictSame(await get('/order'), [])
  })

  t.test(`orders live and die at a gateway of version ${serverVersion}`, async (t) => {
    const { order, call } = await simulated(t, { simulator: { serverVersion } })
    const placed = await order(resting)
    t.equal(placed.answer.status, 201, JSON.stringify(placed.body))
    t.match((await call('/order')).body, [{ id: placed.body.id, status: 'Submitted', lmtPrice: 1 }])
    const cancelled = await call(`/order/${placed.body.id}`, { method: 'DELETE' })
    t.equal(cancelled.answer.status, 200)
    t.match(cancelled.body, { status: 'Cancelled', state: 'canceled' })
    const exit = { ...resting, action: 'SELL' }
    const bracket = await order([
      resting,
      { ...exit, lmtPrice: 9999 },
      { ...exit, orderType: 'STP', lmtPrice: undefined, auxPrice: 0.5 },
    ])
    t.equal(bracket.answer.status, 201, JSON.stringify(bracket.body))
    t.equal((await call('/order')).body.length, 3)
    const all = await call('/order?all=true', { method: 'DELETE' })
    t.equal(all.body.cancelled.length, 3)
    t.strictSame(all.body.remaining, [])
    const wrong = await order({ ...resting, lmtPrice: 1.0001 })
    t.equal(wrong.answer.status, 422)
    t.match(wrong.body, { code: 'IB_PRICE_INCREMENT', errorCode: 110 })
    const unknown = await order({ ...resting, symbol: 'NOPE' })
    t.equal(unknown.answer.status, 422)
    t.match(unknown.body, { code: 'IB_UNKNOWN_CONTRACT', errorCode: 200 })
  })
}

t.test('bad questions are refused before the gateway hears of them', async (t) => {
  const { call } = await simulated(t)
  const refused = async (path: string, field: string, code: string) => {
    const { answer, body } = await call(path)
    t.equal(answer.status, 422, path)
    t.match(body, {
      code: 'REQUEST_INVALID',
      errors: [{ field, code, endpoint: path.split('?')[0] }],
    })
  }
  await refused('/account/positions?account=DU9', 'account', 'not_found')
  await refused('/account/update', 'acctCode', 'missing')
  await refused('/account/update?acctCode=DU9', 'acctCode', 'not_found')
  await refused('/account/summary', 'tags', 'missing')
  await refused('/account/summary?tags=Nonsense', 'tags', 'not_allowed')
  await refused('/account/summary?tag=Nonsense', 'tag.0', 'not_allowed')
  await refused('/account/pnl', 'account', 'missing')
  await refused('/contract', 'symbol', 'missing')
  await refused('/contract?symbol=AAPL&foo=1', 'foo', 'not_allowed')
  await refused('/contract/search', 'symbol', 'missing')
  await refused('/history/AAPL?durationStr=1', 'durationStr', 'bad_format')
  await refused('/history/AAPL?durationStr=1 Y&barSizeSetting=1 secs', 'durationStr', 'too_large')
  await refused('/history/AAPL?barSizeSetting=7 mins', 'barSizeSetting', 'not_allowed')
  await refused('/history/AAPL?endDateTime=20261341-10:00:00', 'endDateTime', 'bad_format')
  await refused('/history/AAPL?whatToShow=SCHEDULE', 'whatToShow', 'not_allowed')
  await refused('/history/ES?secType=FUT', 'symbol', 'not_found')
  await refused('/market/ES?secType=FUT', 'symbol', 'not_found')
  await refused('/executions?side=HOLD', 'side', 'not_allowed')
  await refused('/executions?time=yesterday', 'time', 'bad_format')
  for (const path of ['/contract?symbol=NOPE', '/market/NOPE', '/history/NOPE']) {
    const { answer, body } = await call(path)
    t.equal(answer.status, 422)
    t.match(body, { code: 'IB_UNKNOWN_CONTRACT', errorCode: 200, errorMsg: /security definition/ })
  }
})

t.test('what is answered from memory: root, beacon, clients, echo, metrics', async (t) => {
  const { call, url } = await simulated(t)
  const root = (await call('/')).body
  for (const { url: path } of instanceOperations)
    t.ok(root.endpoints[path.replace(/:(\w+)/g, '{$1}')], path)
  t.match((await call('/beacon')).body, { alive: true, clientId: 0 })
  t.match((await call('/clients')).body, { connected: true, overlaps: 0, refused: 0, inflight: 0 })
  const echo = (await call('/test?key=abc&a=1', { headers: { authorization: 'Bearer x' } })).body
  t.match(echo, { query: { key: '[redacted]', a: '1' }, headers: { authorization: '[redacted]' } })
  const metrics = await (await fetch(`${url}/metrics`)).text()
  t.match(metrics, /ibrest_client_state\{client_id="0",state="ready"\} 1/)
  t.match(metrics, /ibrest_build_info\{component="instance"/)
  t.notMatch(metrics, /[{,]instance=/)
})

t.test('unknown paths are 404 and wrong methods 405 with Allow', async (t) => {
  const { call } = await simulated(t)
  t.equal((await call('/nothing')).body.code, 'REQUEST_UNKNOWN_PATH')
  const wrong = await call('/account', { method: 'DELETE' })
  t.equal(wrong.answer.status, 405)
  t.equal(wrong.answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
  const large = await call('/order', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'x'.repeat(2_000_000) }),
  })
  t.equal(large.answer.status, 413)
})
