import t from 'tap'
import { IN } from '../rig/fake-gateway.ts'
import { stockDetails } from '../rig/fake-messages.ts'
import { instanced, type Simulated, simulated } from '../rig/instanced.ts'

const parameters = '/market/scanners/parameters'
const xmlPlease = { accept: 'application/xml' }
const soon = { 'x-deadline-ms': '150' }

/** How often the simulated gateway was sent such a message. */
function sent({ simulator }: Simulated, message: string): number {
  return simulator.tally.toJSON()[0]?.in[message] ?? 0
}

t.test('scanner parameters say what can be scanned, where, with what, by what', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call(parameters)
  t.equal(answer.status, 200)
  t.match(
    body.instruments.find(({ type }: { type: string }) => type === 'STK'),
    { name: 'US Stocks', secType: 'STK', filters: ['PRICE'] },
  )
  t.match(
    body.locations.find(
      ({ locationCode }: { locationCode: string }) => locationCode === 'STK.US.MAJOR',
    ),
    { name: String, instruments: ['STK'] },
  )
  t.match(
    body.scanCodes.find(({ scanCode }: { scanCode: string }) => scanCode === 'TOP_PERC_GAIN'),
    { name: String, instruments: Array },
  )
  t.match(
    body.filters.find(({ id }: { id: string }) => id === 'PRICE'),
    { fields: [{ code: 'priceAbove', type: 'double' }, { code: 'priceBelow' }] },
  )
})

t.test('the second who asks costs no message, in either form; no-cache asks IB', async (t) => {
  const it = await simulated(t)
  const first = await it.call(parameters)
  t.equal(first.answer.headers.get('age'), '0')
  t.match(first.answer.headers.get('cache-control'), 'private')
  t.equal(first.answer.headers.get('vary'), 'accept')
  t.strictSame((await it.call(parameters)).body, first.body)
  const xml = await fetch(it.url + parameters, { headers: xmlPlease })
  t.match(xml.headers.get('content-type'), /^application\/xml/)
  t.equal(xml.headers.get('content-security-policy'), 'sandbox')
  t.match(await xml.text(), /^<\?xml.*<ScanParameterResponse>.*<\/ScanParameterResponse>\s*$/s)
  t.equal(sent(it, 'reqScannerParameters'), 1)
  await it.call(parameters, { headers: { 'cache-control': 'no-cache' } })
  t.equal(sent(it, 'reqScannerParameters'), 2)
})

t.test('who has it is told so: 304, for each form by its own tag', async (t) => {
  const it = await simulated(t)
  const etag = (await it.call(parameters)).answer.headers.get('etag') ?? ''
  t.match(etag, /^"[\w-]+"$/)
  const known = await fetch(it.url + parameters, { headers: { 'if-none-match': `"x", W/${etag}` } })
  t.equal(known.status, 304)
  t.equal(await known.text(), '')
  t.equal(known.headers.get('etag'), etag)
  const headers = { 'if-none-match': etag, ...xmlPlease }
  const other = await fetch(it.url + parameters, { headers })
  t.equal(other.status, 200)
  t.equal(sent(it, 'reqScannerParameters'), 1, 'fetch says no-cache beside If-None-Match')
  t.not(other.headers.get('etag'), etag)
  await other.text()
})

t.test('what nobody can be given is 406, an unknown field 422, silence 504', async (t) => {
  const { call, gateway } = await instanced(t)
  const picture = await call(parameters, { headers: { accept: 'image/png' } })
  t.equal(picture.answer.status, 406)
  const misspelt = await call(`${parameters}?instrument=STK`)
  t.equal(misspelt.answer.status, 422)
  t.match(misspelt.body.errors, [{ field: 'instrument', code: 'not_allowed' }])
  t.equal(gateway.count(IN.REQ_SCANNER_PARAMETERS), 0)
  const silent = await call(parameters, { headers: soon })
  t.equal(silent.answer.status, 504)
  t.match(silent.body, { code: 'INSTANCE_QUERY_TIMEOUT', detail: /scannerParameters/ })
})

t.test('a document that cannot be read is said so, and can be had as it is', async (t) => {
  const { call, url, gateway } = await instanced(t)
  const torn = '<ScanParameterResponse><InstrumentList>'
  gateway.on(IN.REQ_SCANNER_PARAMETERS, (api) => api.say(19, 1, torn))
  const { answer, body } = await call(parameters)
  t.equal(answer.status, 502)
  t.match(body, { code: 'INSTANCE_DOCUMENT_UNREADABLE', detail: /application\/xml/ })
  t.equal(await (await fetch(url + parameters, { headers: xmlPlease })).text(), torn)
  const whole = '<ScanParameterResponse/>'
  gateway.on(IN.REQ_SCANNER_PARAMETERS, (api) => api.say(19, 1, whole))
  t.match(await call(parameters), { answer: { status: 200 }, body: { scanCodes: [] } })
})

t.test('a report is told as it is, with what is simple to read of it', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/fundamental/AAPL')
  t.equal(answer.status, 200)
  t.match(body, {
    contract: { conId: 265598, symbol: 'AAPL' },
    reportType: 'ReportSnapshot',
    parsed: { company: { CompanyName: 'APPLE INC' }, ratios: { MKTCAP: Number, PDATE: String } },
    xml: /^<\?xml.*<ReportSnapshot /s,
  })
  const parsed: Record<string, object | null> = {
    ReportsFinSummary: { eps: [{ value: Number }], dividends: Array },
    ReportRatios: { ratios: { NPRICE: Number } },
    ReportsFinStatements: { statements: [{ type: 'INC', items: { SREV: Number } }] },
    CalendarReport: { earnings: [{ date: String }] },
    RESC: null,
  }
  for (const [reportType, expected] of Object.entries(parsed)) {
    const { body } = await it.call(`/fundamental/AAPL?reportType=${reportType}`)
    t.match(body, { reportType, parsed: expected, xml: /^<\?xml/ }, reportType)
  }
})

t.test('a report is kept per contract and kind, however the contract is named', async (t) => {
  const it = await simulated(t)
  const { body, answer } = await it.call('/fundamental/AAPL')
  const again = await it.call('/fundamental/AAPL?conId=265598')
  t.strictSame(again.body, body)
  const xml = await fetch(`${it.url}/fundamental/AAPL`, { headers: xmlPlease })
  t.equal(await xml.text(), body.xml)
  t.match(xml.headers.get('age'), /^\d+$/)
  const headers = { 'if-none-match': answer.headers.get('etag') ?? '' }
  t.equal((await fetch(`${it.url}/fundamental/AAPL`, { headers })).status, 304)
  t.equal(sent(it, 'reqFundamentalData'), 1)
  await it.call('/fundamental/AAPL?reportType=RESC')
  await it.call('/fundamental/MSFT')
  t.equal(sent(it, 'reqFundamentalData'), 3)
})

t.test('reports: who has none, is unknown, asks for what there is not', async (t) => {
  const it = await simulated(t)
  const fund = await it.call('/fundamental/SPY')
  t.equal(fund.answer.status, 404)
  t.match(fund.body, { code: 'IB_NO_FUNDAMENTALS', errorCode: 430 })
  await it.call('/fundamental/SPY')
  t.equal(sent(it, 'reqFundamentalData'), 2, 'a refusal is not kept')
  const nobody = await it.call('/fundamental/NOSUCH')
  t.equal(nobody.answer.status, 422)
  t.match(nobody.body, { code: 'IB_UNKNOWN_CONTRACT' })
  const wrong = await it.call('/fundamental/AAPL?reportType=Gossip')
  t.equal(wrong.answer.status, 422)
  t.match(wrong.body.errors, [{ field: 'reportType', code: 'not_allowed' }])
})

t.test(
  'reports: silence is 504 and taken back, no permission 403, torn XML given as it is',
  async (t) => {
    const { call, gateway } = await instanced(t)
    gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) =>
      api.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
    )
    const silent = await call('/fundamental/AAPL', { headers: soon })
    t.equal(silent.answer.status, 504)
    t.match(silent.body.detail, /fundamentalData/)
    gateway.on(IN.REQ_FUNDAMENTAL_DATA, (api, [, , reqId = '']) =>
      api.say(4, 2, reqId, 10358, 'Fundamentals data is not allowed', ''),
    )
    const refused = await call('/fundamental/AAPL')
    t.equal(refused.answer.status, 403)
    t.match(refused.body, { code: 'IB_NOT_PERMITTED', errorCode: 10358 })
    gateway.on(IN.REQ_FUNDAMENTAL_DATA, (api, [, , reqId = '']) => api.say(51, 1, reqId, '<torn>'))
    const torn = await call('/fundamental/AAPL')
    t.equal(torn.answer.status, 200)
    t.match(torn.body, { parsed: null, xml: '<torn>' })
    gateway.on(IN.REQ_FUNDAMENTAL_DATA, (api, [, , reqId = '']) =>
      api.say(51, 1, reqId, '<ReportSnapshot/>'),
    )
    t.match((await call('/fundamental/AAPL')).body, { parsed: { ratios: {} } }, 'it was not kept')
  },
)

t.test('an option chain tells expirations and strikes by exchange', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await it.call('/contract/265598/options')
  t.equal(answer.status, 200)
  t.match(body[0], { exchange: 'SMART', underlyingConId: 265598, tradingClass: 'AAPL' })
  t.equal(body[0].multiplier, '100')
  for (const { expirations, strikes } of body) {
    t.match(expirations[0], /^\d{8}$/)
    t.strictSame(expirations, [...expirations].sort())
    t.strictSame(
      strikes,
      [...strikes].sort((a: number, b: number) => a - b),
    )
  }
  const one = await it.call('/contract/265598/options?exchange=CBOE')
  t.strictSame(
    one.body.map(({ exchange }: { exchange: string }) => exchange),
    ['CBOE'],
  )
})

t.test('option chains: none, of nobody, of no number, and none in time', async (t) => {
  const it = await simulated(t)
  const [fund] = (await it.call('/contract?symbol=EUR&secType=CASH')).body
  t.strictSame((await it.call(`/contract/${fund.conId}/options`)).body, [])
  const nobody = await it.call('/contract/999999999/options')
  t.equal(nobody.answer.status, 422)
  t.match(nobody.body, { code: 'IB_UNKNOWN_CONTRACT' })
  const word = await it.call('/contract/AAPL/options')
  t.equal(word.answer.status, 422)
  t.match(word.body.errors, [{ field: 'conId' }])
  const { call, gateway } = await instanced(t)
  gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) =>
    api.sayAll(stockDetails(reqId, {}), [52, 1, reqId]),
  )
  gateway.on(IN.REQ_SEC_DEF_OPT_PARAMS, (api, [, reqId = '']) =>
    api.say(75, reqId, 'SMART', 265598, 'AAPL', 100, 1, '20261218', 1, 150),
  )
  const half = await call('/contract/265598/options', { headers: soon })
  t.equal(half.answer.status, 504, 'half a chain is none')
  t.match(half.body.detail, /optionChain/)
})

t.test('options on a future are asked for at its exchange, on all else at none', async (t) => {
  const { call, gateway } = await instanced(t)
  let secType = 'FUT'
  gateway.on(IN.REQ_CONTRACT_DATA, (api, [, , reqId = '']) => {
    const details = stockDetails(reqId, { symbol: 'ES', conId: 495512 })
    api.sayAll(
      details.map((field, at) => (at === 3 ? secType : at === 7 ? 'CME' : field)),
      [52, 1, reqId],
    )
  })
  gateway.on(IN.REQ_SEC_DEF_OPT_PARAMS, (api, [, reqId = '']) => api.say(76, reqId))
  await call('/contract/495512/options')
  t.strictSame(gateway.last(IN.REQ_SEC_DEF_OPT_PARAMS)?.slice(2), ['ES', 'CME', 'FUT', '495512'])
  secType = 'IND'
  await call('/contract/495513/options')
  t.strictSame(gateway.last(IN.REQ_SEC_DEF_OPT_PARAMS)?.slice(2), ['ES', '', 'IND', '495512'])
})

t.test('S4.1 a document of IB comes under the name of the version too', async (t) => {
  const { call } = await simulated(t)
  const version = 'application/vnd.ibrest.v1+json'
  const { answer, body } = await call(parameters, { headers: { accept: version } })
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), version)
  t.ok(body.instruments.length > 0)
})
