import t, { type Test, test } from 'tap'
import { CALLER_HEADER } from '../../shared/caller.ts'
import type { Order } from '../../shared/schemas/order.ts'
import { type Answered, type Simulated, simulated } from '../rig/instanced.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)

const AAPL = { symbol: 'AAPL', conId: 265598 }
const MSFT = { symbol: 'MSFT', conId: 272093 }
const order = (account: string | undefined, more: object = {}) => ({
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1 },
  ...(account !== undefined && { account }),
  ...more,
})

type Ask = (
  who: object | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answered>

interface Desk extends Simulated {
  readonly ask: Ask
}

/** An instance of a login with two accounts, asked on behalf of callers. */
async function desk(t: Test): Promise<Desk> {
  const it = await simulated(t)
  const ask: Ask = (who, method, path, body, headers = {}) =>
    it.call(path, {
      method,
      headers: {
        ...(who !== undefined && { [CALLER_HEADER]: JSON.stringify(who) }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return { ...it, ask }
}

const one = { name: 'one', scope: 'trade', accounts: ['DU1'] }
const both = { name: 'both', scope: 'trade', accounts: ['DU1', 'DU2'] }
const apples = { name: 'apples', scope: 'trade', symbols: ['AAPL'] }
const reader = { name: 'reader', scope: 'read', accounts: ['DU1'] }

test('S4.9 each way to place an order knows accounts that are not the caller’s: 404', async (t) => {
  const { ask, call } = await desk(t)
  const ways: [string, unknown][] = [
    ['/order', order('DU2')],
    ['/order', [order('DU1'), order('DU2')]],
    ['/order?bracket=false', [order('DU1'), order('DU2')]],
    ['/order/oca', [order('DU1'), order('DU2')]],
    ['/order/split', order('DU2', { totalQuantity: 4, slices: 2 })],
    [
      '/order/smart',
      { ...order('DU2'), action: undefined, totalQuantity: undefined, targetPosition: 1 },
    ],
    ['/order/preview', order('DU2')],
    ['/order', order('DU1', { clearingAccount: 'DU2' })],
    ['/order', order('DU9')],
  ]
  for (const [path, body] of ways) {
    const { answer, body: told } = await ask(one, 'POST', path, body)
    t.equal(answer.status, 404, `${path} ${JSON.stringify(told)}`)
    t.match(told, { code: 'INSTANCE_UNKNOWN_ACCOUNT' })
  }
  t.same((await call('/order')).body, [], 'nothing was sent')
  const group = await ask(one, 'POST', '/order', order(undefined, { faGroup: 'All' }))
  t.match(group.body, { code: 'REQUEST_FORBIDDEN' })
  const unsaid = await ask(one, 'POST', '/order', order(undefined))
  t.match(unsaid.body, {
    status: 422,
    errors: [{ field: 'account', code: 'missing', detail: /one of: DU1$/ }],
  })
  t.same((await call('/order')).body, [])
  const own = await ask(one, 'POST', '/order', order('DU1'))
  t.equal(own.answer.status, 201)
})

test('each way to place an order knows symbols that are not the caller’s: 403', async (t) => {
  const { ask, call } = await desk(t)
  const smart = { account: 'DU1', orderType: 'MKT', targetPosition: 1 }
  const leg = (conId: number) => ({ conId, ratio: 1, action: 'BUY' })
  const bag = { symbol: 'AAPL', secType: 'BAG', comboLegs: [leg(AAPL.conId), leg(MSFT.conId)] }
  const ways: [string, unknown][] = [
    ['/order', order('DU1', { symbol: 'MSFT' })],
    ['/order', order('DU1', { symbol: 'msft' })],
    ['/order', order('DU1', { conId: MSFT.conId })],
    ['/order', order('DU1', { symbol: undefined, conId: MSFT.conId })],
    ['/order', order('DU1', { symbol: undefined, localSymbol: 'MSFT' })],
    ['/order', [order('DU1'), order('DU1', { symbol: 'MSFT' })]],
    ['/order?bracket=false', [order('DU1'), order('DU1', { symbol: 'MSFT' })]],
    ['/order', order('DU1', bag)],
    ['/order/oca', [order('DU1'), order('DU1', { symbol: 'MSFT' })]],
    ['/order/split', order('DU1', { symbol: 'MSFT', totalQuantity: 4, slices: 2 })],
    ['/order/smart', { ...smart, symbol: 'MSFT' }],
    ['/order/smart', { ...smart, conId: MSFT.conId, symbol: 'AAPL' }],
    ['/order/preview', order('DU1', { symbol: 'MSFT' })],
  ]
  for (const [path, body] of ways) {
    const { body: told } = await ask(apples, 'POST', path, body)
    // a contract that is named twice and not the same is nobody's
    const isNone = told.code === 'IB_UNKNOWN_CONTRACT' || told.status === 422
    if (!isNone)
      t.match(
        told,
        { code: 'REQUEST_FORBIDDEN', symbol: 'MSFT' },
        `${path} ${JSON.stringify(body)}`,
      )
    t.ok(told.status >= 400)
  }
  t.same((await call('/order')).body, [], 'nothing was sent')
  t.equal((await ask(apples, 'POST', '/order', order('DU1'))).answer.status, 201)
})

test('an order of a foreign account is not there, to read, change or cancel', async (t) => {
  const { ask } = await desk(t)
  const { body: foreign } = await ask(undefined, 'POST', '/order', order('DU2'))
  const { id } = foreign as Order
  const never = (await ask(one, 'GET', '/order/0.999999')).body
  const ways: [string, string, unknown?][] = [
    ['GET', `/order/${id}`],
    ['PUT', `/order/${id}`, { lmtPrice: 2 }],
    ['POST', '/order', { orderId: id, lmtPrice: 2 }],
    ['DELETE', `/order/${id}`],
    ['DELETE', `/order?orderId=${id}`],
  ]
  for (const [method, path, body] of ways) {
    const { answer, body: told } = await ask(one, method, path, body)
    t.equal(answer.status, 404, `${method} ${path}`)
    t.match(told, { code: never.code, title: never.title })
    t.equal(told.detail.replace(/\d+\.\d+|\d+/g, 'N'), never.detail.replace(/\d+\.\d+|\d+/g, 'N'))
  }
  const { body: still } = await ask(both, 'GET', `/order/${id}`)
  t.match(still, { id, lmtPrice: 1, state: 'placed' })
  const moved = await ask(one, 'POST', '/order', order('DU1'))
  const to = await ask(one, 'PUT', `/order/${moved.body.id}`, { account: 'DU2' })
  t.equal(to.answer.status >= 400, true, 'nor is an order moved there')
})

test('an order of a symbol that is not the caller’s is neither changed nor cancelled', async (t) => {
  const { ask } = await desk(t)
  const { body: made } = await ask(undefined, 'POST', '/order', order('DU1', { symbol: 'MSFT' }))
  for (const [method, body] of [['PUT', { lmtPrice: 2 }], ['DELETE']] as const) {
    const { answer, body: told } = await ask(apples, method, `/order/${made.id}`, body)
    t.equal(answer.status, 403)
    t.match(told, { code: 'REQUEST_FORBIDDEN', symbol: 'MSFT' })
  }
  t.equal((await ask(apples, 'GET', `/order/${made.id}`)).answer.status, 200, 'it is no secret')
})

test('what concerns all is for callers of all', async (t) => {
  const { ask } = await desk(t)
  const { body: foreign } = await ask(undefined, 'POST', '/order', order('DU2'))
  for (const who of [one, apples]) {
    for (const path of ['/order?all=true', '/order/plans'])
      t.match((await ask(who, 'DELETE', path)).body, { code: 'REQUEST_FORBIDDEN' })
  }
  t.match((await ask(undefined, 'GET', `/order/${foreign.id}`)).body, { state: 'placed' })
})

test('lists hold the rows of the caller’s accounts only', async (t) => {
  const { ask } = await desk(t)
  for (const account of ['DU1', 'DU2'])
    for (const body of [order(account), order(account, { orderType: 'MKT', lmtPrice: undefined })])
      await ask(undefined, 'POST', '/order?until=filled', body, { prefer: 'wait=2' })
  const accounts = async (path: string, of: (row: never) => unknown) => {
    const { answer, body } = await ask(one, 'GET', path)
    t.equal(answer.status, 200, path)
    const all = (await ask(undefined, 'GET', path)).body as never[]
    t.ok(new Set(all.map(of)).has('DU2'), `${path} has others’ rows for others`)
    return [...new Set((body as never[]).map(of))]
  }
  const account = (row: { account: string }) => row.account
  await until(
    async () => ((await ask(undefined, 'GET', '/executions')).body as unknown[]).length === 2,
    'two fills',
  )
  t.same(await accounts('/order', account), ['DU1'])
  t.same(await accounts('/order/filled', account), ['DU1'])
  t.same(await accounts('/account/positions', account), ['DU1'])
  t.same(await accounts('/account/summary?tags=NetLiquidation', account), ['DU1'])
  t.same(await accounts('/executions', (row: { acctNumber: string }) => row.acctNumber), ['DU1'])
  const own = (await ask(one, 'GET', '/executions')).body as { execId: string }[]
  const paid = (await ask(one, 'GET', '/executions/commissions')).body as { execId: string }[]
  t.same(
    paid.map(({ execId }) => execId),
    own.map(({ execId }) => execId),
  )
  t.match((await ask(one, 'GET', '/account')).body, { accounts: ['DU1'] })
  t.same((await ask(one, 'GET', '/clients')).body.accounts, ['DU1'])
  for (const path of ['/order/completed', '/order/oca', '/order/split'])
    t.equal((await ask(one, 'GET', path)).answer.status, 200)
})

test('a foreign account that is asked for by name is 404, and no other is named', async (t) => {
  const { ask } = await desk(t)
  for (const path of [
    '/account/positions?account=',
    '/account/summary?tags=NetLiquidation&account=',
    '/account/update?acctCode=',
    '/account/pnl?account=',
    '/executions?acctCode=',
  ])
    for (const account of ['DU2', 'DU9']) {
      const { answer, body } = await ask(one, 'GET', `${path}${account}`)
      t.equal(answer.status, 404, `${path}${account}`)
      t.match(body, { code: 'INSTANCE_UNKNOWN_ACCOUNT' })
      t.notMatch(JSON.stringify(body), account === 'DU2' ? /DU1/ : /DU1|DU2/)
    }
  for (const path of ['/account/pnl', '/account/update?acctCode=DU1'])
    t.equal((await ask(one, 'GET', path)).answer.status, 200, path)
})

test('a position of a foreign account is not closed', async (t) => {
  const { ask } = await desk(t)
  const buy = { orderType: 'MKT', lmtPrice: undefined }
  await ask(undefined, 'POST', '/order?until=filled', order('DU2', buy))
  const path = `/account/positions/${AAPL.conId}`
  t.match((await ask(one, 'DELETE', path)).body, { code: 'INSTANCE_NO_POSITION' })
  t.equal((await ask(one, 'DELETE', `${path}?account=DU2`)).answer.status, 404)
  await ask(undefined, 'POST', '/order?until=filled', order('DU2', { ...buy, symbol: 'MSFT' }))
  const msft = await ask(apples, 'DELETE', `/account/positions/${MSFT.conId}`)
  t.match(msft.body, { code: 'REQUEST_FORBIDDEN' })
  const positions = (await ask(undefined, 'GET', '/account/positions')).body as unknown[]
  t.equal(positions.length, 2, 'both are still held')
  const closed = await ask(both, 'DELETE', path)
  t.match(closed.body, { account: 'DU2', targetPosition: 0 })
})

test('a plan is its caller’s as far as all of its orders are', async (t) => {
  const { ask } = await desk(t)
  const mixed = await ask(both, 'POST', '/order/oca', [order('DU1'), order('DU2'), order('DU2')], {
    prefer: 'respond-async',
  })
  const split = await ask(
    both,
    'POST',
    '/order/split',
    order('DU2', { totalQuantity: 2, slices: 2, intervalSeconds: 3000 }),
    {
      prefer: 'respond-async',
    },
  )
  t.match([mixed.answer.status, split.answer.status], [202, 202])
  for (const [kind, { body }] of [
    ['oca', mixed],
    ['split', split],
  ] as const) {
    t.same((await ask(one, 'GET', `/order/${kind}`)).body, [])
    t.equal(((await ask(both, 'GET', `/order/${kind}`)).body as unknown[]).length, 1)
    for (const method of ['GET', 'DELETE'])
      t.match((await ask(one, method, `/order/${kind}/${body.id}`)).body, {
        ...{ status: 404, code: 'INSTANCE_UNKNOWN_PLAN' },
        detail: 'No plan of this kind began with this order',
      })
    t.equal((await ask(both, 'GET', `/order/${kind}/${body.id}`)).answer.status, 200)
    const other = { ...apples, symbols: ['MSFT'] }
    t.equal((await ask(other, 'DELETE', `/order/${kind}/${body.id}`)).answer.status, 403)
    t.equal((await ask(both, 'DELETE', `/order/${kind}/${body.id}`)).answer.status, 200)
  }
})

test('a key that another used tells nothing of his order', async (t) => {
  const { ask } = await desk(t)
  const key = { 'idempotency-key': 'same' }
  const { body: made } = await ask(
    undefined,
    'POST',
    '/order',
    order('DU2', { clientOrderId: 'name-1' }),
    key,
  )
  const repeated = await ask(one, 'POST', '/order', order('DU2', { clientOrderId: 'name-1' }), key)
  t.ok(repeated.answer.status >= 400)
  const taken = await ask(one, 'POST', '/order', order('DU1', { clientOrderId: 'name-1' }))
  t.equal(taken.answer.status, 422)
  for (const { body } of [repeated, taken]) t.notMatch(JSON.stringify(body), /DU2"|lmtPrice/)
  t.same((await ask(one, 'GET', '/order?clientOrderId=name-1')).body, [])
  await ask(both, 'DELETE', `/order/${made.id}`, undefined, { 'idempotency-key': 'c' })
  const again = await ask(one, 'DELETE', `/order/${made.id}`, undefined, { 'idempotency-key': 'c' })
  t.equal(again.answer.status, 404, 'nor do answers that were kept')
})

test('events of foreign accounts are not told', async (t) => {
  const { ask } = await desk(t)
  for (const account of ['DU1', 'DU2']) {
    const market = order(account, { orderType: 'MKT', lmtPrice: undefined })
    await ask(undefined, 'POST', '/order?until=filled', market)
  }
  const all = await until(async () => {
    const { events } = (await ask(undefined, 'GET', '/order/events?since=0')).body
    const types = events.map(({ type }: { type: string }) => type)
    return types.filter((type: string) => type.endsWith('commission')).length === 2 && events
  }, 'both are told')
  const accounts = new Set(all.map(({ account }: { account?: string }) => account))
  t.ok(accounts.has('DU1') && accounts.has('DU2'))
  const { events } = (await ask(one, 'GET', '/order/events?since=0')).body
  const told = events.filter(({ subject }: { subject?: string }) => subject !== undefined)
  t.ok(told.some(({ type }: { type: string }) => type === 'ibrest.order.commission'))
  t.ok(told.every(({ account }: { account: string }) => account === 'DU1'))
})

test('a subscription is whose who made it', async (t) => {
  const { ask } = await desk(t)
  const other = { ...one, name: 'other' }
  const ref = { 'source-ref': 'grid' }
  t.equal((await ask(one, 'POST', '/market/data?symbol=AAPL', {}, ref)).answer.status, 200)
  for (const [method, path, headers] of [
    ['GET', '/market/data', ref],
    ['GET', '/subscriptions/grid', {}],
    ['DELETE', '/market/data', ref],
    ['PUT', '/market/data', { 'source-ref': 'change', 'subscription-ref': 'grid' }],
  ] as const) {
    const { body } = await ask(other, method, path, method === 'PUT' ? {} : undefined, headers)
    t.match(body, { status: 404, code: 'INSTANCE_UNKNOWN_FEED' }, `${method} ${path}`)
  }
  t.equal((await ask(other, 'POST', '/market/data?symbol=MSFT', {}, ref)).answer.status, 200)
  t.match((await ask(one, 'GET', '/market/data', undefined, ref)).body, { sourceRef: 'grid' })
  t.equal((await ask(other, 'DELETE', '/market/data', undefined, ref)).answer.status, 200)
  t.equal((await ask(one, 'DELETE', '/market/data', undefined, ref)).answer.status, 200)
})

test('limits of a key are the tighter of its own and everybody’s', async (t) => {
  const it = await simulated(t, { environment: { ORDER_MAX_QUANTITY: '10' } })
  const place = async (who: object | undefined, totalQuantity: number) => {
    const headers = who === undefined ? {} : { [CALLER_HEADER]: JSON.stringify(who) }
    return (await it.order(order('DU1', { totalQuantity }), headers as never)).answer.status
  }
  const small = { name: 'small', scope: 'trade', maxQuantity: 3 }
  const large = { name: 'large', scope: 'trade', maxQuantity: 300 }
  t.same([await place(small, 3), await place(small, 4)], [201, 422])
  t.same([await place(large, 10), await place(large, 11)], [201, 422])
  t.same([await place(undefined, 10), await place(undefined, 11)], [201, 422])
})

test('what a caller’s scope does not cover an instance refuses too', async (t) => {
  const { ask } = await desk(t)
  for (const [method, path, body] of [
    ['POST', '/order', order('DU1')],
    ['DELETE', '/order/0.1'],
    ['POST', '/clients/pause-orders', {}],
    ['DELETE', '/feeds/idle'],
  ] as const)
    t.match((await ask(reader, method, path, body)).body, { code: 'REQUEST_FORBIDDEN' })
  t.equal((await ask(reader, 'GET', '/account/positions')).answer.status, 200)
  t.match((await ask({ name: 'x' }, 'GET', '/account')).body, { code: 'REQUEST_UNAUTHORIZED' })
})
