import t from 'tap'
import { house, refusal } from '../rig/house.ts'
import { incoming, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

const named = (symbol: string) =>
  ['', symbol, 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const APPLE = named('AAPL')

function stream(client: TwsClient, reqId: number, snapshot = 0, regulatory = 0): void {
  client.send(1, 11, reqId, ...APPLE, 0, '', snapshot, regulatory, '')
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
