import t, { type Test } from 'tap'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import type { SomeLimits } from '../../simulator/limits/settings.ts'
import { frameOf, incoming, orderFields, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'
import { ManualClock } from '../unit/simulator/manual-clock.ts'

const named = (symbol: string) =>
  ['', symbol, 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const APPLE = named('AAPL')

interface House {
  readonly gateway: Gateway
  readonly clock: ManualClock
  readonly enter: (clientId: number) => Promise<TwsClient>
}

/** A gateway at 178 whose clock only the test moves. */
async function house(
  t: Test,
  limits: SomeLimits = {},
  more: Partial<GatewayOptions> = {},
): Promise<House> {
  const clock = new ManualClock()
  const gateway = new Gateway({ port: 0, serverVersion: 178, clock, limits, ...more })
  await gateway.listen()
  t.teardown(() => gateway.close())
  return {
    gateway,
    clock,
    enter: (clientId) => TwsClient.login({ port: gateway.port, clientId }),
  }
}

function stream(client: TwsClient, reqId: number, snapshot = 0, regulatory = 0): void {
  client.send(1, 11, reqId, ...APPLE, 0, '', snapshot, regulatory, '')
}

/** The code of the next error with that id. */
async function refusal(client: TwsClient, id: number): Promise<number> {
  return (await client.error(id)).code
}

t.test('all clients share the market data lines; one more than there are is 101', async (t) => {
  const { gateway, enter } = await house(t, { messageRate: 'off' })
  const [one, other] = [await enter(1), await enter(2)]
  for (let reqId = 1; reqId <= 60; reqId += 1) stream(one, reqId)
  await one.settle()
  for (let reqId = 1; reqId <= 40; reqId += 1) stream(other, reqId)
  stream(other, 41)
  t.match(await other.error(41), { code: 101, text: /Max number of tickers has been reached/ })
  stream(other, 42, 1)
  t.equal(await refusal(other, 42), 101, 'a snapshot needs a line too')
  stream(other, 43, 0, 1)
  t.equal(await refusal(other, 43), 101, 'and a regulatory one')
  t.equal(gateway.world.usage.lines.used, 100)
  other.send(2, 1, 40)
  for (const reqId of [44, 45]) {
    stream(other, reqId, 1)
    await other.find(incoming.tickSnapshotEnd)
  }
  t.pass('a snapshot gives its line back')
  await one.close()
  await until(() => gateway.world.usage.lines.used === 39, 'who leaves gives back his lines')
  await other.close()
})

t.test('lines are given back when market data is lost with notice 1101', async (t) => {
  const { gateway, enter } = await house(t, { marketDataLines: 2 })
  const client = await enter(1)
  stream(client, 1)
  stream(client, 2)
  await client.settle()
  gateway.notify(1101, 'restored, data lost')
  await client.find(incoming.error, ([, , , code]) => code === '1101')
  t.equal(gateway.world.usage.lines.used, 0)
  await client.close()
})

t.test('a client that is too fast is read later: nothing is lost, nothing overtakes', async (t) => {
  const { clock, enter } = await house(t, { messagesPerSecond: 3 })
  const [fast, calm] = [await enter(1), await enter(2)]
  const begun = Math.floor(clock.now() / 1000)
  fast.socket.write(
    Buffer.concat(Array.from({ length: 8 }, (_, index) => frameOf([104, index + 1]))),
  )
  const answered = () => fast.all(107).map(([, reqId]) => Number(reqId))
  await until(() => answered().length === 3, 'the first three')
  for (const count of [6, 8]) {
    await calm.settle()
    t.equal(answered().length, Math.floor((count - 1) / 3) * 3, 'no more in this second')
    clock.pass(1000)
    await until(() => answered().length === count, `${count} answers`)
  }
  t.same(answered(), [1, 2, 3, 4, 5, 6, 7, 8], 'in the sequence they were sent')
  await fast.settle()
  t.equal(Number(fast.all(incoming.currentTime)[0]?.[2]), begun + 2, 'after two seconds')
  t.equal(fast.all(incoming.error).filter(([, , , code]) => code === '100').length, 0)
  await Promise.all([fast.close(), calm.close()])
})

t.test('a client that leaves while it is not read leaves nothing behind', async (t) => {
  const { gateway, clock, enter } = await house(t, { messagesPerSecond: 1 })
  const client = await enter(1)
  for (let count = 0; count < 3; count += 1) client.send(61, 1)
  await client.find(incoming.positionEnd)
  await client.close()
  await until(() => {
    clock.pass(1000)
    return gateway.connections.length === 0
  }, 'it is gone')
  t.equal((await enter(1)).version, 178, 'its id is free')
})

t.test(
  'a gateway that rejects drops what is too much with 100, and the third ends it',
  async (t) => {
    const { clock, enter } = await house(t, { messagesPerSecond: 3, messageRate: 'reject' })
    const [fast, calm] = [await enter(1), await enter(2)]
    for (const reqId of [1, 2, 3, 4]) fast.send(104, reqId)
    t.same(await fast.error(4), {
      code: 100,
      text: 'Max rate of messages per second has been exceeded:max=3 rec=4 (1)',
    })
    t.equal(fast.all(107).length, 3, 'it was not served')
    clock.pass(1000)
    await fast.settle()
    for (const reqId of [5, 6]) fast.send(104, reqId)
    fast.send(49, 1)
    t.match(await fast.error(-1), { code: 100, text: /rec=4 \(2\)$/ })
    t.notOk(fast.isClosed)
    fast.send(104, 7)
    t.match(await fast.error(7), { code: 100, text: /rec=5 \(3\)$/ })
    await fast.closed
    await calm.settle()
    t.pass('nobody else is cut off')
    await calm.close()
  },
)

t.test('a client may ask to be paced where the gateway rejects', async (t) => {
  const { gateway, clock } = await house(t, { messagesPerSecond: 2, messageRate: 'reject' })
  const client = new TwsClient(gateway.port)
  const wishes = Buffer.from('v157..178 +PACEAPI')
  client.socket.write(
    Buffer.concat([Buffer.from('API\0\0\0\0'), Buffer.from([wishes.length]), wishes]),
  )
  client.socket.write(frameOf([71, 2, 9, '']))
  for (const reqId of [1, 2, 3]) client.send(104, reqId)
  await until(() => client.all(107).length === 2, 'two answers')
  await until(() => {
    clock.pass(100)
    return client.all(107).length === 3
  }, 'the third')
  t.equal(client.all(incoming.error).filter(([, , , code]) => code === '100').length, 0)
  await client.close()
})

t.test('thousands of messages a second are served where nobody counts them', async (t) => {
  const { enter } = await house(t, { messageRate: 'off' })
  const client = await enter(1)
  client.socket.write(Buffer.concat(Array.from({ length: 5000 }, () => frameOf([49, 1]))))
  await until(() => client.all(incoming.currentTime).length === 5000, 'all of them')
  t.pass('no time has passed on the clock')
  await client.close()
})

t.test('the depth of three instruments is streamed, whoever asks; a fourth is 309', async (t) => {
  const { enter } = await house(t)
  const [one, other] = [await enter(1), await enter(2)]
  const depth = (client: TwsClient, reqId: number, symbol: string) =>
    client.send(10, 5, reqId, ...named(symbol), 5, 0, '')
  for (const [reqId, symbol] of [
    [1, 'AAPL'],
    [2, 'MSFT'],
    [3, 'IBM'],
  ] as const) {
    depth(one, reqId, symbol)
  }
  await one.settle()
  depth(other, 4, 'SPY')
  t.match(await other.error(4), {
    code: 309,
    text: 'Max number (3) of market depth requests has been reached',
  })
  depth(other, 5, 'IBM')
  await other.find(12)
  t.pass('one of the three may be asked for again')
  depth(one, 1, 'AAPL')
  t.equal(await refusal(one, 1), 102, 'under another id')
  one.send(11, 5, 1, 0)
  await one.settle()
  depth(other, 6, 'SPY')
  await other.find(12, ([, , reqId]) => reqId === '6')
  await Promise.all([one.close(), other.close()])
})

t.test('five tick-by-tick streams run at once, one of a type within 15 seconds', async (t) => {
  const { clock, enter } = await house(t)
  const [one, other] = [await enter(1), await enter(2)]
  const ticks = (client: TwsClient, reqId: number, symbol: string, type = 'Last') =>
    client.send(97, reqId, ...named(symbol), type, 0, 0)
  ticks(one, 1, 'AAPL')
  ticks(one, 2, 'AAPL', 'BidAsk')
  await one.settle()
  ticks(other, 3, 'AAPL')
  t.match(await other.error(3), { code: 10189, text: /same instrument within 15 seconds/ })
  ticks(one, 1, 'MSFT')
  t.equal(await refusal(one, 1), 102)
  for (const [index, symbol] of ['MSFT', 'IBM', 'SPY'].entries()) ticks(other, 10 + index, symbol)
  await other.settle()
  ticks(other, 20, 'NVDA')
  t.match(await other.error(20), {
    code: 10190,
    text: /Max number of tick-by-tick requests has been reached/,
  })
  one.send(98, 1)
  one.send(98, 1)
  t.equal(await refusal(one, 1), 300, 'it was cancelled before')
  ticks(one, 4, 'AAPL')
  t.equal(await refusal(one, 4), 10189)
  clock.pass(15_000)
  ticks(one, 4, 'AAPL')
  await one.find(99, ([, reqId]) => reqId === '4')
  await Promise.all([one.close(), other.close()])
})

interface Wish {
  readonly symbol?: string
  readonly end?: string
  readonly size?: string
  readonly shown?: string
  readonly keep?: 0 | 1
}

function history(client: TwsClient, reqId: number, wish: Wish = {}): void {
  const { symbol = 'AAPL', end = '20241119-20:00:00', size = '30 secs', keep = 0 } = wish
  const { shown = 'TRADES' } = wish
  client.send(20, reqId, ...named(symbol), 0, end, size, '1800 S', 1, shown, 2, keep, '')
}

const violation = {
  code: 162,
  text: 'Historical Market Data Service error message:Historical data request pacing violation',
}
const ends = ['18', '19', '20', '21', '17', '16'].map((hour) => `20241119-${hour}:30:00`)

t.test('small bars that are asked for too fast are a pacing violation', async (t) => {
  const { clock, enter } = await house(t)
  const [one, other] = [await enter(1), await enter(2)]
  history(one, 1)
  await one.find(incoming.historicalData)
  history(other, 2)
  t.same(await other.error(2), violation, 'the same within 15 s, by anybody')
  history(other, 3, { size: '1 min' })
  history(other, 4, { size: '1 min' })
  await other.find(incoming.historicalData, ([, reqId]) => reqId === '4')
  clock.pass(15_000)
  history(other, 5)
  await other.find(incoming.historicalData, ([, reqId]) => reqId === '5')
  clock.pass(2000)
  for (const [index, end] of ends.slice(0, 5).entries()) history(one, 10 + index, { end })
  await one.find(incoming.historicalData, ([, reqId]) => reqId === '14')
  history(one, 20, { end: ends[5] as string })
  t.same(await one.error(20), violation, 'six of one contract within two seconds')
  history(one, 21, { end: ends[5] as string, symbol: 'MSFT', shown: 'BID_ASK' })
  await one.find(incoming.historicalData, ([, reqId]) => reqId === '21')
  await Promise.all([one.close(), other.close()])
})

t.test('histories are paced for each client, or not at all, when told so', async (t) => {
  for (const historyPacing of ['client', 'off'] as const) {
    const { enter } = await house(t, { historyPacing })
    const [one, other] = [await enter(1), await enter(2)]
    history(one, 1)
    await one.find(incoming.historicalData)
    history(other, 2)
    await other.find(incoming.historicalData)
    history(one, 3)
    if (historyPacing === 'client') t.same(await one.error(3), violation)
    else t.ok(await one.find(incoming.historicalData))
    await Promise.all([one.close(), other.close()])
  }
})

t.test('only so many histories are open at once, and each can be cancelled once', async (t) => {
  const { enter } = await house(t, { historiesAtOnce: 2 })
  const [one, other] = [await enter(1), await enter(2)]
  const kept = { end: '', size: '1 min', keep: 1 } as const
  history(one, 1, kept)
  history(one, 2, kept)
  await one.find(incoming.historicalData, ([, reqId]) => reqId === '2')
  history(other, 3, { size: '1 min' })
  t.match(await other.error(3), {
    code: 322,
    text: /Only 2 simultaneous API historical data requests allowed/,
  })
  history(one, 2, kept)
  t.match(await one.error(2), {
    code: 322,
    text: /Duplicate ticker ID for API historical data query/,
  })
  one.send(25, 1, 2)
  t.match(await one.error(2), { code: 162, text: /API historical data query cancelled: 2$/ })
  one.send(25, 1, 2)
  t.match(await one.error(2), {
    code: 366,
    text: 'No historical data query found for ticker id:2',
  })
  history(other, 4, { size: '1 min' })
  await other.find(incoming.historicalData)
  await Promise.all([one.close(), other.close()])
})

t.test('symbol searches of a client are answered a second apart', async (t) => {
  const { clock, enter } = await house(t)
  const [one, other] = [await enter(1), await enter(2)]
  const found = () => one.all(incoming.symbolSamples).map(([, reqId]) => Number(reqId))
  for (const reqId of [1, 2, 3]) one.send(81, reqId, 'A')
  other.send(81, 1, 'A')
  const samples = await other.find(incoming.symbolSamples)
  t.ok(Number(samples[2]) <= 16, 'at most 16 are found')
  await one.settle()
  for (const count of [1, 2]) {
    t.same(found(), [1, 2].slice(0, count))
    clock.pass(1000)
    await until(() => found().length === count + 1, 'one more')
  }
  for (let reqId = 10; reqId < 25; reqId += 1) one.send(81, reqId, 'A')
  t.equal(await refusal(one, 24), 322, 'only so many may wait')
  await Promise.all([one.close(), other.close()])
})

t.test('summaries of a client and clients at once are as many as is set', async (t) => {
  const { gateway, enter } = await house(t, { accountSummaries: 1, clients: 2 })
  const [one, other] = [await enter(1), await enter(2)]
  const summary = (client: TwsClient, reqId: number) =>
    client.send(62, 1, reqId, 'All', 'NetLiquidation')
  summary(one, 1)
  summary(other, 1)
  await other.find(incoming.accountSummaryEnd)
  summary(one, 2)
  t.match(await one.error(2), {
    code: 322,
    text: /Maximum number of account summary requests exceeded/,
  })
  summary(one, 1)
  await one.find(incoming.accountSummaryEnd)
  t.pass('an id can be used again')
  const third = await TwsClient.hello({ port: gateway.port })
  third.send(71, 2, 3, '')
  await third.closed
  t.equal(third.all(incoming.nextValidId).length, 0)
  await Promise.all([one.close(), other.close()])
})

const resting = (orderId: number) =>
  orderFields({ 1: orderId, 3: 'AAPL', 16: 'BUY', 17: 1, 18: 'LMT', 19: 1 })

t.test('in read-only mode nobody trades through the API, but everything is told', async (t) => {
  const { gateway, enter } = await house(t, {}, { readOnly: true })
  const client = await enter(0)
  const text = /The API interface is currently in Read-Only mode/
  client.send(...resting(1))
  t.match(await client.error(1), { code: 321, text })
  client.send(4, 1, 7, '')
  t.match(await client.error(7), { code: 321, text })
  const unnumbered = ([, , id, code]: readonly string[]) => id === '-1' && code === '321'
  for (const request of [
    [58, 1],
    [15, 1, 1],
  ]) {
    client.send(...request)
    t.match(await client.find(incoming.error, unnumbered), { 4: text })
  }
  client.send(5, 1)
  await client.find(incoming.openOrderEnd)
  client.send(7, 3, 9, '', '', '', '', '', '', '')
  await client.find(incoming.execDetailsEnd)
  t.same([...gateway.world.desk.orders], [])
  await client.close()
})

t.test('open orders are shown at login where the gateway is set to do so', async (t) => {
  for (const downloadOpenOrders of [false, true]) {
    const { enter } = await house(t, {}, { downloadOpenOrders })
    const [first, other] = [await enter(1), await enter(2)]
    first.send(...resting(5))
    await first.find(incoming.orderStatus)
    await first.close()
    let again: TwsClient | undefined
    while (again === undefined) again = await enter(1).catch(() => undefined)
    await again.settle()
    const shown = [incoming.openOrder, incoming.orderStatus].map((id) => again.all(id).length)
    t.same(shown, downloadOpenOrders ? [1, 1] : [0, 0])
    t.same(again.all(incoming.nextValidId), [['9', '1', '6']], 'ids go on where they were')
    await other.settle()
    t.equal(other.all(incoming.openOrder).length, 0, 'orders of others are not')
    await Promise.all([again.close(), other.close()])
  }
})

t.test('orders belong to their owner; the master hears of all and may touch none', async (t) => {
  const { enter } = await house(t, {}, { masterClientId: 9, fillDelayMs: 0 })
  const [owner, master, stranger] = [await enter(1), await enter(9), await enter(3)]
  owner.send(...resting(1))
  const open = await master.find(incoming.openOrder)
  t.equal(open[1], '1')
  await master.find(incoming.orderStatus)
  for (const other of [master, stranger]) {
    other.send(4, 1, 1, '')
    t.equal(await refusal(other, 1), 10147)
  }
  master.send(8, 1, 1)
  const ids = await master.find(incoming.nextValidId)
  t.equal(ids[2], '2', 'an id it was shown is used up for it')
  stranger.send(15, 1, 1)
  await stranger.find(incoming.error, ([, , id, code]) => id === '-1' && code === '327')
  stranger.send(8, 1, 1)
  t.equal((await stranger.find(incoming.nextValidId))[2], '1')
  t.equal(stranger.all(incoming.openOrder).length, 0)
  await Promise.all([owner, master, stranger].map((client) => client.close()))
})

t.test('what does not run cannot be cancelled, and each kind says so with its code', async (t) => {
  const { enter } = await house(t)
  const client = await enter(1)
  for (const [request, code] of [
    [[2, 1, 71], 300],
    [[11, 5, 71, 0], 310],
    [[25, 1, 71], 366],
    [[51, 1, 71], 300],
    [[98, 71], 300],
    [[4, 1, 71, ''], 10147],
  ] as const) {
    client.send(...request)
    t.equal(await refusal(client, 71), code, `request ${request[0]}`)
  }
  await client.close()
})
