import t from 'tap'
import { type Pooled, pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

let system: Pooled
const ORDERS = 5
t.before(async () => {
  system = await pooled(t, 2)
  for (let each = 0; each < ORDERS; each += 1) {
    const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'MKT' }
    const { answer } = await system.order(order)
    t.equal(answer.status, 201)
  }
  await until(
    async () => (await system.call('/executions')).body.length === ORDERS,
    'every fill is known',
  )
})

const ranged = (path: string, range: string) => system.call(path, { headers: { range } })

t.test('S4.6 a window of time is 206 with its Content-Range', async (t) => {
  const { body: all } = await system.call('/executions')
  const times = all.map(({ timestamp }: { timestamp: number }) => timestamp)
  const [from, to] = [Math.min(...times), Math.max(...times)]
  const { answer, body } = await ranged('/executions', `timestamp=${from}-${to + 1}`)
  t.equal(answer.status, 206)
  t.equal(answer.headers.get('content-range'), `timestamp 1-${ORDERS}/${ORDERS}`)
  t.equal(answer.headers.get('accept-ranges'), 'timestamp, page')
  t.equal(body.length, ORDERS)
  const none = await ranged('/executions', `timestamp=${from - 1000}-${from - 900}`)
  t.equal(none.answer.status, 416)
  t.equal(none.answer.headers.get('content-range'), `timestamp */${ORDERS}`)
  t.match(none.body, { code: 'REQUEST_RANGE', status: 416 })
  for (const path of ['/order/filled', '/order/completed', '/order/events', '/history/AAPL']) {
    const { answer, body } = await ranged(path, `timestamp=${from - 86_400}-${to + 60}`)
    t.equal(answer.status, 206, path)
    t.match(answer.headers.get('content-range'), /^timestamp \d+-\d+\/(\d+|\*)$/, path)
    t.ok((body.bars ?? body.events ?? body).length > 0, path)
  }
})

t.test('S4.23 pages are named by Content-Range and Link', async (t) => {
  const { answer, body } = await ranged('/executions?pageSize=2', 'page=2')
  t.equal(answer.status, 206)
  t.equal(answer.headers.get('content-range'), 'page 2-2/3')
  t.equal(body.length, 2)
  t.equal(
    answer.headers.get('link'),
    '<?pageSize=2&page=1>; rel="first", <?pageSize=2&page=1>; rel="prev", ' +
      '<?pageSize=2&page=3>; rel="next", <?pageSize=2&page=3>; rel="last"',
  )
  const beyond = await ranged('/executions?pageSize=2', 'page=4')
  t.equal(beyond.answer.status, 416)
  t.equal(beyond.answer.headers.get('content-range'), 'page */3')
  t.equal((await ranged('/executions', 'page=0')).answer.status, 416, 'the first is 1')
})

t.test('S4.24 page=a-b, beside the time range, in one field or two', async (t) => {
  const pages = await ranged('/executions?pageSize=2', 'page=1-2')
  t.equal(pages.answer.headers.get('content-range'), 'page 1-2/3')
  t.equal(pages.body.length, 4)
  const both = await ranged('/executions?pageSize=4', 'timestamp=1-9999999999, page=2')
  t.equal(both.answer.headers.get('content-range'), 'page 2-2/2')
  const headers: [string, string][] = [
    ['range', 'timestamp=1-9999999999'],
    ['range', 'page=2'],
  ]
  const two = await system.call('/executions?pageSize=4', { headers })
  t.equal(two.answer.headers.get('content-range'), 'page 2-2/2')
})

t.test('S4.22 every list takes ranges of pages, and unknown units are not heard', async (t) => {
  const lists = [
    '/order',
    '/order/filled',
    '/order/completed',
    '/executions',
    '/executions/commissions',
    '/account/positions',
    '/contract?symbol=AAPL',
    '/contract/search?symbol=AA',
    '/history/AAPL',
    '/order/oca',
    '/order/split',
    '/account/summary?tags=NetLiquidation',
  ]
  for (const path of lists) {
    const { answer } = await ranged(path, 'page=1')
    t.equal(answer.status, 206, path)
    t.match(answer.headers.get('content-range'), /^page 1-1\/\d+$/, path)
    t.match(answer.headers.get('accept-ranges'), /page/, path)
    t.match(answer.headers.get('content-type'), /^application\/json/, path)
  }
  t.equal((await ranged('/executions', 'bytes=0-5')).answer.status, 200)
  t.equal((await ranged('/account/positions', 'timestamp=1-2')).answer.status, 200, 'has no times')
})

t.test('C12 the query says the same for who cannot set Range', async (t) => {
  const { answer, body } = await system.call('/executions?page=3&pageSize=2&from=2020-01-01')
  t.equal(answer.status, 200)
  t.equal(body.length, 1)
  t.match(answer.headers.get('link'), /<\?from=1577836800&pageSize=2&page=2>; rel="prev"/)
  t.same((await system.call('/executions?to=2020-01-01')).body, [])
  t.equal((await system.call('/order?page=2')).answer.status, 416)
  const wrong = await system.call('/executions?page=0&from=soon&pageSize=x')
  t.equal(wrong.answer.status, 422)
  t.same(wrong.body.errors.map(({ field }: { field: string }) => field).sort(), [
    'from',
    'page',
    'pageSize',
  ])
  const timeless = await system.call('/account/positions?from=2020-01-01')
  t.match(timeless.body, { errors: [{ field: 'from', code: 'not_allowed' }] })
})

t.test('S3.21 maxRows bounds a list and says whether there is more', async (t) => {
  const { answer, body } = await system.call('/executions?maxRows=3')
  t.equal(body.length, 3)
  t.equal(answer.headers.get('ibrest-more-rows'), 'true')
  const prefixed = await system.call('/executions?request.maxRows=50&request.symbol=AAPL')
  t.equal(prefixed.body.length, ORDERS)
  t.equal(prefixed.answer.headers.get('ibrest-more-rows'), 'false')
})

t.test('S4.5 a summary tells less of each row than the full view', async (t) => {
  for (const path of ['/executions', '/order/filled', '/order/completed', '/account/positions']) {
    const full = (await system.call(`${path}?view=full`)).body
    const summary = (await system.call(`${path}?view=summary`)).body
    t.same(full, (await system.call(path)).body, 'full is the default')
    t.equal(summary.length, full.length)
    t.ok(Object.keys(summary[0]).length < Object.keys(full[0]).length, path)
    for (const [name, value] of Object.entries(summary[0]))
      if (typeof value !== 'object') t.same(value, full[0][name], `${path} ${name}`)
  }
})

t.test('S4.7 the item has all attributes', async (t) => {
  const [row] = (await system.call('/order/filled')).body
  const { answer, body } = await system.call(`/order/${row.id}`)
  t.equal(answer.status, 200)
  t.ok(Object.keys(body).length > Object.keys(row).length)
})

t.test('HEAD is GET without its body, and hears no Range', async (t) => {
  for (const path of ['/executions', '/account/positions', '/']) {
    const [get, head] = await Promise.all([
      fetch(`${system.url}${path}`),
      fetch(`${system.url}${path}`, { method: 'HEAD', headers: { range: 'page=1' } }),
    ])
    t.equal(head.status, get.status, path)
    t.equal(head.headers.get('content-type'), get.headers.get('content-type'), path)
    t.equal(await head.text(), '')
    await get.text()
  }
})
