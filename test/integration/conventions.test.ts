import { request as rawRequest } from 'node:http'
import t from 'tap'
import { operations } from '../../shared/api/index.ts'
import { type Pooled, pooled } from '../rig/pooled.ts'

let system: Pooled
t.before(async () => {
  system = await pooled(t, 2)
  const order = { symbol: 'AAPL', action: 'BUY', totalQuantity: 3, orderType: 'MKT' }
  t.equal((await system.order(order)).answer.status, 201)
})

const V1 = 'application/vnd.ibrest.v1+json'
const accepting = (path: string, accept: string) => system.call(path, { headers: { accept } })

/** A call as it goes over the wire: nothing is added, followed, or unpacked. */
function bare(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>(
    (resolve, reject) => {
      rawRequest(`${system.url}${path}`, { method, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(parts),
          }),
        )
      })
        .on('error', reject)
        .end()
    },
  )
}

t.test('S4.1 the version is asked for by media type or prefix; another is 406', async (t) => {
  for (const path of ['/', '/account', '/account/positions', '/executions', '/market/AAPL']) {
    const { answer, body } = await accepting(path, V1)
    t.equal(answer.status, 200, path)
    t.match(answer.headers.get('content-type'), V1, path)
    t.ok(body)
    const other = await accepting(path, 'application/vnd.ibrest.v2+json')
    t.equal(other.answer.status, 406, path)
    t.match(other.body, { code: 'REQUEST_NOT_ACCEPTABLE', detail: /v2/ })
  }
  t.equal((await system.call('/api/v1/account')).answer.status, 200)
  const { answer, body } = await system.call('/api/v2/account')
  t.equal(answer.status, 406)
  t.match(body.detail, /v1/)
  const several = await accepting('/account', `application/vnd.ibrest.v2+json, ${V1};q=0.5`)
  t.equal(several.answer.status, 200, 'whoever names one that is there as well gets that')
})

t.test('C3 an Accept that cannot be met is 406 on every read, and nothing is asked', async (t) => {
  const reads = operations.filter(
    ({ method, socket, url }) => method === 'GET' && !socket && !url.includes(':file'),
  )
  for (const { url } of reads) {
    const path = url.replace(':symbol', 'AAPL').replace(':id', '0.1').replace(/:\w+/, 'x')
    const { answer, body } = await accepting(path, 'image/png')
    t.equal(answer.status, 406, path)
    t.equal(body.code, 'REQUEST_NOT_ACCEPTABLE', path)
  }
  for (const accept of ['*/*', 'application/json', 'application/*', 'text/html, */*;q=0.8'])
    t.equal((await accepting('/account', accept)).answer.status, 200, accept)
})

t.test('S4.12 queries are read, bodies are JSON', async (t) => {
  t.equal((await system.call('/contract?symbol=AAPL')).answer.status, 200)
  const headers = { 'content-type': 'text/plain' }
  const wrong = await system.call('/order/0.1', { method: 'PUT', headers, body: 'lmtPrice=1' })
  t.equal(wrong.answer.status, 415)
})

t.test('lists come as CSV, the gathered ones too', async (t) => {
  const { answer, body } = await accepting('/executions', 'text/csv')
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
  const [head = '', first = '', end] = String(body).split('\r\n')
  t.match(head, /^execId,id,clientId,orderId,.*,contract\.symbol,.*,commission/)
  t.equal(head.split(',').length, first.split(',').length)
  t.match(first, /,AAPL,/)
  t.equal(end, '', 'every line ends in CRLF')
  const bars = await accepting('/history/AAPL?pageSize=3', 'text/csv')
  t.match(bars.body, /^date,datetime,timestamp,open,high,low,close,volume,wap,count\r\n\d{8}/)
  t.equal(String(bars.body).trim().split('\r\n').length, 4)
  t.match(
    (await accepting('/account/positions', 'text/csv')).body,
    /^account,contract\.conId,.*\r\nDU1/,
  )
  const some = await accepting('/account/positions?view=summary', 'text/csv')
  t.match(some.body, /^account,contract\.conId,contract\.symbol,contract\.secType,position\r\n/)
  t.equal((await accepting('/account', 'text/csv')).answer.status, 406, 'what is no table')
})

t.test('S3.22 values may be wild-carded, blank means all', async (t) => {
  const like = async (pattern: string) => {
    const { answer, body } = await system.call(`/contract?symbol=${encodeURIComponent(pattern)}`)
    t.equal(answer.status, 200, pattern)
    return {
      symbols: new Set<string>(body.map(({ symbol }: { symbol: string }) => symbol)),
      from: answer.headers.get('ibrest-search'),
      rows: body,
    }
  }
  const found = await like('AA*')
  t.equal(found.from, 'gateway')
  t.ok(found.symbols.has('AAPL'))
  t.ok([...found.symbols].every((symbol) => symbol.startsWith('AA')))
  t.match(found.rows[0], { conId: Number, longName: String, secType: String })
  t.ok((await like('AAP_')).symbols.has('AAPL'))
  t.notOk((await like('AA_')).symbols.has('AAPL'), '_ is one character')
  t.equal((await like('_A*')).from, 'known', 'IB searches by beginnings')
  t.equal((await like('')).from, 'known')
  const count = async (path: string) => (await system.call(path)).body.length
  for (const path of ['/executions', '/account/positions', '/order/filled', '/order/completed']) {
    const all = await count(path)
    t.ok(all > 0, path)
    for (const pattern of ['A*', '_A*', '*', '', 'AAPL', 'aap_'])
      t.equal(await count(`${path}?symbol=${pattern}`), all, `${path} ${pattern}`)
    t.equal(await count(`${path}?symbol=B*`), 0, path)
  }
  const beside = await system.call('/contract?symbol=A*&strike=5')
  t.match(beside.body, { status: 422, errors: [{ field: 'strike', code: 'not_allowed' }] })
})

t.test('S3.21 the prefix request. is taken everywhere a name is', async (t) => {
  const { body } = await system.call('/contract?request.symbol=EUR&request.secType=CASH')
  t.match(body, [{ symbol: 'EUR', secType: 'CASH' }])
  const path = '/order?request.orderId=7.5&request.clientId=7'
  const { body: gone } = await system.call(path, { method: 'DELETE' })
  t.equal(gone.code, 'PROXY_UNKNOWN_ORDER', 'the owner is found by it')
  const twice = await system.call('/contract?symbol=AAPL&request.symbol=MSFT')
  t.equal(twice.answer.status, 422, 'two names for one thing are not guessed between')
})

t.test('S3.23 the id of a request is echoed', async (t) => {
  for (const path of ['/beacon', '/account', '/executions', '/nowhere']) {
    const { answer } = await system.call(path, { headers: { 'x-request-id': 'desk-1:42' } })
    t.equal(answer.headers.get('x-request-id'), 'desk-1:42', path)
    t.match((await system.call(path)).answer.headers.get('x-request-id'), /^[\w.:-]{6,}$/, path)
  }
})

t.test('S1.N6 one word names a contract', async (t) => {
  const { body: details } = await system.call('/contract?symbol=EUR.USD')
  t.match(details, [{ symbol: 'EUR', secType: 'CASH', currency: 'USD' }])
  const { conId } = details[0]
  t.match((await system.call(`/contract?symbol=${conId}`)).body, [{ conId, symbol: 'EUR' }])
  t.match((await system.call(`/market/${conId}`)).body, { contract: { conId } })
  const futures = (await system.call('/contract?symbol=ES&secType=FUT')).body
  const { localSymbol } = futures[0]
  t.match(localSymbol, /^ES[FGHJKMNQUVXZ]\d$/)
  t.match((await system.call(`/contract?symbol=${localSymbol}`)).body, [{ localSymbol }])
  t.equal((await system.call(`/history/${localSymbol}?durationStr=1800%20S`)).answer.status, 200)
  const options = (await system.call('/contract?symbol=AAPL&secType=OPT&right=C')).body
  const code = options[0].localSymbol
  for (const written of [code, code.replace(/ /g, '')]) {
    const { body } = await system.call(`/contract?symbol=${encodeURIComponent(written)}`)
    t.match(body, [{ secType: 'OPT', localSymbol: code, strike: options[0].strike, right: 'C' }])
    t.equal((await system.call(`/market/${encodeURIComponent(written)}`)).answer.status, 200)
  }
  const order = { symbol: 'EUR.USD', action: 'BUY', totalQuantity: 20_000, orderType: 'MKT' }
  t.match((await system.order(order)).body, { contract: { symbol: 'EUR', secType: 'CASH' } })
  const stock = await system.call('/contract?symbol=EUR.USD&secType=STK')
  t.match(stock.body, { status: 422, code: 'IB_UNKNOWN_CONTRACT' }, 'said to be a stock it is one')
})

t.test('what a description fits is told with candidates', async (t) => {
  const { answer, body } = await system.call('/market/ES?secType=FUT')
  t.equal(answer.status, 422)
  t.match(body, { errors: [{ field: 'symbol', code: 'not_found' }] })
  t.ok(body.candidates.length > 1)
  t.match(body.candidates[0], { conId: Number, localSymbol: /^ES/, secType: 'FUT' })
})

t.test('S4.25 the root tells the system and every URI with its verbs', async (t) => {
  const { body } = await system.call('/')
  t.match(body, { hostname: String, systems: ['DU1'], limits: { pageSize: Number } })
  t.same(body.groups.orders['/order'].sort(), ['DELETE', 'GET', 'POST'])
  t.ok(body.endpoints['/order/{id}'].PUT)
  for (const { tag, url } of operations)
    t.ok(body.groups[tag][url.replace(/:(\w+)/g, '{$1}')], `${tag} ${url}`)
})

t.test('S4.26 /config tells the system, /config/{symbol} a contract', async (t) => {
  const { body } = await system.call('/config')
  t.match(body, {
    versions: ['v1'],
    accounts: ['DU1'],
    pool: { clients: [0, 1] },
    limits: { defaultDeadlineSeconds: 20, pacing: Array },
    tradingMode: String,
  })
  t.equal((await system.call('/config?x=1')).answer.status, 422)
  const { answer, body: apple } = await system.call('/config/AAPL')
  t.equal(answer.status, 200)
  t.match(apple, {
    contract: { symbol: 'AAPL' },
    minTick: Number,
    timeZoneId: String,
    priceRules: [{ marketRuleId: Number, increments: [{ lowEdge: 0, increment: Number }] }],
    units: { currency: 'USD', quantity: 'shares', cost: 'USD' },
    sizeIncrement: Number,
  })
  const [session] = apple.liquidHours
  t.match(session, { opens: /Z$/, opensTimestamp: Number, closes: /Z$/ })
  t.equal(Date.parse(session.opens) / 1000, session.opensTimestamp)
  t.ok(session.closesTimestamp > session.opensTimestamp)
  t.match((await system.call('/config/EUR.USD')).body.units, { quantity: 'EUR', price: 'USD' })
})

t.test('who has an answer already is told so', async (t) => {
  const closed = '/history/AAPL?endDateTime=20250415-20:00:00&barSizeSetting=1%20hour'
  for (const path of [
    '/contract?symbol=AAPL',
    '/contract/search?symbol=AAPL',
    '/config/AAPL',
    closed,
  ]) {
    const first = await bare(path)
    const etag = String(first.headers.etag)
    t.equal(first.status, 200)
    t.match(etag, /^W\/"[\w-]{22}"$/, path)
    t.match(first.headers['cache-control'], /^private, max-age=\d+$/, path)
    const second = await bare(path, { 'if-none-match': `"other", ${etag}` })
    t.equal(second.status, 304, path)
    t.equal(second.headers.etag, etag)
    t.equal(second.body.length, 0)
    t.equal((await bare(path, { 'if-none-match': '"other"' })).status, 200, path)
  }
  t.equal((await bare('/history/AAPL')).headers.etag, undefined, 'it is not over yet')
  for (const path of ['/executions', '/account/positions', '/order', '/market/AAPL'])
    t.equal((await bare(path)).headers['cache-control'], 'no-store', path)
})

t.test('large answers are packed for who asks for it', async (t) => {
  const closed = '/history/AAPL?endDateTime=20250415-20:00:00'
  for (const path of [closed, '/contract?symbol=ES&secType=FUT', '/']) {
    const plain = await bare(path)
    t.equal(plain.headers['content-encoding'], undefined, path)
    if (path === '/') continue
    t.match(plain.headers.vary, /accept-encoding/, path)
    for (const encoding of ['gzip', 'br']) {
      const packed = await bare(path, { 'accept-encoding': encoding, 'cache-control': 'no-cache' })
      t.equal(packed.headers['content-encoding'], encoding, path)
      t.ok(packed.body.length < plain.body.length / 2, path)
      const unpacked = await fetch(`${system.url}${path}`, {
        headers: { 'accept-encoding': encoding },
      })
      t.equal((await unpacked.text()).length, plain.body.length, path)
    }
  }
  const small = await bare('/account', { 'accept-encoding': 'gzip' })
  t.equal(small.headers['content-encoding'], undefined, 'small ones are not')
})

t.test('S4.17 moves for good are 301 and 308, for now 307', async (t) => {
  const moved = async (path: string, method = 'GET') => {
    const { status, headers } = await bare(path, {}, method)
    return { status, location: headers.location, deprecation: headers.deprecation }
  }
  t.match(await moved('/orders/0.1?x=1', 'PUT'), { status: 308, location: '/order/0.1?x=1' })
  t.match(await moved('/contracts?symbol=AAPL'), {
    status: 301,
    location: '/contract?symbol=AAPL',
    deprecation: /^@\d+$/,
  })
  t.match(await moved('/accounts/summary'), { status: 301, location: '/account/summary' })
  t.match(await moved('/api/latest/order?all=true', 'DELETE'), {
    status: 307,
    location: '/api/v1/order?all=true',
    deprecation: undefined,
  })
  const { answer } = await system.call('/api/latest/account')
  t.equal(answer.status, 200, 'clients follow')
})

t.test('D.4 aliases say that they are, and the trace of a call goes on', async (t) => {
  const alias = await bare('/historical/AAPL?durationStr=1800%20S')
  t.equal(alias.status, 200)
  t.match(alias.headers.deprecation, /^@\d+$/)
  t.equal((await bare('/history/AAPL?durationStr=1800%20S')).headers.deprecation, undefined)
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const { body } = await system.call('/clients/1/test', { headers: { traceparent } })
  t.equal(body.headers.traceparent, traceparent, 'as the instance saw it')
})

t.test('all parts and forms of a history are cut from one answer of IB', async (t) => {
  const asked = async () => {
    const counts = await Promise.all(
      system.instances.map(({ metric }, clientId) =>
        metric(
          `ibrest_ib_request_duration_seconds_count{client_id="${clientId}",op="historicalData"`,
        ),
      ),
    )
    return counts.reduce((sum, each) => sum + (each || 0), 0)
  }
  const path = '/history/MSFT?durationStr=600%20S&barSizeSetting=5%20secs'
  const whole = (await system.call(path)).body
  const before = await asked()
  t.ok(before > 0)
  const size = 50
  const { answer, body } = await system.call(`${path}&pageSize=${size}`, {
    headers: { range: 'page=2' },
  })
  t.equal(answer.status, 206)
  t.equal(answer.headers.get('ibrest-cache'), 'hit')
  t.match(answer.headers.get('content-range'), /^page 2-2\/\d+$/)
  t.same(body.bars, whole.bars.slice(size, 2 * size))
  t.match(
    answer.headers.get('link'),
    /<\?durationStr=600\+S&barSizeSetting=5\+secs&pageSize=50&page=1>/,
  )
  const { timestamp } = whole.bars[10]
  const window = await system.call(path, { headers: { range: `timestamp=${timestamp}-` } })
  t.same(window.body.bars, whole.bars.slice(10))
  t.equal(
    window.answer.headers.get('content-range'),
    `timestamp 11-${whole.bars.length}/${whole.bars.length}`,
  )
  const csv = await accepting(`${path}&maxRows=2`, 'text/csv')
  t.equal(String(csv.body).trim().split('\r\n').length, 3)
  t.same((await accepting(path, V1)).body, whole)
  const beyond = await system.call(`${path}&page=99`)
  t.equal(beyond.answer.status, 416)
  t.match(beyond.answer.headers.get('content-range'), /^page \*\/\d+$/)
  t.equal((await system.call(`${path}&page=0`)).answer.status, 422)
  t.equal(await asked(), before, 'IB was asked once')
})
