import t from 'tap'
import { AS_PROXY, type System, startSystem } from '../rig/system.ts'

let system: System
t.before(async () => {
  system = await startSystem(t, { poolSize: 2 })
})

type Json = Record<string, unknown>

async function get(path: string): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await fetch(`${system.url}${path}`)
  return { status: answer.status, body: await answer.json(), headers: answer.headers }
}

async function rows(path: string): Promise<Json[]> {
  const { status, body } = await get(path)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body as Json[]
}

t.test('GET /contract gives everything IB knows of it', async (t) => {
  const [apple] = await rows('/contract?symbol=AAPL')
  t.match(apple, {
    symbol: 'AAPL',
    secType: 'STK',
    currency: 'USD',
    conId: Number,
    minTick: Number,
    longName: String,
  })
  const [euro] = await rows('/contract?symbol=EUR&secType=CASH')
  t.match(euro, { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', strike: null })
  t.ok((await rows('/contract?symbol=ES&secType=FUT&exchange=CME')).length >= 2, 'several expiries')
})

t.test('GET /contract/search finds by the beginning of a symbol', async (t) => {
  const found = await rows('/contract/search?symbol=AAP')
  t.ok(found.some(({ symbol }) => symbol === 'AAPL'))
  t.match(found[0], { conId: Number, secType: String, derivativeSecTypes: Array })
})

t.test('an unknown contract is 422 with IB’s own words', async (t) => {
  for (const path of ['/contract?symbol=NOSUCH', '/market/NOSUCH', '/history/NOSUCH']) {
    const { status, body } = await get(path)
    t.equal(status, 422, path)
    t.match(body, {
      code: 'IB_UNKNOWN_CONTRACT',
      errorCode: 200,
      errorMsg: /No security definition/,
      status: 422,
    })
  }
})

t.test('GET /market/{symbol} shows a market that is one', async (t) => {
  const { body } = await get('/market/AAPL')
  const quote = body as Record<string, number> & { contract: Json }
  t.match(quote, {
    contract: { symbol: 'AAPL' },
    marketDataType: 'live',
    bid: Number,
    ask: Number,
    last: Number,
  })
  t.ok((quote.bid ?? 0) < (quote.ask ?? 0))
  t.ok((quote.bid ?? 0) > 0)
})

t.test('GET /history/{symbol} has S0.s1’s defaults; /historical is the same', async (t) => {
  const { body } = await get('/history/AAPL')
  const history = body as { bars: Record<string, number>[] } & Json
  t.match(history, {
    barSizeSetting: '1 min',
    durationStr: '1 D',
    whatToShow: 'TRADES',
    useRTH: false,
  })
  t.ok(history.bars.length > 100)
  for (const bar of history.bars) {
    if (
      !(
        (bar.low ?? 0) <= (bar.open ?? 0) &&
        (bar.high ?? 0) >= (bar.close ?? 0) &&
        (bar.low ?? 0) <= (bar.high ?? 0)
      )
    )
      t.fail(JSON.stringify(bar))
  }
  const times = history.bars.map(({ timestamp }) => timestamp ?? 0)
  t.same(
    times,
    [...times].sort((a, b) => a - b),
    'oldest first',
  )
  const daily = (await get('/historical/SPY?barSizeSetting=1%20day&durationStr=5%20D')).body as {
    bars: Json[]
  }
  t.ok(daily.bars.length >= 3 && daily.bars.length <= 6)
  t.match(daily.bars[0], { date: /^\d{8}$/ })
})

t.test(
  'the accounts: managed, summary, update with portfolio, positions, profit and loss',
  async (t) => {
    const { accounts } = (await get('/account')).body as { accounts: string[] }
    const account = accounts[0] ?? ''
    t.match(account, /^DU\d+/)
    const summary = await rows(
      '/account/summary?tags=NetLiquidation,TotalCashValue&tag=BuyingPower',
    )
    t.ok(
      ['NetLiquidation', 'TotalCashValue', 'BuyingPower'].every((tag) =>
        summary.some((row) => row.tag === tag && row.account === account),
      ),
    )
    for (const path of ['/account/update', '/account/updates']) {
      const { body, headers } = await get(`${path}?acctCode=${account}`)
      const update = body as { values: Json[] } & Json
      t.match(update, { account, portfolio: Array })
      t.ok(update.values.some(({ tag }) => tag === 'NetLiquidation'))
      t.equal(headers.get('ibrest-client-id'), '0', 'the steward’s')
    }
    t.type(await rows('/account/positions'), Array)
    t.match((await get(`/account/pnl?account=${account}`)).body, { account, dailyPnL: Number })
  },
)

t.test('account questions that are wrong are refused by name', async (t) => {
  const missing = await get('/account/summary')
  t.equal(missing.status, 422)
  t.match(missing.body, { errors: [{ field: 'tags', code: 'missing', detail: /NetLiquidation/ }] })
  t.match((await get('/account/summary?tags=Wealth')).body, {
    status: 422,
    errors: [{ code: 'not_allowed' }],
  })
  t.match((await get('/account/update')).body, {
    status: 422,
    errors: [{ field: 'acctCode', code: 'missing' }],
  })
  t.match((await get('/account/positions?account=NOBODY')).body, {
    status: 422,
    errors: [{ code: 'not_found' }],
  })
})

t.test('an instance alone has the same API, and says who it is', async (t) => {
  const url = system.instanceUrl(1)
  const asProxy = { headers: AS_PROXY }
  t.match(await (await fetch(url, asProxy)).json(), { clientId: 1, connected: true })
  t.match(await (await fetch(`${url}/clients`, asProxy)).json(), {
    clientId: 1,
    connected: true,
    state: 'ready',
    overlaps: 0,
  })
  t.match(await (await fetch(`${url}/beacon`)).json(), { alive: true })
  t.match(await (await fetch(`${url}/test?x=1`, asProxy)).json(), {
    path: '/test',
    query: { x: '1' },
  })
  t.match(await (await fetch(`${url}/account`, asProxy)).json(), { clientId: 1 })
  t.equal((await fetch(`${url}/account`, { method: 'PUT', ...asProxy })).status, 405)
  t.match(
    await (await fetch(`${url}/metrics`)).text(),
    /ibrest_ib_request_duration_seconds_count\{.*op="/,
  )
})
