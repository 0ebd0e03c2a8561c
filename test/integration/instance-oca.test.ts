import { join } from 'node:path'
import t from 'tap'
import { type Reached, reach, type Simulated, simulated } from '../rig/instanced.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

// far from any market: it fills when the test says so
const opening = { symbol: 'AAPL', action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 5 }
const profit = { ...opening, action: 'SELL', lmtPrice: 5000 }
const loss = { symbol: 'AAPL', action: 'SELL', totalQuantity: 10, orderType: 'STP', auxPrice: 1 }
const list = [opening, profit, loss]
const soon = { 'x-deadline-ms': '300' }
const key = { 'idempotency-key': 'one' }

/** Every order the market knows of, those that ended included. */
const inTheMarket = ({ simulator }: Simulated) => [...simulator.world.desk.orders]
const groupIn = (it: Simulated) => inTheMarket(it).filter(({ row }) => row.ocaGroup !== '')

const post = (it: Reached, body: unknown, headers: Record<string, string> = {}) =>
  it.call('/order/oca', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ibrest-owned': '1', ...headers },
    body: JSON.stringify(body),
  })

const fill = ({ simulator }: Simulated, id: string, quantity?: number) =>
  simulator.world.desk.cross(0, Number(id.split('.')[1]), quantity, undefined)

const end = ({ simulator }: Simulated, id: string) =>
  simulator.world.desk.withdraw(0, Number(id.split('.')[1]), 'cancelled by the exchange')

const reaches = (it: Reached, id: string, state: string) =>
  until(async () => {
    const { body } = await it.call(`/order/oca/${id}`)
    return body.state === state && body
  }, `the plan ${state}`)

t.test('the group goes out as one when the opening order has filled', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await post(it, [{ ...opening, orderType: 'MKT' }, profit, loss])
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('location'), `/order/oca/${body.id}`)
  t.match(body, { state: 'done', reason: null, open_resp: { state: 'executed', id: body.id } })
  t.match(body.close_resp, [
    { state: 'placed', ocaGroup: body.id, ocaType: 1, parentId: null, lmtPrice: 5000 },
    { state: 'placed', ocaGroup: body.id, ocaType: 1, parentId: null, auxPrice: 1 },
  ])
  t.equal(inTheMarket(it).length, 3)
  t.same((await it.call(`/order/oca/${body.id}`)).body, body)
  t.same((await it.call('/order/oca')).body, [body])
  fill(it, body.close_resp[0].id)
  await until(
    async () => (await it.call(`/order/${body.close_resp[1].id}`)).body.status === 'Cancelled',
    'the fill of one cancels the other',
  )
})

t.test('an opening order that does not fill in time is 202; the group follows it', async (t) => {
  const it = await simulated(t)
  const { answer, body } = await post(it, list, soon)
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('location'), `/order/oca/${body.id}`)
  t.match(body, { state: 'opening', open_resp: { state: 'placed' }, close_resp: null })
  fill(it, body.id, 4)
  await until(
    async () => (await it.call(`/order/${body.id}`)).body.state === 'partially_executed',
    'a part is filled',
  )
  t.equal(inTheMarket(it).length, 1, 'a part opens nothing')
  fill(it, body.id)
  const done = await reaches(it, body.id, 'done')
  t.equal(done.close_resp.length, 2)
  t.equal(groupIn(it).length, 2)
})

t.test('an opening order that ends otherwise ends the plan: nothing more is sent', async (t) => {
  const it = await simulated(t)
  const whole = (await post(it, list, soon)).body
  end(it, whole.id)
  t.match(await reaches(it, whole.id, 'ended'), { close_resp: null, reason: /was not sent/ })
  const part = (await post(it, list, soon)).body
  fill(it, part.id, 4)
  end(it, part.id)
  t.match(await reaches(it, part.id, 'ended'), { reason: /after 4 of 10 were filled/ })
  const dear = { ...opening, totalQuantity: 1_000_000, lmtPrice: 200 }
  const refused = await post(it, [dear, profit], key)
  t.match([refused.answer.status, refused.body.errorCode], [422, 201])
  const id = refused.body.orders[0].id
  t.match(await reaches(it, id, 'ended'), { reason: /was rejected/ })
  t.equal((await post(it, [dear, profit], key)).answer.status, 422, 'a refusal is final')
  const killed = await post(it, [{ ...opening, tif: 'IOC' }, profit])
  t.match([killed.answer.status, killed.body.state], [201, 'ended'])
  t.equal(groupIn(it).length, 0)
})

t.test('a member that is refused is told, and does not undo the others', async (t) => {
  const it = await simulated(t)
  const market = { ...opening, orderType: 'MKT' }
  const dear = { ...opening, totalQuantity: 1_000_000, lmtPrice: 200 }
  const some = await post(it, [market, profit, dear])
  t.match([some.answer.status, some.body.state], [201, 'done'])
  t.match(some.body.close_resp, [{ state: 'placed' }, { state: 'rejected', errorCode: 201 }])
  t.match(some.body.reason, /was not taken/)
  const none = await post(it, [market, dear])
  t.match([none.answer.status, none.body.state], [201, 'ended'])
  t.match(none.body.reason, /The group was refused/)
  t.match(none.body.close_resp, [{ state: 'rejected' }])
})

t.test('the same call under the same key is the same plan', async (t) => {
  const it = await simulated(t)
  const first = await post(it, list, { ...key, ...soon })
  const again = await post(it, list, { ...key, ...soon })
  t.same([first.answer.status, again.answer.status], [202, 202])
  t.equal(again.answer.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body.id, first.body.id)
  const waiting = post(it, list, key)
  fill(it, first.body.id)
  t.match((await waiting).body, { id: first.body.id, state: 'done' })
  t.equal(inTheMarket(it).length, 3)
  const other = await post(it, [opening, profit], key)
  t.match([other.answer.status, other.body.code], [422, 'REQUEST_KEY_REUSED'])
  const single = await it.order(opening, key)
  t.match([single.answer.status, single.body.code], [422, 'REQUEST_KEY_REUSED'])
  t.equal(inTheMarket(it).length, 3)
})

t.test('what cannot be sent is refused before anything is', async (t) => {
  const it = await simulated(t)
  const errors = async (body: unknown) => {
    const asked = await post(it, body)
    t.equal(asked.answer.status, 422)
    return (asked.body.errors ?? []).map(({ field }: { field: string }) => field)
  }
  t.same(await errors([opening]), ['body'])
  t.same(await errors([opening, { ...profit, parentId: 4 }]), ['1.parentId'])
  t.same(await errors([{ ...opening, transmit: false }, profit]), ['0.transmit'])
  t.same(await errors([opening, { ...profit, ocaGroup: 'mine' }]), ['1.ocaGroup'])
  t.same(await errors([opening, { ...profit, clientOrderId: 'mine' }]), ['1.clientOrderId'])
  t.same(await errors([opening, profit, { ...loss, account: 'DU9' }]), ['2.account'])
  t.same(await errors([opening, profit, { ...loss, totalQuantity: 1.00005 }]), ['2.totalQuantity'])
  t.equal(inTheMarket(it).length, 0)
  t.same((await it.call('/order/oca')).body, [])
  t.equal((await it.call('/order/oca/0.77')).answer.status, 404)
})

t.test('a plan that is given up sends no group, and its opening order is cancelled', async (t) => {
  const it = await simulated(t)
  const { body } = await post(it, list, { prefer: 'respond-async' })
  t.equal(body.state, 'opening')
  await until(() => inTheMarket(it)[0]?.isWorking, 'the order has arrived')
  const given = await it.call(`/order/oca/${body.id}`, { method: 'DELETE' })
  t.equal(given.answer.status, 200)
  t.match(given.body, { state: 'ended', open_resp: { state: 'canceled' }, close_resp: null })
  const twice = await it.call(`/order/oca/${body.id}`, { method: 'DELETE' })
  t.match([twice.answer.status, twice.body.code], [409, 'INSTANCE_PLAN_FINISHED'])
  t.equal((await it.call('/order/oca/0.77', { method: 'DELETE' })).answer.status, 404)
  const done = await post(it, [{ ...opening, orderType: 'MKT' }, profit])
  const late = await it.call(`/order/oca/${done.body.id}`, { method: 'DELETE' })
  t.equal(late.answer.status, 409)
  t.equal(groupIn(it).length, 1)
})

t.test('a restart between the halves: the next process sends the group, once', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const one = await simulated(t, { config: { ledgerPath } })
  const early = (await post(one, list, { ...key, ...soon })).body
  const late = (await post(one, list, soon)).body
  await one.instance.stop()
  fill(one, early.id)
  const two = await reach(one.simulator.port, { config: { ledgerPath } })
  t.teardown(() => two.instance.stop())
  t.equal((await reaches(two, early.id, 'done')).close_resp.length, 2, 'filled while it was away')
  t.match((await two.call(`/order/oca/${late.id}`)).body, { state: 'opening' })
  fill(one, late.id)
  await reaches(two, late.id, 'done')
  t.equal(inTheMarket(one).length, 6)
  const again = await post(two, list, key)
  t.match([again.answer.status, again.body.id, again.body.state], [201, early.id, 'done'])
  await two.instance.stop()
  const three = await reach(one.simulator.port, { config: { ledgerPath } })
  t.teardown(() => three.instance.stop())
  t.match((await three.call(`/order/oca/${late.id}`)).body, { state: 'done' })
  t.equal(inTheMarket(one).length, 6)
})

t.test('a gateway that goes between the halves loses no group', async (t) => {
  const it = await simulated(t)
  const { body } = await post(it, list, soon)
  it.simulator.faults.add({ fault: 'restart', delayMs: 300 })
  await until(() => !it.instance.link.isUsable, 'the gateway has gone')
  fill(it, body.id)
  t.equal((await reaches(it, body.id, 'done')).close_resp.length, 2)
  t.equal(groupIn(it).length, 2)
})

t.test('a group cut in two is made whole, each member once', async (t) => {
  const it = await simulated(t)
  const { body } = await post(it, list, soon)
  const { orderId } = body.open_resp
  const match = { message: 'placeOrder', orderId: orderId + 2 }
  it.simulator.faults.add({ fault: 'reset', match })
  fill(it, body.id)
  const done = await reaches(it, body.id, 'done')
  t.match(done.close_resp, [
    { orderId: orderId + 1, state: 'placed', lmtPrice: 5000, ocaGroup: body.id },
    { state: 'placed', auxPrice: 1, ocaGroup: body.id },
  ])
  t.ok(done.close_resp[1].orderId > orderId + 2, 'ids only rise')
  t.equal(groupIn(it).length, 2)
})

t.test('a group whose acknowledgement is lost is found again, not sent again', async (t) => {
  const it = await simulated(t)
  const { body } = await post(it, list, soon)
  it.simulator.faults.add({
    fault: 'reset',
    match: { message: 'openOrder', orderId: body.open_resp.orderId + 2 },
  })
  fill(it, body.id)
  await reaches(it, body.id, 'done')
  t.equal(groupIn(it).length, 2)
})

t.test('a group written down and never sent is sent by the next process, once', async (t) => {
  const ledgerPath = join(tempDir(t), 'client-0.sqlite')
  const one = await simulated(t, { config: { ledgerPath } })
  const { body } = await post(one, list, soon)
  const { orderId } = body.open_resp
  for (const member of [orderId + 1, orderId + 2]) {
    const match = { message: 'placeOrder', orderId: member }
    one.simulator.faults.add({ fault: 'silent', match, count: 1 })
  }
  fill(one, body.id)
  const unsent = await reaches(one, body.id, 'closing')
  const late = await one.call(`/order/oca/${body.id}`, { method: 'DELETE' })
  t.match([late.answer.status, late.body.code], [409, 'INSTANCE_PLAN_FINISHED'])
  await until(
    async () => (await one.call(`/order/oca/${body.id}`)).body.close_resp?.length === 2,
    'it is written down',
  )
  t.equal(unsent.open_resp.state, 'executed')
  await one.instance.stop()
  t.equal(groupIn(one).length, 0, 'nothing of it has come')
  const two = await reach(one.simulator.port, { config: { ledgerPath } })
  t.teardown(() => two.instance.stop())
  const done = await reaches(two, body.id, 'done')
  t.match(done.close_resp, [{ state: 'placed' }, { state: 'placed' }])
  t.equal(groupIn(one).length, 2)
})

t.test('an opening order that never came ends its plan; the same call begins anew', async (t) => {
  const it = await simulated(t)
  it.simulator.faults.add({ fault: 'reset', match: { message: 'placeOrder' } })
  const first = await post(it, list, key)
  t.match([first.answer.status, first.body.code], [502, 'INSTANCE_SESSION_LOST'])
  t.match(first.body, { retryable: true, detail: /never reached the gateway/ })
  const [ended] = (await it.call('/order/oca')).body
  t.match(ended, { state: 'ended', open_resp: { state: 'canceled' }, close_resp: null })
  const again = await post(it, list, { ...key, ...soon })
  t.not(again.body.id, ended.id)
  fill(it, again.body.id)
  await reaches(it, again.body.id, 'done')
  t.match((await it.call(`/order/oca/${ended.id}`)).body, { state: 'ended' })
  t.equal(inTheMarket(it).length, 3)
})

t.test('a group that the gateway cannot take now goes when it can', async (t) => {
  const it = await simulated(t)
  const { body } = await post(it, list, soon)
  it.simulator.faults.add({ fault: 'code-1100' })
  await until(() => !it.instance.link.isUsable, 'IB is cut off')
  fill(it, body.id)
  await until(
    async () => /tried again/.test((await it.call(`/order/oca/${body.id}`)).body.reason ?? ''),
    'it says why the group is not out',
  )
  t.equal(groupIn(it).length, 0)
  it.simulator.faults.add({ fault: 'code-1102' })
  t.equal((await reaches(it, body.id, 'done')).close_resp.length, 2)
  t.equal(groupIn(it).length, 2)
})

t.test(
  'a group that orders are paused for waits, says so, and goes out when they are not',
  async (t) => {
    const it = await simulated(t)
    const { body } = await post(it, list, soon)
    const say = (path: string) =>
      it.call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"reason":"fat finger"}',
      })
    t.equal((await say('/clients/pause-orders')).answer.status, 200)
    fill(it, body.id)
    const waiting = await until(async () => {
      const { body: plan } = await it.call(`/order/oca/${body.id}`)
      return plan.reason !== null && plan
    }, 'the plan says what it waits for')
    t.match(waiting, { state: 'closing', reason: /^No new orders .* fat finger/, close_resp: null })
    t.equal(groupIn(it).length, 0)
    t.equal((await say('/clients/resume-orders')).answer.status, 200)
    t.equal((await reaches(it, body.id, 'done')).close_resp.length, 2)
    t.equal(groupIn(it).length, 2)
  },
)
