import t from 'tap'
import { operations } from '../../shared/api/index.ts'
import type { Parsed } from '../rig/parsed.ts'
import { type Pooled, pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

let system: Pooled
t.before(async () => {
  system = await pooled(t, 2)
  const { order, call } = system
  const bought = { symbol: 'AAPL', action: 'BUY', totalQuantity: 5, orderType: 'MKT' }
  t.equal((await order(bought)).answer.status, 201)
  t.equal((await order({ ...bought, orderType: 'LMT', lmtPrice: 1 })).answer.status, 201)
  await until(
    async () => (await call('/account/positions')).body.length === 1,
    'what was bought is held',
  )
})

async function got(path: string): Promise<Parsed> {
  const { answer, body } = await system.call(path)
  t.equal(answer.status, 200, path)
  return body
}

t.test('S1.1 the proxy alone is called, and an instance answers', async (t) => {
  const { answer, body } = await system.call('/contract?symbol=AAPL')
  t.equal(answer.status, 200)
  t.match(answer.headers.get('ibrest-client-id'), /^[01]$/)
  t.match(body, [{ symbol: 'AAPL', conId: 265598 }])
})

t.test('S1.5 whatever is declared is served, with these methods and no others', async (t) => {
  const declared = new Map<string, Set<string>>()
  for (const { url, method, socket } of operations) {
    if (socket) continue
    const methods = declared.get(url) ?? new Set(['OPTIONS'])
    if (method === 'GET') methods.add('HEAD')
    declared.set(url, methods.add(method))
  }
  for (const [url, methods] of declared) {
    const path = url.replace(':symbol', 'AAPL').replace(':id', '0.1').replace(/:\w+/, '1')
    const { answer } = await system.call(path, { method: 'OPTIONS' })
    t.equal(answer.status, 204, path)
    t.same(answer.headers.get('allow')?.split(', ').sort(), [...methods].sort(), path)
  }
})

t.test('S1.N1 funds, orders, trades and positions are read', async (t) => {
  const [funds] = await got('/account/summary?tags=NetLiquidation')
  t.match(funds, { account: 'DU1', tag: 'NetLiquidation', value: /^\d/ })
  t.match(await got('/order'), [{ state: 'placed', lmtPrice: 1 }])
  t.match(await got('/executions'), [{ side: 'BOT', shares: 5, contract: { symbol: 'AAPL' } }])
  t.match(await got('/account/positions'), [{ position: 5, contract: { symbol: 'AAPL' } }])
})

t.test('S1.N3 quotes, depth, history, intervals, symbols', async (t) => {
  t.match(await got('/market/AAPL'), { bid: Number, ask: Number })
  const depth = { method: 'POST', headers: { 'source-ref': 'book' } }
  const { answer, body } = await system.call('/market/depth?symbol=AAPL&numRows=1', depth)
  t.equal(answer.status, 200)
  t.match(body.rows, [{ side: 'ask' }, { side: 'bid' }])
  t.match(await got('/history/AAPL?durationStr=1800%20S'), { bars: [{ close: Number }] })
  t.match(await got('/history/intervals'), { barSizes: [{ barSizeSetting: String }] })
  t.match(await got('/contract/search?symbol=AAP'), [{ symbol: /^AAP/ }])
})

t.test('S3.7 paths are small letters and hyphens, whatever IB calls it', async (t) => {
  for (const { url } of operations)
    for (const part of url.split('/').slice(1))
      t.match(part, /^(|:[a-zA-Z]+|[a-z][a-z-]*(\.json|\.yaml)?)$/, url)
})

t.test('S3.24 and S3.25 an order of texts is acknowledged under its reference', async (t) => {
  const clientOrderId = 'desk-7'
  const texts = { totalQuantity: '10', lmtPrice: '1.25', orderType: 'LMT' }
  const { answer, body } = await system.order({
    ...{ symbol: 'AAPL', action: 'BUY', clientOrderId },
    ...texts,
  })
  t.equal(answer.status, 201)
  t.match(body, { clientOrderId, totalQuantity: 10, lmtPrice: 1.25 })
  t.match(await got(`/order?clientOrderId=${clientOrderId}`), [{ id: body.id, clientOrderId }])
})

t.test('S4.14 what is required and not there is 422 and named', async (t) => {
  const { answer, body } = await system.call('/contract')
  t.equal(answer.status, 422)
  t.match(body, {
    message: 'Missing parameter',
    errors: [{ endpoint: '/contract', field: 'symbol', code: 'missing' }],
  })
})

t.test('an order is found under its id, and among those of a contract', async (t) => {
  const [order] = await got('/order?symbol=AAPL')
  t.match(await got(`/order/${order.id}`), { id: order.id, contract: { symbol: 'AAPL' } })
  t.same(await got('/order?symbol=MSFT'), [])
})

t.test('S4.39 a price now, prices in a time, what an order would cost', async (t) => {
  t.match(await got('/market/AAPL'), { datetime: /Z$/, last: Number })
  const { bars } = await got('/history/AAPL?durationStr=1800%20S')
  const dates = bars.map(({ datetime }: { datetime: string }) => datetime)
  t.ok(dates.length > 0)
  t.strictSame(dates, dates.toSorted())
  const order = {
    symbol: 'AAPL',
    action: 'BUY',
    totalQuantity: 10,
    orderType: 'LMT',
    lmtPrice: 200,
  }
  const { answer, body } = await system.order(order, {}, '/order/preview')
  t.equal(answer.status, 200)
  t.match(body, { initMarginChange: Number, commission: Number })
})
