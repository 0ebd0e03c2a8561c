import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { Analysis } from '../../instance/analysis.ts'
import { judgeOfBody } from '../../shared/judged.ts'
import type { Gateway } from '../../simulator/gateway.ts'
import { type Reached, reach, simulated } from '../rig/instanced.ts'
import { bearer, keyFile } from '../rig/keyed.ts'
import { type Pooled, pooled } from '../rig/pooled.ts'
import { serveProxy } from '../rig/served-proxy.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

t.setTimeout(180_000)

const TRIAL = { 'x-analyze': '1' }
const resting = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
const market = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'MKT' }
const profit = { ...resting, action: 'SELL', lmtPrice: 5000 }
const stop = { symbol: 'AAPL', action: 'SELL', totalQuantity: 10, orderType: 'STP', auxPrice: 1 }

/** What the market is asked that is more than a question, from now on. */
function watch(simulator: Gateway): readonly string[] {
  const { desk } = simulator.world
  const asked: string[] = []
  const [place, cancel, cancelAll] = [desk.place, desk.cancel, desk.cancelAll]
  desk.place = (clientId, row) => {
    if (!row.whatIf) asked.push(`place ${row.orderId}`)
    place.call(desk, clientId, row)
  }
  desk.cancel = (clientId, orderId) => {
    asked.push(`cancel ${orderId}`)
    cancel.call(desk, clientId, orderId)
  }
  desk.cancelAll = () => {
    asked.push('cancel all')
    cancelAll.call(desk)
  }
  return asked
}

/** An order to analyze, whose wish is said to be for the proxy alone. */
async function hopByHop(url: string): Promise<unknown> {
  const headers = { ...TRIAL, connection: 'x-analyze', 'content-type': 'application/json' }
  const sent = request(`${url}/order`, { method: 'POST', headers })
  sent.end(JSON.stringify(resting))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return await json(answer)
}

const mustBeAnalysis = judgeOfBody(Analysis)

/** Makes calls; every analysis it hears of has the form the contract says. */
const sender =
  ({ call }: Pick<Pooled | Reached, 'call'>) =>
  async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const heard = await call(path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (heard.body?.analyzed === true) mustBeAnalysis(heard.body, path)
    return heard
  }

t.test('S1.N5 an order is answered with what would be sent and what it would cost', async (t) => {
  const it = await pooled(t, 2)
  const asked = watch(it.simulator)
  const send = sender(it)
  const single = await send('POST', '/order', resting, TRIAL)
  t.equal(single.answer.status, 200)
  t.equal(single.answer.headers.get('ibrest-analyzed'), 'yes')
  t.equal(single.answer.headers.get('location'), null)
  t.match(single.body, { analyzed: true, operation: 'placeOrder', notes: [] })
  t.equal(single.body.wouldSend.length, 1)
  t.match(single.body.wouldSend[0], {
    ...{ what: 'place', when: 'now', id: null, problem: null },
    order: { ...resting, exchange: 'SMART', transmit: true },
    preview: { commission: Number, initMarginChange: Number, commissionCurrency: 'USD' },
  })
  const bracket = await send('POST', '/order', [resting, profit, stop], TRIAL)
  t.same(
    bracket.body.wouldSend.map(({ order }: { order: { transmit: boolean; parent: unknown } }) => [
      order.transmit,
      order.parent,
    ]),
    [
      [false, 0],
      [false, 'the first of the list'],
      [true, 'the first of the list'],
    ],
  )
  const basket = await send('POST', '/order?bracket=false', [resting, stop], TRIAL)
  t.equal(basket.body.wouldSend.length, 2)
  const oca = await send('POST', '/order/oca', [resting, profit, stop], TRIAL)
  t.same(
    oca.body.wouldSend.map(({ when }: { when: string }) => when),
    ['now', 'the first has filled', 'the first has filled'],
  )
  const split = await send(
    'POST',
    '/order/split',
    { ...resting, totalQuantity: 25, splitSize: 10 },
    TRIAL,
  )
  t.same(
    split.body.wouldSend.map(
      ({ order }: { order: { totalQuantity: number } }) => order.totalQuantity,
    ),
    [10, 10, 5],
  )
  const smart = await send(
    'POST',
    '/order/smart',
    { symbol: 'AAPL', targetPosition: -7, orderType: 'MKT' },
    TRIAL,
  )
  t.match(smart.body, {
    about: { account: 'DU1', position: 0, working: 0, targetPosition: -7 },
    wouldSend: [{ order: { action: 'SELL', totalQuantity: 7, orderRef: 'ibrest.target' } }],
  })
  const named = await send(
    'POST',
    '/order?symbol=AAPL&action=BUY&totalQuantity=1&orderType=MKT',
    undefined,
    TRIAL,
  )
  t.match(named.body, { analyzed: true, wouldSend: [{ order: { totalQuantity: 1 } }] })
  t.match(await hopByHop(it.url), { analyzed: true }, 'a field that is said to be of one hop')
  t.same(asked, [])
  t.same((await send('GET', '/order', undefined, TRIAL)).body, [], 'a read is a read')
  const metrics = await Promise.all(
    it.instances.map(({ metric }) => metric('ibrest_analyzed_total{client_id')),
  )
  t.ok(metrics.some((count) => count > 0))
})

t.test('S1.N5 a change, a cancel and a close are told and not done', async (t) => {
  const it = await pooled(t, 2)
  const send = sender(it)
  const { body: order } = await send('POST', '/order', resting)
  await send('POST', '/order', market)
  const plan = await send('POST', '/order/oca', [resting, profit, stop], { 'x-deadline-ms': '500' })
  const asked = watch(it.simulator)
  const change = await send('PUT', `/order/${order.id}`, { lmtPrice: 6 }, TRIAL)
  t.equal(change.answer.headers.get('ibrest-analyzed'), 'yes')
  t.match(change.body, {
    ...{ analyzed: true, operation: 'changeOrder', notes: [/prices no changes/] },
    wouldSend: [
      { what: 'change', id: order.id, order: { lmtPrice: 6, totalQuantity: 10 }, preview: {} },
    ],
  })
  t.match((await send('POST', '/order', { orderId: order.id, lmtPrice: 6 }, TRIAL)).body, {
    wouldSend: [{ what: 'change', order: { lmtPrice: 6 } }],
  })
  for (const path of [`/order/${order.id}`, `/order?orderId=${order.id}`])
    t.match((await send('DELETE', path, undefined, TRIAL)).body, {
      ...{ analyzed: true, notes: [/IB was not asked/] },
      wouldSend: [{ what: 'cancel', id: order.id, order: { lmtPrice: 5 }, preview: null }],
    })
  const all = await send('DELETE', '/order?all=true', undefined, TRIAL)
  t.same(
    all.body.wouldSend.map(({ id }: { id: string }) => id).sort(),
    [order.id, plan.body.id].sort(),
  )
  const plans = await send('DELETE', '/order/plans', undefined, TRIAL)
  t.equal(plans.answer.headers.get('ibrest-analyzed'), 'yes')
  t.match(plans.body, [{ id: plan.body.id, kind: 'oca' }])
  t.match((await send('DELETE', `/order/oca/${plan.body.id}`, undefined, TRIAL)).body, {
    wouldSend: [{ what: 'cancel', id: plan.body.id }],
  })
  t.match((await send('DELETE', '/account/positions/265598', undefined, TRIAL)).body, {
    about: { position: 10 },
    wouldSend: [{ what: 'place', order: { action: 'SELL', totalQuantity: 10 } }],
  })
  t.same(asked, [])
  const { body: now } = await send('GET', `/order/${order.id}`)
  t.match(now, { lmtPrice: 5, status: 'Submitted' })
  t.match((await send('GET', `/order/oca/${plan.body.id}`)).body, { state: 'opening' })
})

t.test('S1.N5 what would be refused is refused, and says that it was only analyzed', async (t) => {
  const keys = await keyFile(t)
  const other = await keys.make('other', { accounts: ['DU2'] })
  const apples = await keys.make('apples', { symbols: ['AAPL'] })
  const it = await pooled(t, 1, { KEYS_FILE: keys.path, REQUIRE_IDEMPOTENCY_KEY: '1' }, [
    'DU1',
    'DU2',
  ])
  const asked = watch(it.simulator)
  const send = sender(it)
  const order = { ...resting, account: 'DU1' }
  const refused = async (key: string, body: unknown, more: Record<string, string> = {}) => {
    const { answer, body: told } = await send('POST', '/order', body, {
      ...{ ...TRIAL, ...bearer(key), 'idempotency-key': 'k' },
      ...more,
    })
    t.equal(answer.headers.get('ibrest-analyzed'), 'yes')
    return [answer.status, told.code]
  }
  t.same(await refused(keys.trade, { ...order, symbol: 'NOSUCH' }), [422, 'IB_UNKNOWN_CONTRACT'])
  t.same(await refused(keys.trade, { ...order, lmtPrice: 'low' }), [422, 'REQUEST_INVALID'])
  t.same(await refused(keys.trade, { ...order, account: 'DU9' }), [422, 'REQUEST_INVALID'])
  t.equal((await refused(other, order))[0], 404)
  t.same(await refused(apples, { ...order, symbol: 'MSFT' }), [403, 'REQUEST_FORBIDDEN'])
  const bare = await send('POST', '/order', order, { ...TRIAL, ...bearer(keys.trade) })
  t.equal(bare.body.code, 'REQUEST_KEY_MISSING')
  const reader = await send('POST', '/order', order, { ...TRIAL, ...bearer(keys.read) })
  t.equal(reader.answer.status, 403)
  for (const word of ['maybe', '', '2', '1, 0']) {
    const { answer } = await send('POST', '/order', order, {
      ...{ 'x-analyze': word, ...bearer(keys.trade), 'idempotency-key': `w${word.length}` },
    })
    t.equal(answer.status, 400, `"${word}" is neither yes nor no`)
  }
  const admin = { ...TRIAL, ...bearer(keys.admin) }
  t.equal((await send('POST', '/clients/pause-orders', {}, admin)).answer.status, 501)
  t.equal((await send('GET', '/clients', undefined, admin)).body.orders.paused, false)
  await send('POST', '/clients/pause-orders', {}, bearer(keys.admin))
  t.same(await refused(keys.trade, order), [403, 'INSTANCE_ORDERS_PAUSED'])
  await send('POST', '/clients/resume-orders', {}, bearer(keys.admin))
  t.same(asked, [])
})

t.test('S1.N5 nothing is written under the key of a trial', async (t) => {
  const it = await pooled(t, 2)
  const asked = watch(it.simulator)
  const send = sender(it)
  const key = { 'idempotency-key': 'one' }
  const trial = await send('POST', '/order', resting, { ...TRIAL, ...key })
  t.match(trial.body.wouldSend[0].order.orderRef, /^[\w-]{16}\.0$/, 'as it would be stamped')
  t.same(asked, [])
  const placed = await send('POST', '/order', resting, key)
  t.equal(placed.answer.status, 201)
  t.equal(placed.answer.headers.get('idempotency-replayed'), null)
  t.equal(placed.body.orderRef, trial.body.wouldSend[0].order.orderRef)
  t.equal(asked.length, 1)
  const again = await send('POST', '/order', { ...resting, lmtPrice: 4 }, { ...TRIAL, ...key })
  t.match(again.body.notes, [/key has been used/])
  const cancel = { 'idempotency-key': 'two' }
  await send('DELETE', `/order/${placed.body.id}`, undefined, { ...TRIAL, ...cancel })
  const cancelled = await send('DELETE', `/order/${placed.body.id}`, undefined, cancel)
  t.equal(cancelled.body.status, 'Cancelled')
  t.same(asked.length, 2)
})

/** Everything a caller might try so that something is sent after all. */
async function tryEverything(t: Test, it: Pooled, known: readonly string[] = []): Promise<void> {
  const send = sender(it)
  const bodies = [resting, market, [resting, profit, stop], { ...market, clientOrderId: 'named' }]
  const headers: readonly Record<string, string>[] = [
    {},
    { 'x-analyze': '0' },
    { 'x-analyze': 'no', 'idempotency-key': 'k' },
    { prefer: 'respond-async' },
    { 'x-deadline-ms': '30' },
  ]
  const ids = ['0.1', '0.9999', ...known]
  const calls: Promise<unknown>[] = []
  for (const each of headers) {
    for (const at of ['', '/clients/0', '/clients/1', '/api/v1']) {
      for (const body of bodies) {
        calls.push(send('POST', `${at}/order`, body, each).catch(() => undefined))
        calls.push(
          send('POST', `${at}/order?until=filled`, body, { 'x-deadline-ms': '200', ...each }),
        )
      }
      calls.push(send('POST', `${at}/order/oca`, [market, profit, stop], each))
      calls.push(send('POST', `${at}/order/split`, { ...market, slices: 2 }, each))
      const smart = { symbol: 'AAPL', targetPosition: 3, orderType: 'MKT' }
      calls.push(send('POST', `${at}/order/smart`, smart, each))
      calls.push(send('DELETE', `${at}/account/positions/265598`, undefined, each))
      calls.push(send('DELETE', `${at}/order?all=true`, undefined, each))
      calls.push(send('DELETE', `${at}/order/plans`, undefined, each))
      for (const id of ids) {
        calls.push(send('PUT', `${at}/order/${id}`, { lmtPrice: 7 }, each))
        calls.push(send('DELETE', `${at}/order/${id}`, undefined, each))
        calls.push(send('POST', `${at}/order`, { orderId: id, lmtPrice: 7 }, each))
        calls.push(send('DELETE', `${at}/order/oca/${id}`, undefined, each))
        calls.push(send('DELETE', `${at}/order/split/${id}`, undefined, each))
      }
    }
  }
  const query = 'symbol=AAPL&action=BUY&totalQuantity=1&orderType=MKT'
  calls.push(send('POST', `/order?${query}`))
  calls.push(send('PUT', '/financial', { groups: [] }))
  // what is lost in between is not sent later
  it.simulator.drop(0)
  await Promise.allSettled(calls)
  await until(() => it.proxy.pool.status().usable === 2, 'everybody is back')
  t.match((await send('POST', '/order', resting)).body, { analyzed: true })
}

t.test('S1.N5 with ANALYZER=1 no order ever reaches IB, whatever is asked', async (t) => {
  const it = await pooled(t, 2, { ANALYZER: '1' })
  const asked = watch(it.simulator)
  await tryEverything(t, it)
  t.same(asked, [])
  t.same([...it.simulator.world.desk.orders], [])
})

t.test('S1.N5 it is enough that either the proxy or the instances have ANALYZER', async (t) => {
  const it = await pooled(t, 2)
  const asked = watch(it.simulator)
  const INSTANCES = it.instances.map(({ url }) => url).join(',')
  const alone = await serveProxy({ INSTANCES, ANALYZER: 'yes' })
  t.teardown(() => alone.proxy.stop())
  await until(() => alone.proxy.pool.status().usable === 2, 'the pool of the other proxy')
  const { body: order } = await sender(it)('POST', '/order', resting)
  const call: Pooled['call'] = async (path, init) => {
    const answer = await fetch(`${alone.url}${path}`, init)
    const text = await answer.text()
    return { answer, body: text === '' ? undefined : JSON.parse(text) }
  }
  await tryEverything(t, { ...it, ...alone, call }, [order.id])
  t.equal(asked.length, 1, 'the one of before')

  const one = await simulated(t, { environment: { ANALYZER: '1' } })
  const none = watch(one.simulator)
  t.match((await one.order(market)).body, { analyzed: true })
  t.match((await one.order(market, { 'x-analyze': '0' })).body, { analyzed: true })
  t.same(none, [])
})

t.test('S1.N5 with ANALYZER=1 nothing follows the orders of before', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const before = await simulated(t, { config: { ledgerPath } })
  const headers = { 'ibrest-owned': '1', 'x-deadline-ms': '500' }
  const { body: plan } = await sender(before)(
    'POST',
    '/order/oca',
    [resting, profit, stop],
    headers,
  )
  await before.instance.stop()
  const asked = watch(before.simulator)
  const { desk } = before.simulator.world
  const after = await reach(before.simulator.port, {
    ...{ environment: { ANALYZER: '1' }, config: { ledgerPath } },
  })
  t.teardown(() => after.instance.stop())
  desk.cross(0, Number(plan.id.split('.')[1]))
  await until(
    async () => (await after.call(`/order/${plan.id}`)).body.status === 'Filled',
    'the opening order has filled',
  )
  t.match((await after.order(market)).body, { analyzed: true })
  t.same(asked, [])
  t.equal([...desk.orders].length, 1)
  await after.instance.stop()
  const later = await reach(before.simulator.port, { config: { ledgerPath } })
  t.teardown(() => later.instance.stop())
  await until(
    () => [...desk.orders].length === 3,
    'what was to follow follows when orders are sent again',
  )
})
