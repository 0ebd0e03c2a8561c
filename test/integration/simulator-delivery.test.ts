import t from 'tap'
import { house, refusal } from '../rig/house.ts'
import { incoming, orderFields, type TwsClient } from '../rig/tws-client.ts'

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

t.test('only so many orders of one side of a contract may be open', async (t) => {
  const { enter } = await house(t, { openOrdersPerContract: 2 })
  const [one, other] = [await enter(1), await enter(2)]
  for (const orderId of [1, 2]) one.send(...resting(orderId))
  await one.settle()
  other.send(...resting(1))
  t.match(await other.error(1), { code: 201, text: /^Order rejected - reason:/ })
  one.send(4, 1, 2, '')
  await one.settle()
  other.send(...resting(2))
  await other.find(incoming.openOrder, ([, orderId]) => orderId === '2')
  await Promise.all([one.close(), other.close()])
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
