import t, { type Test } from 'tap'
import { Gateway } from '../../simulator/gateway.ts'
import { incoming, TwsClient } from '../rig/tws-client.ts'

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const EURUSD = ['', 'EUR', 'CASH', '', '', '', '', 'IDEALPRO', '', 'USD', '', ''] as const
const SPX = ['416904', '', '', '', '', '', '', '', '', '', '', ''] as const

async function loggedIn(t: Test): Promise<{ gateway: Gateway; client: TwsClient }> {
  const gateway = new Gateway({ port: 0, serverVersion: 178, beatMs: 20 })
  await gateway.listen()
  const client = await TwsClient.login({ port: gateway.port, clientId: 5 })
  t.teardown(async () => {
    await client.close()
    await gateway.close()
  })
  return { gateway, client }
}

t.test('contract details come one by one and end; an unknown contract is error 200', async (t) => {
  const { client } = await loggedIn(t)
  const details = (reqId: number, spec: readonly string[]) =>
    client.send(9, 8, reqId, ...spec, 0, '', '', '')
  details(1, APPLE)
  await client.find(incoming.contractDetailsEnd)
  const [apple] = client.all(incoming.contractDetails)
  t.equal(apple?.length, 46, 'with three security ids')
  t.same(apple?.slice(1, 4), ['1', 'AAPL', 'STK'])
  t.same(apple?.slice(12, 14), ['265598', '0.01'])
  details(2, ['', 'ES', 'FUT', '', '', '', '', 'CME', '', 'USD', '', ''])
  await client.find(incoming.contractDetailsEnd)
  t.equal(client.all(incoming.contractDetails).length, 5, 'four expiries')
  details(3, ['', 'NOSUCH', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''])
  t.match(await client.error(3), {
    code: 200,
    text: /No security definition has been found for the request/,
  })
  details(4, ['', 'AAPL', '', '', '', '', '', '', '', '', '', ''])
  t.equal((await client.error(4)).code, 321, 'a security type is needed')
})

t.test('symbols, chains and rules are told', async (t) => {
  const { client } = await loggedIn(t)
  client.send(81, 1, 'appl')
  const samples = await client.find(incoming.symbolSamples)
  t.same(samples.slice(1, 6), ['1', samples[2], '265598', 'AAPL', 'STK'])
  client.send(78, 2, 'AAPL', '', 'STK', 265598)
  const chain = await client.find(75)
  t.same(chain.slice(1, 6), ['2', 'SMART', '265598', 'AAPL', '100'])
  await client.find(76)
  client.send(78, 3, 'IBM', '', 'STK', 8314)
  await client.find(76)
  client.send(78, 4, 'IBM', '', 'STK', 265598)
  t.equal((await client.error(4)).code, 200)
  client.send(91, 26)
  t.same(await client.find(93), ['93', '26', '1', '0', '0.01'])
  client.send(91, 4711)
  await client.find(incoming.error, ([, , , code]) => code === '321')
})

t.test('a snapshot tells what is known and ends at once', async (t) => {
  const { client } = await loggedIn(t)
  client.send(1, 11, 1, ...APPLE, 0, '', 1, 0, '')
  await client.find(incoming.tickSnapshotEnd)
  const types = client.all(incoming.tickPrice).map(([, , , type]) => type)
  t.same(types.sort(), ['1', '14', '2', '4', '6', '7', '9'])
  client.send(1, 11, 2, ...EURUSD, 0, '', 1, 0, '')
  await client.find(incoming.tickSnapshotEnd)
  const pair = client.all(incoming.tickPrice).filter(([, , reqId]) => reqId === '2')
  t.notOk(
    pair.some(([, , , type]) => type === '4'),
    'a currency has no last trade',
  )
  client.send(1, 11, 3, ...APPLE, 0, '233', 1, 0, '')
  t.equal((await client.error(3)).code, 414)
  client.send(1, 11, 4, ...APPLE, 0, 'nonsense', 0, 0, '')
  t.equal((await client.error(4)).code, 321)
})

t.test('a stream goes on until it is cancelled, and its id is then free', async (t) => {
  const { gateway, client } = await loggedIn(t)
  const subscribe = () => client.send(1, 11, 7, ...APPLE, 0, '', 0, 0, '')
  subscribe()
  await client.find(incoming.tickPrice, ([, , , type]) => type === '14')
  const apple = gateway.world.catalogue.byConId(265598)
  if (apple !== undefined) gateway.world.market.pin(apple, 300)
  const [, , , , bid] = await client.find(incoming.tickPrice, ([, , , type]) => type === '1')
  t.equal(bid, '299.99')
  subscribe()
  t.equal((await client.error(7)).code, 102)
  client.send(2, 1, 7)
  await client.settle()
  t.equal(gateway.world.beat.listening, 0, 'nothing runs for nobody')
  client.send(2, 1, 7)
  t.equal((await client.error(7)).code, 300)
  subscribe()
  await client.find(incoming.tickPrice)
})

t.test('everything a client runs ends with it', async (t) => {
  const { gateway, client } = await loggedIn(t)
  client.send(1, 11, 1, ...APPLE, 0, '', 0, 0, '')
  client.send(10, 5, 2, ...APPLE, 5, 1, '')
  client.send(97, 3, ...APPLE, 'BidAsk', 0, 0)
  client.send(50, 3, 4, ...APPLE, 5, 'TRADES', 0, '')
  client.send(92, 5, 'DU1000001', '')
  client.send(20, 6, ...APPLE, 0, '', '1 min', '1 D', 0, 'TRADES', 2, 1, '')
  client.send(62, 1, 7, 'All', 'NetLiquidation')
  await client.settle()
  t.ok(gateway.world.beat.listening > 0)
  await client.find(94)
  await client.close()
  while (gateway.connections.length > 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(gateway.world.beat.listening, 0)
})

t.test('bars come in one answer, oldest first, in the form that was asked for', async (t) => {
  const { client } = await loggedIn(t)
  const history = (reqId: number, ...rest: (string | number)[]) =>
    client.send(20, reqId, ...APPLE, 0, ...rest, 0, '')
  history(1, '20241119-21:00:00', '1 hour', '1 D', 1, 'TRADES', 2)
  const hours = await client.find(incoming.historicalData)
  t.equal(hours[4], '7')
  t.equal(hours.length, 5 + 7 * 8)
  t.equal(hours[5], String(Date.UTC(2024, 10, 19, 14, 30) / 1000))
  history(2, '20241119 16:00:00 US/Eastern', '1 hour', '1 D', 1, 'TRADES', 1)
  const texts = await client.find(incoming.historicalData)
  t.equal(texts[5], '20241119 09:30:00 US/Eastern')
  t.same(texts.slice(6, 13), hours.slice(6, 13), 'the same bar')
  history(3, '20241119-21:00:00', '1 day', '5 D', 1, 'TRADES', 2)
  const days = await client.find(incoming.historicalData)
  t.equal(days[4], '5')
  t.equal(days[5], '20241113', 'days have dates, whatever was asked for')
})

t.test('history that makes no sense, or does not exist, is told apart', async (t) => {
  const { client } = await loggedIn(t)
  const inquire = async (
    reqId: number,
    contract: readonly string[],
    ...rest: (string | number)[]
  ) => {
    client.send(20, reqId, ...contract, 0, ...rest, 2, 0, '')
    return (await client.error(reqId)).code
  }
  t.equal(await inquire(1, APPLE, '', '7 mins', '1 D', 0, 'TRADES'), 321)
  t.equal(await inquire(2, APPLE, '', '1 min', 'long', 0, 'TRADES'), 321)
  t.equal(await inquire(3, APPLE, 'yesterday', '1 min', '1 D', 0, 'TRADES'), 321)
  t.equal(await inquire(4, APPLE, '', '1 min', '1 D', 0, 'FEELINGS'), 321)
  t.equal(await inquire(5, APPLE, '', '1 secs', '1 Y', 0, 'TRADES'), 321)
  t.equal(await inquire(6, APPLE, '', '1 day', '400 D', 0, 'TRADES'), 321)
  t.equal(await inquire(7, EURUSD, '', '1 min', '1 D', 0, 'TRADES'), 162)
  t.equal(await inquire(8, SPX, '', '1 min', '1 D', 0, 'BID'), 162)
  t.equal(await inquire(9, APPLE, '19990101-00:00:00', '1 min', '1 D', 0, 'TRADES'), 162)
})

t.test('20,000 bars come in one answer, quickly', async (t) => {
  const { client } = await loggedIn(t)
  client.send(20, 1, ...APPLE, 0, '', '1 min', '14 D', 0, 'TRADES', 2, 0, '')
  const begun = performance.now()
  const bars = await client.find(incoming.historicalData)
  t.equal(Number(bars[4]), 20_160)
  t.ok(performance.now() - begun < 2000)
})

t.test('ticks of the past, schedules and beginnings are told', async (t) => {
  const { client } = await loggedIn(t)
  client.send(96, 1, ...APPLE, 0, '', '20241119-16:00:00', 10, 'TRADES', 0, 0, '')
  t.equal((await client.find(98))[2], '10')
  client.send(96, 2, ...APPLE, 0, '20241119-16:00:00', '', 10, 'BID_ASK', 0, 0, '')
  const quotes = await client.find(97)
  t.equal(quotes[3], String(Date.UTC(2024, 10, 19, 16) / 1000))
  client.send(96, 3, ...APPLE, 0, '', '', 10, 'TRADES', 0, 0, '')
  t.equal((await client.error(3)).code, 321)
  client.send(87, 4, ...APPLE, 0, 1, 'TRADES', 1)
  t.same(await client.find(88), ['88', '4', '20050103-14:30:00'])
  client.send(20, 5, ...APPLE, 0, '20241119-21:00:00', '1 day', '3 D', 1, 'SCHEDULE', 2, 0, '')
  t.same((await client.find(106)).slice(1, 6), [
    ...['5', '20241115-09:30:00', '20241119-16:00:00', 'US/Eastern', '3'],
  ])
})

t.test('summaries are told by tag, two at a time', async (t) => {
  const { client } = await loggedIn(t)
  const inquire = (reqId: number, group: string, tags: string) =>
    client.send(62, 1, reqId, group, tags)
  inquire(1, 'All', 'NetLiquidation,$LEDGER:ALL')
  await client.find(incoming.accountSummaryEnd)
  const tags = client.all(incoming.accountSummary).map(([, , , , tag]) => tag)
  t.ok(tags.includes('NetLiquidation') && tags.includes('CashBalance'))
  inquire(2, 'DU1000002', 'BuyingPower')
  await client.find(incoming.accountSummaryEnd)
  inquire(3, 'All', 'BuyingPower')
  t.equal((await client.error(3)).code, 322)
  client.send(63, 1, 1)
  inquire(3, 'All', 'BuyingPower')
  await client.find(incoming.accountSummaryEnd)
  inquire(4, 'Nobody', 'BuyingPower')
  t.equal((await client.error(4)).code, 321)
})

t.test('account updates follow one account gateway-wide', async (t) => {
  const { gateway, client } = await loggedIn(t)
  client.send(6, 2, 1, 'DU1000001')
  await client.find(incoming.accountDownloadEnd)
  const other = await TwsClient.login({ port: gateway.port, clientId: 6 })
  other.send(6, 2, 1, 'DU1000002')
  await other.find(incoming.error, ([, , , code]) => code === '2101')
  other.send(6, 2, 1, 'DU1000001')
  await other.find(incoming.accountDownloadEnd)
  client.send(6, 2, 1, 'DU1000001')
  await client.find(incoming.error, ([, , , code]) => code === '2100')
  client.send(6, 2, 0, '')
  other.send(6, 2, 0, '')
  await other.settle()
  await client.settle()
  other.send(6, 2, 1, 'DU1000002')
  t.same((await other.find(incoming.accountDownloadEnd))[2], 'DU1000002')
  await other.close()
})

t.test('what is not served is refused under its own id', async (t) => {
  const { client } = await loggedIn(t)
  client.send(100, 3)
  t.match(await client.error(3), { code: 10276, text: /News feed is not allowed/ })
  client.send(102, 4, 265598, '', 0, 0, 0, '', '', '')
  t.equal((await client.error(4)).code, 10276)
  const option = ['0', 'AAPL', 'OPT', '20261218', '230', 'C', '100', 'SMART', 'USD', '', '']
  client.send(21, 2, 5, ...option, 1, 1, 'DU1000001', 0)
  t.equal((await client.error(5)).code, 321)
  await client.settle()
})
