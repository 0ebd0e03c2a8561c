import t, { test } from 'tap'
import { bearer, keyFile } from '../rig/keyed.ts'
import { pooled } from '../rig/pooled.ts'
import { until } from '../rig/until.ts'

t.setTimeout(120_000)

const order = (account: string) => ({
  ...{ symbol: 'AAPL', action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1, account },
})

test('S4.9 behind the proxy two desks see nothing of each other', async (t) => {
  const keys = await keyFile(t)
  const [one, two] = [
    bearer(await keys.make('one', { accounts: ['DU1'] })),
    bearer(await keys.make('two', { accounts: ['DU2'] })),
  ]
  const all = bearer(keys.read)
  const { call, order: place, url } = await pooled(t, 2, { KEYS_FILE: keys.path }, ['DU1', 'DU2'])
  const stream = await fetch(`${url}/order/events?since=0`, {
    headers: { ...two, accept: 'text/event-stream' },
  })
  const { body: ours } = await place(order('DU1'), one)
  const { body: theirs } = await place(order('DU2'), two)
  t.match([ours, theirs], [{ account: 'DU1' }, { account: 'DU2' }])
  t.equal((await place(order('DU2'), one)).answer.status, 404)
  t.equal((await place(order('DU1'), all)).answer.status, 403)
  for (const way of [`/order/${theirs.id}`, `/order/${theirs.orderId}`])
    for (const method of ['GET', 'DELETE']) {
      const { answer } = await call(way, { method, headers: one })
      t.equal(answer.status, 404, `${method} ${way}`)
    }
  const accounts = async (headers: Record<string, string>) => {
    const { body } = await call('/order', { headers })
    return (body as { account: string }[]).map(({ account }) => account).sort()
  }
  t.same([await accounts(one), await accounts(two)], [['DU1'], ['DU2']])
  t.same(await accounts(all), ['DU1', 'DU2'])
  const told = await until(async () => {
    const { body } = await call('/order/events?since=0', { headers: all })
    const events = body.events as { subject?: string; account?: string }[]
    return new Set(events.map(({ account }) => account)).size >= 2 && events
  }, 'both are told to who sees all')
  t.ok(told.some(({ subject }) => subject === theirs.id))
  const { body: poll } = await call('/order/events?since=0', { headers: one })
  const { body: atom } = await call('/order/events', {
    headers: { ...one, accept: 'application/atom+xml' },
  })
  t.match(JSON.stringify(poll), ours.id)
  for (const text of [JSON.stringify(poll), String(atom)]) t.notMatch(text, /DU2/)
  await call(`/order/${ours.id}`, { method: 'DELETE', headers: one })
  await call(`/order/${theirs.id}`, { method: 'DELETE', headers: two })
  let heard = ''
  for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard += chunk
    if (heard.includes('order.canceled')) break
  }
  t.match(heard, /DU2/)
  t.notMatch(heard, /DU1/)
})

test('a key is as good behind a pinned path, and no better', async (t) => {
  const keys = await keyFile(t)
  const one = bearer(await keys.make('one', { accounts: ['DU1'], symbols: ['AAPL'] }))
  const { call, order: place } = await pooled(t, 2, { KEYS_FILE: keys.path }, ['DU1', 'DU2'])
  t.match((await call('/clients/1', { headers: one })).body, { clientId: 1, accounts: ['DU1'] })
  for (const path of ['/clients/1/order', '/api/v1/order', '/clients/1/order/'])
    t.equal((await place(order('DU2'), one, path)).answer.status, 404, path)
  const msft = { ...order('DU1'), symbol: 'MSFT' }
  const { body } = await place(msft, one, '/clients/1/order')
  t.match(body, { status: 403, code: 'REQUEST_FORBIDDEN', detail: /one may not trade MSFT/ })
  t.equal((await place(order('DU1'), one, '/clients/1/order')).answer.status, 201)
})

test('a subscription is found by whoever made it, at whichever client it lives', async (t) => {
  const keys = await keyFile(t)
  const { call } = await pooled(t, 3, { KEYS_FILE: keys.path })
  const ref = { 'source-ref': 'grid' }
  const [one, two] = [bearer(keys.read), bearer(keys.trade)]
  const subscribe = (headers: object, symbol: string) =>
    call(`/market/data?symbol=${symbol}`, { method: 'POST', headers: { ...headers, ...ref } })
  t.equal((await subscribe(one, 'AAPL')).answer.status, 200)
  t.equal((await call('/market/data', { headers: { ...two, ...ref } })).answer.status, 404)
  t.equal((await subscribe(two, 'MSFT')).answer.status, 200)
  t.equal((await subscribe(one, 'IBM')).answer.status, 409, 'his own is taken')
  for (const headers of [one, two]) {
    const { answer, body } = await call('/market/data', { headers: { ...headers, ...ref } })
    t.equal(answer.status, 200)
    t.match(body, { sourceRef: 'grid', sequenceId: 2 })
  }
})
