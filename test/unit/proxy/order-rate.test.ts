import t from 'tap'
import { callerOf, MAX_CALLERS, OrderRate, ordersIn } from '../../../proxy/order-rate.ts'

function rate(perMinute: number | undefined) {
  const clock = { now: 1_000_000 }
  return { clock, rate: new OrderRate({ anonymous: { perMinute } }, () => clock.now) }
}

const passes = (rate: OrderRate, caller = 'a', orders = 1) =>
  rate.admit(caller, orders).refusal === undefined

t.test('so many go within any minute, and the next when the oldest is a minute old', (t) => {
  const { clock, rate: it } = rate(2)
  t.ok(passes(it))
  clock.now += 40_000
  t.ok(passes(it))
  clock.now += 10_000
  const { refusal, headers } = it.admit('a')
  t.match(refusal, { code: 'PROXY_ORDER_RATE', status: 429, retryable: true })
  t.match(refusal?.headers, { 'retry-after': '10', ratelimit: '"orders";r=0;t=10' })
  t.same(headers, {
    'ratelimit-policy': '"orders";q=2;w=60',
    ratelimit: '"orders";r=0;t=10',
    'ratelimit-limit': '2',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '10',
  })
  clock.now += 10_000
  t.ok(passes(it))
  t.notOk(passes(it))
  t.end()
})

t.test('a list counts as its orders: all of them go, or none', (t) => {
  const { rate: it } = rate(5)
  t.ok(passes(it, 'a', 3))
  t.notOk(passes(it, 'a', 3))
  t.ok(passes(it, 'a', 2))
  t.equal(it.admit('a', 6).refusal?.retryable, false, 'these never fit')
  t.end()
})

t.test('callers are counted apart, and without a limit nobody is', (t) => {
  const { rate: it } = rate(1)
  t.ok(passes(it, 'a'))
  t.ok(passes(it, 'b'))
  t.notOk(passes(it, 'a'))
  const { rate: free } = rate(undefined)
  for (let count = 0; count < 100; count += 1)
    t.same(free.admit('a'), { refusal: undefined, headers: {} })
  t.end()
})

t.test('callers beyond those that are kept share one count, until somebody is forgotten', (t) => {
  const { clock, rate: it } = rate(1)
  for (let caller = 0; caller < MAX_CALLERS; caller += 1) t.ok(passes(it, `caller ${caller}`))
  t.ok(passes(it, 'late'))
  t.notOk(passes(it, 'later'))
  t.notOk(passes(it, 'caller 0'), 'nobody is forgotten by a crowd')
  clock.now += 60_000
  t.ok(passes(it, 'later'))
  t.end()
})

t.test('a caller is what it authorises itself with, and never kept as it is', (t) => {
  t.equal(callerOf({}), 'anonymous')
  t.equal(callerOf({ authorization: '' }), 'anonymous')
  const bearer = callerOf({ authorization: 'Bearer secret' })
  t.notMatch(bearer, /secret/)
  t.not(bearer, callerOf({ 'x-api-key': 'secret' }))
  t.equal(bearer, callerOf({ authorization: 'Bearer secret' }))
  t.end()
})

t.test('what cannot be read counts as one order', (t) => {
  t.equal(ordersIn(undefined), 1)
  t.equal(ordersIn(Buffer.from('{"symbol":"AAPL"}')), 1)
  t.equal(ordersIn(Buffer.from(' [{},{},{}]')), 3)
  t.equal(ordersIn(Buffer.from('[]')), 1)
  t.equal(ordersIn(Buffer.from('[{')), 1)
  t.end()
})
