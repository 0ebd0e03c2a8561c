import t, { type Test } from 'tap'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { incoming, orderFields, TwsClient } from '../rig/tws-client.ts'
import { until } from '../rig/until.ts'

const APPLE = 265598

async function gatewayFor(t: Test, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = new Gateway({ port: 0, serverVersion: 178, ...options })
  await gateway.listen()
  t.teardown(() => gateway.close())
  pinApple(gateway, 200)
  return gateway
}

function pinApple(gateway: Gateway, price: number): void {
  const apple = gateway.world.catalogue.byConId(APPLE)
  if (apple !== undefined) gateway.world.market.pin(apple, price)
  gateway.world.desk.sweep()
}

const buy = (orderId: number, more: Record<number, string | number> = {}) =>
  orderFields({ 1: orderId, 3: 'AAPL', 16: 'BUY', 17: 100, ...more })
const limit = (orderId: number, price: number, more: Record<number, string | number> = {}) =>
  buy(orderId, { 18: 'LMT', 19: price, ...more })

/** Number, status or code of the messages about orders, as they came. */
function story(client: TwsClient): string[] {
  return client.received.flatMap((fields) => {
    switch (Number(fields[0])) {
      case incoming.openOrder:
        return [`openOrder ${fields[93]}`]
      case incoming.orderStatus:
        return [`orderStatus ${fields[2]} ${fields[3]}/${fields[4]}`]
      case incoming.execDetails:
        return ['execDetails']
      case incoming.commissionReport:
        return ['commissionReport']
      case incoming.error:
        return fields[2] === '-1' ? [] : [`error ${fields[3]}`]
      default:
        return []
    }
  })
}

t.test('a market order is told as a real gateway tells it, to its owner alone', async (t) => {
  const { port } = await gatewayFor(t)
  const owner = await TwsClient.login({ port, clientId: 5 })
  const other = await TwsClient.login({ port, clientId: 6 })
  owner.send(...buy(1))
  await owner.find(incoming.commissionReport)
  t.same(story(owner), [
    'openOrder PreSubmitted',
    'orderStatus PreSubmitted 0/100',
    'execDetails',
    'openOrder Filled',
    'orderStatus Filled 100/0',
    'openOrder Filled',
    'commissionReport',
  ])
  const [first, , last] = owner.all(incoming.openOrder)
  t.equal(first?.length, 135)
  t.equal(last?.[103], '1', 'the last one tells the commission')
  const [exec] = owner.all(incoming.execDetails)
  t.same(exec?.slice(1, 4), ['-1', '1', '265598'])
  t.match(exec?.[15], /^\d{8} \d\d:\d\d:\d\d US\/Eastern$/)
  t.same(exec?.slice(18, 21), ['BOT', '100', '200.01'])
  t.equal(owner.all(incoming.commissionReport)[0]?.[2], exec?.[14], 'joined by the execution id')
  await other.settle()
  t.same(story(other), [])
  await Promise.all([owner.close(), other.close()])
})

t.test('the master client hears of every order', async (t) => {
  const { port } = await gatewayFor(t, { masterClientId: 0 })
  const master = await TwsClient.login({ port, clientId: 0 })
  const owner = await TwsClient.login({ port, clientId: 6 })
  owner.send(...buy(1))
  await owner.find(incoming.commissionReport)
  await master.find(incoming.commissionReport)
  t.same(story(master), story(owner))
  await Promise.all([owner.close(), master.close()])
})

t.test('an order lives on without its client, and its client finds it again', async (t) => {
  const gateway = await gatewayFor(t)
  const { port } = gateway
  const first = await TwsClient.login({ port, clientId: 5 })
  first.send(...limit(41, 150))
  const [, , , , permId] = (await first.find(incoming.openOrder)).slice(21)
  await first.close()
  await until(() => gateway.connections.length === 0, 'the gateway notices')
  const again = await TwsClient.login({ port, clientId: 5 })
  t.equal(again.all(incoming.nextValidId)[0]?.[2], '42')
  again.send(5, 1)
  await again.find(incoming.openOrderEnd)
  const [found] = again.all(incoming.openOrder)
  t.equal(found?.[1], '41')
  t.equal(found?.[25], permId, 'under the same permanent id')
  again.send(4, 1, 41, '')
  t.equal((await again.error(41)).code, 202)
  await again.close()
})

t.test('only the owner may cancel; all may see; anybody may cancel everything', async (t) => {
  const { port } = await gatewayFor(t)
  const owner = await TwsClient.login({ port, clientId: 5 })
  const other = await TwsClient.login({ port, clientId: 6 })
  owner.send(...limit(1, 150))
  await owner.find(incoming.orderStatus)
  other.send(4, 1, 1, '')
  t.equal((await other.error(1)).code, 10147)
  other.send(5, 1)
  await other.find(incoming.openOrderEnd)
  t.equal(other.all(incoming.openOrder).length, 0, 'reqOpenOrders tells its own')
  other.send(16, 1)
  await other.find(incoming.openOrderEnd)
  t.equal(other.all(incoming.openOrder)[0]?.[24], '5', 'reqAllOpenOrders tells everybody’s')
  other.send(8, 1, 1)
  t.equal((await other.find(incoming.nextValidId))[2], '2', 'what was seen counts as used')
  other.send(15, 1, 1)
  t.equal((await other.error(-1)).code, 327)
  other.send(58, 1)
  t.equal((await owner.error(1)).code, 202)
  await Promise.all([owner.close(), other.close()])
})

t.test('every kind of refusal has its code, over the wire', async (t) => {
  const { port } = await gatewayFor(t)
  const client = await TwsClient.login({ port, clientId: 5 })
  const cases: readonly (readonly [number, string[]])[] = [
    [200, buy(1, { 3: 'NOSUCH' })],
    [110, limit(1, 150.001)],
    [434, buy(1, { 17: 0 })],
    [387, buy(1, { 18: 'NEVER' })],
    [201, buy(1, { 17: 1_000_000 })],
    [201, buy(2, { 18: 'QUOTE' })],
    [103, buy(2)],
    [320, buy(3, { 17: 'many' })],
    [320, buy(3).slice(0, 100)],
    [10006, buy(3, { 28: 99 })],
  ]
  for (const [code, order] of cases) {
    client.send(...order)
    t.equal((await client.error(Number(order[1]))).code, code)
  }
  client.send(4, 1, 50, '')
  t.equal((await client.error(50)).code, 10147)
  client.send(...buy(3))
  await client.find(incoming.commissionReport)
  client.send(4, 1, 3, '')
  t.equal((await client.error(3)).code, 10148)
  client.send(...buy(3))
  t.equal((await client.error(3)).code, 104)
  await client.close()
})

t.test('executions are told by filter, followed by what they cost', async (t) => {
  const { port } = await gatewayFor(t)
  const one = await TwsClient.login({ port, clientId: 5 })
  const two = await TwsClient.login({ port, clientId: 6 })
  one.send(...buy(1, { 26: 'ref', 23: 'DU1000002' }))
  await one.find(incoming.commissionReport)
  two.send(...buy(1, { 3: 'MSFT', 16: 'SELL' }))
  await two.find(incoming.commissionReport)
  const inquire = async (reqId: number, ...filter: (string | number)[]) => {
    two.send(7, 3, reqId, ...filter)
    await two.find(incoming.execDetailsEnd)
    return two.all(incoming.execDetails).filter(([, of]) => of === String(reqId))
  }
  const all = await inquire(11, '', '', '', '', '', '', '')
  t.same(
    all.map((fields) => fields[4]),
    ['AAPL', 'MSFT'],
  )
  t.equal(all[0]?.[26], 'ref')
  await two.find(incoming.commissionReport)
  t.equal((await inquire(12, 5, '', '', '', '', '', '')).length, 1)
  t.equal((await inquire(13, 0, 'DU1000002', '', '', '', '', '')).length, 1)
  t.equal((await inquire(14, '', '', '', '', '', '', 'SELL'))[0]?.[4], 'MSFT')
  t.equal((await inquire(15, '', '', '20991231-00:00:00', '', '', '', '')).length, 0)
  await Promise.all([one.close(), two.close()])
})

t.test('a gateway that tells each client its own executions can be had', async (t) => {
  const { port } = await gatewayFor(t, { executions: 'own' })
  const one = await TwsClient.login({ port, clientId: 5 })
  const two = await TwsClient.login({ port, clientId: 6 })
  one.send(...buy(1))
  await one.find(incoming.commissionReport)
  two.send(7, 3, 9, '', '', '', '', '', '', '')
  await two.find(incoming.execDetailsEnd)
  t.equal(two.all(incoming.execDetails).length, 0)
  await Promise.all([one.close(), two.close()])
})

t.test('orders that are over are told without id and client', async (t) => {
  const { port } = await gatewayFor(t)
  const client = await TwsClient.login({ port, clientId: 5 })
  client.send(...buy(1))
  await client.find(incoming.commissionReport)
  client.send(...limit(2, 150))
  await client.find(incoming.orderStatus)
  client.send(4, 1, 2, '')
  await client.error(2)
  client.send(99, 0)
  await client.find(incoming.completedOrdersEnd)
  const completed = client.all(incoming.completedOrder)
  t.same(
    completed.map((fields) => fields.length),
    [100, 100],
  )
  t.same(
    completed.map((fields) => fields[76]),
    ['Filled', 'Cancelled'],
  )
  t.equal(completed[0]?.[86], '100')
  await client.close()
})

t.test('positions and money follow a trade', async (t) => {
  const { port } = await gatewayFor(t)
  const client = await TwsClient.login({ port, clientId: 5 })
  client.send(61, 1)
  await client.find(incoming.positionEnd)
  t.equal(client.all(incoming.position).length, 0)
  client.send(...buy(1))
  const told = await client.find(incoming.position)
  t.same([told[2], told[4], told[14], told[15]], ['DU1000001', 'AAPL', '100', '200.02'])
  client.send(62, 1, 8, 'All', 'TotalCashValue,NetLiquidation')
  await client.find(incoming.accountSummaryEnd)
  t.same(
    client.all(incoming.accountSummary).map((fields) => fields.slice(3, 7).join(' ')),
    [
      'DU1000001 TotalCashValue 979998.00 USD',
      'DU1000001 NetLiquidation 999998.00 USD',
      'DU1000002 TotalCashValue 1000000.00 USD',
      'DU1000002 NetLiquidation 1000000.00 USD',
    ],
  )
  client.send(6, 2, 1, 'DU1000001')
  await client.find(incoming.accountDownloadEnd)
  const [row] = client.all(incoming.updatePortfolio)
  t.same(row?.slice(13), ['100', '200', '20000', '200.02', '-2', '0', 'DU1000001'])
  await client.close()
})

t.test('an order at 193 is read and echoed with the fields that came since', async (t) => {
  const { port } = await gatewayFor(t, { serverVersion: 193 })
  const client = await TwsClient.login({ port, clientId: 5, highest: 193 })
  const order = orderFields(
    {
      1: 1,
      3: 'AAPL',
      16: 'BUY',
      17: 1,
      18: 'LMT',
      19: 150,
      114: 'customer',
      115: 1,
      116: 1,
      117: 0,
    },
    193,
  )
  client.send(...order)
  const told = await client.find(incoming.openOrder)
  t.equal(told.length, 141)
  t.same(told.slice(135), ['customer', '1', '', '1', '', '0'])
  client.send(4, 1, '', '', 2_147_483_647)
  t.equal((await client.error(1)).code, 202)
  await client.close()
})
