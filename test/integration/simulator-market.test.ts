import t, { type Test } from 'tap'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { incoming, TwsClient } from '../rig/tws-client.ts'

const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const EURUSD = ['', 'EUR', 'CASH', '', '', '', '', 'IDEALPRO', '', 'USD', '', ''] as const
/** Friday 20 November 2026, 10:00 in New York. */
const FRIDAY = Date.UTC(2026, 10, 20, 15)
const SATURDAY = FRIDAY + 86_400_000
const [DEPTH, BARS, SECOND_BARS, DATA_TYPE, UPDATE] = [12, 17, 50, 58, 90] as const
const [PAST_MIDDLES, PAST_QUOTES, PAST_TRADES, TICKS] = [96, 97, 98, 99] as const

async function standing(
  t: Test,
  start: number,
  more: Partial<GatewayOptions> = {},
): Promise<{ gateway: Gateway; client: TwsClient; pass: (ms: number) => Promise<void> }> {
  const gateway = new Gateway({
    ...{ port: 0, serverVersion: 178, clockStart: start, isStepped: true, ...more },
  })
  await gateway.listen()
  const client = await TwsClient.login({ port: gateway.port, clientId: 5 })
  t.teardown(async () => {
    await client.close()
    await gateway.close()
  })
  const pass = async (ms: number) => {
    await client.settle()
    await gateway.stepTo(gateway.world.now() + ms)
    await client.settle()
  }
  return { gateway, client, pass }
}

t.test(
  'depth is told whole once, then the rows that changed, prices in their places',
  async (t) => {
    const { client, pass } = await standing(t, FRIDAY)
    client.send(10, 5, 1, ...APPLE, 5, 0, '')
    await client.settle()
    const first = client.all(DEPTH)
    t.equal(first.length, 10)
    t.ok(first.every(([, , , , operation]) => operation === '0'))
    const book = new Map<string, string>()
    let repeated = 0
    await pass(30_000)
    const lines = client.all(DEPTH)
    t.ok(lines.length > 20 && lines.length < 10 * 120, `${lines.length} rows in 120 beats`)
    for (const [, , , row, , side, price, size] of lines) {
      if (book.get(`${side} ${row}`) === `${price} ${size}`) repeated += 1
      book.set(`${side} ${row}`, `${price} ${size}`)
    }
    t.equal(repeated, 0, 'nothing is told twice')
    const prices = (side: number) =>
      [0, 1, 2, 3, 4].map((row) => Number(book.get(`${side} ${row}`)?.split(' ')[0]))
    const [asks, bids] = [prices(0), prices(1)]
    t.same(
      asks,
      [...asks].sort((a, b) => a - b),
    )
    t.same(
      bids,
      [...bids].sort((a, b) => b - a),
    )
    t.ok((bids[0] ?? 0) < (asks[0] ?? 0))
  },
)

t.test('tick by tick begins with as many past ticks as were asked for', async (t) => {
  const { client, pass } = await standing(t, FRIDAY)
  client.send(97, 1, ...APPLE, 'AllLast', 7, 0)
  const trades = await client.find(PAST_TRADES)
  t.same(trades.slice(1, 3), ['1', '7'])
  t.equal(trades.at(-1), '1', 'and says that these are all')
  client.send(97, 2, ...APPLE, 'BidAsk', 5, 1)
  t.equal((await client.find(PAST_QUOTES))[2], '5')
  client.send(97, 3, ...EURUSD, 'MidPoint', 3, 0)
  t.equal((await client.find(PAST_MIDDLES))[2], '3')
  client.send(97, 4, ...EURUSD, 'Last', 0, 0)
  t.equal((await client.error(4)).code, 10189, 'a currency has no trades')
  client.send(97, 4, ...APPLE, 'Last', 1001, 0)
  t.equal((await client.error(4)).code, 321)
  t.equal(client.all(TICKS).length, 0, 'nothing twice')
  await pass(10_000)
  const of = (id: string) => client.all(TICKS).filter(([, reqId]) => reqId === id)
  t.ok(of('1').every(([, , type]) => type === '2') && of('1').length > 5)
  t.ok(of('2').every(([, , type]) => type === '3') && of('2').length > 5)
  t.ok(of('3').every(([, , type]) => type === '4') && of('3').length > 0)
  const quotes = of('2').map((fields) => fields.slice(4, 6).join())
  t.notOk(
    quotes.some((quote, place) => place > 0 && quote === quotes[place - 1]),
    'sizes alone are not told where they are not wanted',
  )
  const middles = of('3').map(([, , , , price]) => price)
  t.notOk(middles.some((price, place) => place > 0 && price === middles[place - 1]))
})

t.test('a new size in a new second is told though the price stands', async (t) => {
  const { gateway, client, pass } = await standing(t, FRIDAY)
  const apple = gateway.world.catalogue.byConId(265598)
  if (apple !== undefined) gateway.world.market.pin(apple, 200)
  client.send(1, 11, 1, ...APPLE, 0, '104,106', 0, 0, '')
  client.send(97, 2, ...APPLE, 'Last', 0, 0)
  await pass(10_000)
  const sizes = client.all(incoming.tickSize).map(([, , , type]) => type)
  for (const type of ['0', '3', '5']) {
    t.ok(sizes.filter((one) => one === type).length > 3, `size of type ${type}`)
  }
  t.ok(client.all(TICKS).length > 3, 'trades at the same price')
  const generic = client.all(45).map(([, , , type]) => type)
  t.same(generic, ['23', '24'], 'volatilities')
})

t.test('five-second bars come every five seconds and are those of history', async (t) => {
  const { client, pass } = await standing(t, FRIDAY + 1200)
  client.send(50, 3, 1, ...APPLE, 5, 'TRADES', 1, '')
  await pass(60_000)
  const bars = client.all(SECOND_BARS)
  t.equal(bars.length, 12)
  t.same(
    bars.map(([, , , time]) => Number(time)),
    Array.from({ length: 12 }, (_, place) => FRIDAY / 1000 + place * 5),
  )
  client.send(20, 2, ...APPLE, 0, '20261120-15:01:00', '5 secs', '60 S', 0, 'TRADES', 2, 0, '')
  const past = await client.find(BARS)
  t.same(
    bars.map((bar) => bar.slice(4, 9)),
    bars.map((_, place) => past.slice(6 + place * 8, 11 + place * 8)),
  )
})

t.test('a history that is kept up to date ends each bar as history has it', async (t) => {
  const { client, pass } = await standing(t, FRIDAY + 17_000)
  client.send(20, 1, ...APPLE, 0, '', '1 min', '600 S', 1, 'TRADES', 2, 1, '')
  await client.find(BARS)
  await pass(180_000)
  const told = new Map(client.all(UPDATE).map((fields) => [fields[3], fields]))
  client.send(20, 2, ...APPLE, 0, '20261120-15:03:00', '1 min', '180 S', 1, 'TRADES', 2, 0, '')
  const past = await client.find(BARS)
  for (const place of [0, 1, 2]) {
    const [time, open, high, low, close, volume] = past.slice(5 + place * 8, 11 + place * 8)
    const [, , , , updateOpen, updateClose, updateHigh, updateLow, , updateVolume] =
      told.get(time ?? '') ?? []
    t.same(
      [updateOpen, updateHigh, updateLow, updateClose, updateVolume],
      [open, high, low, close, volume],
    )
  }
})

t.test('on a Saturday the exchange is closed: quotes stand, no ticks, no bars', async (t) => {
  const { client, pass } = await standing(t, SATURDAY, { hours: 'exchange' })
  client.send(59, 1, 2)
  client.send(1, 11, 1, ...APPLE, 0, '', 0, 0, '')
  const [, , , type] = await client.find(DATA_TYPE)
  t.equal(type, '2', 'frozen, since it was asked for')
  client.send(97, 2, ...APPLE, 'Last', 0, 0)
  client.send(50, 3, 3, ...APPLE, 5, 'TRADES', 0, '')
  await client.settle()
  const before = client.received.length
  await pass(60_000)
  const after = client.received.slice(before).filter(([id]) => id !== '49')
  t.same(after, [])
  client.send(20, 4, ...APPLE, 0, '', '1 min', '1 D', 0, 'TRADES', 2, 0, '')
  const bars = await client.find(BARS)
  t.equal(bars[4], String(16 * 60), 'the last day it traded, from 4:00 to 20:00')
  client.send(20, 5, ...APPLE, 0, '', '1 day', '2 D', 1, 'SCHEDULE', 2, 0, '')
  t.same((await client.find(106)).slice(6), [
    ...['20261119-09:30:00', '20261119-16:00:00', '20261119'],
    ...['20261120-09:30:00', '20261120-16:00:00', '20261120'],
  ])
})

t.test('what is not subscribed is refused live, and told a quarter of an hour late', async (t) => {
  const { gateway, client, pass } = await standing(t, FRIDAY, { marketData: 'delayed' })
  client.send(1, 11, 1, ...APPLE, 0, '', 0, 0, '')
  t.equal((await client.error(1)).code, 354)
  client.send(10, 5, 1, ...APPLE, 5, 0, '')
  t.equal((await client.error(1)).code, 354)
  client.send(97, 1, ...APPLE, 'Last', 0, 0)
  t.equal((await client.error(1)).code, 10189)
  client.send(50, 3, 1, ...APPLE, 5, 'TRADES', 0, '')
  t.equal((await client.error(1)).code, 420)
  client.send(1, 11, 2, ...EURUSD, 0, '', 1, 0, '')
  t.equal((await client.find(DATA_TYPE))[3], '1', 'currencies are free')
  client.send(59, 1, 3)
  client.send(1, 11, 3, ...APPLE, 0, '', 0, 0, '')
  t.equal((await client.error(3)).code, 10167)
  t.equal((await client.find(DATA_TYPE))[3], '3')
  await pass(20_000)
  const of = (id: number) => client.all(id).filter(([, , reqId]) => reqId === '3')
  const types = new Set(
    [...of(incoming.tickPrice), ...of(incoming.tickSize), ...of(46)].map(([, , , type]) => type),
  )
  t.same(
    [...types].map(Number).sort((a, b) => a - b),
    [66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88],
  )
  const [, , , , bid] = of(incoming.tickPrice).findLast(([, , , type]) => type === '66') ?? []
  const apple = gateway.world.catalogue.byConId(265598)
  if (apple === undefined) throw new Error('AAPL is not listed')
  const late = gateway.world.now() - 900_000
  t.equal(bid, String(gateway.world.market.quote(apple, late).bid))
})
