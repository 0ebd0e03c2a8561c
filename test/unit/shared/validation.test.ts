import t from 'tap'
import { getHistory } from '../../../shared/api/market.ts'
import { placeOrder } from '../../../shared/api/orders.ts'
import { createService } from '../../../shared/service.ts'

interface Told {
  readonly status: number
  readonly body: {
    errors?: { field: string; code: string; endpoint: string; pointer: string }[]
  } & Record<string, unknown>
}

const app = createService({ name: 'test', logLevel: 'silent', bodyLimitBytes: 65_536 })
app.route({
  method: 'POST',
  url: '/order',
  schema: { body: placeOrder.schema.body },
  handler: async (request) => request.body,
})
app.route({
  method: 'GET',
  url: '/history/:symbol',
  schema: { params: getHistory.schema.params, querystring: getHistory.schema.querystring },
  handler: async (request) => request.query,
})
t.before(() => app.ready())
t.teardown(() => app.close())

async function post(body: unknown): Promise<Told> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const { statusCode, body: text } = await app.inject({
    method: 'POST',
    url: '/order',
    headers: { 'content-type': 'application/json' },
    payload,
  })
  return { status: statusCode, body: JSON.parse(text) }
}

const valid = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }

async function codesOf(change: object): Promise<string[]> {
  const { status, body } = await post({ ...valid, ...change })
  return status === 200 ? [] : (body.errors ?? []).map(({ field, code }) => `${field}:${code}`)
}

t.test('S4.16 every wrong field is named at once, with TESS’ triple', async (t) => {
  const { status, body } = await post({
    symbol: 5,
    totalQuantity: -1,
    orderType: 'LMT',
    colour: 'red',
  })
  t.equal(status, 422)
  t.match(body, { code: 'REQUEST_INVALID', retryable: false })
  const told = body.errors?.map(({ field, code }) => `${field}:${code}`) ?? []
  t.same(told.sort(), [
    'action:missing',
    'colour:not_allowed',
    'lmtPrice:missing',
    'symbol:not_string',
    'totalQuantity:is_negative',
    'totalQuantity:not_positive',
  ])
  t.match(body.errors?.[0], { endpoint: '/order' })
})

t.test('each kind of mistake has its code', async (t) => {
  const cases: [object, string[]][] = [
    [{}, []],
    [{ totalQuantity: 0 }, ['totalQuantity:is_zero']],
    [{ totalQuantity: 'ten' }, ['totalQuantity:not_numeric']],
    [{ totalQuantity: '10' }, []],
    [{ totalQuantity: 1e12 }, ['totalQuantity:too_large']],
    [{ totalQuantity: null }, ['totalQuantity:not_numeric']],
    [{ action: 'buy' }, ['action:not_allowed']],
    [{ orderType: 'STP LMT' }, ['lmtPrice:missing', 'auxPrice:missing']],
    [{ transmit: 'yes' }, ['transmit:not_boolean']],
    [{ transmit: 'false' }, []],
    [{ ocaType: 1.5 }, ['ocaType:not_integer']],
    [{ ocaType: 9 }, ['ocaType:too_large']],
    [{ symbol: undefined }, ['symbol:missing']],
    [{ symbol: undefined, conId: 265598 }, []],
    [{ secType: 'BAG' }, ['comboLegs:missing']],
    [{ secType: 'BAG', comboLegs: [{ ratio: 0, action: 'BUY' }] }, ['comboLegs.0.ratio:is_zero']],
    [{ secType: 'BAG', comboLegs: {} }, ['comboLegs:not_array']],
  ]
  for (const [change, codes] of cases) t.same(await codesOf(change), codes, JSON.stringify(change))
})

t.test('a list of orders is judged order by order', async (t) => {
  t.equal((await post([valid, valid])).status, 200)
  const { body } = await post([valid, { ...valid, action: 'HOLD' }])
  t.match(body.errors, [{ field: '1.action', code: 'not_allowed', pointer: '/1/action' }])
  t.match((await post([])).body.errors, [{ field: 'body', code: 'too_small' }])
})

t.test(
  'S4.15 what is no JSON is 400, what is no object 422, what is no JSON type 415',
  async (t) => {
    t.match(await post('{"symbol":'), {
      status: 400,
      body: { code: 'REQUEST_UNPARSABLE', message: 'JSON cannot be parsed' },
    })
    t.match(await post('5'), {
      status: 422,
      body: { errors: [{ field: 'body', code: 'not_object' }] },
    })
    t.equal((await post('{"__proto__": {"a": 1}}')).status, 400)
    const form = await app.inject({
      method: 'POST',
      url: '/order',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'symbol=AAPL',
    })
    t.equal(form.statusCode, 415)
  },
)

t.test('query texts become numbers and truth values, defaults are S0.s1’s', async (t) => {
  const { body } = await app.inject('/history/AAPL?useRTH=true&conId=265598')
  t.same(JSON.parse(body), {
    useRTH: true,
    conId: 265598,
    durationStr: '1 D',
    barSizeSetting: '1 min',
    whatToShow: 'TRADES',
    formatDate: 2,
  })
  for (const [text, truth] of Object.entries({ 1: true, 0: false, false: false })) {
    const said = await app.inject(`/history/AAPL?useRTH=${text}`)
    t.equal(JSON.parse(said.body).useRTH, truth, text)
  }
  t.equal((await app.inject('/history/AAPL?useRTH=2')).statusCode, 422)
  const wrong = await app.inject('/history/AAPL?barSizeSetting=7+mins&durationStr=forever&typo=1')
  t.equal(wrong.statusCode, 422)
  const fields = (JSON.parse(wrong.body) as Told['body']).errors?.map(({ field }) => field).sort()
  t.same(fields, ['barSizeSetting', 'durationStr', 'typo'])
  const details = (JSON.parse(wrong.body) as Told['body']).detail
  t.match(
    details,
    /durationStr has the wrong form; a number and S, D, W, M or Y/,
    'says what would be right',
  )
})
